import { toCurrency } from "../money/currency.ts";
import type { Amount } from "../money/convert.ts";
import { fieldsAt } from "./records.ts";
import type { AccountRecord, AccountState, RecordFields } from "./state.ts";

/** Intervals of one year, by the words that are common for them: 365 days, 52 weeks. */
const perYear: ReadonlyMap<unknown, number> = new Map([
  ...["day", "daily"].map((word) => [word, 365] as const),
  ...["week", "weekly"].map((word) => [word, 52] as const),
  ...["month", "monthly"].map((word) => [word, 12] as const),
  ...["quarter", "quarterly"].map((word) => [word, 4] as const),
  ...["year", "yearly", "annual", "annually"].map((word) => [word, 1] as const),
]);

/** A trial earns nothing yet; what is not collected, not begun or over earns nothing any more. Past due still does. */
const withoutRevenue: ReadonlySet<unknown> = new Set([
  "trialing",
  "trial",
  "unpaid",
  "incomplete",
  "incomplete_expired",
  "paused",
  "ended",
  "expired",
]);
const canceled: ReadonlySet<unknown> = new Set(["canceled", "cancelled"]);

export type Subscription = {
  /** Minor units of `currency` a year; 0 while it earns nothing. Whole where the interval divides the year, as all common ones do. */
  readonly yearly: number;
  readonly currency: string | null;
  /** Runs at that instant, for money or not. */
  readonly isRunning: boolean;
  /** Somebody has said that it will end, or that it has ended. */
  readonly isCanceled: boolean;
  /** When it ends or ended, as far as told. Epoch ms. */
  readonly endsAt: number | null;
};

/** A subscription as of an instant; null before it began. */
export function subscriptionAt(record: AccountRecord, at: number): Subscription | null {
  const fields = fieldsAt(record, at);
  if (fields === null) return null;
  const { status, startedAt, endsAt: ends, currency } = fields;
  if (typeof startedAt === "number" && startedAt > at) return null;
  const endsAt = typeof ends === "number" ? ends : null;
  const isCanceled = canceled.has(status) || fields["cancelAtPeriodEnd"] === true;
  const isOver = endsAt !== null ? endsAt <= at : canceled.has(status);
  const isRunning = !isOver && status !== "ended" && status !== "expired";
  return {
    yearly: isRunning && !withoutRevenue.has(status) ? yearlyOf(fields) : 0,
    currency: toCurrency(currency),
    isRunning,
    isCanceled,
    endsAt,
  };
}

/** `amount` is the price of all of it for `intervalCount` (1) times `interval` (month). Older code took any count; one below 1 is none. */
function yearlyOf({ amount, interval, intervalCount }: RecordFields): number {
  if (typeof amount !== "number") return 0;
  const count = typeof intervalCount === "number" && intervalCount >= 1 ? intervalCount : 1;
  return (amount * (perYear.get(interval) ?? 12)) / count;
}

/** What subscriptions earn a year, a sum for each currency in which any earns something; empty: they earn nothing. */
export type Recurring = readonly Amount[];

/**
 * Recurring revenue at an instant; null when no subscription had begun by then. What names no currency is in the account's (attribute
 * `currency`), where that is known.
 *
 * @param at where each subscription is read as of an instant of its own, which
 */
export function recurringAt(
  state: Pick<AccountState, "records" | "attributes">,
  at: number | ((subscription: AccountRecord) => number),
): Recurring | null {
  const own = toCurrency(state.attributes.get("currency")?.value);
  const sums = new Map<string | null, number>();
  let hasBegun = false;
  for (const record of state.records.get("subscription")?.values() ?? []) {
    const subscription = subscriptionAt(record, typeof at === "number" ? at : at(record));
    if (subscription === null) continue;
    hasBegun = true;
    const currency = subscription.currency ?? own;
    if (subscription.yearly !== 0) sums.set(currency, (sums.get(currency) ?? 0) + subscription.yearly);
  }
  return hasBegun ? [...sums].map(([currency, amount]) => ({ currency, amount })) : null;
}

export const isEarning = (recurring: Recurring | null): boolean => (recurring ?? []).some(({ amount }) => amount > 0);
