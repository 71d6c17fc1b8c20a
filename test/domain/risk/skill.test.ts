import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../scripts/seeded-random.ts";
import {
  aucOf,
  calibrationOf,
  clusteredMean,
  lostShare,
  medianOf,
  type Seen,
  sure95,
  topDecileLift,
  z95,
} from "../../../src/domain/risk/skill.ts";

const seen = fc.array(
  fc.record({ risk: fc.integer({ min: 0, max: 5 }), isLost: fc.boolean(), account: fc.nat(20) }),
  { minLength: 4, maxLength: 60 }, // prettier-ignore
);

describe("the area under the curve", () => {
  test("is the share of pairs in the right order, ties half, whatever the order of rows", () => {
    fc.assert(
      fc.property(seen, (rows) => {
        const found = aucOf(rows, sure95);
        if (found === null) return;
        const pairs = rows.filter(({ isLost }) => isLost).flatMap((lost) =>
          rows.filter(({ isLost }) => !isLost).map((kept) => (lost.risk > kept.risk ? 1 : lost.risk === kept.risk ? 0.5 : 0)),
        ); // prettier-ignore
        expect(found.value).toBeCloseTo(pairs.reduce((sum: number, one) => sum + one, 0) / pairs.length, 9);
        expect(found.low).toBeLessThanOrEqual(found.value);
        expect(found.high).toBeGreaterThanOrEqual(found.value);
        expect(aucOf([...rows].reverse(), sure95)?.value).toBeCloseTo(found.value, 9);
      }),
      { numRuns: 300 },
    );
  });

  test("worked by hand where each account is seen once: DeLong's variance", () => {
    const rows: Seen[] = [3, 5, 4].map((risk, i) => ({ risk, isLost: true, account: i }));
    rows.push(...[1, 4, 2, 0].map((risk, i) => ({ risk, isLost: false, account: 10 + i })));
    // Lost: 3 of 4, 4 of 4, 3½ of 4 below; kept: 3, 1½, 3, 3 of 3 above. AUC 10½ ÷ 12.
    const auc = 10.5 / 12;
    const variance = ((0.75 - auc) ** 2 + (1 - auc) ** 2 + (0.875 - auc) ** 2) / 2 / 3 + (3 * (1 - auc) ** 2 + (0.5 - auc) ** 2) / 3 / 4;
    const half = (z95 * Math.sqrt(variance)) / (auc * (1 - auc));
    const low = 1 / (1 + Math.exp(-(Math.log(auc / (1 - auc)) - half)));
    expect(aucOf(rows, sure95)).toEqual({ value: expect.closeTo(auc, 12), low: expect.closeTo(low, 12), high: expect.any(Number) });
  });

  test("the same account seen five times is no five accounts: the interval is as wide as of once", () => {
    const random = seededRandom(7);
    const once: Seen[] = Array.from({ length: 80 }, (_, account) => ({ risk: random() + (account % 4 === 0 ? 0.3 : 0), isLost: account % 4 === 0, account })); // prettier-ignore
    const width = (rows: readonly Seen[]): number => {
      const found = aucOf(rows, sure95);
      return (found?.high ?? 0) - (found?.low ?? 0);
    };
    expect(width(Array.from({ length: 5 }, () => once).flat())).toBeCloseTo(width(once), 2);
  });

  test("compares within each model alone: another level of a later model ranks nobody", () => {
    const of = (model: number, lift: number): Seen[] => [0.1, 0.2, 0.3, 0.4].map((risk, i) => ({ risk: risk + lift, isLost: i % 2 === 1, account: 10 * model + i, model })); // prettier-ignore
    const [one, both] = [aucOf(of(0, 0), sure95), aucOf([...of(0, 0), ...of(1, 5)], sure95)];
    expect(one?.value).toBe(0.75);
    expect(both?.value).toBe(0.75);
  });

  test("is not certain because all of a few pairs are in order: two of two right may be chance", () => {
    const rows: Seen[] = [3, 4].map((risk, i) => ({ risk, isLost: true, account: i }));
    rows.push(...[1, 2, 0].map((risk, i) => ({ risk, isLost: false, account: 10 + i })));
    // Two pairs with an account in one each: 0.025 = p².
    expect(aucOf(rows, sure95)).toEqual({ value: 1, low: expect.closeTo(Math.sqrt(0.025), 12), high: 1 });
    expect(aucOf(rows.map((row) => ({ ...row, risk: -row.risk })), sure95)).toEqual({ value: 0, low: 0, high: expect.closeTo(1 - Math.sqrt(0.025), 12) }); // prettier-ignore
  });

  test("is not told of fewer than two lost accounts", () => {
    expect(aucOf([{ risk: 1, isLost: true, account: 1 }, { risk: 1, isLost: true, account: 1 }, { risk: 0, isLost: false, account: 2 }, { risk: 0, isLost: false, account: 3 }], sure95)).toBeNull(); // prettier-ignore
  });
});

