import { eventTriesMax, reasonDetailCharsMax } from "../limits.ts";
import { EventOutcome } from "../outcome.ts";
import type { PackReport } from "./pack.ts";

/** Failures of single events of a pack so far: index → tries. */
export type Failures = Readonly<Record<string, number>>;

/** What a report comes to: nothing final while one event waits; an event that itself failed `eventTriesMax` times is dead. */
export type PackSettling = { readonly settled: boolean; readonly outcomes: readonly EventOutcome[]; readonly failures: Failures };

/** An event of a settled pack that nobody took, and why: it is to be kept for a person. */
export type RefusedEvent = {
  readonly index: number;
  readonly kind: "quarantined" | "deadLettered";
  readonly reason: string;
  readonly detail: string;
  readonly accountId: string | undefined;
};

/**
 * For packs of single events that come from many deliveries: what was set free, what an account gave back.
 *
 * @param events number of events of the pack; a report of another length is about another pack and settles nothing
 * @param stillHere whether event i, reported as parked, has not been stored anew: it would be lost with its row, so it counts as waiting
 */
export function settlePack(report: PackReport, events: number, failures: Failures, stillHere: (index: number) => boolean): PackSettling {
  if (report.outcomes.length !== events) return { settled: false, outcomes: report.outcomes, failures };
  const tries: Record<string, number> = { ...failures };
  for (const { index } of report.reasons) if (report.outcomes[index] === EventOutcome.waiting) tries[index] = (tries[index] ?? 0) + 1;
  const outcomes = report.outcomes.map((outcome, i) => {
    if (outcome === EventOutcome.waiting && (tries[i] ?? 0) >= eventTriesMax) return EventOutcome.deadLettered;
    return outcome === EventOutcome.parked && stillHere(i) ? EventOutcome.waiting : outcome;
  });
  return { settled: !outcomes.includes(EventOutcome.waiting), outcomes, failures: tries };
}

/** @param outcomes of a settled pack, as `settlePack` gives them */
export function refusedEvents(report: PackReport, outcomes: readonly EventOutcome[]): readonly RefusedEvent[] {
  return outcomes.flatMap((outcome, index) => {
    if (outcome !== EventOutcome.quarantined && outcome !== EventOutcome.deadLettered) return [];
    const { reason = "unknown", detail = "", accountId } = report.reasons.find((known) => known.index === index) ?? {};
    const kind = outcome === EventOutcome.quarantined ? "quarantined" : "deadLettered";
    return { index, kind, reason, detail: detail.slice(0, reasonDetailCharsMax), accountId };
  });
}
