import { z } from "zod";
import { missing, revenueMeasure } from "../measure.ts";
import type { Overdue } from "../revenue-facts.ts";

/** Mean of the days that unpaid invoices (and refused payments without one) are overdue, weighted by amount; 0 when nothing is. Of several currencies the worst counts. */
export const paymentStanding = revenueMeasure({
  key: "payment_standing",
  unit: "days overdue",
  events: ["invoice.", "payment."],
  settings: z.strictObject({}),
  measure: ({ at, revenue }) => {
    const overdue = revenue.overdue(at);
    if (overdue === null) return missing("No invoice and no payment has been seen yet.");
    const asOf = revenue.newestAt(at);
    if (overdue.length === 0) return { value: 0, asOf };
    const currencies = [...new Set(overdue.map(({ currency }) => currency))];
    const value = Math.max(...currencies.map((currency) => meanDays(overdue.filter((one) => one.currency === currency))));
    return { value, asOf, note: `${overdue.length} overdue.` };
  },
});

function meanDays(overdue: readonly Overdue[]): number {
  const amounts = overdue.reduce((sum, { amount }) => sum + amount, 0);
  return overdue.reduce((sum, { amount, days }) => sum + amount * days, 0) / amounts;
}
