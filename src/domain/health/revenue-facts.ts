import { fieldsAt, since } from "../account/records.ts";
import { type Recurring, recurringAt, subscriptionAt } from "../account/revenue.ts";
import type { AccountRecord, AccountState, RecordFields } from "../account/state.ts";
import { toCurrency } from "../money/currency.ts";
import { dayOf } from "../time.ts";
import { newestOf } from "./newest-of.ts";
import { type ReadingClock, recordClock } from "./reading-clock.ts";

/** An unpaid invoice that is due, or a refused payment without an invoice. What names no currency is in the account's, null where that is not known. */
export type Overdue = { readonly days: number; readonly amount: number; readonly currency: string | null };
/** The deal about the contract's next term, as of an instant. */
export type Deal = {
  readonly stage: string | null;
  readonly status: string | null;
  readonly closeDate: number | null;
  readonly isRenewal: boolean;
};
export type Commitment = { readonly committed: number; readonly consumed: number; readonly termElapsed: number | null };

/** What the commercial measures read, each record as of the instant up to which who told of it is known. All instants are epoch ms, all amounts minor units. */
export type RevenueFacts = {
  /** Event time of the newest fact up to an instant; null before the first. */
  readonly newestAt: (at: number) => number | null;
  /** Null while nothing is known of invoices or payments. */
  readonly overdue: (clock: ReadingClock) => readonly Overdue[] | null;
  /** Payments that were refused and are open: since when, and as of when that is known. */
  readonly refused: (clock: ReadingClock) => readonly { readonly since: number; readonly at: number }[];
  readonly recurring: (clock: ReadingClock) => Recurring | null;
  /** Subscriptions that run, for money or not. */
  readonly running: (clock: ReadingClock) => number;
  /** When the first subscription began. */
  readonly firstSubscriptionAt: number | null;
  /** When the running subscriptions end, the earliest first. */
  readonly ends: (clock: ReadingClock) => readonly number[];
  /** Since when every subscription that runs, or ran last, is canceled; null while one goes on or none is known. */
  readonly leavingSince: (clock: ReadingClock) => number | null;
  readonly commitments: (clock: ReadingClock) => readonly Commitment[];
  /** Null while no opportunity is known. */
  readonly deals: (clock: ReadingClock) => readonly Deal[] | null;
};

const settledWords: ReadonlySet<unknown> = new Set(["paid", "void", "voided", "refunded", "credited", "draft"]);

export function revenueFacts(state: AccountState): RevenueFacts {
  const of = (kind: "subscription" | "invoice" | "payment" | "opportunity"): AccountRecord[] => [
    ...(state.records.get(kind)?.values() ?? []),
  ];
  const subscriptions = of("subscription");
  const invoices = of("invoice");
  const payments = of("payment");
  const opportunities = of("opportunity");
  const began = subscriptions.map(beginning);
  const own = toCurrency(state.attributes.get("currency")?.value);

  const refused = (clock: ReadingClock): readonly Refused[] => {
    const atOf = recordClock(clock);
    const seen = payments.flatMap((record) => {
      const at = atOf(record);
      const fields = fieldsAt(record, at);
      return fields === null ? [] : [{ fields, since: since(record, "status", at) ?? at, at, scope: scopeOf(record) }];
    });
    const paidSince = new Map<string, number>();
    for (const { fields, since: from } of seen) {
      if (fields["status"] !== "succeeded") continue;
      const debt = debtOf(fields);
      paidSince.set(debt, Math.max(paidSince.get(debt) ?? -Infinity, from));
    }
    return seen.filter((payment) => {
      if (payment.fields["status"] !== "failed") return false;
      const isMade = (paidSince.get(debtOf(payment.fields)) ?? -Infinity) >= payment.since;
      return !isMade && !isSettled(invoiceOf(payment.scope, payment.fields), atOf);
    });
  };
  const invoiceOf = (scope: string, { invoiceId }: RecordFields): AccountRecord | undefined =>
    typeof invoiceId === "string" ? state.records.get("invoice")?.get(`${scope}/${invoiceId}`) : undefined;

  const subscribed = (clock: ReadingClock) => {
    const atOf = recordClock(clock);
    return subscriptions.flatMap((record) => {
      const at = atOf(record);
      const subscription = subscriptionAt(record, at);
      return subscription === null ? [] : [{ ...subscription, record, at }];
    });
  };

  return {
    newestAt: newestOf([...subscriptions, ...invoices, ...payments, ...opportunities]),
    overdue: (clock) => {
      const atOf = recordClock(clock);
      const known = [...invoices, ...payments].filter((record) => fieldsAt(record, atOf(record)) !== null);
      if (known.length === 0) return null;
      const byInvoice = paidByInvoice(payments, atOf);
      return [
        ...invoices.flatMap((record) => overdueInvoice(record, { paid: byInvoice.get(record.key) ?? 0, own }, atOf(record))),
        ...refused(clock).flatMap(({ since: from, at, fields }) =>
          typeof fields["invoiceId"] === "string" && invoices.some(({ recordId }) => recordId === fields["invoiceId"])
            ? []
            : [{ days: dayOf(at) - dayOf(from), amount: amountOf(fields), currency: toCurrency(fields["currency"]) ?? own }],
        ),
      ].filter(({ days }) => days > 0);
    },
    refused,
    recurring: (clock) => recurringAt(state, recordClock(clock)),
    running: (clock) => subscribed(clock).filter(({ isRunning }) => isRunning).length,
    firstSubscriptionAt: began.length === 0 ? null : Math.min(...began),
    ends: (clock) =>
      subscribed(clock)
        .flatMap(({ isRunning, endsAt }) => (isRunning && endsAt !== null ? [endsAt] : []))
        .sort((a, b) => a - b),
    leavingSince: (clock) => {
      const known = subscribed(clock);
      if (known.length === 0 || known.some(({ isRunning, isCanceled }) => isRunning && !isCanceled)) return null;
      const told = known.flatMap(({ isCanceled, record, at }) => (isCanceled ? (canceledSince(record, at) ?? []) : []));
      return told.length === 0 ? null : Math.max(...told);
    },
    commitments: (clock) =>
      subscribed(clock).flatMap(({ isRunning, record, at }) => {
        const fields = fieldsAt(record, at);
        if (fields === null || !isRunning) return [];
        const { committed, consumed, startedAt, endsAt } = fields;
        if (typeof committed !== "number" || committed <= 0 || typeof consumed !== "number") return [];
        const hasTerm = typeof startedAt === "number" && typeof endsAt === "number" && endsAt > startedAt;
        return [{ committed, consumed, termElapsed: hasTerm ? (at - startedAt) / (endsAt - startedAt) : null }];
      }),
    deals: (clock) => {
      const atOf = recordClock(clock);
      const known = opportunities.flatMap((record) => {
        const fields = fieldsAt(record, atOf(record));
        return fields === null ? [] : [toDeal(fields)];
      });
      return known.length === 0 ? null : known;
    },
  };
}

