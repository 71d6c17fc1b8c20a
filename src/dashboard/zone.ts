import { zoneName } from "./format.ts";

/** Wall clocks in the zone in which instants are told: for fields in which a person writes a time, and for days and weeks. */

type Parts = Readonly<Record<"year" | "month" | "day" | "hour" | "minute" | "second", number>>;

const known = new Map<string, Intl.DateTimeFormat>();
function partsAt(at: number): Parts {
  let format = known.get(zoneName());
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zoneName(),
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    known.set(zoneName(), format);
  }
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)])) as Parts;
}

/** What the zone's clocks show, as if it were UTC; epoch ms to the second. */
const wallOf = (at: number): number => {
  const { year, month, day, hour, minute, second } = partsAt(at);
  return Date.UTC(year, month - 1, day, hour, minute, second);
};

/** An instant at which the zone's clocks show this; where none does, as they are put forward, one an hour beside it. */
function instantOf(wall: number): number {
  const near = wall - (wallOf(wall) - wall);
  return wall - (wallOf(near) - near);
}

/** `2026-11-25T14:30`, as a field of the kind `datetime-local` has it. */
export const toLocalInput = (at: number): string => new Date(wallOf(at)).toISOString().slice(0, 16);

/** RFC 3339; null where the field holds no time. */
export function fromLocalInput(text: string): string | null {
  const wall = Date.parse(`${text}Z`);
  return text === "" || Number.isNaN(wall) ? null : new Date(instantOf(wall)).toISOString();
}

/** Monday 00:00 of the week, so many weeks ago. */
export function weekStart(now: number, weeksAgo: number): number {
  const { year, month, day } = partsAt(now);
  const midnight = Date.UTC(year, month - 1, day);
  const sinceMonday = (new Date(midnight).getUTCDay() + 6) % 7;
  return instantOf(midnight - (sinceMonday + 7 * weeksAgo) * 86_400_000);
}
