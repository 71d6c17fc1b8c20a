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
        const lifted = (document.score ?? 0) + measure.effectiveWeight * (step.scoreTo - step.scoreFrom);
        expect(lifted).toBeCloseTo((document.score ?? 0) + way.points, 9);
        for (const other of measured(document)) {
          if (other.score === null || other.effectiveWeight === 0) continue;
          const needed = way.points / other.effectiveWeight;
          if (other.score + needed <= 100) expect(step.scoreTo - step.scoreFrom).toBeLessThanOrEqual(needed + 1e-9);
        }
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(30);
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
      heldBy: { kind: "cap", cap: "late" },
    });
  });

  test("says when the score is there and the band that is shown not yet", () => {
    const document = evaluateHealth(anAccount(), standardScorecard, NOW);
    const held = { ...document, confidence: 0.9, score: 61, scoreBeforeCaps: 61, band: "at_risk" } as const;
    expect(nextBand(held, standardScorecard)).toEqual({ band: "watch", points: 0, step: null, heldBy: { kind: "steadiness" } });
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
