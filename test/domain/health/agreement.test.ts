import { describe, expect, test } from "vitest";
import { agreementOf } from "../../../src/domain/health/agreement.ts";
import type { HealthDocument } from "../../../src/domain/health/document.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import { anAccount, daysAgo, NOW, told } from "../../support/health-account.ts";
import { ownMoney } from "../../../src/domain/money/convert.ts";

const opinion = (value: number) => ({ value, reason: null, author: "tok_1", at: NOW, expiresAt: NOW + DAY_MS });
const health = (computedScore: number | null, over: Partial<HealthDocument> = {}): HealthDocument => ({
  ...evaluateHealth(anAccount(), standardScorecard, NOW),
  computedScore,
  band: computedScore === null ? "not_enough_data" : "watch",
  ...over,
});
const of = (attributes: Record<string, unknown>, document: HealthDocument) =>
  agreementOf(anAccount(attributes), document, NOW, ownMoney).disagreements;

describe("agreement", () => {
  test.each([
    ["70 and a tenth less", 70, { arr: 1_000, forecastArr: 900 }, ["forecast"]],
    ["70 and a little less than a tenth", 70, { arr: 1_000, forecastArr: 901 }, []],
    ["just below 70", 69.9, { arr: 1_000, forecastArr: 100 }, []],
    ["no forecast", 90, { arr: 1_000 }, []],
    ["no revenue", 90, { arr: 0, forecastArr: 0 }, []],
  ])("health and forecast: %s", (_, score, attributes, expected) => {
    expect(of(attributes, health(score))).toEqual(expected);
  });

  test.each([
    [49.9, 4, ["opinion"]],
    [49.9, 3, []],
    [50, 5, []],
  ])("health %d and opinion %d", (score, value, expected) => {
    expect(of({}, health(score, { opinion: opinion(value) }))).toEqual(expected);
  });

  test("without enough data nothing disagrees, and an override does not hide what was computed", () => {
    expect(of({ arr: 1_000, forecastArr: 1 }, health(90, { band: "not_enough_data" }))).toEqual([]);
    expect(of({}, health(20, { opinion: opinion(5), override: opinion(95), score: 95, band: "healthy" }))).toEqual(["opinion"]);
  });

  test("without a forecast of its own, revenue in 90 days is what goes on: a subscription of two that ends in that time is half", () => {
    const state = anAccount({ currency: "EUR" });
    const sold = { amount: 100_000, interval: "year", currency: "EUR", status: "active" };
    told(state, daysAgo(300), "subscription.created", { subscriptionId: "1", ...sold });
    told(state, daysAgo(300), "subscription.created", { subscriptionId: "2", ...sold, endsAt: NOW + 60 * DAY_MS });
    expect(agreementOf(state, health(80), NOW, ownMoney)).toEqual({ forecastArrRatio: -0.5, disagreements: ["forecast"] });
  });
});
