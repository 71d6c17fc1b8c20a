import { marketMetric, type MarketSignal, marketSignals } from "../account/market.ts";
import type { AccountState } from "../account/state.ts";

type Heard = { readonly day: number; readonly signal: MarketSignal; readonly count: number };

/** What the measure of the market reads: what was heard, by UTC day. */
export type MarketFacts = {
  readonly firstDay: number;
  /** Newest day with anything on it, up to `day`. */
  readonly newestDay: (day: number) => number | null;
  /** Of the `days` days that end with `lastDay`. */
  readonly heard: (lastDay: number, days: number) => readonly Heard[];
};

/** Null when nothing was ever heard. */
export function marketFacts(state: AccountState): MarketFacts | null {
  const all = [...state.days.values()]
    .flatMap(({ day, counts }) =>
      marketSignals.flatMap((signal): Heard[] => {
        const count = counts.get(marketMetric(signal)) ?? 0;
        return count > 0 ? [{ day, signal, count }] : [];
      }),
    )
    .sort((a, b) => a.day - b.day);
  const first = all[0];
  if (first === undefined) return null;
  return {
    firstDay: first.day,
    newestDay: (upTo) => all.findLast(({ day }) => day <= upTo)?.day ?? null,
    heard: (lastDay, days) => all.filter(({ day }) => day <= lastDay && day > lastDay - days),
  };
}
