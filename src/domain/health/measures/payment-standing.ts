import { z } from "zod";
import { inEuro, type Money, type NoRate } from "../../money/convert.ts";
import { type Result, ok } from "../../result.ts";
import { dayOf } from "../../time.ts";
import { missing, revenueMeasure } from "../measure.ts";
import { noRateWords } from "../no-rate.ts";
import type { Overdue as OverdueFact } from "../revenue-facts.ts";

/**
 * Mean of the days that unpaid invoices (and refused payments without one) are overdue, weighted by amount; 0 when nothing is. Amounts of
 * several currencies are weighed by the rates of the day; where one has none, the currency with the worst mean counts, and the note says so.
 */
export const paymentStanding = revenueMeasure({
  key: "payment_standing",
  unit: "days overdue",
  events: ["invoice.", "payment."],
  attributes: ["currency"],
  settings: z.strictObject({}),
  measure: ({ at, clock, revenue, money }) => {
    const overdue = revenue.overdue(clock)?.map((one): Overdue => ({ ...one, currency: one.currency ?? money.currency }));
    if (overdue === undefined) return missing("No invoice and no payment has been seen yet.");
    const asOf = revenue.newestAt(at);
    if (overdue.length === 0) return { value: 0, asOf };
    const note = `${overdue.length} overdue.`;
    const weighed = weights(overdue, money, dayOf(at));
    if (weighed.ok) return { value: meanDays(overdue, weighed.value), asOf, note };
    return { value: worstOf(overdue), asOf, note: `${note} ${noRateWords(weighed.error)} The currency with the longest delay counts.` };
  },
});

type Overdue = OverdueFact & { readonly currency: string };

function weights(overdue: readonly Overdue[], money: Money, day: number): Result<readonly number[], NoRate> {
  if (new Set(overdue.map(({ currency }) => currency)).size === 1) return ok(overdue.map(({ amount }) => amount));
  const values: number[] = [];
  for (const one of overdue) {
    const converted = inEuro([one], money, day);
    if (!converted.ok) return converted;
    values.push(converted.value);
  }
  return ok(values);
}

function worstOf(overdue: readonly Overdue[]): number {
  const currencies = [...new Set(overdue.map(({ currency }) => currency))];
  return Math.max(
    ...currencies.map((currency) => {
      const own = overdue.filter((one) => one.currency === currency);
      return meanDays(
        own,
        own.map(({ amount }) => amount),
      );
    }),
  );
}

function meanDays(overdue: readonly Overdue[], amounts: readonly number[]): number {
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  return overdue.reduce((sum, { days }, i) => sum + days * (amounts[i] ?? 0), 0) / total;
}
