import fc from "fast-check";
import { expect, test } from "vitest";
import { hash53 } from "../../src/domain/account/id-hash.ts";
import { distinctErrorRatio, distinctOf } from "../../src/domain/sketch.ts";

/** What is kept of a set: its `size` smallest hashes, and how far they reach. */
const keep = (names: readonly string[], size: number): { hashes: number[]; below: number } => {
  const hashes = [...Float64Array.from(new Set(names.map(hash53))).sort()];
  return hashes.length <= size ? { hashes, below: Infinity } : { hashes: hashes.slice(0, size), below: hashes[size - 1] as number };
};
const estimate = (parts: readonly { hashes: number[]; below: number }[]): { count: number; sampled: number; below: number } => {
  const below = Math.min(...parts.map((part) => part.below));
  const sampled = new Set(parts.flatMap(({ hashes }) => hashes).filter((hash) => hash < below)).size;
  return { count: distinctOf(sampled, below), sampled, below };
};
const people = (from: number, to: number, salt: number): string[] => Array.from({ length: to - from }, (_, i) => `${salt}/${from + i}`);

test("a count is exact while everybody is kept", () => {
  expect(estimate([keep(people(0, 700, 1), 1_000), keep(people(500, 900, 1), 1_000)]).count).toBe(900);
  expect(distinctErrorRatio(900, Infinity)).toBe(0);
});

test("the error of a count is what is stated: in 300 sets 68 of 100 lie within it, none beyond five times", () => {
  const errors = Array.from({ length: 300 }, (_, salt) => {
    const { count, sampled, below } = estimate([keep(people(0, 5_000, salt), 500)]);
    return Math.abs(count / 5_000 - 1) / distinctErrorRatio(sampled, below);
  });
  expect(errors.filter((error) => error <= 1).length / errors.length).toBeGreaterThan(0.6);
  expect(errors.filter((error) => error <= 1).length / errors.length).toBeLessThan(0.76);
  expect(Math.max(...errors)).toBeLessThan(5);
});

test("sets that overlap, put together, are counted as one set, in any order and however they are cut", () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 300, max: 1_500 }), (salt, overlap, size) => {
      const a = keep(people(0, 2_000, salt), size);
      const b = keep(people(2_000 - overlap, 4_000 - overlap, salt), size);
      const both = estimate([a, b]);
      expect(estimate([b, a])).toEqual(both);
      expect(estimate([a, b, a])).toEqual(both);
      const bound = 5 * Math.max(0.001, distinctErrorRatio(both.sampled, both.below));
      expect(Math.abs(both.count / (4_000 - overlap) - 1)).toBeLessThan(bound);
    }),
    { numRuns: 40 },
  );
});
