import { subscriptionAt, recurringAt } from "../account/revenue.ts";
import type { AccountState } from "../account/state.ts";
import { contractionShareMin, lossHoldDays, riskHorizonDays } from "../limits.ts";
import { dayOf, startOfDay } from "../time.ts";

/**
 * What became of an account after a day, as far as it is known: it left (churn), pays less than on that day (contraction), or neither.
 *
 * `knownDays`: so many days after the day are known without a loss (at most `riskHorizonDays`), or up to the loss. `lostAfterDays` is 1 to
 * `riskHorizonDays`.
 */
export type Outcome =
  | { readonly knownDays: number; readonly lostAfterDays: null; readonly kind: null }
  | { readonly knownDays: number; readonly lostAfterDays: number; readonly kind: LossKind };
export type LossKind = "churn" | "contraction";

/** Recurring revenue at the end of each UTC day from `firstDay` to `lastDay`, minor units a month; null before the first subscription. */
export type RevenueDays = {
  readonly firstDay: number;
  readonly lastDay: number;
  readonly monthly: readonly (number | null)[];
  readonly currencies: readonly (string | null)[];
  /** Whether any subscription earned something, in whatever currency. */
  readonly isEarning: readonly boolean[];
};

/** It is looked at only on days on which a subscription was seen, began or ended: at most once for each day. */
export function revenueDays(state: Pick<AccountState, "records" | "attributes">, firstDay: number, lastDay: number): RevenueDays {
  const turns = turningDays(state);
  const monthly: (number | null)[] = [];
  const currencies: (string | null)[] = [];
  const isEarning: boolean[] = [];
  let known = recurringAt(state, startOfDay(firstDay + 1) - 1);
  for (let day = firstDay; day <= lastDay; day++) {
    if (turns.has(day)) known = recurringAt(state, startOfDay(day + 1) - 1);
    monthly.push(known?.monthly ?? null);
    currencies.push(known?.currency ?? null);
    isEarning.push(known?.isEarning ?? false);
  }
  return { firstDay, lastDay, monthly, currencies, isEarning };
}

function turningDays(state: Pick<AccountState, "records">): ReadonlySet<number> {
  const days = new Set<number>();
  for (const record of state.records.get("subscription")?.values() ?? []) {
    if (record.beganAt !== null) days.add(dayOf(record.beganAt));
    for (const { at, fields } of record.observations) {
      days.add(dayOf(at));
      for (const instant of [fields["startedAt"], fields["endsAt"], subscriptionAt(record, at)?.endsAt])
        if (typeof instant === "number") days.add(dayOf(instant));
    }
  }
  return days;
}

/**
 * What became of the account in the `riskHorizonDays` after `day`; null when it paid nothing on that day, so that there was nothing to lose, or
 * what it paid then is not known yet.
 *
 * A loss is a fall below what was paid on that day, by `contractionShareMin` at least, that has lasted `lossHoldDays`; so what is known of a
 * loss lags by as much. From a change of currency on, and where an account goes on to pay in another one, nothing is known: there are no rates
 * here to compare by.
 */
export function outcomeAfter(revenue: RevenueDays, day: number): Outcome | null {
  const { firstDay, lastDay, monthly, currencies, isEarning } = revenue;
  const before = monthly[day - firstDay] ?? 0;
  if (before <= 0) return null;
  const paidOn = (one: number): number => monthly[one - firstDay] ?? 0;
  const isLow = (one: number): boolean => paidOn(one) < before * (1 - contractionShareMin);
  for (let after = 1; after <= riskHorizonDays; after++) {
    const then = day + after;
    const isGone = paidOn(then) === 0 && isEarning[then - firstDay] !== true;
    const isComparable = isGone || (paidOn(then) > 0 && currencies[then - firstDay] === currencies[day - firstDay]);
    if (then + lossHoldDays > lastDay || !isComparable) return { knownDays: after - 1, lostAfterDays: null, kind: null };
    if (!isLow(then) || !staysLow(isLow, then)) continue;
    return { knownDays: after, lostAfterDays: after, kind: paidOn(then + lossHoldDays) === 0 ? "churn" : "contraction" };
  }
  return { knownDays: riskHorizonDays, lostAfterDays: null, kind: null };
}

function staysLow(isLow: (day: number) => boolean, from: number): boolean {
  for (let day = from + 1; day <= from + lossHoldDays; day++) if (!isLow(day)) return false;
  return true;
}

/** The same as it was known at an earlier day: what a forecast made then could have learned from. */
export function asKnownOn(outcome: Outcome, day: number, knownDay: number): Outcome {
  const knownDays = Math.max(0, knownDay - day - lossHoldDays);
  if (outcome.lostAfterDays !== null && outcome.lostAfterDays <= knownDays) return outcome;
  return { knownDays: Math.min(outcome.knownDays, knownDays), lostAfterDays: null, kind: null };
}
