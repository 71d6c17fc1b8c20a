import type { PlannedPack } from "../../domain/intake/plan.ts";
import { openPacks } from "../../domain/intake/settling.ts";
import { nextDriveAt } from "../../domain/intake/window.ts";
import { queueBatchBytesMax, queueBatchMessagesMax, queueMessageOverheadBytes, redriveSegmentsPerRunMax } from "../../domain/limits.ts";
import { backOff } from "../../domain/retry.ts";
import { packsOf } from "./map.ts";
import { settleLocalOutcomes } from "./settle.ts";
import { type IntakeState, isStuck, type OpenSegment } from "./state.ts";

/** Groups messages into calls of the queue, in order, within its bounds. */
export function toBatches(messages: readonly Uint8Array[]): Uint8Array[][] {
  const batches: Uint8Array[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const messageBytes = message.byteLength + queueMessageOverheadBytes;
    const last = batches.at(-1);
    if (last === undefined || last.length >= queueBatchMessagesMax || bytes + messageBytes > queueBatchBytesMax) {
      batches.push([message]);
      bytes = messageBytes;
    } else {
      last.push(message);
      bytes += messageBytes;
    }
  }
  return batches;
}

/**
 * Sends every pack of a segment that has not settled, all together. A call that fails leaves its packs to the next drive: nothing is
 * lost, and what arrived after all arrives twice.
 *
 * What needs no consumer is settled here too where no report will bring it: nothing is left to send, or a delivery failed and a person is
 * to see it soon. Drops beside packs go with the first report.
 */
export async function drive(state: IntakeState, segment: OpenSegment): Promise<void> {
  const { clock, queue } = state.ports;
  const plan = packsOf(state, segment);
  const messages = openPacks(plan, segment.standing.progress).map((n) => (plan.packs[n] as PlannedPack).message);
  segment.lastDrivenAt = clock.wallNow();
  if (messages.length === 0 || plan.local.some(({ failure }) => failure !== undefined)) settleLocalOutcomes(state, segment);
  if (messages.length === 0) return;
  // A stuck pack goes alone, so that it drags no other pack's call down with it.
  const batches = isStuck(segment, state.policy, segment.lastDrivenAt) ? messages.map((message) => [message]) : toBatches(messages);
  const results = await Promise.allSettled(batches.map((batch) => queue.send(batch)));
  const failed = results.filter((result) => result.status === "rejected");
  segment.failedSends = failed.length === 0 ? 0 : segment.failedSends + 1;
  if (failed.length > 0) state.ports.report("intake.send_failed", { shard: state.name, calls: batches.length, failed: failed.length });
}

/** When a segment is due to be driven again, wall ms. A send that is known to have failed is tried again sooner. */
export function driveDueAt(state: IntakeState, segment: OpenSegment): number {
  const { policy } = state;
  if (segment.failedSends > 0) return segment.lastDrivenAt + backOff(segment.failedSends - 1, policy.retryFloorMs, policy.retryCapMs);
  return nextDriveAt(segment.lastDrivenAt, segment.drivenAgain, state.lastSettleMs, policy);
}

export function redriveDueAt(state: IntakeState): number | null {
  let at: number | null = null;
  for (const segment of state.segments.values()) {
    const due = driveDueAt(state, segment);
    at = at === null ? due : Math.min(at, due);
  }
  return at === null ? null : Math.max(at, state.redriveRestUntil);
}

/** Drives again what is due, oldest first, a bounded number in one go. */
export async function redrive(state: IntakeState): Promise<void> {
  const wallNow = state.ports.clock.wallNow();
  const due = [...state.segments.values()].filter((segment) => driveDueAt(state, segment) <= wallNow).sort((a, b) => a.fromSeq - b.fromSeq);
  for (const segment of due.slice(0, redriveSegmentsPerRunMax)) {
    // Settled while an earlier one was on its way.
    if (!state.segments.has(segment.fromSeq)) continue;
    if (segment.failedSends === 0) segment.drivenAgain++;
    await drive(state, segment);
    boundMemory(state);
  }
  const overAt = state.ports.clock.wallNow();
  state.redriveRestUntil = overAt + (overAt - wallNow);
}

/** Lets go of the packs of segments that wait longest, beyond what may be kept in memory. */
export function boundMemory(state: IntakeState): void {
  let bytes = 0;
  for (const segment of [...state.segments.values()].reverse()) {
    for (const { message, whole } of segment.packs?.packs ?? []) bytes += message.byteLength + (whole?.byteLength ?? 0);
    if (bytes > state.policy.packMemoryBytesMax) segment.packs = null;
  }
}
