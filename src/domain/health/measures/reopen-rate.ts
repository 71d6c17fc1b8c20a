import { z } from "zod";
import { besides, daysBefore, missing, supportMeasure } from "../measure.ts";

/** Tickets reopened ÷ tickets solved, drawn towards the usual rate while there are few: (reopened + m·p) / (solved + m). */
export const reopenRate = supportMeasure({
  key: "reopen_rate",
  unit: "ratio",
  settings: z.strictObject({
    windowDays: z.number().int().positive().max(366),
    priorRate: z.number().min(0).max(1),
    priorTickets: z.number().min(0),
  }),
  window: daysBefore,
  measure: ({ support }, { windowDays, priorRate, priorTickets }) => {
    const { solved, reopened } = support.reopens(windowDays);
    if (solved === 0) return missing(`No ticket was solved in ${windowDays} days.`);
    return {
      value: (reopened + priorTickets * priorRate) / (solved + priorTickets),
      asOf: support.newestAt,
      note: `${reopened} of ${solved} solved tickets${besides(priorTickets, priorRate)}.`,
    };
  },
  figure: {
    setting: "priorRate",
    contribution: ({ support }, { windowDays }) => {
      const { solved, reopened } = support.reopens(windowDays);
      return solved === 0 ? null : { hits: Math.min(reopened, solved), of: solved };
    },
  },
});
