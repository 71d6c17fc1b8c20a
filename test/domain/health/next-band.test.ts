import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scoreOf } from "../../../src/domain/health/anchors.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import type { HealthDocument } from "../../../src/domain/health/document.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { nextBand } from "../../../src/domain/health/next-band.ts";
import { NOW, anAccount, ticket, used, daysAgo } from "../../support/health-account.ts";
import { customers } from "../../support/health-customers.ts";

const measured = (document: HealthDocument) => document.dimensions.flatMap(({ measures }) => measures);
const specs = new Map(standardScorecard.dimensions.flatMap(({ measures }) => measures.map((spec) => [spec.key, spec] as const)));

const { bands } = standardScorecard;
const edges: Readonly<Record<string, number>> = { at_risk: bands.atRiskFrom, watch: bands.watchFrom, healthy: bands.healthyFrom };

/** All choices of `size` of them (or of all, where there are fewer). */
function subsets<T>(all: readonly T[], size: number): T[][] {
  if (size <= 0) return [[]];
  if (all.length <= size) return [[...all]];
  const [first, ...rest] = all as [T, ...T[]];
  return [...subsets(rest, size - 1).map((some) => [first, ...some]), ...subsets(rest, size)];
}

/** The score with some measures' own scores put in place of what they are: the definition, written out. */
function scoreWith({ dimensions }: HealthDocument, raised: ReadonlyMap<string, number>, exponent: number): number {
  const sum = dimensions.reduce((total, { measures, score }) => {
    const share = measures.reduce((own, { effectiveWeight }) => own + effectiveWeight, 0);
    if (share === 0) return total;
    const rise = measures.reduce(
      (own, { key, effectiveWeight, score: was }) => own + effectiveWeight * ((raised.get(key) ?? was ?? 0) - (was ?? 0)),
      0,
    );
    return total + share * ((score ?? 0) + rise / share) ** exponent;
  }, 0);
  return sum ** (1 / exponent);
}

