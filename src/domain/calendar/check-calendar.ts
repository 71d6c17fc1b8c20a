import { accountZone, type Calendar, type CalendarBlock, CalendarSchema, minuteOf, weekdays } from "../config/calendar.ts";
import { type Fault, faultsOf } from "../config/fault.ts";
import { type Result, fail, ok } from "../result.ts";
import { TimeZone } from "./time-zone.ts";

/** Reads a calendar document: its shape, and what only makes sense together. All faults at once. */
export function checkCalendar(document: unknown): Result<Calendar, readonly Fault[]> {
  const parsed = CalendarSchema.safeParse(document);
  if (!parsed.success) return fail(faultsOf(parsed.error));
  const calendar = parsed.data;
  const faults = [
    ...(calendar.timeZone !== accountZone && TimeZone.named(calendar.timeZone) === null
      ? [{ pointer: "/timeZone", detail: `no time zone \`${calendar.timeZone}\` is known` }]
      : []),
    ...weekdays.flatMap((weekday) => checkDay(calendar.week[weekday], `/week/${weekday}`)),
    ...(weekdays.every((weekday) => calendar.week[weekday].length === 0)
      ? [{ pointer: "/week", detail: "no weekday has a block: no time would ever pass" }]
      : []),
    ...checkHolidays(calendar),
  ];
  return faults.length === 0 ? ok(calendar) : fail(faults);
}

function checkDay(blocks: readonly CalendarBlock[], pointer: string): Fault[] {
  const faults: Fault[] = [];
  for (const [i, { from, to }] of blocks.entries()) {
    if (minuteOf(to) <= minuteOf(from)) faults.push({ pointer: `${pointer}/${i}/to`, detail: "must be after `from`" });
    const earlier = blocks.findIndex((other, j) => j < i && minuteOf(other.from) < minuteOf(to) && minuteOf(from) < minuteOf(other.to));
    if (earlier >= 0) faults.push({ pointer: `${pointer}/${i}`, detail: `overlaps with block ${earlier}` });
  }
  return faults;
}

function checkHolidays({ holidays }: Calendar): Fault[] {
  const seen = new Set<string>();
  return holidays.flatMap(({ date }, i) => {
    if (seen.has(date)) return [{ pointer: `/holidays/${i}/date`, detail: `${date} is there twice` }];
    seen.add(date);
    return [];
  });
}
