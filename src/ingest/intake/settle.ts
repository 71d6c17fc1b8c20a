import { isCanary } from "../../domain/canary.ts";
import type { Delivery } from "../../domain/delivery.ts";
import { noteCompleteness } from "../../domain/intake/completeness.ts";
import { deliveryLetter, eventLetter, type DeadLetter } from "../../domain/intake/dead-letter.ts";
import { summariesOf, toLogRow } from "../../domain/intake/delivery-log.ts";
import { toWholeLine } from "../../domain/event-line.ts";
import type { SourceFault } from "../../domain/intake/source-fault.ts";
import { type StoredStream, bring, mergeStream, streamKey } from "../../domain/intake/stream.ts";
import { fromPackText, type Pack, type PackReport } from "../../domain/intake/pack.ts";
import { type DeliveryFacts, parsePackId, type PlannedPack, type SegmentPlan } from "../../domain/intake/plan.ts";
import { failuresIn, isSettled, type Progress } from "../../domain/intake/progress.ts";
import { decodeRows } from "../../domain/intake/row.ts";
import { type LetterToKeep, type NumberedReport, settleReports, type SettleResult } from "../../domain/intake/settling.ts";
import { returnedAt } from "../../domain/intake/silences.ts";
import { draftOf, type TallyDraft } from "../../domain/intake/tally.ts";
import { deliveryLogKeptMax, streamsPerShardMax } from "../../domain/limits.ts";
import { invariant } from "../../domain/result.ts";
import { dayOf } from "../../domain/time.ts";
import { letterFault, rejectedFaults, writeFaults } from "./faults.ts";
import { packsOf } from "./map.ts";
import type { Marks } from "./ports.ts";
import { type IntakeState, noteOver, type OpenSegment, setAsideIfReported } from "./state.ts";

/** A pack's text, expanded, is at most what it was cut from; this only guards against a broken row. */
const PACK_TEXT_BYTES_MAX = 64_000_000;

const decoder = new TextDecoder();

/** Takes the reports of one consumer batch, in one commit. Reports of another storage, a settled segment or an older plan are ignored. */
export async function settle(state: IntakeState, reports: readonly PackReport[]): Promise<void> {
  const bySegment = new Map<OpenSegment, NumberedReport[]>();
  for (const report of reports) {
    const place = parsePackId(report.packId);
    if (place === null || place.incarnation !== state.store.incarnation) continue;
    const segment = state.segments.get(place.fromSeq);
    if (segment === undefined || segment.toSeq !== place.toSeq) continue;
    // Mapping again can raise the plan, so it comes before the comparison.
    packsOf(state, segment);
    if (report.plan !== segment.plan) continue;
    bySegment.set(segment, [...(bySegment.get(segment) ?? []), { n: place.n, report }]);
  }
  if (bySegment.size === 0) return;
  state.heardAt = state.ports.clock.wallNow();
  await state.ports.reach("settle:before-commit");
  if (!commitReports(state, bySegment)) return;
  await state.store.synced();
  await state.ports.reach("settle:after-commit");
}

/** Settles what needs no consumer: drops, and deliveries that no mapper could read. */
export const settleLocalOutcomes = (state: IntakeState, segment: OpenSegment): boolean => commitReports(state, new Map([[segment, []]]));

type Settled = { readonly segment: OpenSegment; readonly plan: SegmentPlan; readonly result: SettleResult };

/** The settling commit. Memory follows it; false when there was nothing new to write. */
function commitReports(state: IntakeState, bySegment: ReadonlyMap<OpenSegment, readonly NumberedReport[]>): boolean {
  const tally = draftOf(state.marks.tally);
  const settled: Settled[] = [];
  for (const [segment, reports] of bySegment) {
    // Settled and forgotten while a failpoint held this call.
    if (state.segments.get(segment.fromSeq) !== segment) continue;
    const plan = packsOf(state, segment);
    for (const { n } of reports) segment.reported.add(n);
    const result = settleReports(segment.standing, plan, reports, tally);
    // A segment without a single event (all refused at the door) has nothing to change and is over at once.
    if (result.changed || isSettled(result.standing.progress)) settled.push({ segment, plan, result });
    else setAside(state, segment, plan);
  }
  if (settled.length === 0) return false;
  const { marks, freedBytes, keptBytes } = state.store.commit(() => writeSettled(state, settled, tally));
  state.marks = marks;
  state.heldBytes += keptBytes - freedBytes;
  if (settled.some(({ result }) => result.letters.length > 0)) state.hasUncopiedLetters = true;
  const wallNow = state.ports.clock.wallNow();
  for (const { segment, plan, result } of settled) {
    segment.standing = result.standing;
    if (isSettled(result.standing.progress)) {
      state.segments.delete(segment.fromSeq);
      state.lastSettleMs = wallNow - segment.startedAt;
      noteOver(state, segment, wallNow);
    } else {
      setAside(state, segment, plan);
    }
  }
  return true;
}