describe("shares, means and ratios", () => {
  test("a share of accounts seen once has Wilson's interval, and counts its sample", () => {
    const rows = Array.from({ length: 100 }, (_, account) => ({ isLost: account < 12, account }));
    // Wilson 1927 for 12 of 100; the variance over accounts has n − 1, so one row more or less.
    expect(lostShare(rows)).toMatchObject({ share: 0.12, rows: 100, lost: 12, accounts: 100, low: expect.closeTo(0.07, 2), high: expect.closeTo(0.198, 2) }); // prettier-ignore
  });

  test("none lost of ten accounts may still be a third of them", () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({ isLost: false, account: i % 10 }));
    expect(lostShare(rows)).toMatchObject({ share: 0, low: 0, high: expect.closeTo(0.28, 2), rows: 60, accounts: 10 });
  });

  test("the riskiest tenth against all", () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({ risk: i, isLost: i >= 95 || i < 5, account: i }));
    expect(topDecileLift(rows)).toMatchObject({ lift: 5, top: { share: 0.5, rows: 10 }, all: { share: 0.1, rows: 100 } });
  });

  test("where many have the risk at which the tenth ends, each counts in part, whatever their order", () => {
    // 4 of 40 rows are the tenth; one lies above, and of the 20 that tie five were lost.
    const rows = Array.from({ length: 40 }, (_, i) => ({ risk: i === 0 ? 9 : i <= 20 ? 5 : 1, isLost: i === 0 || (i <= 20 && i % 4 === 0), account: i })); // prettier-ignore
    const found = topDecileLift(rows);
    expect(found?.top).toMatchObject({ rows: expect.closeTo(4, 9), lost: expect.closeTo(1 + (3 / 20) * 5, 9) });
    expect(topDecileLift([...rows].reverse())?.lift).toBeCloseTo(found?.lift ?? 0, 12);
  });

  test("where all who tie at the riskiest tenth were lost, its share is 1 and as sure as so many accounts make it", () => {
    for (const tied of [23, 27, 49, 61]) {
      const rows = Array.from({ length: 10 * tied - 13 }, (_, account) => ({
        risk: account < tied ? 5 : 1,
        isLost: account < tied,
        account,
      }));
      const found = topDecileLift(rows);
      expect(found?.top).toMatchObject({ share: 1, high: 1, lost: found?.top.rows });
      expect(found?.top.low).toBeGreaterThan(0.8);
      expect(found?.top.low).toBeLessThan(0.97);
    }
  });

  test("a share lies within its interval, and that between none and all, also where rows count in part", () => {
    fc.assert(
      fc.property(seen, fc.integer({ min: 1, max: 9 }), (rows, size) => {
        for (const share of [lostShare(rows), topDecileLift(rows)?.top, lostShare(Array.from(rows, (row) => ({ ...row, isLost: true, part: size / rows.length })))]) {
          if (share === null || share === undefined) continue;
          expect([0, share.low, share.share, share.high, 1]).toEqual([0, share.low, share.share, share.high, 1].sort((a, b) => a - b));
        }
      }),
      { numRuns: 300 },
    ); // prettier-ignore
  });

  test("a lift has the interval of a ratio, and says how high it may be where none of the tenth was lost", () => {
    const random = seededRandom(3);
    const truth = 3;
    const covered = Array.from({ length: 300 }, () => {
      // Each account three times; the tenth with the greatest risk is lost three times as often as all are.
      const rows = Array.from({ length: 200 }, (_, account) => {
        const isLost = random() < (account < 20 ? 0.3 : 0.07 / 0.9);
        return [1, 2, 3].map(() => ({ risk: -account, isLost, account }));
      }).flat();
      const found = topDecileLift(rows);
      return found !== null && found.low <= truth && found.high >= truth;
    });
    expect(covered.filter(Boolean).length / covered.length).toBeGreaterThan(0.9);
    const none = Array.from({ length: 100 }, (_, i) => ({ risk: i, isLost: i < 10, account: i }));
    expect(topDecileLift(none)).toMatchObject({ lift: 0, low: 0, high: expect.closeTo(2.78, 1) });
  });

  test("a median lies between the values that 95 of 100 samples hold it between", () => {
    // Of nine values the second and the eighth (binomial tables); of five none are sure enough.
    expect(medianOf([9, 1, 2, 3, 4, 5, 6, 7, 8])).toEqual({ value: 5, low: 2, high: 8 });
    expect(medianOf([1, 2, 3, 4, 5])).toEqual({ value: 3, low: null, high: null });
    const random = seededRandom(13);
    const covered = Array.from({ length: 400 }, () => {
      const { low, high } = medianOf(Array.from({ length: 40 }, () => random()));
      return low !== null && high !== null && low <= 0.5 && high >= 0.5;
    });
    expect(covered.filter(Boolean).length / covered.length).toBeGreaterThan(0.93);
    expect(medianOf(Array.from({ length: 3_000 }, (_, i) => i)).low).toBeGreaterThan(1_400);
  });

  test("a mean over accounts covers the truth in some 95 of 100 samples", () => {
    const random = seededRandom(11);
    const covered = Array.from({ length: 400 }, () => {
      const values = Array.from({ length: 60 }, (_, account) => {
        const own = random() - 0.5;
        return Array.from({ length: 4 }, () => ({ value: own + (random() - 0.5) / 2, account }));
      }).flat();
      const { low, high } = clusteredMean(values, z95);
      return low !== null && high !== null && low <= 0 && high >= 0;
    });
    const share = covered.filter(Boolean).length / covered.length;
    expect(share).toBeGreaterThan(0.91);
    expect(share).toBeLessThan(0.98);
  });

  test("losses that came over losses that were foretold", () => {
    const rows = Array.from({ length: 200 }, (_, account) => ({ hazard: 0.1, isLost: account % 5 === 0, account }));
    expect(calibrationOf(rows)).toMatchObject({ ratio: expect.closeTo(2, 9), observed: 40, expected: expect.closeTo(20, 9) });
    expect(calibrationOf(rows).low).toBeGreaterThan(1.4);
    expect(calibrationOf(rows.map((row) => ({ ...row, isLost: false })))).toMatchObject({
      ratio: 0,
      low: 0,
      // Three, each seen from three ends of months, of twenty.
      high: expect.closeTo(0.45, 9),
    });
  });
});
