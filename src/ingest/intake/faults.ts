import type { DeliveryFacts } from "../../domain/intake/plan.ts";
import { type SourceFault, faultOf, mergeFaults } from "../../domain/intake/source-fault.ts";
import type { LetterToKeep } from "../../domain/intake/settling.ts";
import { streamKey } from "../../domain/intake/stream.ts";
import { streamsPerShardMax } from "../../domain/limits.ts";
import type { IntakeState } from "./state.ts";

/** Adds faults to what is known of their sources. Inside a commit; a source more than may be kept is not told of. */
export function writeFaults(state: IntakeState, faults: readonly SourceFault[]): void {
  const bySource = new Map<string, SourceFault>();
  for (const fault of faults) {
    const key = streamKey(fault.connectionId, fault.stream);
    bySource.set(key, mergeFaults(bySource.get(key), fault));
  }
  for (const [key, fault] of bySource)
    state.store.putFault(key, mergeFaults(state.store.fault(key) ?? undefined, fault), streamsPerShardMax);
}

const sourceOf = ({ connectionId, connector, form }: DeliveryFacts) => ({ connectionId, connector, stream: form });

/** Events of a segment that were not valid, as its mapping tells. */
export const rejectedFaults = (deliveries: readonly DeliveryFacts[]): SourceFault[] =>
  deliveries.flatMap((delivery) =>
    delivery.reasons.flatMap(({ outcome, reason, detail, events }) =>
      outcome === "rejected"
        ? [faultOf(sourceOf(delivery), { at: delivery.receivedAt, kind: outcome, reason, detail, times: events })]
        : [],
    ),
  );

export const letterFault = (delivery: DeliveryFacts, { kind, reason, detail, items }: LetterToKeep, at: number): SourceFault =>
  faultOf(sourceOf(delivery), { at, kind, reason, detail, times: items });
