import type { Event } from "../event.ts";
import { hasMeaning } from "../event-types.ts";
import { dayOf } from "../time.ts";
import { addEffect } from "./buckets.ts";
import { dirtyScores, type FoldedAccount } from "./folded.ts";

/** What is heard of an account in the market, counted by UTC day beside its other metrics. */
export const marketSignals = ["news_good", "news_bad", "review_good", "review_bad", "competitor"] as const;
export type MarketSignal = (typeof marketSignals)[number];

export const marketMetric = (signal: MarketSignal): string => `market.${signal}`;

const goodRatingMin = 4;
const badRatingMax = 2;

/** Counts news, reviews and mentions of competitors; neutral news and middling reviews say nothing. */
export function foldMarket(state: FoldedAccount, event: Event): void {
  const signal = signalOf(event);
  if (signal === null) return;
  addEffect(state, marketMetric(signal), event.occurredAt, 1);
  dirtyScores(state, dayOf(event.occurredAt));
}

function signalOf({ type, data }: Event): MarketSignal | null {
  if (!hasMeaning(type, data)) return null;
  switch (type) {
    case "news.published":
      return data["sentiment"] === "positive" ? "news_good" : data["sentiment"] === "negative" ? "news_bad" : null;
    case "review.posted":
      return Number(data["rating"]) >= goodRatingMin ? "review_good" : Number(data["rating"]) <= badRatingMax ? "review_bad" : null;
    case "competitor.mentioned":
      return "competitor";
    default:
      return null;
  }
}
