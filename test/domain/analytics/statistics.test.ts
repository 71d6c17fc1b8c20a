import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../scripts/seeded-random.ts";
import {
  chiSquareTail,
  clusterCovariance,
  clusteredShareInterval,
  normalQuantile,
  ratioMismatch,
  studentQuantile,
  wilsonInterval,
} from "../../../src/domain/analytics/statistics.ts";

describe("distributions", () => {
  test("quantiles of the normal and of Student's t are those of the tables", () => {
    expect(normalQuantile(0.05)).toBeCloseTo(1.959964, 4);
    expect(normalQuantile(0.01)).toBeCloseTo(2.575829, 4);
    // Abramowitz and Stegun, table 26.10.
    for (const [freedom, t] of [
      [4, 2.776],
      [10, 2.228],
      [30, 2.042],
      [120, 1.98],
    ] as const)
      expect(Math.abs(studentQuantile(0.05, freedom) / t - 1)).toBeLessThan(0.003);
  });

  test("tails of chi-square are those of the tables", () => {
    // Abramowitz and Stegun, table 26.8: the values that are exceeded with 5 % and 0.1 %.
    for (const [freedom, five, tenth] of [
      [1, 3.84146, 10.828],
      [2, 5.99147, 13.816],
      [3, 7.81473, 16.266],
      [4, 9.48773, 18.467],
      [9, 16.919, 27.877],
    ] as const) {
      expect(chiSquareTail(five, freedom)).toBeCloseTo(0.05, 4);
      expect(chiSquareTail(tenth, freedom)).toBeCloseTo(0.001, 5);
    }
    expect(chiSquareTail(0, 3)).toBe(1);
  });
});

