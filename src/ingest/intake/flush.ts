import { newProgress } from "../../domain/intake/progress.ts";
import { draftOf } from "../../domain/intake/tally.ts";
import { nextSegmentAt } from "../../domain/intake/window.ts";
import { boundMemory, drive } from "./drive.ts";
import { planOf } from "./map.ts";
import type { StoredSegment } from "./ports.ts";
import { type IntakeState, nextStuckAt, openSegment, segmentsUnderWay } from "./state.ts";

/** When the window has to be looked at next, wall ms; null when nothing waits. */
export function flushDueAt(state: IntakeState): number | null {
  if (state.waiting.since === null) return null;
  const wallNow = state.ports.clock.wallNow();
  const unsettledSegments = segmentsUnderWay(state, wallNow);
  const at = nextSegmentAt(
    { waitingEvents: state.waiting.items, waitingSince: state.waiting.since, unsettledSegments, last: state.last },
    state.policy,
  );
  return at ?? nextStuckAt(state, wallNow);
}

/**
 * Closes the waiting rows into a segment and sends its packs, if the window says so.
 *
 * Mapping has no effect outside, so it comes first; then one commit says which rows the segment holds and how its packs are cut; only
 * then does anything leave the shard.
 */
export async function flush(state: IntakeState): Promise<void> {
  const { store, ports, policy } = state;
  const startedAt = ports.clock.wallNow();
  const due = flushDueAt(state);
  if (due === null || due > startedAt || segmentsUnderWay(state, startedAt) >= policy.segmentsUnsettledMax) return;
  const rows = store.rowsToSegment(state.marks.segmentedSeq, { itemsMax: policy.segmentEventsMax, bytesMax: policy.segmentBytesMax });
  if (rows === null) return;
  const { fromSeq, toSeq, items } = rows;
  const plan = planOf(state, rows, 1, rows.bodies);
  const stored: StoredSegment = {
    fromSeq,
    toSeq,
    items,
    plan: 1,
    cuts: plan.cuts,
    startedAt,
    standing: { progress: newProgress(items), tries: new Map() },
  };
  const tally = draftOf(state.marks.tally);
  tally.accepted += rows.accepted;
  tally.rejected += rows.rejected;
  tally.deliveries += rows.deliveries;
  const marks = { ...state.marks, tally, segmentedSeq: toSeq };
  store.commit(() => {
    store.putSegment(stored);
    store.putMarks(marks);
  });
  state.marks = marks;
  state.waiting = store.waitingRows(toSeq);
  const segment = { ...openSegment(stored), packs: plan };
  if (state.segments.size === 0) state.heardAt = startedAt;
  state.segments.set(fromSeq, segment);
  state.last = { startedAt, overAt: null, fromSeq };
  for (const release of state.held.splice(0)) release();
  await store.synced();
  await ports.reach("flush:segment-committed");
  await drive(state, segment);
  boundMemory(state);
  await ports.reach("flush:packs-sent");
}
