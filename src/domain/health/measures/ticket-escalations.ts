import { z } from "zod";
import { daysBefore, missing, supportMeasure } from "../measure.ts";

/** Tickets that became high or urgent only after they were made ÷ all tickets made in the window. */
export const ticketEscalations = supportMeasure({
  key: "ticket_escalations",
  unit: "ratio",
  settings: z.strictObject({ windowDays: z.number().int().positive().max(366) }),
  window: daysBefore,
  measure: ({ support }, { windowDays }) => {
    const { created, escalated } = support.severity(windowDays);
    if (created === 0) return missing(`No ticket was made in ${windowDays} days.`);
    return { value: escalated / created, asOf: support.newestAt, note: `${escalated} of ${created} tickets were escalated.` };
  },
});
