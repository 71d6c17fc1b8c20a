import { isEarning, type Recurring, recurringAt, subscriptionAt } from "../account/revenue.ts";
import type { AccountState } from "../account/state.ts";
import { contractionShareMin, lossHoldDays, riskHorizonDays } from "../limits.ts";
import { changeRatio, type Money } from "../money/convert.ts";
import { dayOf, startOfDay } from "../time.ts";

/**
 * What became of an account after a day, as far as it is known: it left (churn), pays less than on that day (contraction), or neither.
 *
 * `knownDays`: of so many days after the day (at most `riskHorizonDays`) one knows whether it was lost on them, also where it was lost sooner: who
 * counts the lost of days of which the kept cannot be counted yet counts too many. `lostAfterDays` is 1 to `knownDays`.
 */
export type Outcome =
  | { readonly knownDays: number; readonly lostAfterDays: null; readonly kind: null }
  | { readonly knownDays: number; readonly lostAfterDays: number; readonly kind: LossKind };
export type LossKind = "churn" | "contraction";

/** Recurring revenue at the end of each UTC day from `firstDay` to `lastDay`; null before the first subscription. */
export type RevenueDays = {
  readonly firstDay: number;
  readonly lastDay: number;
  /** The same one, where nothing changed from day to day. */
  readonly recurring: readonly (Recurring | null)[];
};

/** It is looked at only on days on which a subscription was seen, began or ended: at most once for each day. */
export function revenueDays(state: Pick<AccountState, "records" | "attributes">, firstDay: number, lastDay: number): RevenueDays {
  const turns = turningDays(state);
  const recurring: (Recurring | null)[] = [];
  let known = recurringAt(state, startOfDay(firstDay + 1) - 1);
  for (let day = firstDay; day <= lastDay; day++) {
    if (turns.has(day)) known = recurringAt(state, startOfDay(day + 1) - 1);
    recurring.push(known);
  }
  return { firstDay, lastDay, recurring };
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
 * loss lags by as much. Several currencies are weighed by the rates of that day on both sides; where one has no rate, nothing is known from
 * the first day on which it had a part.
 */
export function outcomeAfter(revenue: RevenueDays, day: number, money: Money): Outcome | null {
  const { firstDay, lastDay, recurring } = revenue;
  const before = recurring[day - firstDay] ?? null;
  if (!isEarning(before)) return null;
  const fallTo = falls(before ?? [], money, day);
  const fallOn = (one: number): number | null => fallTo(recurring[one - firstDay] ?? null);
  const isLow = (one: number): boolean => (fallOn(one) ?? 0) > contractionShareMin;
  for (let after = 1; after <= riskHorizonDays; after++) {
    const then = day + after;
    if (then + lossHoldDays > lastDay || fallOn(then) === null) return { knownDays: after - 1, lostAfterDays: null, kind: null };
    if (!isLow(then) || !staysLow(isLow, then)) continue;
    return {
      knownDays: Math.min(riskHorizonDays, lastDay - lossHoldDays - day),
      lostAfterDays: after,
      kind: isEarning(recurring[then + lossHoldDays - firstDay] ?? null) ? "contraction" : "churn",
    };
  }
  return { knownDays: riskHorizonDays, lostAfterDays: null, kind: null };
}

/** By which share less than before is earned; null: there is no rate to tell by. Looked up once for each revenue. */
function falls(before: Recurring, money: Money, day: number): (recurring: Recurring | null) => number | null {
  const known = new Map<Recurring | null, number | null>();
  return (recurring) => {
    let fall = known.get(recurring);
    if (fall === undefined) {
      const change = changeRatio(before, recurring ?? [], money, day);
      known.set(recurring, (fall = change.ok ? -change.value : null));
    }
    return fall;
  };
}

function staysLow(isLow: (day: number) => boolean, from: number): boolean {
  for (let day = from + 1; day <= from + lossHoldDays; day++) if (!isLow(day)) return false;
  return true;
}

/** The same as it was known at an earlier day: what a forecast made then could have learned from. */
export function asKnownOn(outcome: Outcome, day: number, knownDay: number): Outcome {
  const knownDays = Math.min(outcome.knownDays, Math.max(0, knownDay - day - lossHoldDays));
  if (outcome.lostAfterDays !== null && outcome.lostAfterDays <= knownDays) return { ...outcome, knownDays };
  return { knownDays, lostAfterDays: null, kind: null };
}
