import { fieldsAt } from "./records.ts";
import type { AccountRecord, AccountState, RecordFields } from "./state.ts";

/** Months of one interval, by the words that are common for it; a day is 12/365 and a week 12/52 of a month. */
const monthsOf: ReadonlyMap<unknown, number> = new Map([
  ...["day", "daily"].map((word) => [word, 12 / 365] as const),
  ...["week", "weekly"].map((word) => [word, 12 / 52] as const),
  ...["month", "monthly"].map((word) => [word, 1] as const),
  ...["quarter", "quarterly"].map((word) => [word, 3] as const),
  ...["year", "yearly", "annual", "annually"].map((word) => [word, 12] as const),
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
  /** Exact minor units of `currency` a month; 0 while it earns nothing. */
  readonly monthly: number;
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
    monthly: isRunning && !withoutRevenue.has(status) ? monthlyOf(fields) : 0,
    currency: typeof currency === "string" ? currency : null,
    isRunning,
    isCanceled,
    endsAt,
  };
}

/** `amount` is the price of all of it for `intervalCount` (1) times `interval` (month). */
function monthlyOf({ amount, interval, intervalCount }: RecordFields): number {
  if (typeof amount !== "number") return 0;
  const count = typeof intervalCount === "number" && intervalCount > 0 ? intervalCount : 1;
  return amount / ((monthsOf.get(interval) ?? 1) * count);
}

/** Revenue a month in exact minor units, of all subscriptions in one currency: the account's, else that of the greatest sum. */
export type Recurring = {
  readonly monthly: number;
  readonly currency: string | null;
  /** Some subscription earns something, in whatever currency. */
  readonly isEarning: boolean;
};

/**
 * Recurring revenue at an instant; null when no subscription had begun by then. Amounts in another currency than the one that is told are left
 * out, as there are no rates here to convert them by.
 */
export function recurringAt(state: Pick<AccountState, "records" | "attributes">, at: number): Recurring | null {
  const sums = new Map<string | null, number>();
  for (const record of state.records.get("subscription")?.values() ?? []) {
    const subscription = subscriptionAt(record, at);
    if (subscription === null) continue;
    sums.set(subscription.currency, (sums.get(subscription.currency) ?? 0) + subscription.monthly);
  }
  if (sums.size === 0) return null;
  const wanted = state.attributes.get("currency")?.value;
  const own = typeof wanted === "string" ? wanted.trim().toLowerCase() : null;
  const isEarning = [...sums.values()].some((monthly) => monthly > 0);
  if (own !== null && sums.has(own)) return { monthly: (sums.get(own) ?? 0) + (sums.get(null) ?? 0), currency: own, isEarning };
  const [currency, monthly] = [...sums].reduce((most, one) => (isGreater(one, most) ? one : most));
  return { monthly, currency: currency ?? own, isEarning };
}

/** Of equal sums the currency that is named, and comes first by its name, so that the order of arrival does not matter. */
const isGreater = ([currency, sum]: readonly [string | null, number], [other, most]: readonly [string | null, number]): boolean =>
  sum > most || (sum === most && currency !== null && (other === null || currency < other));
