import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activate, assign, emptyConfiguration } from "../../../src/domain/config/active.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { nextChangeAt, nextChangeOf } from "../../../src/domain/health/next-change.ts";
import { confidenceToldFrom } from "../../../src/domain/limits.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, dayOf, startOfDay } from "../../../src/domain/time.ts";
import { NOW, anAccount, daysAgo, ticket, used } from "../../support/health-account.ts";
import { customers } from "../../support/health-customers.ts";

describe("the next instant at which time alone changes something", () => {
  test("nothing known: never", () => {
    expect(nextChangeAt(anAccount(), standardScorecard, NOW)).toBeNull();
  });

  test("usage alone: when the windows roll, at midnight UTC", () => {
    const state = anAccount({ seats: 10 });
    state.watermarks.set("mix/track", NOW + 2 * DAY_MS);
    for (let day = 0; day < 30; day++) used(state, day % 3, daysAgo(day));
    expect(nextChangeAt(state, standardScorecard, NOW)).toBe(startOfDay(dayOf(NOW) + 1));
  });

  test("an urgent ticket: when its age has cost a point, to the minute", () => {
    const state = anAccount({ seats: 50, slaHours: 8 });
    state.watermarks.set("zen/webhook", NOW + 2 * DAY_MS);
    ticket(state, { id: "1", at: daysAgo(0, 3), priority: "urgent" });
    const at = nextChangeAt(state, standardScorecard, NOW) as number;
    const scoreAt = (instant: number): number => evaluateHealth(state, standardScorecard, instant).score as number;
    expect(at).toBeLessThan(startOfDay(dayOf(NOW) + 1));
    expect(scoreAt(NOW) - scoreAt(at)).toBeGreaterThanOrEqual(1);
    expect(scoreAt(NOW) - scoreAt(at - MINUTE_MS)).toBeLessThan(1);
  });

  test("the same for a source that is up to date: it is taken to go on, though nothing of what is ahead has come yet", () => {
    const urgent = (watermark: number): number => {
      const state = anAccount({ seats: 50, slaHours: 8 });
      state.watermarks.set("zen/webhook", watermark);
      ticket(state, { id: "1", at: daysAgo(0, 3), priority: "urgent" });
      return nextChangeAt(state, standardScorecard, NOW) as number;
    };
    const known = urgent(NOW + 2 * DAY_MS);
    expect(Math.abs(urgent(NOW - MINUTE_MS) - known)).toBeLessThanOrEqual(MINUTE_MS);
    // Of one that is down nothing grows: what is known ages.
    expect(Math.abs(urgent(daysAgo(1, 1)) - known)).toBeGreaterThan(HOUR_MS);
  });

  test("by several scorecards: when the first of them has something to tell, of sources that go on as well", () => {
    const state = anAccount({ seats: 50, slaHours: 8 });
    state.watermarks.set("zen/webhook", NOW - MINUTE_MS);
    ticket(state, { id: "1", at: daysAgo(0, 3), priority: "urgent" });
    const { version: _, configVersion: __, ...standard } = standardScorecard;
    const usage = { ...standard, flags: [], caps: [], dimensions: standard.dimensions.filter(({ key }) => key === "usage") };
    const judged = (scorecard: string, sideScorecards: readonly string[]) =>
      assign(
        activate({
          ...emptyConfiguration,
          version: 1,
          scorecards: { usage: { version: 1, document: usage } },
          segments: { version: 1, document: { title: "s", scorecard, sideScorecards: [...sideScorecards], segments: [] } },
        }),
        state,
      );
    const byStandard = nextChangeAt(state, standardScorecard, NOW) as number;
    const midnight = startOfDay(dayOf(NOW) + 1);
    expect(byStandard).toBeLessThan(midnight);
    expect(nextChangeOf(state, judged("standard", []), NOW).at).toBe(byStandard);
    expect(nextChangeOf(state, judged("usage", []), NOW).at).toBe(midnight);
    expect(nextChangeOf(state, judged("usage", ["standard"]), NOW).at).toBe(byStandard);
    expect(nextChangeOf(anAccount(), judged("usage", ["standard"]), NOW).at).toBeNull();
  });

  test("a flag that time alone raises", () => {
    const state = anAccount({ seats: 5_000, slaHours: 8 });
    ticket(state, { id: "1", at: daysAgo(0, 3), priority: "urgent" });
    const at = nextChangeAt(state, standardScorecard, NOW) as number;
    expect(at).toBeGreaterThan(NOW + 5 * HOUR_MS);
    expect(at).toBeLessThanOrEqual(NOW + 5 * HOUR_MS + MINUTE_MS);
  });

  test("an outage: when the published confidence is wrong by a twentieth, to the minute", () => {
    const state = anAccount({ seats: 10 });
    for (let day = 0; day < 30; day++) used(state, day % 3, daysAgo(day));
    const { bands, dimensions } = standardScorecard;
    const card = {
      ...standardScorecard,
      dimensions: dimensions.filter(({ key }) => key === "usage"),
      bands: { ...bands, confidenceMin: 0 },
      recomputeAfterPoints: 100,
    };
    const confidenceAt = (instant: number): number => evaluateHealth(state, card, instant).confidence;
    const at = nextChangeAt(state, card, NOW) as number;
    expect(at).toBeLessThan(startOfDay(dayOf(NOW) + 1));
    expect(confidenceAt(NOW) - confidenceAt(at)).toBeGreaterThanOrEqual(confidenceToldFrom);
    expect(confidenceAt(NOW) - confidenceAt(at - MINUTE_MS)).toBeLessThan(confidenceToldFrom);
  });

  test("it always lies ahead, and not beyond the next midnight", () => {
    fc.assert(
      fc.property(customers, fc.integer({ min: 0, max: DAY_MS }), (state, offsetMs) => {
        const at = nextChangeAt(state, standardScorecard, NOW + offsetMs);
        if (at === null) return;
        expect(at).toBeGreaterThan(NOW + offsetMs);
        expect(at).toBeLessThanOrEqual(startOfDay(dayOf(NOW + offsetMs) + 1));
      }),
    );
  });
});
