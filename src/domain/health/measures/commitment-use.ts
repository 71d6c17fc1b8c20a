import { z } from "zod";
import { countAttribute, positiveAttribute } from "../attributes.ts";
import { missing, revenueMeasure } from "../measure.ts";

/**
 * Consumed ÷ committed, as far as the term has gone: half of the commitment at half of the term is 1. Both come with subscriptions
 * (`committed`, `consumed`), else from the account's attributes of these names. Of several subscriptions the sums count.
 */
export const commitmentUse = revenueMeasure({
  key: "commitment_use",
  unit: "ratio",
  events: ["subscription."],
  attributes: ["committed", "consumed"],
  settings: z.strictObject({ termElapsedMin: z.number().positive().max(1) }),
  measure: ({ state, at, clock, revenue }, { termElapsedMin }) => {
    const told = revenue.commitments(clock);
    const committed = positiveAttribute(state, "committed");
    const consumed = countAttribute(state, "consumed");
    const all = told.length > 0 || committed === null || consumed === null ? told : [{ committed, consumed, termElapsed: null }];
    const expected = all.reduce((sum, one) => sum + one.committed * Math.min(1, Math.max(termElapsedMin, one.termElapsed ?? 1)), 0);
    if (expected === 0) return missing("Nothing tells what was committed and what was consumed.");
    return { value: all.reduce((sum, one) => sum + one.consumed, 0) / expected, asOf: revenue.newestAt(at) };
  },
});
