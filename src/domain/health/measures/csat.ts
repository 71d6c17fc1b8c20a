import { z } from "zod";
import { besides, daysBefore, missing, supportMeasure } from "../measure.ts";

/** Good ÷ rated, drawn towards the usual rate while there are few: (good + m·p) / (rated + m). Unrated tickets are left out. */
export const csat = supportMeasure({
  key: "csat",
  unit: "ratio",
  events: ["ticket.rated", "conversation."],
  settings: z.strictObject({
    windowDays: z.number().int().positive().max(366),
    priorRate: z.number().min(0).max(1),
    priorRatings: z.number().min(0),
  }),
  window: daysBefore,
  measure: ({ support }, { windowDays, priorRate, priorRatings }) => {
    const { good, rated } = support.ratings(windowDays);
    if (rated === 0) return missing(`No ticket was rated in ${windowDays} days.`);
    return {
      value: (good + priorRatings * priorRate) / (rated + priorRatings),
      asOf: support.newestAt,
      note: `${good} of ${rated} ratings were good${besides(priorRatings, priorRate)}.`,
    };
  },
  figure: {
    setting: "priorRate",
    contribution: ({ support }, { windowDays }) => {
      const { good, rated } = support.ratings(windowDays);
      return rated === 0 ? null : { hits: good, of: rated };
    },
  },
});
