import { z } from "zod";
import { DAY_MS } from "../../time.ts";
import { daysBefore, missing, revenueMeasure } from "../measure.ts";

/**
 * (recurring revenue now − at the start) ÷ at the start: expansion less contraction, of one customer. The start is `windowDays` ago, for a
 * younger customer the first subscription, once that is `historyDaysMin` old.
 */
export const arrMovement = revenueMeasure({
  key: "arr_movement",
  unit: "ratio",
  events: ["subscription."],
  attributes: ["currency"],
  settings: z.strictObject({ windowDays: z.number().int().positive().max(800), historyDaysMin: z.number().int().positive().max(800) }),
  window: daysBefore,
  measure: ({ at, revenue }, { windowDays, historyDaysMin }) => {
    const first = revenue.firstSubscriptionAt;
    if (first === null) return missing("No subscription has been seen yet.");
    if (first > at - historyDaysMin * DAY_MS) return missing(`Needs ${historyDaysMin} days since the first subscription.`);
    const start = revenue.recurring(Math.max(first, at - windowDays * DAY_MS));
    const now = revenue.recurring(at);
    if (start === null || now === null || start.monthly <= 0) return missing("There was no recurring revenue to compare with.");
    // Who pays nothing any more has left, whatever the currency.
    if (now.isEarning && start.currency !== now.currency) return missing("The currency has changed, and there is no rate to compare by.");
    return { value: now.monthly / start.monthly - 1, asOf: revenue.newestAt(at) };
  },
});
