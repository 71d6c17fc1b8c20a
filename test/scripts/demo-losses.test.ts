import { expect, test } from "vitest";
import { losingBook } from "../../scripts/demo/losses/play-losses.ts";
import { riskLossesMin } from "../../src/domain/limits.ts";

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
