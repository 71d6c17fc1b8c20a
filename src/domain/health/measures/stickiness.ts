import { z } from "zod";
import { estimate, noted, usageMeasure, wholeDays } from "../measure.ts";

/** Mean of people active per day ÷ people active in the window; 0 when nobody was. Days before the first usage do not count. */
export const stickiness = usageMeasure({
  key: "stickiness",
  unit: "ratio",
  settings: z.strictObject({ windowDays: z.number().int().positive().max(90) }),
  window: wholeDays,
  measure: ({ day, usage }, { windowDays }) => {
    const { activeUsers, userDays, observedDays, errorRatio } = usage.window(day, windowDays);
    const value = activeUsers === 0 ? 0 : userDays / observedDays / activeUsers;
    return { value, asOf: usage.newestAt(day), ...noted(estimate(errorRatio)) };
  },
});
