import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { nextChangeAt } from "../../../src/domain/health/next-change.ts";
import { DAY_MS, MINUTE_MS, dayOf, startOfDay } from "../../../src/domain/time.ts";
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
