import { DAY_MS, HOUR_MS, dayOf, startOfDay } from "../time.ts";
import type { DayPage } from "./state.ts";

/**
 * Distinct users with usage in the window that ends at each of the given instants. Hour masks make it exact to the hour.
 *
 * One pass: the window slides over the users' hours, so the cost is the hours in range and not points × window.
 *
 * @param ends ascending; an end inside an hour takes the whole hour in
 */
export function activeUsersAt(days: ReadonlyMap<number, DayPage>, windowMs: number, ends: readonly number[]): number[] {
  const first = ends[0];
  const last = ends.at(-1);
  if (first === undefined || last === undefined) return [];
  const hours = usersByHour(days, first - windowMs, last);
  const inWindow = new Map<number, number>();
  let entered = 0;
  let left = 0;
  return ends.map((end) => {
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
    return inWindow.size;
  });
}

type HourUsers = { readonly at: number; readonly users: number[] };

/** Users of each hour with usage in [from, to), ascending. */
function usersByHour(days: ReadonlyMap<number, DayPage>, from: number, to: number): HourUsers[] {
  const hours: HourUsers[] = [];
  for (let day = dayOf(from); day <= dayOf(to); day++) {
    const page = days.get(day);
    if (page === undefined) continue;
    const ofDay = Array.from({ length: 24 }, (_, hour): HourUsers => ({ at: startOfDay(day) + hour * HOUR_MS, users: [] }));
    for (const [key, user] of page.users) {
      for (let mask = user.hours; mask !== 0; mask &= mask - 1) ofDay[31 - Math.clz32(mask & -mask)]?.users.push(key);
    }
    for (const hour of ofDay) if (hour.users.length > 0 && hour.at + HOUR_MS > from && hour.at < to) hours.push(hour);
  }
  return hours;
}

export const activeUsers = (days: ReadonlyMap<number, DayPage>, windowDays: number, end: number): number =>
  activeUsersAt(days, windowDays * DAY_MS, [end])[0] ?? 0;
