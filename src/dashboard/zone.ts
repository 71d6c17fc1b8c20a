/** Wall clocks in the zone of whoever looks: for fields in which a person writes a time, and for weeks. */

/** `2026-11-25T14:30`, as a field of the kind `datetime-local` has it. */
export const toLocalInput = (at: number): string => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/** The day, `2026-11-25`, as a field of the kind `date` has it: what people mean by a date on which something is due. */
export const localDate = (at: number): string => toLocalInput(at).slice(0, 10);

/** RFC 3339; null where the field holds no time. Without an offset a time is read in the viewer's zone. */
export function fromLocalInput(text: string): string | null {
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** Monday 00:00 of the week, so many weeks ago. */
export function weekStart(now: number, weeksAgo: number): number {
  const day = new Date(now);
  const sinceMonday = (day.getDay() + 6) % 7;
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - sinceMonday - 7 * weeksAgo).getTime();
}
