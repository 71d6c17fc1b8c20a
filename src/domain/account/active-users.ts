import { HyperLogLog } from "../hyper-log-log.ts";
import { distinctErrorRatio, distinctOf } from "../sketch.ts";
import { HOUR_MS, dayOf, startOfDay } from "../time.ts";
import { eachUser } from "./day-record.ts";
import { bitsOf, isWholeDay } from "./fields/field-part.ts";
import type { DayPage, UserKey } from "./state.ts";

type Estimate = { readonly value: number; readonly errorRatio: number };

/** `errorRatio`: the greatest standard error among the values, as a share of them; 0 = all are exact. */
export type ActiveUsers = { readonly values: readonly number[]; readonly errorRatio: number };

/**
 * Distinct users with usage in the window that ends at each of the given instants. Hour masks make it exact to the hour. A window with a day
 * of which not all users are kept is estimated from those that are, or from sketches of the hours, whichever has the smaller error.
 *
 * One pass: the window slides over the users' hours, so the cost is the hours in range and not points × window.
 *
 * @param ends ascending; an end inside an hour takes the whole hour in
 */
export function activeUsersAt(days: ReadonlyMap<number, DayPage>, windowMs: number, ends: readonly number[]): ActiveUsers {
  const first = ends[0];
  const last = ends.at(-1);
  if (first === undefined || last === undefined) return { values: [], errorRatio: 0 };
  const hours = usersByHour(days, first - windowMs, last);
  const inWindow = new Map<UserKey, number>();
  let entered = 0;
  let left = 0;
  let errorRatio = 0;
  const sketched = sketchedAt(days, windowMs);
  const values = ends.map((end) => {
    for (; entered < hours.length && (hours[entered] as HourUsers).at < end; entered++) {
      for (const user of (hours[entered] as HourUsers).users) inWindow.set(user, (inWindow.get(user) ?? 0) + 1);
    }
    for (; left < entered && (hours[left] as HourUsers).at + HOUR_MS <= end - windowMs; left++) {
      for (const user of (hours[left] as HourUsers).users) {
        const count = (inWindow.get(user) ?? 0) - 1;
        if (count > 0) inWindow.set(user, count);
        else inWindow.delete(user);
      }
    }
    const below = usersBelow(days, end - windowMs, end);
    const sampled = below === Number.POSITIVE_INFINITY ? inWindow.size : countBelow(inWindow.keys(), below);
    const sample = { value: distinctOf(sampled, below), errorRatio: distinctErrorRatio(sampled, below) };
    const best = sample.errorRatio <= HyperLogLog.errorRatio ? sample : (sketched(end) ?? sample);
    errorRatio = Math.max(errorRatio, best.errorRatio);
    return best.value;
  });
  return { values, errorRatio };
}

/** The same from sketches of the full days; null where one of them has none for these hours. Ends in one hour have one answer. */
function sketchedAt(days: ReadonlyMap<number, DayPage>, windowMs: number): (end: number) => Estimate | null {
  const known = new Map<number, Estimate | null>();
  return (end) => {
    const [firstHour, lastHour] = [Math.floor((end - windowMs) / HOUR_MS), Math.ceil(end / HOUR_MS) - 1];
    // Each of them grows with the end or stays.
    const key = firstHour + lastHour;
    const found = known.get(key);
    if (found !== undefined) return found;
    const estimate = sketchedIn(days, firstHour, lastHour);
    known.set(key, estimate);
    return estimate;
  };
}

/** @param firstHour both in hours since 1970, the last one included */
function sketchedIn(days: ReadonlyMap<number, DayPage>, firstHour: number, lastHour: number): Estimate | null {
  const sketch = new HyperLogLog();
  for (let day = Math.floor(firstHour / 24); day * 24 <= lastHour; day++) {
    const page = days.get(day);
    if (page === undefined) continue;
    const hours = { first: Math.max(0, firstHour - day * 24), last: Math.min(23, lastHour - day * 24) };
    const { people } = page;
    if (page.usersBelow === Number.POSITIVE_INFINITY)
      eachUser(page, (user, did) => void ((did.hours & bitsOf(hours)) !== 0 && sketch.add(user)));
    else if (people && (isWholeDay(hours) || people.hasHours)) people.mergeInto(sketch, hours);
    else return null;
  }
  return { value: sketch.count, errorRatio: HyperLogLog.errorRatio };
}

/** Users with hashes below this are known on every day that the range touches. */
function usersBelow(days: ReadonlyMap<number, DayPage>, from: number, to: number): number {
  let below = Number.POSITIVE_INFINITY;
  for (let day = dayOf(from); day <= dayOf(to - 1); day++) below = Math.min(below, days.get(day)?.usersBelow ?? below);
  return below;
}

function countBelow(users: Iterable<UserKey>, below: number): number {
  let count = 0;
  for (const user of users) if (user < below) count++;
  return count;
}

type HourUsers = { readonly at: number; readonly users: UserKey[] };

/** Users of each hour with usage in [from, to), ascending. */
function usersByHour(days: ReadonlyMap<number, DayPage>, from: number, to: number): HourUsers[] {
  const hours: HourUsers[] = [];
  for (let day = dayOf(from); day <= dayOf(to); day++) {
    const page = days.get(day);
    if (page === undefined) continue;
    const ofDay: (HourUsers | undefined)[] = Array.from({ length: 24 });
    eachUser(page, (user, did) => {
      for (let mask = did.hours; mask !== 0; mask &= mask - 1) {
        const hour = 31 - Math.clz32(mask & -mask);
        (ofDay[hour] ??= { at: startOfDay(day) + hour * HOUR_MS, users: [] }).users.push(user);
      }
    });
    for (const hour of ofDay) if (hour !== undefined && hour.at + HOUR_MS > from && hour.at < to) hours.push(hour);
  }
  return hours;
}

/** Distinct users of the `windowDays` whole UTC days that end with `lastDay`. */
export function activeUsers(days: ReadonlyMap<number, DayPage>, windowDays: number, lastDay: number): Estimate {
  const pages: DayPage[] = [];
  for (let day = lastDay - windowDays + 1; day <= lastDay; day++) {
    const page = days.get(day);
    if (page !== undefined) pages.push(page);
  }
  const below = Math.min(...pages.map((page) => page.usersBelow));
  const users = new Set<UserKey>();
  for (const page of pages)
    eachUser(page, (user) => {
      if (user < below) users.add(user);
    });
  return { value: distinctOf(users.size, below), errorRatio: distinctErrorRatio(users.size, below) };
}
