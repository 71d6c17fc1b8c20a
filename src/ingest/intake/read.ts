import { isCanary } from "../../domain/canary.ts";
import {
  fromLogRow,
  newestFirst,
  summariesOf,
  toListed,
  type DeliveryFilter,
  type DeliveryRecord,
  type DeliverySummary,
  type LoggedDelivery,
} from "../../domain/intake/delivery-log.ts";
import { type IntakeTotals, outcomeCounts } from "../../domain/intake/tally.ts";
import type { DeliveryFacts } from "../../domain/intake/plan.ts";
import { newProgress } from "../../domain/intake/progress.ts";
import { decodeRows } from "../../domain/intake/row.ts";
import { openPacks } from "../../domain/intake/settling.ts";
import { deliveryTime } from "../../domain/ids.ts";
import { commitDelayMaxMs, deliveryLettersMax, deliveryLogPerShardMax, waitingListedBytesMax } from "../../domain/limits.ts";
import type { Delivery } from "../../domain/delivery.ts";
import type { RowsToSegment } from "./ports.ts";
import { type IntakeState, isStuck, type OpenSegment } from "./state.ts";

/** Totals over the shard's life, figures in memory only: cheap enough to ask every second. */
export function totals(state: IntakeState): IntakeTotals {
  const { tally } = state.marks;
  const wallNow = state.ports.clock.wallNow();
  const accepted = tally.accepted + state.waiting.accepted;
  let oldest = state.waiting.since;
  let stuckPacks = 0;
  for (const segment of state.segments.values()) {
    oldest = oldest === null ? segment.startedAt : Math.min(oldest, segment.startedAt);
    if (isStuck(segment, state.policy, wallNow))
      stuckPacks += segment.packs === null ? 1 : openPacks(segment.packs, segment.standing.progress).length;
  }
  return {
    acceptedEvents: accepted,
    rejectedEvents: tally.rejected + state.waiting.rejected,
    deliveries: tally.deliveries + state.waiting.deliveries,
    outcomes: outcomeCounts(tally.outcomes, accepted),
    heldBytes: state.heldBytes,
    unsettledSegments: state.segments.size,
    stuckPacks,
    oldestUnsettledAt: oldest === null ? null : state.ports.clock.now() - (wallNow - oldest),
    visibleHistogram: tally.visible,
    visibleSumMs: tally.visibleSumMs,
    archiveConflicts: tally.archiveConflicts,
    stageMs: { ...state.stages },
  };
}

/** The last deliveries, newest first, with what has become of each: those that wait, those under way, then the log. */
export function deliveries(state: IntakeState, filter: DeliveryFilter): DeliverySummary[] {
  const found = [
    ...waitingSummaries(state),
    ...underWaySummaries(state),
    ...state.store.logRows(deliveryLogPerShardMax).flatMap(fromLogRow),
  ].filter(
    (summary) =>
      !isCanary(summary) &&
      (filter.connectionId === undefined || summary.connectionId === filter.connectionId) &&
      (filter.status === undefined || summary.status === filter.status) &&
      (filter.after === undefined || newestFirst(filter.after, summary) < 0),
  );
  const shown = found.sort(newestFirst).slice(0, filter.limit);
  const failed = shown.filter(({ outcomes }) => outcomes.quarantined + outcomes.deadLettered > 0);
  const letters = failed.length === 0 ? [] : state.store.lettersOf(idsOf(failed), deliveryLettersMax);
  return shown.map((logged) =>
    toListed(
      logged,
      letters.filter(({ deliveryId }) => deliveryId === logged.id),
    ),
  );
}

const idsOf = (found: readonly DeliverySummary[]): string[] => found.map(({ id }) => id);

/**
 * One delivery, as far as this shard knows it: while it waits among the rows of the next segment, is under way, or is logged. Its raw form
 * is here until its rows have been archived and settled; history can push it out of the log before that. So a delivery that no shard knows
 * has settled.
 */
export function deliveryRecord(state: IntakeState, id: string): DeliveryRecord | null {
  const found = waitingOne(state, id) ?? underWayOne(state, id) ?? loggedOne(state, id) ?? unarchivedOne(state, id);
  const letters = state.store.lettersOf([id], deliveryLettersMax);
  if (found === null && letters.length === 0) return null;
  return { ...(found ?? { logged: null, raw: null }), letters };
}

type Found = Omit<DeliveryRecord, "letters">;

/** It may lie far behind the rows of the next segment, so it is looked for by the time that its id tells. */
function waitingOne(state: IntakeState, id: string): Found | null {
  if (state.waiting.since === null) return null;
  const bodies = rowsOf(state, id, state.marks.segmentedSeq);
  const logged = waitingIn(bodies).find((one) => one.id === id);
  return logged === undefined ? null : { logged, raw: rawIn(bodies, id) };
}

