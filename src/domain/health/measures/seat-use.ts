import { z } from "zod";
import { positiveAttribute } from "../attributes.ts";
import { estimate, missing, noted, usageMeasure, wholeDays } from "../measure.ts";

/** People active in the window ÷ contracted seats. May pass 1: more people than seats is a fact worth showing. */
export const seatUse = usageMeasure({
  key: "seat_use",
  unit: "ratio",
  attributes: ["seats"],
  settings: z.strictObject({ windowDays: z.number().int().positive().max(90) }),
  window: wholeDays,
  measure: ({ state, day, usage }, { windowDays }) => {
    const seats = positiveAttribute(state, "seats");
    if (seats === null) return missing("The number of seats is not known: set the account's attribute `seats`.");
    const { activeUsers, errorRatio } = usage.window(day, windowDays);
    return { value: activeUsers / seats, asOf: usage.newestAt(day), ...noted(estimate(errorRatio)) };
  },
});
