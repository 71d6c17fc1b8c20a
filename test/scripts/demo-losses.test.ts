import { expect, test } from "vitest";
import { hasForecast, losingBook } from "../../scripts/demo/losses/play-losses.ts";
import { riskLossesMin } from "../../src/domain/limits.ts";
import type { RiskReport } from "../../src/domain/risk/report.ts";

/** Early on a day on which customers come. */
const originMs = Date.UTC(2026, 10, 28, 2);

test("the book in which customers leave has losses enough to learn from, fewer where more is used, and nothing that is still to come", () => {
  const customers = losingBook({ seed: 7, originMs });
  const lostOf = (some: typeof customers): number => some.filter(({ lostAt }) => lostAt !== null).length;
  const { smb = [], mid_market = [], enterprise = [] } = Object.groupBy(customers, ({ segment }) => segment ?? "");
  expect([smb.length, mid_market.length, enterprise.length]).toEqual([220, 80, 40]);
  // The whole book and the smallest customers can be learned from by themselves, the others not.
  expect(lostOf(smb)).toBeGreaterThan(riskLossesMin);
  expect(lostOf([...mid_market, ...enterprise])).toBeLessThan(riskLossesMin);
  const shareLost = (some: typeof customers): number => lostOf(some) / some.length;
  expect(shareLost(customers.filter(({ use }) => use < 0.3))).toBeGreaterThan(2 * shareLost(customers.filter(({ use }) => use > 0.7)));
  expect(customers.every(({ events }) => events.every(({ at }) => at <= originMs))).toBe(true);
});

test("a forecast is waited for where one is told: not in a segment that contradicts all that it could take", () => {
  const forecast = (scope: "all" | "segment", segment: string | null, takes: "own" | "all" | null, learned: boolean) =>
    ({ scope, segment, takes, status: learned ? "learned" : "declined" }) as RiskReport["forecasts"][number];
  const report = (allLearned: boolean) => ({
    forecasts: [
      forecast("all", null, null, allLearned),
      forecast("segment", "smb", "own", true),
      forecast("segment", "mid_market", "all", false),
      forecast("segment", "enterprise", null, false),
    ],
  });
  const told = ["smb", "mid_market", "enterprise", "another"].map((segment) => hasForecast(report(true), segment));
  expect(told).toEqual([true, true, false, true]);
  expect(hasForecast(report(false), "another")).toBe(false);
});
