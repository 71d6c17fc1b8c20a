import { dayBucketsKeptMs, engagementKeptMs, eventTypesPerAccountMax, fiveMinuteBucketsKeptMs, hourBucketsKeptMs } from "../limits.ts";
import { DAY_MS, dayOf, HOUR_MS, MINUTE_MS } from "../time.ts";
import { DayRecord } from "./day-record.ts";
import type { FoldedAccount } from "./folded.ts";

/**
 * Buckets: days for 800 days, hours for 35, five minutes for 2, all counted in whole UTC days before today (today comes on top).
 *
 * `events` and `product_events` have day buckets only: their finer figures are sums over the types. Whether a bucket takes an event
 * depends on the event's time and on `now` alone, so that expiring and folding may come in any order.
 */
export const dayKept = (today: number): number => today - dayBucketsKeptMs / DAY_MS;
export const hoursKept = (today: number): number => today - hourBucketsKeptMs / DAY_MS;
export const fivesKept = (today: number): number => today - fiveMinuteBucketsKeptMs / DAY_MS;
export const engagementKept = (today: number): number => today - engagementKeptMs / DAY_MS;

const SLOT_MS = 5 * MINUTE_MS;

/** Types beyond the bound of an account count together under this name. */
export const otherTypes = "events.(other)";

const typeKeys = new Map<string, string>();
const TYPE_KEYS_MAX = 10_000;

function typeKey(type: string): string {
  let key = typeKeys.get(type);
  if (key === undefined) {
    key = `events.${type}`;
    if (typeKeys.size < TYPE_KEYS_MAX) typeKeys.set(type, key);
  }
  return key;
}

/** Metric key under which an account counts a type: the type's own, or the common one once the account has too many. */
export function typeMetric(state: FoldedAccount, type: string): string {
  const key = typeKey(type);
  return state.totals.has(key) || state.totals.size < eventTypesPerAccountMax ? key : otherTypes;
}

export function dayRecord(state: FoldedAccount, day: number): DayRecord {
  let record = state.days.get(day);
  if (record === undefined) {
    record = DayRecord.empty(day, state.metricNames);
    state.days.set(day, record);
  }
  record.changed = true;
  return record;
}

export const addTotal = (sums: Map<string, number>, metric: string, n: number): void => void sums.set(metric, (sums.get(metric) ?? 0) + n);

/** Adds to a metric's day, hour and five-minute buckets as far as they are still kept, and to its total. `record` is the day's. */
export function addFine(record: DayRecord, metric: string, at: number, n: number, today: number): void {
  addTotal(record.counts, metric, n);
  if (record.day < hoursKept(today)) return;
  const inDay = at - record.day * DAY_MS;
  let hours = record.hours.get(metric);
  if (hours === undefined) record.hours.set(metric, (hours = new Int32Array(24)));
  const hour = Math.floor(inDay / HOUR_MS);
  hours[hour] = (hours[hour] as number) + n;
  if (record.day < fivesKept(today)) return;
  let fives = record.fives.get(metric);
  if (fives === undefined) record.fives.set(metric, (fives = new Map()));
  const slot = Math.floor(inDay / SLOT_MS);
  fives.set(slot, (fives.get(slot) ?? 0) + n);
}

/** For what is not an event of its own: a ticket's creation, a transition, a correction (negative). */
export function addEffect(state: FoldedAccount, metric: string, at: number, n: number): void {
  addTotal(state.totals, metric, n);
  const day = dayOf(at);
  if (day < dayKept(state.today)) return;
  addFine(dayRecord(state, day), metric, at, n, state.today);
  state.figures?.push({ metric, day, change: n });
}

/** Drops what is no longer kept at `now`. Running it twice changes nothing; time going backwards changes nothing. */
export function expire(state: FoldedAccount, now: number): void {
  const today = dayOf(now);
  if (today <= state.today) return;
  state.today = today;
  for (const day of state.engagement.keys()) if (day < engagementKept(today)) state.engagement.delete(day);
  for (const [day, record] of state.days) {
    if (day < dayKept(today)) state.days.delete(day);
    else if (day < fivesKept(today)) {
      record.dropFives();
      if (day < hoursKept(today)) record.dropHours();
    }
  }
}
