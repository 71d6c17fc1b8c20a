import { isUsage } from "../event-types.ts";
import { metricPointsMax } from "../limits.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, dayOf, startOfDay } from "../time.ts";
import { fail, ok, type Result } from "../result.ts";
import { activeUsersAt } from "./active-users.ts";
import { amountIn } from "./attribute-value.ts";
import { dayKept, fivesKept, hoursKept } from "./buckets.ts";
import type { DayRecord } from "./day-record.ts";
import type { FoldedAccount } from "./folded.ts";
import { convert, type Money } from "../money/convert.ts";
import { toCurrency } from "../money/currency.ts";
import { recurringAt } from "./revenue.ts";
import type { MetricPoint, MetricQuery, MetricSeries } from "./messages.ts";
import { sessionGapMs, sessionsIn } from "./sessions.ts";
import type { AttributeValue } from "./state.ts";
import { ticketMetrics } from "./tickets.ts";

type Invalid = { readonly field: string; readonly detail: string };
type Range = { readonly from: number; readonly to: number };

const STEP_MS = { "5m": 5 * MINUTE_MS, "1h": HOUR_MS, "1d": DAY_MS } as const;
const DEFAULT_DAYS = 30;
const ACTIVE_USERS: Readonly<Record<string, number>> = { active_users_1d: 1, active_users_7d: 7, active_users_28d: 28 };
/** Sessions, and the share of them that is shorter; null = their number. */
const SESSIONS: Readonly<Record<string, number | null>> = { sessions: null, session_length_p50: 0.5, session_length_p90: 0.9 };
const MONEY: ReadonlySet<string> = new Set(["mrr", "arr"]);

const basicMetrics = [
  { metric: "events", unit: "events", title: "Events" },
  { metric: "product_events", unit: "events", title: "Product events" },
  { metric: "active_users_1d", unit: "users", title: "Active users, 1 day" },
  { metric: "active_users_7d", unit: "users", title: "Active users, 7 days" },
  { metric: "active_users_28d", unit: "users", title: "Active users, 28 days" },
  { metric: "sessions", unit: "sessions", title: "Sessions" },
  { metric: "session_length_p50", unit: "seconds", title: "Session length, median" },
  { metric: "session_length_p90", unit: "seconds", title: "Session length, 90th percentile" },
  { metric: ticketMetrics.created, unit: "tickets", title: "Tickets created" },
  { metric: ticketMetrics.solved, unit: "tickets", title: "Tickets solved" },
  { metric: ticketMetrics.backlog, unit: "tickets", title: "Open tickets" },
  { metric: "mrr", unit: "minor units", title: "Monthly recurring revenue" },
  { metric: "arr", unit: "minor units", title: "Annual recurring revenue" },
] as const;

/** What this account can be asked for: the metrics every account has, and one for each event type it has seen. */
export function metricNames(state: FoldedAccount): { metric: string; unit: string; title: string }[] {
  const types = [...state.totals.keys()].filter((metric) => metric.startsWith("events.")).sort();
  return [...basicMetrics, ...types.map((metric) => ({ metric, unit: "events", title: metric.slice("events.".length) }))];
}

/**
 * A series of UTC buckets over the half-open range [from, to), one point a bucket, zeros included. A first or last bucket that the range cuts
 * is cut too, to the finest buckets that are still kept for its day (5 minutes, an hour, a day), each taken whole. Null where the buckets
 * asked for are finer than what is kept.
 *
 * Default range: from the beginning of the UTC day 29 days ago to the end of the bucket that holds `now`; with `to` alone, the 30 times 24
 * hours before it. `all` is one point over the range; without from and to it is everything ever counted.
 *
 * Amounts are in whole minor units of the reporting currency at the bucket's end, by the rates of that day; null, with the reason, where there
 * is none.
 */
