import { z } from "zod";
import { lackingUses, missing, noted, usageMeasure } from "../measure.ts";

/** Whole UTC days since a core feature was last used (any usage, where the core features are not known). */
export const recency = usageMeasure({
  key: "recency",
  unit: "days",
  attributes: ["coreFeatures"],
  settings: z.strictObject({}),
  measure: ({ day, usage }) => {
    const lastDay = usage.lastCoreDay(day);
    if (lastDay === null)
      return missing(usage.mayLackUses ? `No core feature has been used yet. ${lackingUses}` : "No core feature has been used yet.");
    return {
      value: day - lastDay,
      asOf: usage.newestAt(lastDay),
      ...(usage.coreFeatures === null
        ? noted("Any usage counts, as the core features are not known.")
        : noted(usage.mayLackUses && lackingUses)),
    };
  },
});
