import { z } from "zod";
import { dayOf } from "../../time.ts";
import { missing, successMeasure, wholeDays } from "../measure.ts";

/** Goals reached on time ÷ goals due in the window. One reached before it is due counts as due; the day it is due counts as on time. */
export const successPlan = successMeasure({
  key: "success_plan",
  unit: "ratio",
  events: ["goal."],
  settings: z.strictObject({ windowDays: z.number().int().positive().max(800) }),
  window: wholeDays,
  measure: ({ at, clock, success }, { windowDays }) => {
    const counted = success.goals(clock).flatMap(({ due, doneAt, day }) => {
      const decidedAt = doneAt !== null && (due === null || doneAt < due) ? doneAt : due;
      // One that is not reached is missed when its last day is over.
      const lastDay = doneAt === null ? day - 1 : day;
      if (decidedAt === null || dayOf(decidedAt) > lastDay || dayOf(decidedAt) <= day - windowDays) return [];
      return [doneAt !== null && (due === null || dayOf(doneAt) <= dayOf(due))];
    });
    if (counted.length === 0) return missing(`No goal was due in ${windowDays} days.`);
    const onTime = counted.filter(Boolean).length;
    return {
      value: onTime / counted.length,
      asOf: success.newestAt(at),
      note: `${onTime} of ${counted.length} goals were reached on time.`,
    };
  },
});
