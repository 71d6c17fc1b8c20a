import { isoTime, startOfDay } from "../time.ts";

/** UTC days, weeks that begin on Monday, and calendar months, counted through. */
export const calendarUnits = ["day", "week", "month"] as const;
export type CalendarUnit = (typeof calendarUnits)[number];

/** The period that a UTC day number lies in. Day 4 of the epoch was a Monday. */
export function calendarPeriodOf(unit: CalendarUnit, day: number): number {
  if (unit === "day") return day;
  if (unit === "week") return Math.floor((day - 4) / 7);
  const date = new Date(startOfDay(day));
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** First UTC day of a period. */
export function firstDayOf(unit: CalendarUnit, period: number): number {
  if (unit === "day") return period;
  if (unit === "week") return period * 7 + 4;
  return Date.UTC(Math.floor(period / 12), period % 12) / startOfDay(1);
}

/** How a period is told: its first day. */
export const periodText = (unit: CalendarUnit, period: number): string => isoTime(startOfDay(firstDayOf(unit, period))).slice(0, 10);

/** From the beginning of one period to the end of another, epoch ms. */
export const periodRange = (unit: CalendarUnit, first: number, last: number): { from: number; to: number } => ({
  from: startOfDay(firstDayOf(unit, first)),
  to: startOfDay(firstDayOf(unit, last + 1)),
});
