import { isCanary } from "../../domain/canary.ts";
import { archiveKey, type ArchiveRange, nextArchiveRange, toArchiveLine } from "../../domain/intake/archive-object.ts";
import { decodeRows } from "../../domain/intake/row.ts";
import { draftOf } from "../../domain/intake/tally.ts";
import { type IntakeState, retryLater, spend } from "./state.ts";

const encoder = new TextEncoder();

/** When raw deliveries are due in the archive, wall ms; null when none wait. */
export function archiveDueAt(state: IntakeState): number | null {
  const { unarchived, policy, archiveRetry } = state;
  if (unarchived.since === null) return null;
  const due =
    state.marks.range !== null || unarchived.bytes >= policy.archiveBytesMax ? unarchived.since : unarchived.since + policy.archiveEveryMs;
  return Math.max(due, archiveRetry.at);
}

/**
 * Puts the next range of rows into the archive.
 *
 * The range is committed first, so that every attempt makes the same object under the same key; the put creates or does nothing. If the
 * key is taken by the same content, an earlier attempt had succeeded. If it is taken by other content, ours goes under a key that holds
 * its hash, and a person is told: two storages have claimed one incarnation, which a restored backup can do.
 */
export async function archive(state: IntakeState): Promise<void> {
  const range = state.marks.range ?? commitRange(state);
  if (range === null) return;
  try {
    await state.ports.reach("archive:before-put");
    const conflicts = await putRange(state, range);
    await state.ports.reach("archive:after-put");
    commitArchived(state, range, conflicts);
    state.archiveRetry = { failures: 0, at: 0 };
  } catch (error) {
    state.archiveRetry = retryLater(state, state.archiveRetry);
    state.ports.report("intake.archive_failed", {
      shard: state.name,
      failures: state.archiveRetry.failures,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}

function commitRange(state: IntakeState): ArchiveRange | null {
  const range = nextArchiveRange(state.store.rowPlaces(state.marks.archivedSeq), state.policy.archiveBytesMax);
  if (range === null) return null;
  const marks = { ...state.marks, range };
  state.store.commit(() => state.store.putMarks(marks));
  state.marks = marks;
  return range;
}

/** Answers how many keys were taken by other content: 0 or 1. */
async function putRange(state: IntakeState, range: ArchiveRange): Promise<number> {
  const { codec, archive: bucket } = state.ports;
  const shard = { name: state.name, incarnation: state.store.incarnation };
  const deliveries = decodeRows(state.store.rowBodies(range.fromSeq, range.toSeq)).filter(({ head }) => !isCanary(head));
  // What only measures the path is no delivery of anybody's.
  if (deliveries.length === 0) return 0;
  const [text, bytes] = spend(state, "archive", () => {
    const ndjson = encoder.encode(deliveries.map((delivery) => `${toArchiveLine(delivery)}\n`).join(""));
    return [ndjson, codec.gzip(ndjson)] as const;
  });
  const sha256 = codec.sha256(text);
  const received = deliveries.map(({ head }) => head.receivedAt);
  const facts = {
    deliveries: String(deliveries.length),
    events: String(deliveries.reduce((sum, { head }) => sum + head.accepted, 0)),
    receivedFrom: String(received.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY)),
    receivedTo: String(received.reduce((greatest, at) => Math.max(greatest, at), 0)),
  };
  const object = { key: archiveKey(shard, range), otherKey: archiveKey(shard, range, sha256), bytes, sha256, facts };
  const key = await bucket.put(object);
  if (key === object.key) return 0;
  state.ports.report("intake.archive_conflict", { shard: state.name, key: object.key, otherKey: key });
  return 1;
}

/** The range is in the archive: rows go that have settled too. */
function commitArchived(state: IntakeState, range: ArchiveRange, conflicts: number): void {
  const { store } = state;
  const tally = draftOf(state.marks.tally);
  tally.archiveConflicts += conflicts;
  const marks = { ...state.marks, tally, archivedSeq: range.toSeq, range: null };
  const freedBytes = store.commit(() => {
    store.putMarks(marks);
    let freed = 0;
    for (const [from, to] of settledRanges(state, range)) freed += store.deleteRows(from, to);
    return freed;
  });
  state.marks = marks;
  state.heldBytes -= freedBytes;
  const rest = store.waitingRows(range.toSeq);
  state.unarchived = { bytes: rest.bytes, since: rest.since };
}

/** Parts of a range whose rows are in segments that have settled. */
function settledRanges(state: IntakeState, range: ArchiveRange): [number, number][] {
  const ranges: [number, number][] = [];
  let from = range.fromSeq;
  const end = Math.min(range.toSeq, state.marks.segmentedSeq);
  for (const segment of [...state.segments.values()].sort((a, b) => a.fromSeq - b.fromSeq)) {
    if (segment.toSeq < from || segment.fromSeq > end) continue;
    if (segment.fromSeq > from) ranges.push([from, segment.fromSeq - 1]);
    from = segment.toSeq + 1;
  }
  if (from <= end) ranges.push([from, end]);
  return ranges;
}
