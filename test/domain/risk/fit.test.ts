import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitLogistic, logistic, logOdds, objective, periodCount, type Problem } from "../../../src/domain/risk/logistic.ts";
import { sandwich, solve, times, zeros } from "../../../src/domain/risk/matrix.ts";
import { probabilityOf } from "../../../src/domain/risk/model.ts";
import { wholePercents } from "../../../src/domain/risk/propose.ts";
import { rowsOf } from "../../../src/domain/risk/rows.ts";
import { learnWeights } from "../../../src/domain/risk/weights.ts";
import { type LogOdds, worldOf } from "../../support/risk-worlds.ts";

const coefficient = fc.double({ min: -2, max: 2, noNaN: true });
const problems = fc
  .record({
    rows: fc.array(fc.record({ x: fc.tuple(coefficient, coefficient), period: fc.nat(2), isLost: fc.boolean(), account: fc.nat(9) }), {
      minLength: 1,
      maxLength: 40,
    }),
    strength: fc.double({ min: 0.01, max: 100, noNaN: true }),
    isBound: fc.boolean(),
  })
  .map(({ rows, strength, isBound }): Problem => {
    const penalty = zeros(periodCount + 2);
    penalty.forEach((row, i) => (row[i] = strength));
    return {
      periods: rows.map(({ x, ...rest }) => ({ ...rest, features: Float64Array.from(x) })),
      size: periodCount + 2,
      penalty,
      ...(isBound ? { nonNegativeFrom: periodCount } : {}),
    };
  });

describe("a fit", () => {
  test("rests where the slope is zero, or points below a bound at zero", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const fit = fitLogistic(problem);
        if (!fit.ok) throw new Error(fit.error);
        const { parameters, gradient } = fit.value;
        parameters.forEach((parameter, i) => {
          const isBound = i >= (problem.nonNegativeFrom ?? problem.size);
          if (isBound) expect(parameter).toBeGreaterThanOrEqual(0);
          if (isBound && parameter === 0) expect(gradient[i]).toBeGreaterThan(-1e-5);
          else expect(Math.abs(gradient[i] as number)).toBeLessThan(1e-5);
        });
      }),
      { numRuns: 200 },
    );
  });

  test("is the least: no other point within the bounds has a smaller objective", () => {
    fc.assert(
      fc.property(problems, fc.array(coefficient, { minLength: 5, maxLength: 5 }), (problem, elsewhere) => {
        const fit = fitLogistic(problem);
        const other = Float64Array.from(elsewhere, (value, i) => (i >= (problem.nonNegativeFrom ?? 5) ? Math.abs(value) : value));
        expect(fit.ok && objective(problem, fit.value.parameters)).toBeLessThanOrEqual(objective(problem, other) + 1e-9);
      }),
      { numRuns: 200 },
    );
  });

  test("finds the log odds of a share where there is nothing else to know", () => {
    const periods = Array.from({ length: 100 }, (_, i) => ({
      period: i % 3,
      features: new Float64Array(0),
      isLost: i % 10 < 2,
      account: i,
    }));
    const fit = fitLogistic({ periods, size: 3, penalty: zeros(3) });
    if (!fit.ok) throw new Error(fit.error);
    for (const period of [0, 1, 2]) {
      const own = periods.filter((one) => one.period === period);
      const share = own.filter(({ isLost }) => isLost).length / own.length;
      expect(logistic(logOdds(fit.value.parameters, { period, features: new Float64Array(0) }))).toBeCloseTo(share, 8);
    }
  });
});

describe("small matrices", () => {
  test("a solution solves, and the sandwich of a matrix with itself is its inverse", () => {
    const a = [Float64Array.of(4, 1, 0.5), Float64Array.of(1, 3, 0.2), Float64Array.of(0.5, 0.2, 2)];
    const b = Float64Array.of(1, -2, 3);
    times(a, solve(a, b)).forEach((value, i) => expect(value).toBeCloseTo(b[i] as number, 12));
    const inverse = sandwich(a, a);
    inverse.forEach((row, i) => times(a, row).forEach((value, j) => expect(value).toBeCloseTo(i === j ? 1 : 0, 12)));
  });
});

