import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hash53 } from "../../src/domain/account/id-hash.ts";
import { distinctErrorRatio, distinctOf, QuantileSketch } from "../../src/domain/sketch.ts";

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

describe("quantiles", () => {
  test("are the same when the sketch has been written and read, few values or many", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 }), { maxLength: 600 }), (values) => {
        const sketch = sketchOf(values);
        const read = QuantileSketch.fromJson(JSON.parse(JSON.stringify(sketch.toJson())) as ReturnType<QuantileSketch["toJson"]>);
        expect([read.values, read.errorRatio]).toEqual([values.length, sketch.errorRatio]);
        for (const share of [0, 0.1, 0.5, 0.9, 1]) expect(read.at(share)).toBe(sketch.at(share));
        read.merge(sketchOf([5, 7]));
        sketch.merge(sketchOf([5, 7]));
        expect(read.at(0.5)).toBe(sketch.at(0.5));
      }),
      { numRuns: 50 },
    );
  });

  const sketchOf = (values: readonly number[]): QuantileSketch => {
    const sketch = new QuantileSketch();
    for (const value of values) sketch.add(value);
    return sketch;
  };
  const truth = (values: readonly number[], share: number): number =>
    [...values].sort((a, b) => a - b)[Math.ceil(share * (values.length - 1) - 0.5)] as number;
  const someValues = fc.array(fc.oneof(fc.integer({ min: 0, max: 100 }), fc.maxSafeNat()), { minLength: 1, maxLength: 700 });
  const aShare = fc.double({ min: 0, max: 1, noNaN: true });

  test("are within 1 % of the value, and exact for few", () => {
    fc.assert(
      fc.property(someValues, aShare, (values, share) => {
        const sketch = sketchOf(values);
        const exact = truth(values, share);
        expect(Math.abs((sketch.at(share) as number) - exact)).toBeLessThanOrEqual(sketch.errorRatio * exact * (1 + 1e-9));
        expect(sketch.errorRatio).toBe(values.length <= 256 ? 0 : 0.01);
      }),
    );
    expect(new QuantileSketch().at(0.5)).toBeNull();
  });

  test("of what was put together are those of all the values, in whatever order", () => {
    fc.assert(
      fc.property(someValues, someValues, aShare, (a, b, share) => {
        const [one, other] = [sketchOf(a), sketchOf(b)];
        one.merge(sketchOf(b));
        other.merge(sketchOf(a));
        expect(one.at(share)).toBe(sketchOf([...a, ...b]).at(share));
        expect(other.at(share)).toBe(one.at(share));
        expect(other.errorRatio).toBe(one.errorRatio);
      }),
    );
  });
});
