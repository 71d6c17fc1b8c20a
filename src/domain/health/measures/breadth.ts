import { z } from "zod";
import { listAttribute, positiveAttribute } from "../attributes.ts";
import { estimate, lackingUses, missing, noted, usageMeasure, wholeDays } from "../measure.ts";

/**
 * Core features in real use ÷ core features the customer is entitled to.
 *
 * In real use: by at least max(`usersMin`, `seatsShareMin` of the seats) people; with unknown seats by `usersMin`.
 * Without `entitledFeatures` the customer is taken to be entitled to all core features.
 */
export const breadth = usageMeasure({
  key: "breadth",
  unit: "ratio",
  attributes: ["coreFeatures", "entitledFeatures", "seats"],
  settings: z.strictObject({
    windowDays: z.number().int().positive().max(90),
    usersMin: z.number().positive(),
    seatsShareMin: z.number().min(0).max(1),
  }),
  window: wholeDays,
  measure: ({ state, day, usage }, { windowDays, usersMin, seatsShareMin }) => {
    const core = usage.coreFeatures;
    if (core === null) return missing("The core features are not known: set the account's attribute `coreFeatures`.");
    const entitled = listAttribute(state, "entitledFeatures");
    const allowed = core.map((name) => entitled === null || entitled.includes(name));
    const possible = allowed.filter(Boolean).length;
    if (possible === 0) return missing("None of the core features is among the account's `entitledFeatures`.");
    const needed = Math.max(usersMin, seatsShareMin * (positiveAttribute(state, "seats") ?? 0));
    const { usersOfCore, errorRatio } = usage.window(day, windowDays);
    const used = usersOfCore.filter((count, i) => allowed[i] === true && count >= needed).length;
    return {
      value: used / possible,
      asOf: usage.newestAt(day),
      ...noted(
        entitled === null && "Counted against all core features, as `entitledFeatures` is not set.",
        usage.mayLackUses && lackingUses,
        estimate(errorRatio),
      ),
    };
  },
});
