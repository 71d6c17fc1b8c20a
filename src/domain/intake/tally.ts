import { type EventOutcome, outcomeNames, type OutcomeCounts } from "../outcome.ts";

/** Totals since the shard was made; they survive restarts (written in the settling commits). */
export type IntakeTotals = {
  readonly acceptedEvents: number;
  readonly rejectedEvents: number;
  readonly deliveries: number;
  readonly outcomes: OutcomeCounts;
  readonly heldBytes: number;
  readonly unsettledSegments: number;
  readonly stuckPacks: number;
  readonly oldestUnsettledAt: number | null;
  /** receivedAt → appliedAt, counts per upper bound in `visibleBoundsMs`, last one +Inf. */
  readonly visibleHistogram: readonly number[];
  readonly visibleSumMs: number;
  /** Archive objects whose key was taken by other content: an alert, see docs/operations.md. */
  readonly archiveConflicts: number;
  /** Ms of CPU by stage (`append`, `map`, `gzip` as a part of `map`, `archive`) in this life of the object; 0 where the runtime's clock stands still. */
  readonly stageMs: Readonly<Record<string, number>>;
};

export const visibleBoundsMs: readonly number[] = [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000];

/** The running totals of a shard, one row, rewritten by the commits that change them. */
export type Tally = {
  readonly accepted: number;
  readonly rejected: number;
  readonly deliveries: number;
  /** By number of the outcome; the place of `waiting` stays 0, it is derived. */
  readonly outcomes: readonly number[];
  /** receivedAt → appliedAt: counts per bound, the last +Inf. */
  readonly visible: readonly number[];
  readonly visibleSumMs: number;
  /** Archive objects whose key was taken by other content. */
  readonly archiveConflicts: number;
};

export const emptyTally: Tally = {
  accepted: 0,
  rejected: 0,
  deliveries: 0,
  outcomes: outcomeNames.map(() => 0),
  visible: [...visibleBoundsMs.map(() => 0), 0],
  visibleSumMs: 0,
  archiveConflicts: 0,
};

/** A tally that is being added to: a copy, so that a failed commit leaves the old one standing. */
export type TallyDraft = {
  accepted: number;
  rejected: number;
  deliveries: number;
  outcomes: number[];
  visible: number[];
  visibleSumMs: number;
  archiveConflicts: number;
};
export const draftOf = (tally: Tally): TallyDraft => ({ ...tally, outcomes: [...tally.outcomes], visible: [...tally.visible] });

export function countVisible(draft: TallyDraft, visibleMs: number): void {
  const ms = Math.max(0, visibleMs);
  let slot = 0;
  while (slot < visibleBoundsMs.length && ms > (visibleBoundsMs[slot] as number)) slot++;
  draft.visible[slot] = (draft.visible[slot] ?? 0) + 1;
  draft.visibleSumMs += ms;
}

/**
 * Outcomes by name; what is accepted and has no final outcome waits.
 * @param accepted of the whole shard, rows without a segment among them
 */
export function outcomeCounts(outcomes: readonly number[], accepted: number): OutcomeCounts {
  const counts = Object.fromEntries(outcomeNames.map((name, outcome) => [name, outcomes[outcome] ?? 0])) as OutcomeCounts;
  const final = outcomes.reduce((sum, count, outcome) => sum + (outcome === 0 ? 0 : count), 0);
  return { ...counts, waiting: accepted - final };
}

export function outcomesIn(progress: Uint8Array, from: number, to: number): OutcomeCounts {
  const outcomes = outcomeNames.map(() => 0);
  for (let item = from; item < to; item++) {
    const outcome = progress[item] as EventOutcome;
    outcomes[outcome] = (outcomes[outcome] as number) + 1;
  }
  return outcomeCounts(outcomes, to - from);
}
