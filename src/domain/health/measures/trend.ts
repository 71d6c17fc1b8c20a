import { z } from "zod";
import { estimate, missing, noted, usageMeasure, wholeDays } from "../measure.ts";

/**
 * ln((x + k) / (previous x + k)) of people-days, complete days only, so that a day that has just begun is no fall.
 * Windows of whole weeks compare the same weekdays, so that a weekend is none either.
 */
export const trend = usageMeasure({
  key: "trend",
  unit: "log ratio",
  settings: z.strictObject({ windowDays: z.number().int().positive().max(364).multipleOf(7), dampingUserDays: z.number().positive() }),
  window: ({ day }, { windowDays }) => wholeDays({ day: day - 1 }, { windowDays: 2 * windowDays }),
  measure: ({ day, usage }, { windowDays, dampingUserDays }) => {
    const lastDay = day - 1;
    if (usage.firstDay > lastDay - 2 * windowDays + 1) return missing(`Needs ${2 * windowDays} complete days of usage to compare.`);
    const now = usage.userDays(lastDay, windowDays);
    const before = usage.userDays(lastDay - windowDays, windowDays);
    if (now.value + before.value === 0) return missing("There was no usage in either of the two periods.");
    const value = Math.log((now.value + dampingUserDays) / (before.value + dampingUserDays));
    return { value, asOf: usage.newestAt(lastDay), ...noted(estimate(Math.max(now.errorRatio, before.errorRatio))) };
  },
});
