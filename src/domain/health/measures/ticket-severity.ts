import { z } from "zod";
import { daysBefore, missing, supportMeasure } from "../measure.ts";

/** High and urgent tickets ÷ all tickets made in the window, by the priority they have now. */
export const ticketSeverity = supportMeasure({
  key: "ticket_severity",
  unit: "ratio",
  settings: z.strictObject({ windowDays: z.number().int().positive().max(366) }),
  window: daysBefore,
  measure: ({ support }, { windowDays }) => {
    const { created, severe } = support.severity(windowDays);
    if (created === 0) return missing(`No ticket was made in ${windowDays} days.`);
    return { value: severe / created, asOf: support.newestAt, note: `${severe} of ${created} tickets are high or urgent.` };
  },
});
