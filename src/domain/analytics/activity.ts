import { eachUser } from "../account/day-record.ts";
import { hash53 } from "../account/id-hash.ts";
import { analysisAccountWeightMax } from "../limits.ts";
import type { AnalysedAccount } from "./analysis.ts";
import { calendarPeriodOf, type CalendarUnit } from "./calendar-periods.ts";
import { PeopleSample } from "./sample.ts";
import type { Unit } from "./touches.ts";

/** When one actor used the product. */
export type Activity = {
  /** First period with any usage, as far as days are kept. */
  first: number;
  /** Periods with the usage that is looked for, ascending, and how many actions of any kind fell into each. */
  readonly periods: number[];
  readonly actions: number[];
};

/**
 * What everybody of an account did, by period.
 *
 * @param feature only days on which the actor used it count as active; null: any usage. The first period is about any usage.
 */
export function activityOf(
  { state, number, personOf, id }: AnalysedAccount,
  {
    unit,
    period,
    feature,
    toDay,
  }: { readonly unit: Unit; readonly period: CalendarUnit; readonly feature: string | null; readonly toDay: number },
): PeopleSample<Activity> {
  const everybody = new PeopleSample<Activity>(analysisAccountWeightMax);
  const wanted = feature === null ? null : state.features.indexOf(feature);
  const asOne = unit === "accounts" ? hash53(id) : null;
  for (const page of [...state.days.values()].sort((a, b) => a.day - b.day)) {
    if (page.day >= toDay) break;
    // An account is as active as whoever is known of it.
    if (asOne === null) everybody.limit(page.usersBelow);
    const current = calendarPeriodOf(period, page.day);
    eachUser(page, (user, { actions, features }) => {
      const activity = everybody.of(
        number,
        asOne ?? personOf(user),
        () => ({ first: current, periods: [], actions: [] }),
        asOne === null ? 1 : 0,
      );
      if (activity === null || (wanted !== null && ![...features].includes(wanted))) return;
      if (activity.periods.at(-1) !== current) {
        activity.periods.push(current);
        activity.actions.push(0);
      }
      activity.actions[activity.actions.length - 1] = (activity.actions.at(-1) as number) + actions;
    });
  }
  return everybody;
}