/** Asked last: what is neither waiting nor under way has settled, and only the archive still needs its rows. */
function unarchivedOne(state: IntakeState, id: string): Found | null {
  if (state.marks.archivedSeq >= state.marks.segmentedSeq) return null;
  const raw = rawIn(rowsOf(state, id, state.marks.archivedSeq), id);
  return raw === null ? null : { logged: null, raw };
}

function rowsOf(state: IntakeState, id: string, afterSeq: number): readonly Uint8Array[] {
  const stampedAt = deliveryTime(id);
  return state.store.rowsWith(`"id":${JSON.stringify(id)}`, {
    afterSeq,
    from: stampedAt === null ? 0 : stampedAt - commitDelayMaxMs,
    to: stampedAt === null ? Number.MAX_SAFE_INTEGER : stampedAt + commitDelayMaxMs,
  });
}

function underWayOne(state: IntakeState, id: string): Found | null {
  const wallNow = state.ports.clock.wallNow();
  for (const segment of state.segments.values()) {
    const logged = summariesOfSegment(state, segment, wallNow).find((one) => one.id === id);
    if (logged !== undefined) return { logged, raw: rawIn(state.store.rowBodies(segment.fromSeq, segment.toSeq), id) };
  }
  return null;
}

function loggedOne(state: IntakeState, id: string): Found | null {
  const row = state.store.logRowWith(`"id":${JSON.stringify(id)},`);
  const logged = row === null ? undefined : fromLogRow(row.body).find((one) => one.id === id);
  if (row === null || logged === undefined) return null;
  // What has settled goes as soon as it is archived; a range of the archive ends with a whole delivery.
  const fromSeq = Math.max(row.fromSeq, state.marks.archivedSeq + 1);
  return { logged, raw: row.toSeq === null ? null : rawIn(state.store.rowBodies(fromSeq, row.toSeq), id) };
}

const rawIn = (bodies: readonly Uint8Array[], id: string): Delivery | null => {
  const found = decodeRows(bodies).find(({ head }) => head.id === id);
  // A body is a view on its row; alone it travels without its neighbours.
  return found === undefined ? null : { head: found.head, body: found.body.slice() };
};

/** Those of the next segment, and the newest behind it: of a long backlog the middle is not listed. */
function waitingSummaries(state: IntakeState): LoggedDelivery[] {
  const rows = nextRows(state);
  if (rows === null) return [];
  return [...waitingIn(state.store.newestRows(rows.toSeq, waitingListedBytesMax)), ...waitingIn(rows.bodies)];
}

function waitingIn(bodies: readonly Uint8Array[]): LoggedDelivery[] {
  const found = decodeRows(bodies);
  const items = found.reduce((sum, { head }) => sum + head.accepted, 0);
  return summariesOf(factsOf(found), newProgress(items), { isStuck: false, settledAt: undefined });
}

const nextRows = (state: IntakeState): RowsToSegment | null =>
  state.waiting.since === null
    ? null
    : state.store.rowsToSegment(state.marks.segmentedSeq, {
        itemsMax: state.policy.segmentEventsMax,
        bytesMax: state.policy.segmentBytesMax,
      });

function underWaySummaries(state: IntakeState): LoggedDelivery[] {
  const wallNow = state.ports.clock.wallNow();
  const summaries: LoggedDelivery[] = [];
  for (const segment of [...state.segments.values()].sort((a, b) => b.fromSeq - a.fromSeq)) {
    if (summaries.length >= deliveryLogPerShardMax) break;
    summaries.push(...summariesOfSegment(state, segment, wallNow));
  }
  return summaries;
}

const summariesOfSegment = (state: IntakeState, segment: OpenSegment, wallNow: number): LoggedDelivery[] =>
  summariesOf(factsOfSegment(state, segment), segment.standing.progress, {
    isStuck: isStuck(segment, state.policy, wallNow),
    settledAt: undefined,
  });

/** Of a segment that is not in memory the heads are read; nothing is mapped for a list. */
const factsOfSegment = (state: IntakeState, segment: OpenSegment): readonly DeliveryFacts[] =>
  segment.packs?.deliveries ?? factsOf(decodeRows(state.store.rowBodies(segment.fromSeq, segment.toSeq)));

function factsOf(found: readonly Delivery[]): DeliveryFacts[] {
  let firstItem = 0;
  return found.map(({ head, body }) => {
    const { id, connectionId, connector, form, receivedAt, accepted, rejected } = head;
    const facts = {
      id,
      connectionId,
      connector,
      form,
      receivedAt,
      bytes: body.byteLength,
      accepted,
      rejected,
      firstItem,
      accountIds: [],
      reasons: [],
    };
    firstItem += accepted;
    return facts;
  });
}
