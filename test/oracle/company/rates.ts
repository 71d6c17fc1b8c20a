import { dateAgo } from "./tell.ts";

/** In which currency the company is told. */
export const reportingCurrency = "CHF";
/** The zone of accounts without one of their own. */
export const companyZone = "Australia/Adelaide";

export type RateTold = { readonly date: string; readonly currency: string; readonly rate: number };

/** A rate that drifts; nine decimals, so that no amount of the company lies half way between two minor units. */
const drifting = (currency: string, around: number, every: number, from: number, to: number): RateTold[] =>
  Array.from({ length: Math.floor((from - to) / every) + 1 }, (_, i) => {
    const days = from - i * every;
    return { date: dateAgo(days), currency, rate: Number((around * (1 + 0.08 * Math.sin(days / 37 + around))).toFixed(9)) };
  });

/** Weekends without a rate, a table by month, one that begins late, and one that nobody has kept for half a year: its amounts have no value then. */
export const rates: readonly RateTold[] = [
  ...drifting("CHF", 0.94, 3, 570, 0),
  ...drifting("USD", 1.08, 4, 570, 1),
  ...drifting("JPY", 161, 30, 570, 5),
  ...drifting("GBP", 0.85, 2, 400, 180),
];
