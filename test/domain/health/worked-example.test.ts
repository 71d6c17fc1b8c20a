import { expect, test } from "vitest";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { NOW, anAccount, daysAgo, ticket, used } from "../../support/health-account.ts";

/** The account that docs/design/health.md works out by hand; the figures here are those of the page, computed on paper. */
test("the account of docs/design/health.md has the score that was worked out by hand", () => {
  const acme = anAccount({ seats: 10, slaHours: 24, coreFeatures: ["report", "export"] });
  used(acme, 1, daysAgo(4), ["report", "export"]);
  for (const person of [1, 2, 3]) used(acme, person, daysAgo(0, 2), ["report"]);
  ticket(acme, { id: "1", at: daysAgo(2), priority: "low" });
  ticket(acme, { id: "2", at: daysAgo(1, 12), priority: "normal", solvedAt: daysAgo(1), rating: { score: "good", at: daysAgo(0, 20) } });

  const document = evaluateHealth(acme, standardScorecard, NOW);

  const rows = document.dimensions.flatMap(({ measures }) =>
    measures.map(({ key, value, score, effectiveWeight, contribution }) => [
      key,
      round(value),
      round(score),
      round(effectiveWeight),
      round(contribution),
    ]),
  );
  expect(rows).toEqual([
    ["seat_use", 0.3, 16.6667, 0.1875, -6.25],
    ["stickiness", 0.2667, 55.5556, 0.1125, 0.625],
    ["breadth", 0.5, 60, 0.15, 1.5],
    ["depth", 0.3333, 58.3333, 0.1125, 0.9375],
    ["trend", null, null, 0, 0],
    ["recency", 0, 100, 0.0375, 1.875],
    ["weighted_backlog", 4, 33.3333, 0.1412, -2.3529],
    ["ticket_volume", null, null, 0, 0],
    ["resolution_time", 0.5, 100, 0.0941, 4.7059],
    ["reopen_rate", 0.0727, 88.6364, 0.0471, 1.8182],
    ["csat", 0.8909, 76.3636, 0.1176, 3.1016],
  ]);
  expect(document.dimensions.map(({ key, weight, score }) => [key, round(weight), round(score)])).toEqual([
    ["usage", 0.6, 47.8125],
    ["support", 0.4, 68.1818],
  ]);
  expect(document).toMatchObject({ score: expect.closeTo(55.960227272727, 9), confidence: expect.closeTo(0.82, 12), band: "at_risk" });
});

const round = (value: number | null): number | null => (value === null ? null : Math.round(value * 1e4) / 1e4);
