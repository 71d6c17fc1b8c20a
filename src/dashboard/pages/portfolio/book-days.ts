import type { Band, PortfolioDay } from "../../api-types.ts";
import { bandOrder } from "../../words.ts";

const dayMs = 86_400_000;

/** What is stacked: accounts, or the ARR of one currency in minor units. */
export type Stacked = "accounts" | { readonly currency: string };

/** Days from the first to the last one, with null for those of which nothing is known: a gap is drawn as a gap. */
export function denseDays(days: readonly PortfolioDay[]): readonly { readonly at: number; readonly day: PortfolioDay | null }[] {
  const known = new Map(days.map((day) => [Date.parse(day.day), day]));
  const times = [...known.keys()];
  const first = Math.min(...times);
  const last = Math.max(...times);
  if (days.length === 0) return [];
  return Array.from({ length: Math.round((last - first) / dayMs) + 1 }, (_, i) => {
    const at = first + i * dayMs;
    return { at, day: known.get(at) ?? null };
  });
}

export function valueOf(day: PortfolioDay, band: Band, what: Stacked): number {
  const figures = day.bands.find((one) => one.band === band);
  if (what === "accounts") return figures?.accounts ?? 0;
  return figures?.arr.find(({ currency }) => currency === what.currency)?.amount ?? 0;
}

/** Upper edge of each band when they lie on each other in `bandOrder`, the worst at the bottom. */
export function stackOf(day: PortfolioDay, what: Stacked): readonly number[] {
  let sum = 0;
  return bandOrder.map((band) => (sum += valueOf(day, band, what)));
}

/** Currencies of the book, the one with the most first. */
export function currenciesOf(days: readonly PortfolioDay[]): readonly string[] {
  const sums = new Map<string, number>();
  for (const { amount, currency } of days.at(-1)?.bands.flatMap(({ arr }) => arr) ?? [])
    sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return [...sums].sort(([, a], [, b]) => b - a).map(([currency]) => currency);
}

/** The day that lies so many days before the last one, or the first that is known after it. */
export function dayBefore(days: readonly PortfolioDay[], back: number): PortfolioDay | null {
  const last = days.at(-1);
  if (last === undefined) return null;
  const wanted = Date.parse(last.day) - back * dayMs;
  return days.find(({ day }) => Date.parse(day) >= wanted) ?? null;
}
