import fc from "fast-check";
import { expect, it } from "vitest";
import {
  changedIn,
  type Comparison,
  comparisonOf,
  emptyComparison,
  mergeComparisons,
  type Mover,
} from "../../../src/domain/config/comparison.ts";
import { bands } from "../../../src/domain/health/document.ts";
import { comparisonMoversShown } from "../../../src/domain/limits.ts";

const score = fc.option(fc.integer({ min: 0, max: 100 }));
const movers = fc.uniqueArray(
  fc.record({
    accountId: fc.string({ minLength: 1, maxLength: 4 }),
    name: fc.constant(null),
    score,
    band: fc.constantFrom(...bands),
    publishedScore: score,
    publishedBand: fc.constantFrom(...bands),
  }),
  { selector: ({ accountId }) => accountId, maxLength: 60 },
);
const together = (some: readonly Mover[]): Comparison => some.map(comparisonOf).reduce(mergeComparisons, emptyComparison);

it("accounts compared part by part, in any order, are the whole compared", () => {
  fc.assert(
    fc.property(movers, fc.nat(60), (some, cut) => {
      const whole = together(some);
      expect(mergeComparisons(together(some.slice(cut)), together(some.slice(0, cut)))).toEqual(whole);
      expect(whole.accounts).toBe(some.length);
      expect(whole.bands.reduce((sum, { accounts }) => sum + accounts, 0)).toBe(some.length);
      expect(changedIn(whole)).toBe(some.filter(({ band, publishedBand }) => band !== publishedBand).length);
      const moved = ({ score: after, publishedScore }: Mover): number => Math.abs((after ?? 0) - (publishedScore ?? 0));
      const isMoved = (one: Mover): boolean => moved(one) > 0 || one.band !== one.publishedBand;
      const distances = some
        .filter(isMoved)
        .map(moved)
        .sort((a, b) => b - a);
      expect(whole.movers.map(moved)).toEqual(distances.slice(0, comparisonMoversShown));
    }),
  );
});
