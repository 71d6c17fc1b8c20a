const fieldBounds = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day", least: 1, most: 31 },
  { name: "month", least: 1, most: 12 },
  { name: "weekday", least: 1, most: 7 },
] as const;
const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

const minuteMs = 60_000;

/** Says whether a cron trigger is due in the minute (UTC) that begins at `minuteMs`. */
export type CronTime = (minuteMs: number) => boolean;

/**
 * Reads a cron expression as Cloudflare does: five fields, UTC, weekdays 1 (Sunday) to 7 or by name.
 * Of their extensions (`L`, `W`, `#`) none is used here; an expression with one is refused.
 *
 * Source: developers.cloudflare.com/workers/configuration/cron-triggers (read 2026-11).
 */
export function cronTime(expression: string): CronTime {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== fieldBounds.length) throw new Error(`cron "${expression}" must have five fields`);
  const [minutes, hours, days, monthNumbers, dayNames] = fieldBounds.map((_, index) => valuesOf(fields[index] ?? "", index, expression));
  return (at) => {
    const time = new Date(at);
    return [
      minutes?.has(time.getUTCMinutes()),
      hours?.has(time.getUTCHours()),
      days?.has(time.getUTCDate()),
      monthNumbers?.has(time.getUTCMonth() + 1),
      dayNames?.has(time.getUTCDay() + 1),
    ].every(Boolean);
  };
}

function valuesOf(field: string, index: number, expression: string): ReadonlySet<number> {
  const { name, least, most } = fieldBounds[index] as (typeof fieldBounds)[number];
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "", stepText] = part.split("/");
    const step = stepText === undefined ? 1 : Number(stepText);
    const [first, last] = range === "*" ? [least, most] : endsOf(range, index, stepText === undefined ? undefined : most);
    if (!isWithin(first, least, most) || !isWithin(last, least, most) || !(Number.isInteger(step) && step > 0)) {
      throw new Error(`cron "${expression}": ${name} "${part}" is not understood`);
    }
    for (let value = first; value <= last; value += step) values.add(value);
  }
  return values;
}

const isWithin = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;

/** `3`, `3-5`, `MON-FRI`; a single value with a step runs to the end. */
function endsOf(range: string, index: number, openEnd: number | undefined): [number, number] {
  const [from = "", to] = range.split("-");
  const first = numberOf(from, index);
  return [first, to === undefined ? (openEnd ?? first) : numberOf(to, index)];
}

function numberOf(text: string, index: number): number {
  const names = index === 3 ? months : index === 4 ? weekdays : [];
  const named = names.indexOf(text.toUpperCase());
  return named === -1 ? Number(text === "" ? Number.NaN : text) : named + 1;
}

/** The minutes after `from` up to `to` (epoch ms) at which this trigger is due, oldest first, at most `most`. */
export function dueMinutes(isDue: CronTime, from: number, to: number, most: number): number[] {
  const due: number[] = [];
  for (let at = Math.floor(from / minuteMs) * minuteMs + minuteMs; at <= to && due.length < most; at += minuteMs) {
    if (isDue(at)) due.push(at);
  }
  return due;
}
