import { expressionDaysMax } from "./limits.ts";
import { DAY_MS, dayOf, HOUR_MS, hourOfDay, startOfDay } from "./time.ts";

/** How far a measure looks back: whole UTC days, today included, or a time that slides with the instant. */
export type WindowLength = { readonly days: number } | { readonly ms: number };

/** `28d` is 28 days, `36h` and `90m` slide. Null: it is none of these. */
export function windowLength(text: string): WindowLength | null {
  const [, digits, unit] = /^(\d{1,6})([dhm])$/.exec(text) ?? [];
  if (digits === undefined) return null;
  const n = Number(digits);
  return unit === "d" ? { days: n } : { ms: n * (unit === "h" ? HOUR_MS : HOUR_MS / 60) };
}

/** Null: it is in bounds. */
export function lengthFault(length: WindowLength, daysMax = expressionDaysMax): string | null {
  if ("days" in length) return length.days >= 1 && length.days <= daysMax ? null : `days must be 1 to ${daysMax}`;
  return length.ms >= HOUR_MS && length.ms <= daysMax * DAY_MS ? null : `a window must be 1 hour to ${daysMax} days`;
}

export const lengthInDays = (length: WindowLength): number => ("days" in length ? length.days : length.ms / DAY_MS);

/** When a window begins, epoch ms. */
const beginning = (length: WindowLength, at: number): number =>
  "days" in length ? startOfDay(dayOf(at) - length.days + 1) : at - length.ms;

/**
 * What a window counts, half-open, epoch ms: the hours in which it begins and ends whole, as its days.
 *
 * @param hoursFrom first UTC day of which hours are kept; of those before it all is counted
 */
export function windowAt(length: WindowLength, at: number, hoursFrom: number): { readonly from: number; readonly to: number } {
  const from = beginning(length, at);
  const unitOf = (instant: number): number => ("days" in length || dayOf(instant) < hoursFrom ? DAY_MS : HOUR_MS);
  return { from: startOf(unitOf(from), from), to: startOf(unitOf(at), at) + unitOf(at) };
}
const startOf = (unit: number, instant: number): number => Math.floor(instant / unit) * unit;

/** The hours that a window has of each day, oldest first; the hour in which it begins and that in which it ends are taken whole. */
export type WindowHours = {
  readonly firstDay: number;
  readonly firstHour: number;
  readonly lastDay: number;
  readonly lastHour: number;
};

export function windowHours(length: WindowLength, at: number): WindowHours {
  const from = beginning(length, at);
  const slides = "ms" in length;
  return {
    firstDay: dayOf(from),
    firstHour: slides ? hourOfDay(from) : 0,
    lastDay: dayOf(at),
    lastHour: slides ? hourOfDay(at) : 23,
  };
}
