import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ToldPairs } from "../../../src/pipeline/told-pairs.ts";

const pair = (n: number): [string, string] => [`user|u${n}`, `acct-${n % 50}`];

describe("pairs that were told of", () => {
  test("a pair is known from when it was told, and no other is", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(10_000), { maxLength: 40 }), fc.nat(10_000), (told, other) => {
        const pairs = new ToldPairs(2 ** 16);
        for (const n of told) {
          pairs.add(...pair(n));
          expect(pairs.has(...pair(n))).toBe(true);
        }
        expect(pairs.has(...pair(other)) && !told.includes(other)).toBe(false);
      }),
    );
  });

  test("a key told of for one account is not known for another", () => {
    const pairs = new ToldPairs(2 ** 10);
    pairs.add("user|u", "a");
    expect(pairs.has("user|u", "b")).toBe(false);
  });

  test("of as many as half of its places it forgets few, of far more it keeps no more than its places", () => {
    const pairs = new ToldPairs(2 ** 12);
    const known = (count: number): number => Array.from({ length: count }, (_, n) => n).filter((n) => pairs.has(...pair(n))).length;
    for (let n = 0; n < 2 ** 11; n++) pairs.add(...pair(n));
    expect(known(2 ** 11)).toBeGreaterThan(2 ** 11 * 0.8);
    for (let n = 0; n < 2 ** 14; n++) pairs.add(...pair(n));
    expect(known(2 ** 14)).toBeLessThanOrEqual(2 ** 12);
  });
});
