import { describe, expect, test } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import type { MetricSeries } from "../../../src/domain/account/messages.ts";
import { metricSeries } from "../../../src/domain/account/metrics.ts";
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
    expect(error(facts?.userDays(dayOf(NOW) - 1, 1), PEOPLE)).toBeLessThan(0.03);
  });
});
