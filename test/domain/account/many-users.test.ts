import { describe, expect, test } from "vitest";
import { type ActiveUsers, activeUsersAt } from "../../../src/domain/account/active-users.ts";
import { DayRecord } from "../../../src/domain/account/day-record.ts";
import { WHOLE_DAY } from "../../../src/domain/account/fields/field-part.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { hash53 } from "../../../src/domain/account/id-hash.ts";
import type { MetricSeries } from "../../../src/domain/account/messages.ts";
import { metricSeries } from "../../../src/domain/account/metrics.ts";
import { nameIndex } from "../../../src/domain/account/name-index.ts";
import type { DayPage } from "../../../src/domain/account/state.ts";
import { usageFacts } from "../../../src/domain/health/usage-facts.ts";
import { usersPerDayMax } from "../../../src/domain/limits.ts";
import { DAY_MS, HOUR_MS, dayOf, startOfDay } from "../../../src/domain/time.ts";
import { event, NOW } from "../../support/account-builders.ts";
import { ownMoney } from "../../../src/domain/money/convert.ts";

const TODAY = startOfDay(dayOf(NOW));
const state: FoldedAccount = emptyAccount("acme");
const PEOPLE = usersPerDayMax * 3;
const used = (user: number, at: number, feature: string): void =>
  fold(state, event({ occurredAt: at, user: { id: `user-${user}` }, data: { feature } }), NOW);
// Yesterday 60,000 people, a third of them in the first hour; the day before 1,000, half of whom came again.
for (let user = 0; user < PEOPLE; user++) used(user, TODAY - DAY_MS + (user % 3) * 8 * HOUR_MS, user % 2 === 0 ? "report" : "export");
for (let user = PEOPLE - 500; user < PEOPLE + 500; user++) used(user, TODAY - 2 * DAY_MS, "report");

const series = (metric: string, from: number, to: number, step: "1d" | "1h"): MetricSeries => {
  const answer = metricSeries(state, { metric, from, to, step }, NOW, ownMoney);
  if (!answer.ok) throw new Error(answer.error.detail);
  return answer.value;
};
const error = (value: number | null | undefined, truth: number): number => Math.abs((value ?? 0) - truth) / truth;

describe("an account with more people a day than are kept", () => {
  /** A day with 100 people in its first hour and 500 in the second, of 20,400. */
  const ids = Array.from({ length: 20_400 }, (_, i) => hash53(`person-${i}`));
  const hourOf = (index: number): number => (index < 100 ? 0 : index < 600 ? 1 : 2 + (index % 22));
  const dayIn = (order: readonly number[], kept = true): DayRecord => {
    const day = DayRecord.empty(dayOf(NOW), nameIndex([]));
    for (const index of order) {
      const did = day.user(ids[index] as number, kept ? hourOf(index) : WHOLE_DAY);
      if (did !== null) did.hours |= 1 << hourOf(index);
    }
    return day;
  };
  const inOrder = ids.map((_, index) => index);
  const after = (day: DayPage, hours: readonly number[]): ActiveUsers =>
    activeUsersAt(
      new Map([[dayOf(NOW), day]]),
      DAY_MS,
      hours.map((hour) => TODAY + hour * HOUR_MS),
    );

  test("has active users to 1.2 % in windows that cut the day too, in any order of events, packed or not", () => {
    const day = dayIn(inOrder);
    const first = after(day, [1, 1.5, 2]);
    expect(first.errorRatio).toBeLessThan(0.0116);
    for (const [i, truth] of [100, 600, 600].entries()) expect(error(first.values[i], truth)).toBeLessThan(0.035);
    expect(first.values[1]).toBe(first.values[2]);
    expect(after(dayIn(inOrder.toReversed()), [1, 1.5, 2])).toEqual(first);
    day.close();
    expect(after(day, [1, 1.5, 2])).toEqual(first);
    expect(after(DayRecord.fromPage(dayOf(NOW), nameIndex([]), day.toPage()) as DayRecord, [1, 1.5, 2])).toEqual(first);
    expect(error(after(day, [24]).values[0], ids.length)).toBeLessThan(0.005);
  });

  test("has them by the people who are kept, with their error, where the day knows no sketches of its hours", () => {
    const { day, counts, users, usersBelow, spansBelow } = dayIn(inOrder);
    const byOlderCode = after({ day, counts, users, usersBelow, spansBelow }, [1]);
    expect(byOlderCode.errorRatio).toBeGreaterThan(0.0116);
    expect(error(byOlderCode.values[0], 100)).toBeLessThan(3 * byOlderCode.errorRatio);
    expect(after(dayIn(inOrder, false), [1])).toEqual(byOlderCode);
  });

  test("has active users within the error that the answer states", () => {
    const yesterday = series("active_users_1d", TODAY - DAY_MS, TODAY, "1d");
    expect(yesterday.approximate).toBe(true);
    expect(yesterday.errorRatio).toBeLessThan(0.008);
    expect(error(yesterday.points[0]?.value, PEOPLE)).toBeLessThan(3 * (yesterday.errorRatio ?? 0));
    const week = series("active_users_7d", TODAY - DAY_MS, TODAY, "1d");
    expect(error(week.points[0]?.value, PEOPLE + 500)).toBeLessThan(3 * (week.errorRatio ?? 0));
  });

  test("is exact on days with fewer, and to the hour on those with more", () => {
    const before = series("active_users_1d", TODAY - 2 * DAY_MS, TODAY - DAY_MS, "1d");
    expect(before.points[0]?.value).toBe(1_000);
    expect(before).not.toHaveProperty("approximate");
    const hours = series("active_users_1d", TODAY - DAY_MS, TODAY, "1h").points.map(({ value }) => value);
    expect(error(hours[0], PEOPLE / 3 + 500)).toBeLessThan(0.04);
    expect(error(hours[9], (PEOPLE * 2) / 3)).toBeLessThan(0.03);
  });

  test("is measured as if all were kept", () => {
    const facts = usageFacts({
      ...state,
      attributes: new Map([["coreFeatures", { value: ["report"], source: "x", asOf: 0 }]]),
    });
    const window = facts?.window(dayOf(NOW), 7);
    expect(error(window?.activeUsers, PEOPLE + 500)).toBeLessThan(0.03);
    expect(error(window?.userDays, PEOPLE + 1_000)).toBeLessThan(0.03);
    expect(error(window?.usersOfCore[0], PEOPLE / 2 + 750)).toBeLessThan(0.04);
    expect(error(window?.usersWithUses(1), PEOPLE / 2 + 750)).toBeLessThan(0.04);
    expect(error(facts?.userDays(dayOf(NOW) - 1, 1).value, PEOPLE)).toBeLessThan(0.03);
  });
});