export function metricSeries(state: FoldedAccount, query: MetricQuery, now: number, money: Money): Result<MetricSeries, Invalid> {
  const unit = unitOf(query.metric);
  if (unit === null) return fail({ field: "metric", detail: "is no metric" });
  const everything = query.step === "all" && query.from === null && query.to === null;
  const range = everything ? { from: state.firstEventAt ?? now, to: now } : rangeOf(query, now);
  if (!everything && range.from >= range.to) return fail({ field: "from", detail: "must be before to" });
  const buckets = query.step === "all" ? [range] : bucketsOf(range, STEP_MS[query.step]);
  if (buckets === null) return fail({ field: "step", detail: `at most ${metricPointsMax} points: take a greater step or a shorter range` });
  const widthMs = query.step === "all" ? range.to - range.from : STEP_MS[query.step];
  if (MONEY.has(query.metric)) {
    const points = buckets.map(({ from, to }): MetricPoint => ({ from, to, ...moneyAt(state, query.metric, to, { now, money }) }));
    return ok({ metric: query.metric, unit, currency: money.currency, points, asOf: now });
  }
  const { values, errorRatio } =
    everything && isSum(query.metric)
      ? exact([state.totals.get(query.metric) ?? 0])
      : valuesOf(state, query.metric, buckets, { now, widthMs });
  const points = buckets.map(({ from, to }, i): MetricPoint => ({ from, to, value: values[i] ?? null }));
  return ok({ metric: query.metric, unit, points, ...(errorRatio > 0 ? { approximate: true, errorRatio } : {}), asOf: now });
}

function unitOf(metric: string): string | null {
  const basic = basicMetrics.find((one) => one.metric === metric);
  if (basic !== undefined) return basic.unit;
  return metric.startsWith("events.") && metric.length > "events.".length ? "events" : null;
}

const isSum = (metric: string): boolean =>
  metric !== ticketMetrics.backlog && ACTIVE_USERS[metric] === undefined && SESSIONS[metric] === undefined;

function rangeOf({ from, to, step }: MetricQuery, now: number): Range {
  const unit = step === "all" ? 1 : STEP_MS[step];
  const end = to ?? Math.floor(now / unit) * unit + unit;
  if (from !== null) return { from, to: end };
  return { from: to === null ? startOfDay(dayOf(now) - (DEFAULT_DAYS - 1)) : to - DEFAULT_DAYS * DAY_MS, to: end };
}

function bucketsOf({ from, to }: Range, stepMs: number): Range[] | null {
  const first = Math.floor(from / stepMs) * stepMs;
  if ((to - first) / stepMs > metricPointsMax) return null;
  const buckets: Range[] = [];
  for (let at = first; at < to; at += stepMs) buckets.push({ from: Math.max(at, from), to: Math.min(at + stepMs, to) });
  return buckets;
}

/** `errorRatio`: the greatest among the values; 0 = all are exact. */
type Values = { readonly values: readonly (number | null)[]; readonly errorRatio: number };
const exact = (values: readonly (number | null)[]): Values => ({ values, errorRatio: 0 });

/** `widthMs`: of the buckets asked for, before the range cut the first or the last. */
type Precision = { readonly now: number; readonly widthMs: number };

function valuesOf(state: FoldedAccount, metric: string, buckets: readonly Range[], precision: Precision): Values {
  const days = ACTIVE_USERS[metric];
  if (days !== undefined)
    return activeUsersAt(
      state.days,
      days * DAY_MS,
      buckets.map(({ to }) => to),
    );
  const share = SESSIONS[metric];
  if (share !== undefined) return sessionFigures(state, share, buckets, precision);
  const parts = partsOf(state, metric);
  if (metric === ticketMetrics.backlog) return exact(backlogAt(state, parts, buckets, precision));
  return exact(buckets.map((bucket) => sumBetween(state, parts, bucket, precision)));
}

type Telling = { readonly now: number; readonly money: Money };

/**
 * Revenue is what the subscriptions earn at a bucket's end, unless a person wrote it as an attribute; without subscriptions it is the attribute
 * that a source reported, in the currency that the account had then. What was true before an attribute's time is not known, and with neither
 * it is zero.
 */
function moneyAt(state: FoldedAccount, metric: string, end: number, { now, money }: Telling): Pick<MetricPoint, "value" | "noRate"> {
  const instant = Math.min(end - 1, now);
  const attribute = standingBefore(state, metric, end);
  const told = amountIn(attribute?.value);
  const isSubscribed = !(told !== null && attribute?.source.startsWith("person:") === true) && state.records.has("subscription");
  if (!isSubscribed && told === null) return { value: 0 };
  if (!isSubscribed && attribute !== undefined && attribute.asOf >= end) return { value: null };
  const currency = toCurrency(standingBefore(state, "currency", end)?.value);
  const amounts = isSubscribed ? (recurringAt(state, instant) ?? []) : [{ currency, amount: told ?? 0 }];
  const converted = convert(amounts, money, dayOf(instant), isSubscribed && metric === "mrr" ? 12 : 1);
  return converted.ok ? { value: converted.value } : { value: null, noRate: converted.error };
}

