import { z } from "zod";
import { halfLifeDaysMin } from "../../limits.ts";
import { startOfDay } from "../../time.ts";
import { marketMeasure, wholeDays } from "../measure.ts";

const points = z.number().min(-100).max(100);

/**
 * Points for what is heard of the customer in the market: Σ points of each signal, halved after each `halfLifeDays` (whole UTC days) since
 * it was heard. A signal is news, a review of ours, or a mention of a competitor; how many points it gives, and whether good or bad, is the
 * scorecard's to say.
 */
export const marketSignalsMeasure = marketMeasure({
  key: "market_signals",
  unit: "points",
  settings: z.strictObject({
    windowDays: z.number().int().positive().max(366),
    halfLifeDays: z.number().min(halfLifeDaysMin),
    points: z.strictObject({ news_good: points, news_bad: points, review_good: points, review_bad: points, competitor: points }),
  }),
  window: wholeDays,
  measure: ({ day, market }, { windowDays, halfLifeDays, points: pointsOf }) => {
    const heard = market.heard(day, windowDays);
    const newest = market.newestDay(day);
    return {
      value: heard.reduce((sum, { day: on, signal, count }) => sum + pointsOf[signal] * count * 2 ** ((on - day) / halfLifeDays), 0),
      asOf: newest === null ? null : startOfDay(newest),
      note: `${heard.reduce((sum, { count }) => sum + count, 0)} signals in ${windowDays} days.`,
    };
  },
});