function setAside(state: IntakeState, segment: OpenSegment, plan: SegmentPlan): void {
  setAsideIfReported(segment, plan);
  if (segment.isAside) noteOver(state, segment, state.ports.clock.wallNow());
}

function writeSettled(
  state: IntakeState,
  settled: readonly Settled[],
  tally: TallyDraft,
): { marks: Marks; freedBytes: number; keptBytes: number } {
  const { store } = state;
  let lastLetter = state.marks.lastLetter;
  let freedBytes = 0;
  let keptBytes = 0;
  for (const { segment, plan, result } of settled) {
    const makeLetter = letterMaker(state, segment, plan);
    const faults: SourceFault[] = [];
    for (const kept of result.letters) {
      const number = ++lastLetter;
      const delivery = deliveryOf(plan.deliveries, kept.item);
      const origin = { deliveryId: delivery.id, item: kept.item - delivery.firstItem };
      keptBytes += store.insertLetter({ number, items: kept.items, version: 1, letter: makeLetter(kept, number) }, origin);
      faults.push(letterFault(delivery, kept, state.ports.clock.now()));
    }
    const isOver = isSettled(result.standing.progress);
    // What failed together with what came, however long before: told alone it would look like a source that got worse, and then better.
    if (isOver) putStreams(state, joined(failedStreams(plan, result.standing.progress), plan.streams));
    if (isOver) faults.push(...rejectedFaults(plan.deliveries));
    if (faults.length > 0) writeFaults(state, faults);
    if (isOver) freedBytes += writeSegmentEnd(state, segment, plan, result);
    else store.putSegment({ ...storedPart(segment), standing: result.standing });
  }
  const marks = { ...state.marks, tally, lastLetter };
  store.putMarks(marks);
  return { marks, freedBytes, keptBytes };
}

const storedPart = ({ fromSeq, toSeq, items, plan, cuts, startedAt }: OpenSegment) => ({ fromSeq, toSeq, items, plan, cuts, startedAt });

/** The segment is settled: it leaves its table, goes to the log, and its rows go as far as they are archived. */
function writeSegmentEnd(state: IntakeState, segment: OpenSegment, plan: SegmentPlan, result: SettleResult): number {
  const { store } = state;
  store.deleteSegment(segment.fromSeq);
  const log = toLogRow(
    summariesOf(logged(plan.deliveries), result.standing.progress, { isStuck: false, settledAt: state.ports.clock.now() }),
  );
  store.putLogRow(segment, log.entries, log.body);
  store.trimLog(deliveryLogKeptMax);
  return store.deleteRows(segment.fromSeq, Math.min(segment.toSeq, state.marks.archivedSeq));
}

/** Streams of two, each as one. */
const joined = (some: ReadonlyMap<string, StoredStream>, others: ReadonlyMap<string, StoredStream>): ReadonlyMap<string, StoredStream> =>
  new Map([...some, ...[...others].map(([key, other]) => [key, mergeStream(some.get(key), other)] as const)]);

/** Adds to what is known of streams; one more than may be kept is not told of. */
function putStreams({ store, sourcesMoved, ports }: IntakeState, streams: ReadonlyMap<string, StoredStream>): void {
  const known = new Map(store.streams().map((status) => [streamKey(status.connectionId, status.stream), status]));
  for (const [key, brought] of streams) {
    if (!known.has(key) && known.size >= streamsPerShardMax) continue;
    const stream = noteCompleteness(bring(known.get(key), brought), ports.clock.now());
    store.putStream(key, stream);
    sourcesMoved.at = Math.max(sourcesMoved.at, returnedAt(stream.silences), stream.partial?.movedAt ?? 0);
  }
}