/** An attribute as it stood at the end of a bucket, else as it first was. */
function standingBefore({ attributeHistory, attributes }: FoldedAccount, name: string, end: number): AttributeValue | undefined {
  return (attributeHistory.get(name) ?? []).findLast(({ since }) => since < end)?.value ?? attributes.get(name);
}

/** A bucket of which no day is kept any more is not known. */
function sessionFigures(state: FoldedAccount, share: number | null, buckets: readonly Range[], { now }: Precision): Values {
  const known = sessionsIn(state.days, buckets, sessionGapMs(state), now);
  const oldest = dayKept(dayOf(now));
  const values = known.map(({ count, lengths }, i) => {
    if (dayOf((buckets[i] as Range).to - 1) < oldest) return null;
    const length = share === null ? null : lengths.at(share);
    return share === null ? count : length === null ? null : length / SECOND_MS;
  });
  return { values, errorRatio: Math.max(0, ...known.map(({ errorRatio, lengths }) => (share === null ? errorRatio : lengths.errorRatio))) };
}

/** Metric keys whose fine buckets add up to a metric: `events` is all types, `product_events` the usage types. */
type Parts = { readonly metric: string; readonly fine: readonly string[] };

function partsOf(state: FoldedAccount, metric: string): Parts {
  if (metric !== "events" && metric !== "product_events") return { metric, fine: [metric] };
  const types = [...state.totals.keys()].filter((key) => key.startsWith("events."));
  return { metric, fine: metric === "events" ? types : types.filter((key) => isUsage(key.slice("events.".length))) };
}

/** Width of the finest buckets kept for a day; Infinity when none are. */
function finestMs(day: number, today: number): number {
  if (day >= fivesKept(today)) return STEP_MS["5m"];
  if (day >= hoursKept(today)) return HOUR_MS;
  return day >= dayKept(today) ? DAY_MS : Number.POSITIVE_INFINITY;
}

/** Sum over [from, to) from the coarsest buckets that fit; null when they are wider than what was asked for. */
function sumBetween(state: FoldedAccount, parts: Parts, { from, to }: Range, { now, widthMs }: Precision): number | null {
  const today = dayOf(now);
  const lastDay = dayOf(to - 1);
  let sum = 0;
  for (let day = dayOf(from); day <= lastDay; day++) {
    const finest = finestMs(day, today);
    if (finest > widthMs) return null;
    const record = state.days.get(day);
    if (record === undefined) continue;
    const start = startOfDay(day);
    const within = { from: Math.max(from - start, 0), to: Math.min(to - start, DAY_MS) };
    if (finest === DAY_MS || (within.from === 0 && within.to === DAY_MS)) sum += record.counts.get(parts.metric) ?? 0;
    else sum += sumInDay(record, parts, within, finest);
  }
  return sum;
}

/** `within`: ms of the day. Five minutes are read only where hours do not fit. */
function sumInDay(record: DayRecord, { fine }: Parts, within: Range, finest: number): number {
  const hoursFit = finest === HOUR_MS || (within.from % HOUR_MS === 0 && within.to % HOUR_MS === 0);
  let sum = 0;
  for (const metric of fine) sum += hoursFit ? sumHours(record, metric, within) : sumFives(record, metric, within);
  return sum;
}

function sumFives(record: DayRecord, metric: string, { from, to }: Range): number {
  let sum = 0;
  for (const [slot, n] of record.fives.get(metric) ?? []) if ((slot + 1) * STEP_MS["5m"] > from && slot * STEP_MS["5m"] < to) sum += n;
  return sum;
}

function sumHours(record: DayRecord, metric: string, { from, to }: Range): number {
  const hours = record.hours.get(metric);
  if (hours === undefined) return 0;
  let sum = 0;
  for (let hour = Math.floor(from / HOUR_MS); hour * HOUR_MS < to; hour++) sum += hours[hour] ?? 0;
  return sum;
}

/** Open tickets at each bucket's end: those open now, less what changed since. */
function backlogAt(state: FoldedAccount, parts: Parts, buckets: readonly Range[], { now, widthMs }: Precision): (number | null)[] {
  const total = state.totals.get(parts.metric) ?? 0;
  const end = startOfDay(Math.max(dayOf(now), ...state.days.keys()) + 1);
  return buckets.map(({ to }) => {
    const finest = finestMs(dayOf(to), dayOf(now));
    if (finest > widthMs) return null;
    // A bucket that the instant lies in counts as before it, as everywhere here.
    const from = Math.ceil(to / finest) * finest;
    const since = to > now || from >= end ? 0 : sumBetween(state, parts, { from, to: end }, { now, widthMs: finest });
    return since === null ? null : total - since;
  });
}