describe("the way to the next band", () => {
  test("is one measure's value: put in its place, the score meets the edge exactly, and no other measure needs less", () => {
    let found = 0;
    fc.assert(
      fc.property(customers, fc.integer({ min: 0, max: 40 }), (state, day) => {
        const document = evaluateHealth(state, standardScorecard, daysAgo(day));
        const way = nextBand(document, standardScorecard);
        if (way?.step === undefined || way.step === null) return;
        found++;
        const { step } = way;
        const measure = measured(document).find(({ key }) => key === step.measure);
        const spec = specs.get(step.measure);
        if (measure === undefined || spec === undefined) throw new Error(`no measure ${step.measure}`);
        expect(scoreOf(step.to, spec.anchors)).toBeCloseTo(step.scoreTo, 9);
        const reached = new Map([[step.measure, scoreOf(step.to, spec.anchors)]]);
        expect(scoreWith(document, reached, 1)).toBeGreaterThanOrEqual(edges[way.band] ?? NaN);
        const lifted = (document.score ?? 0) + measure.effectiveWeight * (step.scoreTo - step.scoreFrom);
        expect(lifted).toBeCloseTo((document.score ?? 0) + way.points, 9);
        for (const other of measured(document)) {
          if (other.score === null || other.effectiveWeight === 0) continue;
          const needed = (way.points + 1e-9) / other.effectiveWeight;
          if (other.score + needed <= 100) expect(step.scoreTo - step.scoreFrom).toBeLessThanOrEqual(needed);
        }
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(30);
  });

  for (const powerMeanExponent of [1, 0.5])
    test(`is several measures where no single one can: together they meet the edge, and no fewer do (exponent ${powerMeanExponent})`, () => {
      const scorecard = { ...standardScorecard, powerMeanExponent };
      let found = 0;
      fc.assert(
        fc.property(customers, fc.integer({ min: 0, max: 40 }), (state, day) => {
          const document = evaluateHealth(state, scorecard, daysAgo(day));
          const way = nextBand(document, scorecard);
          if (way === null || way.heldBy !== null) return;
          if (way.step !== null) {
            expect(way.together).toEqual([]);
            return;
          }
          const edge = (document.score ?? 0) + way.points;
          const best = measured(document).flatMap(({ key, value, effectiveWeight }) => {
            const anchors = specs.get(key)?.anchors;
            return value === null || effectiveWeight === 0 || anchors === undefined
              ? []
              : [[key, Math.max(...anchors.map(({ score }) => score))] as const];
          });
          if (way.together.length === 0) {
            const most = subsets(best, 5).map((raised) => scoreWith(document, new Map(raised), powerMeanExponent));
            expect(Math.max(...most)).toBeLessThan(edge);
            return;
          }
          found++;
          expect(way.together.length).toBeGreaterThan(1);
          expect(new Set(way.together.map(({ measure }) => measure)).size).toBe(way.together.length);
          for (const step of way.together) expect(scoreOf(step.to, specs.get(step.measure)?.anchors ?? [])).toBeCloseTo(step.scoreTo, 9);
          expect(way.together.reduce((sum, { points }) => sum + points, 0)).toBeCloseTo(way.points, 7);
          const reached = way.together.map(({ measure, to }) => [measure, scoreOf(to, specs.get(measure)?.anchors ?? [])] as const);
          expect(scoreWith(document, new Map(reached), powerMeanExponent)).toBeGreaterThanOrEqual(edges[way.band] ?? NaN);
          const lifted = new Map(way.together.map(({ measure, scoreTo }) => [measure, scoreTo] as const));
          expect(scoreWith(document, lifted, powerMeanExponent)).toBeCloseTo(edge, 7);
          const fewer = subsets(best, way.together.length - 1).map((raised) => scoreWith(document, new Map(raised), powerMeanExponent));
          expect(Math.max(...fewer)).toBeLessThan(edge);
        }),
        { numRuns: 200 },
      );
      expect(found).toBeGreaterThan(10);
    });

  test("is found where the best of a measure, or of several, meets the edge exactly", () => {
    const state = anAccount({ seats: 10 });
    for (let user = 0; user < 4; user++) used(state, user, daysAgo(1));
    const evaluated = { ...evaluateHealth(state, standardScorecard, NOW), confidence: 0.9, score: 0, scoreBeforeCaps: 0, caps: [] };
    const [usage] = evaluated.dimensions.filter(({ key }) => key === "usage");
    if (usage === undefined) throw new Error("no usage");
    const wayWith = (edge: number) => {
      const measures = usage.measures
        .filter(({ key }) => ["seat_use", "stickiness", "depth", "recency"].includes(key))
        .map((measure) => ({ ...measure, score: 0, value: specs.get(measure.key)?.anchors[0]?.value ?? 0, effectiveWeight: 0.25 }));
      const scorecard = { ...standardScorecard, bands: { ...bands, atRiskFrom: edge } };
      return nextBand({ ...evaluated, band: "critical", dimensions: [{ ...usage, score: 0, measures }] }, scorecard);
    };
    expect(wayWith(25)?.step).toMatchObject({ scoreTo: 100 });
    expect([wayWith(50)?.step, wayWith(50)?.together.length]).toEqual([null, 2]);
    expect(wayWith(55)?.together).toHaveLength(3);
  });

  test("says what stands in the way instead: an override, too little confidence, a cap", () => {
    const state = anAccount({ seats: 10, slaHours: 24 });
    for (let user = 0; user < 4; user++) used(state, user, daysAgo(1));
    ticket(state, { id: "1", at: daysAgo(3), priority: "urgent" });
    const document = { ...evaluateHealth(state, standardScorecard, NOW), confidence: 0.9, score: 50, scoreBeforeCaps: 50 };
    const override = { value: 50, reason: "r", author: "t", at: NOW, expiresAt: NOW + 1 };
    expect(nextBand({ ...document, override }, standardScorecard)).toMatchObject({ step: null, heldBy: { kind: "override" } });
    expect(nextBand({ ...document, confidence: 0.2 }, standardScorecard)).toMatchObject({ step: null, heldBy: { kind: "confidence" } });
    const caps = [{ key: "late", title: "Late", max: 59 }];
    expect(nextBand({ ...document, caps, scoreBeforeCaps: 70 }, standardScorecard)).toMatchObject({
      band: "watch",
      points: 10,
      step: null,
      together: [],
      heldBy: { kind: "cap", cap: "late" },
    });
  });

  test("says why confidence is too little: what was sent cannot be counted, is old, or is not measured at all", () => {
    const state = anAccount({ seats: 10, slaHours: 24 });
    for (let user = 0; user < 4; user++) used(state, user, daysAgo(1));
    const evaluated = evaluateHealth(state, standardScorecard, NOW);
    const usage = evaluated.dimensions.filter(({ key }) => key === "usage");
    const causeOf = (weight: number, freshness: number) => {
      const dimensions = usage.map((one) => ({ ...one, weight, measures: one.measures.map((measure) => ({ ...measure, freshness })) }));
      return nextBand({ ...evaluated, dimensions, confidence: 0.2, score: 50, scoreBeforeCaps: 50 }, standardScorecard)?.heldBy;
    };
    expect(causeOf(1, 1)).toEqual({ kind: "confidence", cause: "partial" });
    expect(causeOf(1, 0.2)).toEqual({ kind: "confidence", cause: "late" });
    expect(causeOf(0.3, 1)).toEqual({ kind: "confidence", cause: "unmeasured" });
  });

  test("says when the score is there and the band that is shown not yet", () => {
    const document = evaluateHealth(anAccount(), standardScorecard, NOW);
    const held = { ...document, confidence: 0.9, score: 61, scoreBeforeCaps: 61, band: "at_risk" } as const;
    expect(nextBand(held, standardScorecard)).toEqual({
      band: "watch",
      points: 0,
      step: null,
      together: [],
      heldBy: { kind: "steadiness" },
    });
    expect(nextBand({ ...held, score: 58, scoreBeforeCaps: 58, band: "watch" }, standardScorecard)).toMatchObject({
      band: "watch",
      points: 2,
    });
  });

  test("there is none above healthy, and none without a score", () => {
    const document = evaluateHealth(anAccount(), standardScorecard, NOW);
    expect(nextBand(document, standardScorecard)).toBeNull();
    expect(nextBand({ ...document, score: 85, scoreBeforeCaps: 85 }, standardScorecard)).toBeNull();
  });
});
