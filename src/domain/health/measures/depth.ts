import { z } from "zod";
import { estimate, lackingUses, noted, usageMeasure, wholeDays } from "../measure.ts";

/**
 * Share of active people with at least `usesPerWeekMin` uses a week on average; 0 when nobody was active.
 *
 * A use is one core feature on one day: days keep which features a person used, not how often. Where the core features are not
 * known every feature counts, and the note says so.
 */
export const depth = usageMeasure({
  key: "depth",
  unit: "ratio",
  attributes: ["coreFeatures"],
  settings: z.strictObject({ windowDays: z.number().int().positive().max(90), usesPerWeekMin: z.number().positive() }),
  window: wholeDays,
  measure: ({ day, usage }, { windowDays, usesPerWeekMin }) => {
    const window = usage.window(day, windowDays);
    const usesMin = (usesPerWeekMin * window.observedDays) / 7;
    const value = window.activeUsers === 0 ? 0 : window.usersWithUses(usesMin) / window.activeUsers;
    return {
      value,
      asOf: usage.newestAt(day),
      ...noted(
        usage.coreFeatures === null && "Every feature counts, as the core features are not known.",
        usage.mayLackUses && lackingUses,
        estimate(window.errorRatio),
      ),
    };
  },
});
