import { DAY_MS, isoTime } from "../time.ts";

/** Periods of jobs: whole days or months of UTC, named as in reports: `2026-11-23`, `2026-10`. */
export type PeriodUnit = "day" | "month";

const shapes: Readonly<Record<PeriodUnit, RegExp>> = { day: /^\d{4}-\d{2}-\d{2}$/, month: /^\d{4}-\d{2}$/ };

/** The first instant of a period, epoch ms. The name must be one that `isPeriod` accepts. */
export const startOfPeriod = (unit: PeriodUnit, period: string): number =>
  Date.parse(unit === "day" ? `${period}T00:00:00Z` : `${period}-01T00:00:00Z`);

/** The first instant after it. */
export function endOfPeriod(unit: PeriodUnit, period: string): number {
  const start = startOfPeriod(unit, period);
  if (unit === "day") return start + DAY_MS;
  const date = new Date(start);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** The period in which an instant lies. */
export const periodOf = (unit: PeriodUnit, at: number): string => isoTime(at).slice(0, unit === "day" ? 10 : 7);

/** The newest period that has ended by then. */
export const periodEndedBy = (unit: PeriodUnit, at: number): string => periodOf(unit, startOfPeriod(unit, periodOf(unit, at)) - 1);

export const nextPeriod = (unit: PeriodUnit, period: string): string => periodOf(unit, endOfPeriod(unit, period));

/** A day or month that the calendar has: no 30th of February. */
export const isPeriod = (unit: PeriodUnit, text: string): boolean =>
  shapes[unit].test(text) && !Number.isNaN(startOfPeriod(unit, text)) && periodOf(unit, startOfPeriod(unit, text)) === text;
