import { fromLogRow, newestFirst, summariesOf } from "../../domain/intake/delivery-log.ts";
import type { DeliveryFilter, DeliverySummary, IntakeTotals } from "../../domain/intake/messages.ts";
import type { DeliveryFacts } from "../../domain/intake/plan.ts";
import { newProgress } from "../../domain/intake/progress.ts";
import { decodeRows } from "../../domain/intake/row.ts";
import { openPacks } from "../../domain/intake/settling.ts";
import { outcomeCounts } from "../../domain/intake/tally.ts";
import { deliveryLogPerShardMax } from "../../domain/limits.ts";
import type { Delivery } from "../../domain/delivery.ts";
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
      (filter.connectionId === undefined || summary.connectionId === filter.connectionId) &&
      (filter.status === undefined || summary.status === filter.status) &&
      (filter.after === undefined || newestFirst(filter.after, summary) < 0),
  );
  return found.sort(newestFirst).slice(0, filter.limit);
}

function waitingSummaries(state: IntakeState): DeliverySummary[] {
  if (state.waiting.since === null) return [];
  const rows = state.store.rowsToSegment(state.marks.segmentedSeq, {
    itemsMax: state.policy.segmentEventsMax,
    bytesMax: state.policy.segmentBytesMax,
  });
  if (rows === null) return [];
  return summariesOf(factsOf(decodeRows(rows.bodies)), newProgress(rows.items), { isStuck: false, settledAt: undefined });
}

function underWaySummaries(state: IntakeState): DeliverySummary[] {
  const wallNow = state.ports.clock.wallNow();
  const summaries: DeliverySummary[] = [];
  for (const segment of [...state.segments.values()].sort((a, b) => b.fromSeq - a.fromSeq)) {
    if (summaries.length >= deliveryLogPerShardMax) break;
    summaries.push(
      ...summariesOf(factsOfSegment(state, segment), segment.standing.progress, {
        isStuck: isStuck(segment, state.policy, wallNow),
        settledAt: undefined,
      }),
    );
  }
  return summaries;
}

/** Of a segment that is not in memory the heads are read; nothing is mapped for a list. */
const factsOfSegment = (state: IntakeState, segment: OpenSegment): readonly DeliveryFacts[] =>
  segment.packs?.deliveries ?? factsOf(decodeRows(state.store.rowBodies(segment.fromSeq, segment.toSeq)));

function factsOf(found: readonly Delivery[]): DeliveryFacts[] {
  let firstItem = 0;
  return found.map(({ head, body }) => {
    const { id, connectionId, connector, form, receivedAt, accepted, rejected } = head;
    const facts = { id, connectionId, connector, form, receivedAt, bytes: body.byteLength, accepted, rejected, firstItem, accountIds: [] };
    firstItem += accepted;
    return facts;
  });
}
