import { messageRetryMaxSeconds, originTimeoutMs } from "../domain/limits.ts";
import { EventOutcome } from "../domain/outcome.ts";
import type { PackOrigin, PackReport } from "../domain/intake/pack.ts";
import { backOff } from "../domain/retry.ts";
import type { Parcel } from "./parcel.ts";
import type { EventsMessage, PipelinePorts } from "./ports.ts";
import type { Reaching } from "./reaching.ts";

/**
 * The one exit of the room: one report to each origin for all its packs of the batch, and only then the queue's answer. A pack with a
 * waiting event, or whose origin could not be told, is asked for again with a delay; the origin drives it again too, whatever the queue does.
 */
export async function settle(parcels: readonly Parcel[], ports: PipelinePorts, reaching: Reaching): Promise<void> {
  const byOrigin = new Map<string, { origin: PackOrigin; parcels: Parcel[] }>();
  for (const parcel of parcels) {
    const { origin } = parcel.pack.header;
    const name = `${origin.kind}/${origin.name}`;
    const group = byOrigin.get(name) ?? { origin, parcels: [] };
    group.parcels.push(parcel);
    byOrigin.set(name, group);
  }
  await Promise.all(
    [...byOrigin].map(async ([name, group]) => {
      const told = await reaching.call(name, originTimeoutMs, () =>
        ports.origins.settle(
          group.origin,
          group.parcels.map((parcel) => toReport(parcel, ports.now())),
        ),
      );
      if (!told.ok)
        ports.note("origin_unreachable", {
          origin: name,
          packs: group.parcels.length,
          reason: told.error.reason,
          detail: told.error.detail,
        });
      for (const { messages, outcomes } of group.parcels) {
        if (told.ok && !outcomes.includes(EventOutcome.waiting)) for (const message of messages) message.ack();
        else for (const message of messages) later(message);
      }
    }),
  );
}

export const later = (message: EventsMessage): void => message.retry(backOff(message.attempts, 1, messageRetryMaxSeconds));

const toReport = ({ pack: { header }, outcomes, reasons, appliedAt }: Parcel, now: number): PackReport => ({
  packId: header.id,
  plan: header.plan,
  outcomes,
  reasons,
  appliedAt: appliedAt === 0 ? now : appliedAt,
});
