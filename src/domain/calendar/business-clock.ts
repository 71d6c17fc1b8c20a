import { type Calendar, minuteOf, weekdays } from "../config/calendar.ts";
import { instantMaxMs } from "../limits.ts";
import { invariant } from "../result.ts";
import { DAY_MS, MINUTE_MS, dayOf, startOfDay } from "../time.ts";
import { TimeZone, type Offset } from "./time-zone.ts";

/**
 * An instant is business time when its local date is no holiday and its local time of day lies in a block. Days of 23 and 25 hours
 * follow from that: an hour that does not exist is not counted, one that comes twice is counted twice if its time of day is open.
 */

const WEEK_MS = 7 * DAY_MS;
/** A Monday. */
const MONDAY = 4;

/** A stretch of the week, ms since Monday 00:00 local; `before` is what was open in the week until it. */
type Stretch = { readonly from: number; readonly to: number; readonly before: number };

type Compiled = {
  readonly zone: TimeZone;
  readonly week: readonly Stretch[];
  readonly weekMs: number;
  readonly openOfDay: readonly number[];
  /** Local days that would be open were they no holidays, ascending; `before` is what the earlier ones take. */
  readonly holidays: readonly { readonly day: number; readonly before: number }[];
  /** Every ms of every day: no need to ask the zone. */
  readonly isAlways: boolean;
};

const compiled = new WeakMap<Calendar, Compiled>();

/**
 * Business time in [from, to), ms; negative when `to` comes first. Additive: for any instant between, the two parts make the whole.
 *
 * @param calendar one that `checkCalendar` has accepted; remembered by identity, so it must not be changed
 */
export function businessMsBetween(from: number, to: number, calendar: Calendar): number {
  if (to < from) return -businessMsBetween(to, from, calendar);
  const clock = compile(calendar);
  if (clock.isAlways) return to - from;
  const stretches = clock.zone.between(from, to);
  let sum = 0;
  for (let i = 0; i < stretches.length; i++) {
    const { from: since, offsetMs } = stretches[i] as Offset;
    const start = i === 0 ? from : since;
    const end = i === stretches.length - 1 ? to : (stretches[i + 1] as Offset).from;
    sum += openUntil(clock, end + offsetMs) - openUntil(clock, start + offsetMs);
  }
  return sum;
}

/**
 * The first instant by which `ms` of business time have passed since `from`; `from` itself for 0. Null when that lies beyond the last
 * instant that can be written as a date.
 */
export function addBusinessMs(from: number, ms: number, calendar: Calendar): number | null {
  invariant(ms >= 0, "business time is added, not taken away");
  if (ms === 0) return from;
  let early = from;
  let late = Math.min(from + ms, instantMaxMs);
  while (businessMsBetween(from, late, calendar) < ms) {
    if (late === instantMaxMs) return null;
    early = late;
    late = Math.min(from + 2 * (late - from), instantMaxMs);
  }
  if (late - from === ms) return late;
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (businessMsBetween(from, middle, calendar) >= ms) late = middle;
    else early = middle;
  }
  return late;
}

function compile(calendar: Calendar): Compiled {
  const known = compiled.get(calendar);
  if (known !== undefined) return known;
  const zone = TimeZone.named(calendar.timeZone);
  invariant(zone !== null, "a calendar was checked before it is used");
  const week: Stretch[] = [];
  const openOfDay: number[] = [];
  let weekMs = 0;
  for (const [index, weekday] of weekdays.entries()) {
    let open = 0;
    const blocks = calendar.week[weekday].map(({ from, to }) => ({ from: minuteOf(from) * MINUTE_MS, to: minuteOf(to) * MINUTE_MS }));
    for (const { from, to } of blocks.sort((a, b) => a.from - b.from)) {
      week.push({ from: index * DAY_MS + from, to: index * DAY_MS + to, before: weekMs + open });
      open += to - from;
    }
    openOfDay.push(open);
    weekMs += open;
  }
  const days = [...new Set(calendar.holidays.map(({ date }) => dayOf(Date.parse(`${date}T00:00:00Z`))))].sort((a, b) => a - b);
  const holidays: { day: number; before: number }[] = [];
  let taken = 0;
  for (const day of days) {
    const open = openOfDay[weekdayOf(day)] as number;
    if (open === 0) continue;
    holidays.push({ day, before: taken });
    taken += open;
  }
  const clock = { zone, week, weekMs, openOfDay, holidays, isAlways: weekMs === WEEK_MS && holidays.length === 0 };
  compiled.set(calendar, clock);
  return clock;
}

const weekdayOf = (localDay: number): number => (((localDay - MONDAY) % 7) + 7) % 7;

/** Business time from the beginning of local time to a local instant (ms): the week's, less that of the holidays. */
function openUntil(clock: Compiled, local: number): number {
  return weekUntil(clock, local) - holidaysUntil(clock, local);
}

function weekUntil({ week, weekMs }: Compiled, local: number): number {
  const sinceMonday = local - startOfDay(MONDAY);
  const weeks = Math.floor(sinceMonday / WEEK_MS);
  const inWeek = sinceMonday - weeks * WEEK_MS;
  const at = countBefore(week.length, (i) => (week[i] as Stretch).from <= inWeek) - 1;
  if (at < 0) return weeks * weekMs;
  const { from, to, before } = week[at] as Stretch;
  return weeks * weekMs + before + Math.min(inWeek, to) - from;
}

function holidaysUntil(clock: Compiled, local: number): number {
  const { holidays, openOfDay } = clock;
  const day = dayOf(local);
  const at = countBefore(holidays.length, (i) => (holidays[i] as { day: number }).day <= day) - 1;
  if (at < 0) return 0;
  const { day: last, before } = holidays[at] as { day: number; before: number };
  const ofLast = last < day ? (openOfDay[weekdayOf(last)] as number) : weekUntil(clock, local) - weekUntil(clock, startOfDay(day));
  return before + ofLast;
}

/** How many of the first `count` numbers satisfy a condition that holds for the smaller ones only. */
function countBefore(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
