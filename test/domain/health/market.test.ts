import { describe, expect, test } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import type { Scorecard } from "../../../src/domain/config/scorecard.ts";
import { shippedScorecards, standardScorecard } from "../../../src/domain/config/standard.ts";
import { checkScorecard } from "../../../src/domain/health/check-scorecard.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import { event } from "../../support/account-builders.ts";
import { NOW, daysAgo } from "../../support/health-account.ts";

/** The standard scorecard with the market as a dimension of its own. */
const withMarket: Scorecard = {
  ...standardScorecard,
  dimensions: [
    ...standardScorecard.dimensions,
    {
      key: "market",
      title: "Market",
      weight: 5,
      measures: [
        {
          key: "market_signals",
          title: "Market signals",
          weight: 1,
          anchors: [
            { value: -10, score: 0 },
            { value: 10, score: 100 },
          ],
          freshForMs: 7 * DAY_MS,
          halfLifeMs: 30 * DAY_MS,
          missing: "skip",
          settings: {
            windowDays: 180,
            halfLifeDays: 30,
            points: { news_good: 2, news_bad: -4, review_good: 3, review_bad: -5, competitor: -3 },
          },
        },
      ],
    },
  ],
};
type Said = readonly [type: string, daysBefore: number, data: Record<string, unknown>];
function heard(...all: readonly Said[]): FoldedAccount {
  const state = emptyAccount("acme");
  for (const [type, days, data] of all) fold(state, event({ type, data, occurredAt: daysAgo(days) }), NOW);
  return state;
}
const signals = (state: FoldedAccount, at = NOW) => evaluateHealth(state, withMarket, at).dimensions.at(-1)?.measures[0];

describe("what is heard in the market", () => {
  test("gives the points that the scorecard says, halved every thirty days; what is neutral or has no meaning gives none", () => {
    expect(checkScorecard(withMarket)).toMatchObject({ ok: true });
    const state = heard(
      ["news.published", 0, { sentiment: "positive", headline: "Raises money" }],
      ["news.published", 0, { sentiment: "neutral" }],
      ["news.published", 0, { headline: "No word on whether it is good" }],
      ["review.posted", 30, { rating: 1 }],
      ["review.posted", 0, { rating: 3 }],
      ["review.posted", 60, { rating: 5 }],
      ["competitor.mentioned", 0, { competitor: "Other" }],
      ["competitor.mentioned", 200, { competitor: "Other" }],
    );
    expect(signals(state)).toMatchObject({
      value: 2 - 5 / 2 + 3 / 4 - 3,
      score: expect.closeTo(50 - 2.75 * 5, 9),
      status: "ok",
      note: "4 signals in 180 days.",
    });
  });

  test("is missing before the first signal, not zero", () => {
    expect(signals(heard(["feature.used", 1, { feature: "report" }]))).toMatchObject({
      value: null,
      note: expect.stringContaining("has been seen yet"),
    });
  });

  test("counts in full for seven days after the newest signal, then ages with a half-life of thirty, held at what it was", () => {
    const state = heard(["review.posted", 0, { rating: 5 }]);
    const midnight = NOW - (NOW % DAY_MS);
    expect(signals(state, midnight + 7 * DAY_MS)).toMatchObject({ freshness: 1, status: "ok" });
    expect(signals(state, midnight + 37 * DAY_MS)).toMatchObject({ value: 3, freshness: expect.closeTo(0.5, 9), status: "stale" });
  });

  test("moves no shipped scorecard", () => {
    for (const { dimensions } of shippedScorecards.values())
      expect(dimensions.filter(({ weight, measures }) => weight > 0 && measures.some(({ key }) => key === "market_signals"))).toEqual([]);
    const scoreOf = (state: FoldedAccount) => evaluateHealth(state, standardScorecard, NOW).score;
    const usage: Said = ["feature.used", 1, { feature: "report" }];
    expect(scoreOf(heard(usage, ["review.posted", 0, { rating: 1 }]))).toBe(scoreOf(heard(usage)));
  });
});
