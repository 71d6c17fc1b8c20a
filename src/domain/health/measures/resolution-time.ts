import { z } from "zod";
import { HOUR_MS } from "../../time.ts";
import { positiveAttribute } from "../attributes.ts";
import { daysBefore, missing, supportMeasure } from "../measure.ts";

/** Median time from creation to the last solving ÷ the agreed hours, both in the hours of the calendar that applies. */
export const resolutionTime = supportMeasure({
  key: "resolution_time",
  unit: "ratio",
  attributes: ["slaHours", "calendar", "timeZone"],
  settings: z.strictObject({ windowDays: z.number().int().positive().max(366), slaHoursAssumed: z.number().positive() }),
  window: daysBefore,
  measure: ({ state, support, hours }, { windowDays, slaHoursAssumed }) => {
    const times = support.resolutionsMs(windowDays, hours.calendar);
    if (times.length === 0) return missing(`No ticket was solved in ${windowDays} days.`);
    const slaHours = positiveAttribute(state, "slaHours");
    const note = `${hours.words}${slaHours === null ? `; an SLA of ${slaHoursAssumed} hours is assumed` : ""}.`;
    return { value: median(times) / ((slaHours ?? slaHoursAssumed) * HOUR_MS), asOf: support.newestAt, note };
  },
});

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[(sorted.length >> 1) - 1] as number) + upper) / 2;
}