describe("weights", () => {
  const own = [
    { key: "usage", weight: 30, measures: [{ key: "seat_use", weight: 3 }, { key: "stickiness", weight: 1 }] },
    { key: "support", weight: 50, measures: [{ key: "weighted_backlog", weight: 1 }] },
    { key: "relationship", weight: 20, measures: [{ key: "two_way_contact", weight: 1 }, { key: "reply_share", weight: 1 }] },
  ]; // prettier-ignore
  const yardstick = { usage: { seat_use: 3, stickiness: 1 }, support: { weighted_backlog: 1 }, relationship: { two_way_contact: 1, reply_share: 1 } }; // prettier-ignore
  const ofSeatUse: LogOdds = (_, __, { seat_use = 50 }) => -3 - 0.04 * (seat_use - 50);
  const rows = rowsOf(worldOf({ seed: 5, accounts: 150, months: 12, logOdds: ofSeatUse, yardstick }));
  const learned = (shrinkage: number, draws = 0) => {
    const found = learnWeights(rows, own, { shrinkage, draws });
    if (!found.ok) throw new Error(found.error);
    return found.value;
  };
  const measuresOf = (shrinkage: number, draws = 0) => learned(shrinkage, draws).flatMap(({ measures }) => measures);

  test("are never negative and sum to the whole, of dimensions and of their measures, however much they are drawn", () => {
    for (const shrinkage of [0, 1, 50, 1e3, 1e6]) {
      const dimensions = learned(shrinkage);
      expect(dimensions.flatMap(({ measures }) => measures).every(({ share }) => share >= 0)).toBe(true);
      expect(dimensions.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
      for (const { share, measures } of dimensions) expect(measures.reduce((sum, one) => sum + one.share, 0)).toBeCloseTo(share, 9);
    }
  });

  test("drawn without end they are the scorecard's own, drawn by nothing they are what the losses say, between these they move one way", () => {
    for (const { share, own: written } of measuresOf(1e7)) expect(share).toBeCloseTo(written, 3);
    const seatUse = [0, 10, 50, 200, 1_000, 1e5].map((shrinkage) => measuresOf(shrinkage)[0]?.share ?? 0);
    expect(seatUse).toEqual([...seatUse].sort((a, b) => b - a));
    expect(seatUse[0]).toBeGreaterThan(0.8);
  });

  test("lie within their bounds, which end at the scorecard's own where they are drawn without end, and are the same whenever they are told", () => {
    const widthOf = (shrinkage: number): number => {
      const { share, bounds } = measuresOf(shrinkage, 100)[0] ?? {};
      expect(bounds?.low).toBeLessThanOrEqual(share ?? 0);
      expect(bounds?.high).toBeGreaterThanOrEqual(share ?? 1);
      return (bounds?.high ?? 0) - (bounds?.low ?? 0);
    };
    expect(widthOf(50)).toBeGreaterThan(0.1);
    expect(widthOf(1e6)).toBeLessThan(0.02);
    expect(measuresOf(50, 20)).toEqual(measuresOf(50, 20));
  });

  test("a measure with too little to learn from keeps its part of its dimension, a dimension of such its part of the whole, and says why", () => {
    const [usage, support, ...others] = own;
    const card = [
      { ...(usage ?? own[0]), measures: [...(usage?.measures ?? []), { key: "recency", weight: 1 }, { key: "trend", weight: 0 }] },
      ...(support === undefined ? [] : [support]),
      ...others,
      { key: "market", weight: 0, measures: [{ key: "news", weight: 1 }] },
      { key: "outcomes", weight: 25, measures: [{ key: "nps", weight: 2 }, { key: "success_plan", weight: 2 }] },
    ]; // prettier-ignore
    const told = rows.map((row) => ({
      ...row,
      measures: { ...row.measures, trend: row.measures["seat_use"] ?? 0, nps: 70, ...(row.account % 10 === 0 ? { recency: 10 } : {}) },
    }));
    const found = learnWeights(told, card as typeof own, { draws: 20 });
    const dimensions = found.ok ? found.value : [];
    expect(dimensions[0]?.measures.map(({ key, kept }) => [key, kept])).toEqual([
      ["seat_use", null],
      ["stickiness", null],
      ["recency", "hardly_measured"],
      ["trend", "no_weight"],
    ]);
    expect((dimensions[0]?.measures[2]?.share ?? 0) / (dimensions[0]?.share ?? 1)).toBeCloseTo(0.2, 9);
    expect(dimensions[0]?.measures[2]).toMatchObject({ bounds: null, rows: told.filter(({ account }) => account % 10 === 0).length });
    expect(dimensions.slice(3)).toMatchObject([
      { key: "market", own: 0, share: 0, bounds: null, measures: [{ kept: "no_weight" }] },
      { key: "outcomes", own: 0.2, share: 0.2, bounds: null, measures: [{ share: 0.1, kept: "same_for_all" }, { share: 0.1, kept: "hardly_measured" }] }, // prettier-ignore
    ]);
  });

  test("hold what losses follow in some 95 of 100, over many books", () => {
    const truth = { seat_use: 0.4, stickiness: 0.05, weighted_backlog: 0.3, two_way_contact: 0.05, reply_share: 0.2 };
    const steep: LogOdds = (_, __, measures) => Object.entries(truth).reduce((sum, [key, part]) => sum - 0.06 * part * ((measures[key] ?? 0) - 50), -3); // prettier-ignore
    const held = Array.from({ length: 12 }, (_, seed) => {
      const book = rowsOf(worldOf({ seed, accounts: 80, months: 12, logOdds: steep, yardstick }));
      const found = learnWeights(book, own, { draws: 80 });
      return (found.ok ? found.value : []).flatMap(({ measures }) =>
        measures.map(({ key, bounds }) => {
          const part = truth[key as keyof typeof truth];
          return part >= (bounds?.low ?? 1) && part <= (bounds?.high ?? 0);
        }),
      );
    }).flat();
    const share = held.filter(Boolean).length / held.length;
    console.log(`${held.filter(Boolean).length} of ${held.length} true weights lie within their bounds`);
    expect(held).toHaveLength(60);
    expect(share).toBeGreaterThan(0.87);
  });

  test("with one measure to learn from there is nothing to weigh", () => {
    const bare = rows.map((row) => ({ ...row, measures: { seat_use: row.measures["seat_use"] ?? 0 } }));
    expect(learnWeights(bare, own)).toEqual({ ok: false, error: "nothing_measured" });
  });

  test("in whole percents sum to 100, and what has a weight keeps one", () => {
    const parts = fc.array(fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), least: fc.constantFrom(0, 1) }), { minLength: 1, maxLength: 50 }); // prettier-ignore
    fc.assert(
      fc.property(parts, (given) => {
        fc.pre(given.some(({ share }) => share > 0.01));
        const whole = wholePercents(given);
        expect(whole.reduce((sum, one) => sum + one, 0)).toBe(100);
        given.forEach(({ least }, i) => expect(whole[i]).toBeGreaterThanOrEqual(least));
      }),
    );
    expect(wholePercents([0.334, 0.333, 0.333, 0].map((share) => ({ share, least: 0 })))).toEqual([34, 33, 33, 0]);
    expect(wholePercents([0.999, 0.001].map((share) => ({ share, least: 1 })))).toEqual([99, 1]);
  });
});

