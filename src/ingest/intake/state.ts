import type { SegmentPlan } from "../../domain/intake/plan.ts";
import { openPacks, type Standing } from "../../domain/intake/settling.ts";
import type { WindowPolicy } from "../../domain/intake/window.ts";
import { backOff } from "../../domain/retry.ts";
import type { IntakePorts, IntakeStore, Marks, StoredSegment, WaitingRows } from "./ports.ts";

/** The bounds the flows keep, as data: limits.ts in production, an hour in a second in tests. */
export type IntakePolicy = WindowPolicy & {
  readonly intakeHeldBytesMax: number;
  readonly intakeRowBytesMax: number;
  readonly segmentBytesMax: number;
  readonly archiveEveryMs: number;
  readonly archiveBytesMax: number;
  readonly appendHoldMaxMs: number;
  readonly consumersSilentAfterMs: number;
  readonly packMemoryBytesMax: number;
  readonly retryFloorMs: number;
  readonly retryCapMs: number;
};

/** A segment that is not settled yet. Changed only after the commit that makes it so. */
export type OpenSegment = Omit<StoredSegment, "plan" | "cuts" | "standing"> & {
  plan: number;
  cuts: number;
  standing: Standing;
  /** Its packs, while in memory; made again by mapping when they are needed. */
  packs: SegmentPlan | null;
  lastDrivenAt: number;
  drivenAgain: number;
  failedSends: number;
  /** Packs that a consumer has spoken of since the segment was loaded. */
  readonly reported: Set<number>;
  /** Out of the count of segments under way: all of it has been reported on, and some waits. */
  isAside: boolean;
};

/** Failures in a row of a kind of work, and before when it is not tried again, wall ms. */
type Retry = { readonly failures: number; readonly at: number };

/** What the shard knows without asking its database, and everything a flow needs. */
export type IntakeState = {
  readonly name: string;
  readonly store: IntakeStore;
  readonly ports: IntakePorts;
  readonly policy: IntakePolicy;
  marks: Marks;
  lastSeq: number;
  waiting: WaitingRows;
  unarchived: { bytes: number; since: number | null };
  heldBytes: number;
  readonly segments: Map<number, OpenSegment>;
  /** The newest segment of this life: for the window. */
  last: { readonly startedAt: number; overAt: number | null; readonly fromSeq: number } | null;
  lastSettleMs: number;
  /** When a consumer last reported, or when there was first something to report on: wall ms. */
  heardAt: number;
  /** Callers of `append` that are held until a segment closes. */
  held: (() => void)[];
  /** Driving again rests as long as it took, so that a long outage of others does not eat the shard's own time. */
  redriveRestUntil: number;
  archiveRetry: Retry;
  copyRetry: Retry;
  /** Whether a letter's newest version has not been copied to the lists yet. */
  hasUncopiedLetters: boolean;
  /** When a source was last back or ended (product time), up to which of these it was told, and until when none is (wall). */
  readonly sourcesMoved: { at: number; toldAt: number; restUntil: number };
  /** Ms of CPU by stage, as far as the runtime's clock shows them. */
  readonly stages: Record<string, number>;
};

/** Reads everything back from the rows and the segment table: what a restart goes on from. */
export function loadState(name: string, store: IntakeStore, ports: IntakePorts, policy: IntakePolicy): IntakeState {
  const marks = store.marks();
  const segments = new Map(store.segments().map((stored) => [stored.fromSeq, openSegment(stored)]));
  const unarchived = store.waitingRows(marks.archivedSeq);
  return {
    name,
    store,
    ports,
    policy,
    marks,
    lastSeq: Math.max(marks.segmentedSeq, store.lastSeq()),
    waiting: store.waitingRows(marks.segmentedSeq),
    unarchived: { bytes: unarchived.bytes, since: unarchived.since },
    heldBytes: store.heldBytes(),
    segments,
    last: null,
    lastSettleMs: 0,
    heardAt: 0,
    held: [],
    redriveRestUntil: 0,
    archiveRetry: { failures: 0, at: 0 },
    copyRetry: { failures: 0, at: 0 },
    hasUncopiedLetters: store.hasUncopiedLetters(),
    sourcesMoved: { at: 0, toldAt: 0, restUntil: 0 },
    stages: {},
  };
}

export const openSegment = (stored: StoredSegment): OpenSegment => ({
  ...stored,
  packs: null,
  lastDrivenAt: stored.startedAt,
  drivenAgain: 0,
  failedSends: 0,
  reported: new Set(),
  isAside: false,
});

/** After work has failed once more. */
export const retryLater = ({ policy, ports }: IntakeState, { failures }: Retry): Retry => ({
  failures: failures + 1,
  at: ports.clock.wallNow() + backOff(failures, policy.retryFloorMs, policy.retryCapMs),
});

export const isStuck = (segment: OpenSegment, policy: IntakePolicy, wallNow: number): boolean =>
  wallNow - segment.startedAt >= policy.packStuckAfterMs;

/** Segments that hold back the next one. */
export function segmentsUnderWay(state: IntakeState, wallNow: number): number {
  let count = 0;
  for (const segment of state.segments.values()) if (!segment.isAside && !isStuck(segment, state.policy, wallNow)) count++;
  return count;
}

/** When a segment under way will be counted as stuck: then the window has to be looked at again. */
export function nextStuckAt(state: IntakeState, wallNow: number): number | null {
  let at: number | null = null;
  for (const segment of state.segments.values()) {
    if (segment.isAside || isStuck(segment, state.policy, wallNow)) continue;
    const stuckAt = segment.startedAt + state.policy.packStuckAfterMs;
    at = at === null ? stuckAt : Math.min(at, stuckAt);
  }
  return at;
}

/**
 * A segment whose every open pack a consumer has spoken of is no longer work in flight: what is left waits for an object that cannot be
 * reached, and must not hold back everybody else's events. It is driven again like any other.
 */
export function setAsideIfReported(segment: OpenSegment, plan: SegmentPlan): void {
  segment.isAside ||= openPacks(plan, segment.standing.progress).every((n) => segment.reported.has(n));
}

/** Ends the flush of the newest segment for the window: it has settled, or nothing more will come of waiting. */
export function noteOver(state: IntakeState, segment: OpenSegment, wallNow: number): void {
  if (state.last !== null && state.last.fromSeq === segment.fromSeq) state.last.overAt ??= wallNow;
}

export function spend<T>(state: IntakeState, stage: string, work: () => T): T {
  const from = performance.now();
  try {
    return work();
  } finally {
    state.stages[stage] = (state.stages[stage] ?? 0) + performance.now() - from;
  }
}
