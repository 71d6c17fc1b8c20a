import { z } from "zod";
import { dayOf } from "../../time.ts";
import { missing, supportMeasure, wholeDays } from "../measure.ts";

/**
 * How unusual the last 14 days' tickets are: |z| against the customer's own periods of the same length before. Both tails count:
 * a customer who stops asking may have stopped caring.
 *
 * The spread is never below that of a Poisson count of the same mean (and never below 1), so that three tickets instead of one
 * are no alarm.
 */
export const ticketVolume = supportMeasure({
  key: "ticket_volume",
  unit: "standard deviations",
  settings: z.strictObject({
    periodDays: z.number().int().positive().max(90),
    baselinePeriods: z.number().int().positive().max(26),
    baselinePeriodsMin: z.number().int().positive(),
  }),
  window: (instant, { periodDays }) => wholeDays(instant, { windowDays: periodDays }),
  measure: ({ support, clock }, { periodDays, baselinePeriods, baselinePeriodsMin }) => {
    const daysBefore = dayOf(clock.least) - periodDays - dayOf(support.firstAt) + 1;
    const periods = Math.min(baselinePeriods, Math.floor(daysBefore / periodDays));
    if (periods < baselinePeriodsMin)
      return missing(`Needs ${(baselinePeriodsMin + 1) * periodDays} days since the first ticket to know what is usual.`);
    const before = Array.from({ length: periods }, (_, i) => support.created((i + 1) * periodDays, periodDays));
    const mean = before.reduce((sum, count) => sum + count, 0) / periods;
    const variance = before.reduce((sum, count) => sum + (count - mean) ** 2, 0) / periods;
    const spread = Math.sqrt(Math.max(variance, mean, 1));
    return { value: Math.abs(support.created(0, periodDays) - mean) / spread, asOf: support.newestAt };
  },
});