describe("means over accounts", () => {
  /** Per account: people and their total. */
  const sums = (accounts: readonly (readonly [n: number, s: number])[]) => ({
    of: { people: accounts.reduce((sum, [n]) => sum + n, 0), total: accounts.reduce((sum, [, s]) => sum + s, 0) },
    pair: accounts.reduce((all, [n, s]) => ({ ...all, nn: all.nn + n * n, ns: all.ns + n * s, sn: all.sn + s * n, ss: all.ss + s * s }), {
      accounts: accounts.length,
      nn: 0,
      ns: 0,
      sn: 0,
      ss: 0,
    }),
  });

  test("with one person to an account have the variance of independent people", () => {
    const { of, pair } = sums(Array.from({ length: 50 }, (_, i) => [1, i < 20 ? 1 : 0] as const));
    expect(clusterCovariance(of, of, pair, 50)).toBeCloseTo((0.4 * 0.6) / 49, 10);
  });

  test("are as uncertain as accounts are few, when the people of an account are all alike", () => {
    const { of, pair } = sums(Array.from({ length: 50 }, (_, i) => [10, i < 20 ? 10 : 0] as const));
    expect(clusterCovariance(of, of, pair, 50)).toBeCloseTo((0.4 * 0.6) / 49, 10);
    const { low, high } = clusteredShareInterval(of, pair, 50) ?? { low: 0, high: 0 };
    const naive = wilsonInterval(0.4, 500, 1.96);
    expect((high - low) / (naive.high - naive.low)).toBeGreaterThan(3);
  });

  test("have Wilson's interval when people are independent", () => {
    // 10 of 100: (0.0552, 0.1744), Newcombe 1998, Statistics in Medicine 17(8).
    const { low, high } = wilsonInterval(0.1, 100, 1.959964);
    expect([low, high]).toEqual([expect.closeTo(0.0552, 4), expect.closeTo(0.1744, 4)]);
    const none = wilsonInterval(0, 20, 1.959964);
    expect([none.low, none.high]).toEqual([expect.closeTo(0, 10), expect.closeTo(0.1611, 4)]);
  });

  const intervalOf = (accounts: readonly (readonly [n: number, s: number])[]) => {
    const { of, pair } = sums(accounts);
    return clusteredShareInterval(of, pair, accounts.length);
  };

  test("of whom all or none did it are as sure as there are accounts, however many people they have", () => {
    const twenty = (n: number, s: number) => intervalOf(Array.from({ length: 20 }, () => [n, s] as const));
    // By Wilson, with Student's t of 19 degrees of freedom (2.093) and 20 people: 2.093² / (20 + 2.093²).
    for (const n of [1, 10, 1_000]) {
      expect(twenty(n, 0)).toEqual({ low: 0, high: expect.closeTo(0.1797, 3) });
      expect(twenty(n, n)).toEqual({ low: expect.closeTo(0.8203, 3), high: 1 });
    }
    // Nearly all of the people are of one account, and they say what one account says.
    expect(intervalOf([[1_000, 1_000], ...Array.from({ length: 30 }, () => [10, 10] as const)])).toBeNull();
    expect(intervalOf([[100, 0], ...Array.from({ length: 30 }, () => [10, 0] as const)])?.high).toBeGreaterThan(0.25);
  });

  test("of nobody, of one person and of one account have no interval", () => {
    for (const accounts of [[], [[1, 1]], [[1, 0]], [[500, 200]]] as const) expect(intervalOf(accounts)).toBeNull();
  });

  test("have intervals that hold the truth in about 95 of 100 groups, also of alike people, rare steps and unequal accounts", () => {
    const next = seededRandom(11);
    const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    const sizes = { large: () => 200, equal: () => 12, unequal: () => Math.max(1, Math.round(12 * Math.exp(normal()))) };
    /** People of an account, correlated by `alike`: each does as one before did, or by itself (Pólya's urn). */
    const account = (people: number, share: number, alike: number) => {
      const own = (1 - alike) / alike;
      let did = 0;
      for (let person = 0; person < people; person++) if (next() < (alike === 0 ? share : (share * own + did) / (own + person))) did++;
      return [people, did] as const;
    };
    const runs = 150;
    const held: Record<string, number> = {};
    for (const [name, size] of Object.entries(sizes))
      for (const accounts of [20, 60])
        for (const alike of [0, 0.3, 0.9])
          for (const share of [0.02, 0.3, 0.95]) {
            const found = Array.from({ length: runs }, () =>
              intervalOf(Array.from({ length: accounts }, () => account(size(), share, alike))),
            );
            const some = found.filter((interval) => interval !== null);
            const world = `${name}, ${accounts} accounts, ${alike} alike, share ${share}`;
            held[world] = some.filter(({ low, high }) => low <= share && share <= high).length / some.length;
          }
    const shares = Object.values(held);
    expect(shares).toHaveLength(54);
    // Few of many accounts whose people are nearly all alike tell of what is rare: the least sure.
    const leastOf = (world: string): number => (world.startsWith("large") && world.includes("0.9 alike") ? 0.75 : 0.86);
    expect(Object.entries(held).filter(([world, share]) => share < leastOf(world))).toEqual([]);
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.94);
  });
});

describe("the shares of variants", () => {
  test("that differ more than chance allows are a mismatch, handed out by person", () => {
    const one = (a: number, b: number): number | null =>
      ratioMismatch(
        [a, b],
        [0.5, 0.5],
        [
          [a, 0],
          [0, b],
        ],
        a + b,
      );
    expect(one(500, 500)).toBe(1);
    // Pearson's chi-square of 530 against 470 is 3.6.
    expect(one(530, 470)).toBeCloseTo(0.0578, 3);
    expect(one(600, 400)).toBeLessThan(1e-9);
  });

  test("are none when whole accounts were handed out and one of them is large", () => {
    const accounts = [40, ...Array.from({ length: 29 }, () => 2)];
    const products = (from: number): number => accounts.filter((_, i) => i % 2 === from).reduce((sum, n) => sum + n * n, 0);
    const counts = [0, 1].map((from) => accounts.filter((_, i) => i % 2 === from).reduce((sum, n) => sum + n, 0));
    expect(counts).toEqual([68, 30]);
    expect(
      ratioMismatch(
        counts,
        [0.5, 0.5],
        [
          [products(0), 0],
          [0, products(1)],
        ],
        accounts.length,
      ),
    ).toBeGreaterThan(0.2);
  });
});
