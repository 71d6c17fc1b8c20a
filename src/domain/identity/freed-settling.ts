import { EventOutcome } from "../outcome.ts";
import type { PackReport } from "../intake/pack.ts";
import { eventTriesMax } from "../limits.ts";

/** Failures of single events of a pack so far: index → tries. */
export type Failures = Readonly<Record<string, number>>;

/** What a report comes to: nothing final while one event waits; an event that itself failed `eventTriesMax` times is dead. */
export type FreedSettling = { readonly settled: boolean; readonly outcomes: readonly EventOutcome[]; readonly failures: Failures };

/**
 * @param events number of events of the pack; a report of another length is about another pack and settles nothing
 * @param stillHere whether event i, reported as parked, has not been stored anew: it would be lost with its row, so it counts as waiting
 */
export function settleFreed(report: PackReport, events: number, failures: Failures, stillHere: (index: number) => boolean): FreedSettling {
  if (report.outcomes.length !== events) return { settled: false, outcomes: report.outcomes, failures };
  const tries: Record<string, number> = { ...failures };
  for (const { index } of report.reasons) if (report.outcomes[index] === EventOutcome.waiting) tries[index] = (tries[index] ?? 0) + 1;
  const outcomes = report.outcomes.map((outcome, i) => {
    if (outcome === EventOutcome.waiting && (tries[i] ?? 0) >= eventTriesMax) return EventOutcome.deadLettered;
    return outcome === EventOutcome.parked && stillHere(i) ? EventOutcome.waiting : outcome;
  });
  return { settled: !outcomes.includes(EventOutcome.waiting), outcomes, failures: tries };
}