describe("the probability of a loss", () => {
  test("is 1 − Π (1 − hazard) by hand, and its interval lies around it", () => {
    const scales = [{ key: "usage", mean: 60, sd: 20 }];
    const parameters = [-4, -3.5, -3, -0.8];
    const covariance = [[0.04, 0, 0, 0], [0, 0.04, 0, 0], [0, 0, 0.04, 0], [0, 0, 0, 0.01]]; // prettier-ignore
    const hazards = [-4, -3.5, -3].map((intercept) => 1 / (1 + Math.exp(-(intercept + 0.8))));
    const found = probabilityOf(
      { scales, segments: [], parameters, covariance, levelVariance: 0 },
      { segment: null, dimensions: { usage: 40 } },
    );
    expect(found.probability).toBeCloseTo(1 - hazards.reduce((kept, hazard) => kept * (1 - hazard), 1), 12);
    // d logit p = Σ hazard·x ÷ p, for x of the three intercepts and of the coefficient (−1).
    const sum = hazards.reduce((total, hazard) => total + hazard, 0);
    const variance = hazards.reduce((total, hazard) => total + 0.04 * hazard ** 2, 0) + 0.01 * sum ** 2;
    const half = (1.959963984540054 * Math.sqrt(variance)) / found.probability;
    const logit = Math.log(found.probability / (1 - found.probability));
    expect([found.low, found.high]).toEqual([expect.closeTo(logistic(logit - half), 12), expect.closeTo(logistic(logit + half), 12)]);
  });

  test("is a number between its bounds, and never 0, however far from everybody an account lies", () => {
    const covariance = [[0.04, 0, 0, 0, 0], [0, 0.04, 0, 0, 0], [0, 0, 0.04, 0, 0], [0, 0, 0, 0.01, 0], [0, 0, 0, 0, 0.01]]; // prettier-ignore
    const score = fc.double({ min: 0, max: 100, noNaN: true });
    const slope = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 30, noNaN: true }), slope, slope, score, score, (sd, first, second, usage, support) => {
        const scales = [{ key: "usage", mean: 50, sd }, { key: "support", mean: 80, sd }]; // prettier-ignore
        const parameters = [-4, -3.5, -3, first, second];
        const subject = { segment: null, dimensions: { usage, support } };
        const { probability, low, high } = probabilityOf({ scales, segments: [], parameters, covariance, levelVariance: 0 }, subject);
        expect(probability).toBeGreaterThan(0);
        expect(low).toBeLessThanOrEqual(probability);
        expect(high).toBeGreaterThanOrEqual(probability);
        expect(low).toBeGreaterThan(0);
      }),
      { examples: [[0.6, -0.9, -3, 100, 100], [0.5, 3, 3, 0, 0]] }, // prettier-ignore
    );
  });
});
