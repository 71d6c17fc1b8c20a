import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Child, rollUp } from "../../../src/domain/health/rollup.ts";
import { rollupLeftOutShown } from "../../../src/domain/limits.ts";

const child = (id: string, score: number | null, arrMinor: number | null, over: Partial<Child> = {}): Child => ({
  id,
  name: id.toUpperCase(),
  score,
  band: score === null ? "not_enough_data" : "watch",
  arrMinor,
  currency: "EUR",
  isUnconverted: false,
  ...over,
});

describe("a parent's roll-up", () => {
  test("is the mean of its children's scores, weighed by their ARR, with the worst by name", () => {
    expect(rollUp([child("a", 80, 300_000), child("b", 40, 100_000)], 2)).toEqual({
      score: (80 * 300_000 + 40 * 100_000) / 400_000,
      accounts: 2,
      weighed: 2,
      currency: "EUR",
      worst: { id: "b", name: "B", score: 40 },
      leftOutAccounts: 0,
      leftOut: [],
    });
  });

  test("names who has no part in it, and why; the worst may be one of them", () => {
    const thin = child("thin", 5, 900, { band: "not_enough_data" });
    const found = rollUp(
      [
        child("a", 80, 300),
        child("b", null, 300),
        child("c", 20, null),
        child("d", 60, 10, { currency: "USD" }),
        child("e", 70, 50),
        thin,
        child("f", 40, null, { currency: null, isUnconverted: true }),
      ],
      7,
    );
    expect(found).toMatchObject({ score: (80 * 300 + 70 * 50) / 350, weighed: 2, leftOutAccounts: 5, worst: { id: "c", score: 20 } });
    expect(found?.leftOut.map(({ id, why }) => [id, why])).toEqual([
      ["b", "no_score"],
      ["c", "no_arr"],
      ["d", "other_currency"],
      ["thin", "no_score"],
      ["f", "no_rate"],
    ]);
  });

  test("is none without children, and has no score while no child has both a score and an ARR", () => {
    expect(rollUp([], 0)).toBeNull();
    expect(rollUp([child("a", 80, null), child("b", null, 5), child("c", 70, 0)], 3)).toMatchObject({
      score: null,
      weighed: 0,
      currency: null,
      worst: { id: "c" },
    });
  });

  test("counts those beyond what it was given, and names a bounded number", () => {
    const found = rollUp(
      Array.from({ length: 50 }, (_, i) => child(`c${i}`, null, 1)),
      1_200,
    );
    expect([found?.accounts, found?.leftOutAccounts, found?.leftOut.length]).toEqual([1_200, 1_200, rollupLeftOutShown]);
  });

  test("lies between the scores of its children, whatever their order", () => {
    const one = fc.record({ score: fc.float({ min: 0, max: 100, noNaN: true }), arr: fc.integer({ min: 1, max: 1_000_000 }) });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 30 }), (given) => {
        const children = given.map(({ score, arr }, i) => child(`c${i}`, score, arr));
        const score = rollUp(children, children.length)?.score ?? Number.NaN;
        expect(score).toBeGreaterThanOrEqual(Math.min(...given.map((each) => each.score)) - 1e-9);
        expect(score).toBeLessThanOrEqual(Math.max(...given.map((each) => each.score)) + 1e-9);
        expect(rollUp(children.toReversed(), children.length)?.score).toBeCloseTo(score, 9);
      }),
    );
  });
});
