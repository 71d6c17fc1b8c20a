import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../scripts/seeded-random.ts";
import { hash53 } from "../../src/domain/account/id-hash.ts";
import { HyperLogLog } from "../../src/domain/hyper-log-log.ts";

const sketchOf = (hashes: Iterable<number>): HyperLogLog => {
  const sketch = new HyperLogLog();
  for (const hash of hashes) sketch.add(hash);
  return sketch;
};
const rootMeanSquare = (of: readonly number[]): number => Math.sqrt(of.reduce((sum, one) => sum + one ** 2, 0) / of.length);

describe("a HyperLogLog", () => {
  /** With `DISTINCT_SIZE_MAX=1000000` up to a million. */
  test("counts few and many without bias, with an error below 1.6 % at every size", () => {
    const sizeMax = Number(process.env["DISTINCT_SIZE_MAX"] ?? 100_000);
    const sizes = [1, 10, 100, 1_000, 4_096, 8_192, 20_480, 40_960, 100_000, 300_000, 1_000_000].filter((size) => size <= sizeMax);
    const sets = 40;
    const errors = sizes.map((): number[] => []);
    for (let set = 0; set < sets; set++) {
      const random = seededRandom(set + 1);
      const sketch = new HyperLogLog();
      let n = 0;
      for (const [i, size] of sizes.entries()) {
        for (; n < size; n++) sketch.add(Math.floor(random() * 2 ** 32) * 2 ** 21 + Math.floor(random() * 2 ** 21));
        errors[i]?.push(sketch.count / size - 1);
      }
    }
    for (const [i, ofSize] of errors.entries()) {
      const mean = ofSize.reduce((sum, one) => sum + one, 0) / sets;
      expect([sizes[i], rootMeanSquare(ofSize) < 0.016]).toEqual([sizes[i], true]);
      expect([sizes[i], Math.abs(mean) < (3 * HyperLogLog.errorRatio) / Math.sqrt(sets)]).toEqual([sizes[i], true]);
    }
    expect(new HyperLogLog().count).toBe(0);
    expect(HyperLogLog.errorRatio).toBeCloseTo(0.0115, 4);
  });

  test.each([
    ["numbers one after the other", (i: number) => String(i)],
    ["numbers with zeros before them", (i: number) => String(i).padStart(12, "0")],
    ["addresses of pages", (i: number) => `https://app.example.com/projects/${i % 100}/reports/${i}?tab=all`],
    ["e-mail addresses", (i: number) => `user${i}@customer${i % 40}.example`],
    ["times", (i: number) => new Date(1_700_000_000_000 + i * 1_000).toISOString()],
  ])("tells %s apart as well as any", (_, text) => {
    const size = 5_000;
    const errors = Array.from({ length: 10 }, (_one, set) => {
      const values = Array.from({ length: size }, (_value, i) => hash53(text(set * size + i)));
      return sketchOf(values).count / size - 1;
    });
    expect(rootMeanSquare(errors)).toBeLessThan(0.016);
  });

  test("of a whole is what those of its parts give together, in any order, however they overlap", () => {
    const hashes = fc.array(fc.integer({ min: 0, max: 2 ** 53 - 1 }), { maxLength: 300 });
    fc.assert(
      fc.property(hashes, hashes, (a, b) => {
        const [one, other] = [sketchOf(a), sketchOf(b)];
        one.merge(other);
        other.merge(sketchOf(a));
        const whole = sketchOf([...a, ...b]);
        expect(one.registers).toEqual(whole.registers);
        expect(other.registers).toEqual(whole.registers);
      }),
      { numRuns: 30 },
    );
  });

  test("keeps its registers as they are stored: what a hash sets never changes", () => {
    const set = (hash: number): (readonly [number, number])[] => [...sketchOf([hash]).registers.entries()].filter(([, value]) => value > 0);
    expect(["", "a", "https://example.com/", "42"].map((text) => set(hash53(text)))).toEqual([
      [[1141, 1]],
      [[1085, 2]],
      [[7946, 2]],
      [[5897, 1]],
    ]);
  });
});
