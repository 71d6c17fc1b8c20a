import type { Scorecard } from "../config/scorecard.ts";
import { hoursKept } from "../account/buckets.ts";
import { dayOf, startOfDay } from "../time.ts";
import { isReadBy } from "./events-behind.ts";
import type { Measure } from "./measure.ts";

/** A measure whose values of past days look back on an instant: from one UTC day to another, both included, as day numbers. */
export type LookingBack = { readonly key: string; readonly title: string; readonly day: number; readonly to: number };

/**
 * Which measures of a scorecard, as of which closed days, have an event in their windows: what may be others since it came. Whether a value is,
 * the history of the measure tells.
 */
export function measuresLookingAt(
  scorecard: Scorecard,
  measureOf: (key: string) => Measure | undefined,
  { type, occurredAt }: { readonly type: string; readonly occurredAt: number },
  now: number,
): readonly LookingBack[] {
  const day = dayOf(occurredAt);
  const yesterday = dayOf(now) - 1;
  const hoursFrom = hoursKept(dayOf(now));
  if (day > yesterday) return [];
  return scorecard.dimensions.flatMap(({ measures }) =>
    measures.flatMap(({ key, title, settings }): LookingBack[] => {
      const measure = measureOf(key);
      if (measure?.window === undefined || !isReadBy(measure, type)) return [];
      const { window } = measure;
      const looks = (one: number): boolean =>
        (window({ at: startOfDay(one + 1) - 1, day: one, hoursFrom }, settings)?.from ?? Infinity) <= occurredAt;
      return looks(day) ? [{ key, title, day, to: lastThat(looks, day, yesterday) }] : [];
    }),
  );
}

/** The last day up to `last` of which it is true, where it is true of the first and, once it is false, stays so. */
function lastThat(isSo: (day: number) => boolean, first: number, last: number): number {
  let [yes, no] = [first, last + 1];
  while (no - yes > 1) {
    const middle = Math.floor((yes + no) / 2);
    if (isSo(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}