/** How many streams of a connection or token are released. Running it twice changes nothing. */
export function releaseStreams({ store, sourcesMoved }: IntakeState, connectionId: string, at: number): number {
  const own = store.streams().filter((stream) => stream.connectionId === connectionId);
  store.commit(() => {
    for (const stream of own)
      store.putStream(streamKey(connectionId, stream.stream), { ...stream, releasedAt: Math.max(at, stream.releasedAt ?? 0) });
  });
  if (own.length > 0) sourcesMoved.at = Math.max(sourcesMoved.at, at);
  return own.length;
}

/** What was set aside of a segment, as a part of its streams on the days on which it had come. What a person put on the path again has none. */
function failedStreams(plan: SegmentPlan, progress: Progress): ReadonlyMap<string, StoredStream> {
  const streams = new Map<string, StoredStream>();
  for (const [n, { connectionId, connector, form, receivedAt, firstItem }] of plan.deliveries.entries()) {
    const failed = failuresIn(progress, firstItem, plan.deliveries[n + 1]?.firstItem ?? progress.length);
    const key = streamKey(connectionId, form);
    if (failed === 0 || !plan.streams.has(key)) continue;
    const nothing = { watermarkMs: 0, accepted: 0, rejected: 0 };
    const days = [{ ...nothing, day: dayOf(receivedAt), failed }];
    streams.set(
      key,
      // By which lane it came is told by the delivery as a whole.
      mergeStream(streams.get(key), { ...nothing, connectionId, connector, stream: form, lastReceivedAt: receivedAt, historyAt: 0, days }),
    );
  }
  return streams;
}

/** The canary, one a minute, would fill the log of whoever sends less. */
const logged = (deliveries: readonly DeliveryFacts[]): readonly DeliveryFacts[] => deliveries.filter((one) => !isCanary(one));

/** The last delivery that begins at or before an item: one without items begins where its successor does. */
function deliveryOf(deliveries: readonly DeliveryFacts[], item: number): DeliveryFacts {
  let below = 0;
  for (let above = deliveries.length; above - below > 1;) {
    const middle = (below + above) >> 1;
    if ((deliveries[middle] as DeliveryFacts).firstItem <= item) below = middle;
    else above = middle;
  }
  const delivery = deliveries[below];
  invariant(delivery !== undefined, "an item is of a delivery");
  return delivery;
}

/** Lines of a pack, and deliveries, are read only when one of them ends here; each once, however many do. */
function letterMaker(state: IntakeState, segment: OpenSegment, plan: SegmentPlan): (kept: LetterToKeep, number: number) => DeadLetter {
  const at = state.ports.clock.now();
  const read = new Map<number, Pack>();
  let raw: readonly Delivery[] | null = null;
  return (kept, number) => {
    const place = { shard: state.name, number, at };
    if ("delivery" in kept.source) {
      raw ??= decodeRows(state.store.rowBodies(segment.fromSeq, segment.toSeq));
      const delivery = raw[kept.source.delivery];
      invariant(delivery !== undefined, "a planned delivery is in the rows of its segment");
      return deliveryLetter(place, kept, delivery);
    }
    const { pack, index } = kept.source;
    let found = read.get(pack);
    if (found === undefined) read.set(pack, (found = fromPackText(textOfPack(state, plan.packs[pack] as PlannedPack))));
    return eventLetter(place, kept, toWholeLine(found.lines[index] as string, found.stamps[index] ?? null));
  };
}

const textOfPack = (state: IntakeState, pack: PlannedPack): string =>
  decoder.decode(state.ports.codec.gunzip(pack.whole ?? pack.message, PACK_TEXT_BYTES_MAX));

/** The whole text of a pack that is still under way, for a consumer that got it by reference. */
export function readPack(state: IntakeState, packId: string): string | null {
  const place = parsePackId(packId);
  const segment = place === null || place.incarnation !== state.store.incarnation ? undefined : state.segments.get(place.fromSeq);
  if (place === null || segment === undefined || segment.toSeq !== place.toSeq) return null;
  const pack = packsOf(state, segment).packs[place.n];
  return pack === undefined ? null : textOfPack(state, pack);
}
