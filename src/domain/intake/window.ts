import {
  flushRestMaxMs,
  packStuckAfterMs,
  redriveCapMs,
  redriveFloorMs,
  restCapBelowEvents,
  segmentEventsMax,
  segmentSettleWaitMaxMs,
  segmentsUnsettledMax,
  segmentWindowMaxMs,
} from "../limits.ts";
import { backOff } from "../retry.ts";

/** The bounds of the window, as data, so that a test can make an hour of them pass in a second. */
export type WindowPolicy = {
  readonly segmentEventsMax: number;
  readonly segmentsUnsettledMax: number;
  readonly segmentSettleWaitMaxMs: number;
  readonly segmentWindowMaxMs: number;
  readonly flushRestMaxMs: number;
  readonly restCapBelowEvents: number;
  readonly packStuckAfterMs: number;
  readonly redriveFloorMs: number;
  readonly redriveCapMs: number;
};

export const windowPolicy: WindowPolicy = {
  segmentEventsMax,
  segmentsUnsettledMax,
  segmentSettleWaitMaxMs,
  segmentWindowMaxMs,
  flushRestMaxMs,
  restCapBelowEvents,
  packStuckAfterMs,
  redriveFloorMs,
  redriveCapMs,
};

export type WindowState = {
  readonly waitingEvents: number;
  /** When the oldest waiting row was committed, wall ms; null when no row waits. */
  readonly waitingSince: number | null;
  /** Segments under way (stuck and reported ones have left the count). */
  readonly unsettledSegments: number;
  /** The newest segment: when its flush began, and when all of it was settled or reported. */
  readonly last: { readonly startedAt: number; readonly overAt: number | null } | null;
};

/**
 * When the next segment may be closed, wall ms; null while nothing waits or too much is unsettled.
 *
 * At once when idle. Else after the last segment has settled (or has been waited for long enough) and a rest as long as that took:
 * flushing back to back would lock into tiny batches. The rest is capped while little waits, so that one long flush does not cause a
 * long rest and so on; it is left out when a full segment waits or the oldest row has waited for the whole window.
 */
export function nextSegmentAt(state: WindowState, policy: WindowPolicy): number | null {
  if (state.waitingSince === null || state.unsettledSegments >= policy.segmentsUnsettledMax) return null;
  if (state.last === null) return state.waitingSince;
  const { startedAt, overAt } = state.last;
  const over = Math.min(overAt ?? Number.POSITIVE_INFINITY, startedAt + policy.segmentSettleWaitMaxMs);
  if (state.waitingEvents >= policy.segmentEventsMax) return over;
  const flushMs = over - startedAt;
  const restMs = state.waitingEvents < policy.restCapBelowEvents ? Math.min(flushMs, policy.flushRestMaxMs) : flushMs;
  return Math.max(over, Math.min(over + restMs, state.waitingSince + policy.segmentWindowMaxMs));
}

/**
 * When an unsettled segment is driven again, wall ms: after max(floor, twice the last settle time), doubled with each time it was
 * driven again, up to the cap.
 *
 * @param drivenAgain how often it was driven again so far
 */
export function nextDriveAt(lastDrivenAt: number, drivenAgain: number, lastSettleMs: number, policy: WindowPolicy): number {
  const first = Math.max(policy.redriveFloorMs, 2 * lastSettleMs);
  return lastDrivenAt + backOff(drivenAgain, first, policy.redriveCapMs);
}
