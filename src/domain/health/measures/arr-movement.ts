import { z } from "zod";
import { isEarning } from "../../account/revenue.ts";
import { changeRatio } from "../../money/convert.ts";
import { DAY_MS, dayOf } from "../../time.ts";
import { noRateWords } from "../no-rate.ts";
import { daysBefore, missing, revenueMeasure } from "../measure.ts";
import { upTo } from "../reading-clock.ts";

/**
 * (recurring revenue now − at the start) ÷ at the start: expansion less contraction, of one customer. The start is `windowDays` ago, for a
 * younger customer the first subscription, once that is `historyDaysMin` old. Several currencies are weighed by the rates of the start, on both
 * sides: what a rate did is no movement of the customer's.
 */
export const arrMovement = revenueMeasure({
  key: "arr_movement",
  unit: "ratio",
  events: ["subscription."],
  attributes: ["currency"],
  settings: z.strictObject({ windowDays: z.number().int().positive().max(800), historyDaysMin: z.number().int().positive().max(800) }),
  window: daysBefore,
  measure: ({ at, clock, revenue, money }, { windowDays, historyDaysMin }) => {
    const first = revenue.firstSubscriptionAt;
    if (first === null) return missing("No subscription has been seen yet.");
    if (first > clock.least - historyDaysMin * DAY_MS) return missing(`Needs ${historyDaysMin} days since the first subscription.`);
    const startsAt = Math.max(first, clock.least - windowDays * DAY_MS);
    const start = revenue.recurring(upTo(startsAt));
    const now = revenue.recurring(clock);
    if (start === null || now === null || !isEarning(start)) return missing("There was no recurring revenue to compare with.");
    const change = changeRatio(start, now, money, dayOf(startsAt));
    return change.ok ? { value: change.value, asOf: revenue.newestAt(at) } : missing(noRateWords(change.error));
  },
});
