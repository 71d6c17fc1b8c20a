import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { healthMoves } from "../../../src/domain/health/moves.ts";
import { nextBand } from "../../../src/domain/health/next-band.ts";
import { meanSlopes, powerMean } from "../../../src/domain/health/power-mean.ts";
import { customers } from "../../support/health-customers.ts";
import { daysAgo } from "../../support/health-account.ts";

const parts = fc
  .array(fc.record({ share: fc.double({ min: 0.01, max: 1, noNaN: true }), score: fc.double({ min: 0, max: 100, noNaN: true }) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((raw) => {
    const total = raw.reduce((sum, { share }) => sum + share, 0);
    return raw.map(({ share, score }) => ({ share: share / total, score }));
  });
const exponent = fc.double({ min: 0.25, max: 1, noNaN: true });
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe("the power mean", () => {
  test("worked by hand: halves of 100 and 0 give 25 with p = 0.5", () => {
    expect(
      powerMean(
        [
          { share: 0.5, score: 100 },
          { share: 0.5, score: 0 },
        ],
        0.5,
      ),
    ).toBe(25);
  });

  test("the prices sum to it, are the shares for p = 1, and agree with another quadrature for p = 0.5", () => {
    fc.assert(
      fc.property(parts, exponent, (dimensions, p) => {
        const slopes = meanSlopes(dimensions, p);
        expect(
          Math.abs(50 + sum(slopes.map((slope, d) => slope * ((dimensions[d]?.score ?? 0) - 50))) - powerMean(dimensions, p)),
        ).toBeLessThan(1e-9);
      }),
      { numRuns: 500 },
    );
    const dimensions = [
      { share: 0.3, score: 0 },
      { share: 0.7, score: 90 },
    ];
    expect(meanSlopes(dimensions, 1)).toEqual([expect.closeTo(0.3, 12), expect.closeTo(0.7, 12)]);
    // w₁ · ∫ (w₁ + w₂ · √(D₂ ÷ D₁)) dt with D₁ = 50 · (1 − t) and D₂ = 50 + 40 · t.
    expect(meanSlopes(dimensions, 0.5)[0]).toBeCloseTo(0.09 + 0.21 * simpson(), 7);
  });

  /** ∫₀¹ √((50 + 40t) / (50(1 − t))) dt, the root at the end taken away by 1 − t = s². */
  function simpson(): number {
    const n = 2_000;
    const f = (s: number): number => 2 * Math.sqrt((50 + 40 * (1 - s * s)) / 50);
    const inner = Array.from({ length: n - 1 }, (_, i) => (i % 2 === 0 ? 4 : 2) * f((i + 1) / n));
    return (f(0) + f(1) + sum(inner)) / (3 * n);
  }
});

describe("a scorecard with a power mean", () => {
  const scorecard = { ...standardScorecard, powerMeanExponent: 0.5 };

  test("has contributions that sum to the score, which is never above the weighted mean, and moves that sum to the difference", () => {
    fc.assert(
      fc.property(customers, fc.integer({ min: 0, max: 60 }), (state, day) => {
        const [before, after] = [evaluateHealth(state, scorecard, daysAgo(day)), evaluateHealth(state, scorecard, daysAgo(0))];
        for (const { scoreBeforeCaps, dimensions, asOf } of [before, after]) {
          if (scoreBeforeCaps === null) continue;
          expect(scoreBeforeCaps).toBeLessThan((evaluateHealth(state, standardScorecard, asOf).scoreBeforeCaps ?? 0) + 1e-9);
          const measures = dimensions.flatMap((one) => one.measures);
          expect(Math.abs(50 + sum(measures.map(({ contribution }) => contribution)) - scoreBeforeCaps)).toBeLessThan(1e-9);
          const measured = dimensions.filter(({ score }) => score !== null);
          const shares = measured.map((one) => sum(one.measures.map(({ effectiveWeight }) => effectiveWeight)));
          expect(scoreBeforeCaps).toBeCloseTo(
            powerMean(
              measured.map(({ score }, d) => ({ share: shares[d] ?? 0, score: score ?? 0 })),
              0.5,
            ),
            7,
          );
        }
        if (before.computedScore === null || after.computedScore === null) return;
        expect(
          Math.abs(sum(healthMoves(before, after).map(({ delta }) => delta)) - (after.computedScore - before.computedScore)),
        ).toBeLessThan(1e-9);
      }),
      { numRuns: 200 },
    );
  });

  test("names a step that reaches the next band exactly", () => {
    fc.assert(
      fc.property(customers, (state) => {
        const document = evaluateHealth(state, scorecard, daysAgo(0));
        const next = nextBand(document, scorecard);
        if (next === null || next.step === null || document.scoreBeforeCaps === null) return;
        const { measure, scoreTo } = next.step;
        const lifted = document.dimensions.flatMap(({ score, measures }) => {
          const share = sum(measures.map(({ effectiveWeight }) => effectiveWeight));
          const own = measures.find(({ key }) => key === measure);
          const rise = own === undefined ? 0 : (own.effectiveWeight * (scoreTo - (own.score ?? 0))) / share;
          return score === null ? [] : [{ share, score: score + rise }];
        });
        expect(powerMean(lifted, 0.5)).toBeCloseTo(document.scoreBeforeCaps + next.points, 7);
      }),
      { numRuns: 200 },
    );
  });
});
