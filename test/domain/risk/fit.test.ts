import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitLogistic, logistic, logOdds, objective, periodCount, type Problem } from "../../../src/domain/risk/logistic.ts";
import { sandwich, solve, times, zeros } from "../../../src/domain/risk/matrix.ts";
import { probabilityOf } from "../../../src/domain/risk/model.ts";
import { rowsOf } from "../../../src/domain/risk/rows.ts";
import { learnWeights } from "../../../src/domain/risk/weights.ts";
import { worldOf } from "../../support/risk-worlds.ts";

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
    { key: "usage", weight: 30 },
    { key: "support", weight: 50 },
    { key: "relationship", weight: 20 },
  ];
  const rows = rowsOf(worldOf({ seed: 5, accounts: 150, logOdds: ({ usage = 50 }) => -3 - 0.04 * (usage - 50) }));
  const learned = (shrinkage: number) => {
    const found = learnWeights(rows, own, shrinkage);
    if (!found.ok) throw new Error(found.error);
    return found.value;
  };

  test("are never negative and sum to the whole, however much they are drawn", () => {
    for (const shrinkage of [0, 1, 50, 1e3, 1e6]) {
      const weights = learned(shrinkage);
      expect(weights.every(({ weight }) => weight >= 0)).toBe(true);
      expect(weights.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
    }
  });

  test("drawn without end they are the scorecard's own, drawn by nothing they are what the losses say, between these they move one way", () => {
    learned(1e7).forEach(({ weight }, i) => expect(weight).toBeCloseTo((own[i]?.weight ?? 0) / 100, 3));
    const usage = [0, 10, 50, 200, 1_000, 1e5].map((shrinkage) => learned(shrinkage)[0]?.weight ?? 0);
    expect(usage).toEqual([...usage].sort((a, b) => b - a));
    expect(usage[0]).toBeGreaterThan(0.8);
  });

  test("a dimension without weight, and one that is not measured, keeps its own", () => {
    const found = learnWeights(rows, [...own, { key: "market", weight: 0 }, { key: "outcomes", weight: 25 }]);
    expect(found.ok && found.value.slice(3)).toEqual([
      { key: "market", weight: 0 },
      { key: "outcomes", weight: 0.2 },
    ]);
  });
});

describe("the probability of a loss", () => {
  test("is 1 − Π (1 − hazard) by hand, and its interval lies around it", () => {
    const scales = [{ key: "usage", mean: 60, sd: 20 }];
    const parameters = [-4, -3.5, -3, -0.8];
    const covariance = [[0.04, 0, 0, 0], [0, 0.04, 0, 0], [0, 0, 0.04, 0], [0, 0, 0, 0.01]]; // prettier-ignore
    const hazards = [-4, -3.5, -3].map((intercept) => 1 / (1 + Math.exp(-(intercept + 0.8))));
    const found = probabilityOf({ scales, parameters, covariance }, { usage: 40 });
    expect(found.probability).toBeCloseTo(1 - hazards.reduce((kept, hazard) => kept * (1 - hazard), 1), 12);
    // d logit p = Σ hazard·x ÷ p, for x of the three intercepts and of the coefficient (−1).
    const sum = hazards.reduce((total, hazard) => total + hazard, 0);
    const variance = hazards.reduce((total, hazard) => total + 0.04 * hazard ** 2, 0) + 0.01 * sum ** 2;
    const half = (1.959963984540054 * Math.sqrt(variance)) / found.probability;
    const logit = Math.log(found.probability / (1 - found.probability));
    expect([found.low, found.high]).toEqual([expect.closeTo(logistic(logit - half), 12), expect.closeTo(logistic(logit + half), 12)]);
  });
});
