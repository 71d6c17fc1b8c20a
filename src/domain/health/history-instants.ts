import type { HistoryQuery, ReadFailure } from "../account/messages.ts";
import { historyDaysDefault, historyPointsMax } from "../limits.ts";
import { DAY_MS } from "../time.ts";

/**
 * The instants at which a history is evaluated, and by which its points are named: so a point is what `health?at=` says of its instant, and
 * two of them are the ends of a comparison.
 *
 * Oldest first, at most `historyPointsMax`. Steps of days have the last millisecond of each UTC day that ends in the range, as at midnight
 * itself another day begins and its empty usage counts; shorter ones have the edges of the steps. The last is the end of the range, unless a
 * day has just ended there.
 */
export function historyInstants({ from: begin, to: end, stepMs }: HistoryQuery, now: number): readonly number[] | ReadFailure {
  const to = end ?? now;
  const from = begin ?? to - historyDaysDefault * DAY_MS;
  if (!(stepMs > 0)) return { failure: "invalid", field: "step", detail: "must be positive" };
  if (from > to) return { failure: "invalid", field: "from", detail: "must not be after to" };
  if ((to - from) / stepMs > historyPointsMax) return { failure: "invalid", field: "step", detail: `at most ${historyPointsMax} points` };
  const beforeEdge = stepMs % DAY_MS === 0 ? 1 : 0;
  const instants: number[] = [];
  for (let edge = Math.ceil((from + beforeEdge) / stepMs) * stepMs; edge - beforeEdge < to; edge += stepMs)
    instants.push(edge - beforeEdge);
  if (instants.at(-1) !== to - 1 || beforeEdge === 0) instants.push(to);
  return instants.slice(-historyPointsMax);
}
