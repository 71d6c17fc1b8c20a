import { z } from "zod";
import { dayKept } from "../../account/buckets.ts";
import type { AccountState } from "../../account/state.ts";
import { dayBucketsKeptMs, firstValueSearchDaysMin } from "../../limits.ts";
import { DAY_MS, dayOf } from "../../time.ts";
import { dateAttribute, positiveAttribute } from "../attributes.ts";
import { type Instant, lackingUses, lifecycleMeasure, missing, noted } from "../measure.ts";
import type { UsageFacts } from "../usage-facts.ts";

/**
 * Days from the start of the contract (attribute `contractStart`, else the first subscription) to the first value ÷ the usual days (attribute
 * `usualDaysToValue`, else the scorecard's); while there is no value yet, the days so far. First value is the first UTC day on which a core feature
 * was used by `peopleMin` people (any usage, where the core features are not known), looked for in 180 days, or twice the usual days where those are
 * more; one who had not reached it by then is taken never to.
 *
 * Of a customer who began more than `graceDays` before anything is known of it, nothing can be said; nor of one whose beginning is no longer kept: its
 * first days are gone, and any later one would be taken for the first.
 */
export const timeToValue = lifecycleMeasure({
  key: "time_to_value",
  unit: "× usual time",
  attributes: ["contractStart", "usualDaysToValue", "coreFeatures"],
  settings: z.strictObject({
    usualDays: z.number().positive().max(800),
    peopleMin: z.number().int().positive().max(10_000),
    graceDays: z.number().int().min(0).max(366),
  }),
  measure: (input, settings) => {
    const usualDays = positiveAttribute(input.state, "usualDaysToValue") ?? settings.usualDays;
    const way = wayToValue(input, settings, usualDays);
    if (typeof way === "string") return missing(way);
    const { days, isReached, searched } = way;
    const told = days < searched ? `No value yet after ${days} days.` : `No value in the first ${searched} days.`;
    return {
      value: days / usualDays,
      asOf: input.usage?.newestAt(input.day) ?? input.at,
      ...noted(
        isReached ? `First value after ${days} days.` : told,
        input.usage?.coreFeatures != null && input.usage.mayLackUses && lackingUses,
      ),
    };
  },
  figure: {
    setting: "usualDays",
    // Who has not reached it yet says nothing: of a book that is young in large part the median is then a little short.
    contribution: (input, settings) => {
      const way = wayToValue(input, settings, settings.usualDays);
      return typeof way === "string" || !way.isReached ? null : { number: Math.max(1, way.days) };
    },
  },
});

type Settings = { readonly peopleMin: number; readonly graceDays: number };

/** Days from the start to the first value, or so far; or why nothing can be said. */
function wayToValue(
  { state, day, usage }: Instant & { readonly usage: UsageFacts | null },
  { peopleMin, graceDays }: Settings,
  usualDays: number,
): { readonly days: number; readonly isReached: boolean; readonly searched: number } | string {
  const startDay = startOf(state);
  if (startDay === null) return "The start is not known: set the account's attribute `contractStart`.";
  if (startDay > day) return "The contract has not begun yet.";
  if (state.firstEventAt === null || dayOf(state.firstEventAt) > startDay + graceDays) return "It began before anything is known of it.";
  if (startDay < dayKept(Math.max(state.today, day)))
    return `It began more than ${dayBucketsKeptMs / DAY_MS} days ago, and no day before is kept.`;
  const searched = Math.min(Math.max(firstValueSearchDaysMin, Math.ceil(2 * usualDays)), dayBucketsKeptMs / DAY_MS);
  const reached = usage?.firstValueDay(startDay, searched, peopleMin) ?? null;
  const isReached = reached !== null && reached <= day;
  return { days: (isReached ? reached : day) - startDay, isReached, searched };
}

function startOf(state: AccountState): number | null {
  const told = dateAttribute(state, "contractStart");
  if (told !== null) return dayOf(told);
  const began = [...(state.records.get("subscription")?.values() ?? [])].flatMap(
    ({ beganAt, observations }) => beganAt ?? observations[0]?.at ?? [],
  );
  return began.length === 0 ? null : dayOf(Math.min(...began));
}