type Refused = { readonly since: number; readonly at: number; readonly fields: RecordFields };
type AtOf = (record: AccountRecord) => number;

const scopeOf = ({ key, recordId }: AccountRecord): string => key.slice(0, key.length - recordId.length - 1);
const beginning = ({ beganAt, observations }: AccountRecord): number => Math.min(beganAt ?? Infinity, observations[0]?.at ?? Infinity);
const amountOf = ({ amount }: RecordFields): number => (typeof amount === "number" && amount > 0 ? amount : 1);
const isSettled = (record: AccountRecord | undefined, atOf: AtOf): boolean =>
  record !== undefined && settledWords.has(fieldsAt(record, atOf(record))?.["status"]);

/** Two payments are about the same when they name the same invoice, or, where none is named, the same amount. */
const debtOf = ({ invoiceId, amount, currency }: RecordFields): string =>
  JSON.stringify(invoiceId === undefined ? [amount, currency] : invoiceId);

function paidByInvoice(payments: readonly AccountRecord[], atOf: AtOf): ReadonlyMap<string, number> {
  const paid = new Map<string, number>();
  for (const record of payments) {
    const fields = fieldsAt(record, atOf(record));
    const { invoiceId, amount, status } = fields ?? {};
    if (status !== "succeeded" || typeof invoiceId !== "string" || typeof amount !== "number") continue;
    const key = `${scopeOf(record)}/${invoiceId}`;
    paid.set(key, (paid.get(key) ?? 0) + amount);
  }
  return paid;
}

function overdueInvoice(
  record: AccountRecord,
  { paid, own }: { readonly paid: number; readonly own: string | null },
  at: number,
): Overdue[] {
  const fields = fieldsAt(record, at);
  if (fields === null || settledWords.has(fields["status"])) return [];
  const rest = typeof fields["amount"] === "number" ? fields["amount"] - paid : 1;
  const due = typeof fields["due"] === "number" ? fields["due"] : fields["status"] === "overdue" ? since(record, "status", at) : null;
  return due === null || rest <= 0 ? [] : [{ days: dayOf(at) - dayOf(due), amount: rest, currency: toCurrency(fields["currency"]) ?? own }];
}

function canceledSince(record: AccountRecord, at: number): number | null {
  const first = record.observations.find(
    ({ at: seenAt, fields }) =>
      seenAt <= at && (fields["status"] === "canceled" || fields["status"] === "cancelled" || fields["cancelAtPeriodEnd"] === true),
  );
  return first?.at ?? null;
}

const toDeal = ({ stage, status, closeDate, renewal, kind }: RecordFields): Deal => ({
  stage: typeof stage === "string" ? stage.trim().toLowerCase() : null,
  status: typeof status === "string" ? status : null,
  closeDate: typeof closeDate === "number" ? closeDate : null,
  isRenewal:
    renewal === true ||
    (typeof renewal === "string" && renewal.toLowerCase() === "true") ||
    (typeof kind === "string" && kind.includes("renewal")),
});
