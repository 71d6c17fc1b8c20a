import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addBusinessMs, businessMsBetween } from "../../../src/domain/calendar/business-clock.ts";
import { checkCalendar } from "../../../src/domain/calendar/check-calendar.ts";
import { type Calendar, minuteOf, weekdays } from "../../../src/domain/config/calendar.ts";
import { always } from "../../../src/domain/config/calendars.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time.ts";

type Week = Readonly<Record<string, readonly (readonly [from: string, to: string])[]>>;

function calendarOf(timeZone: string, week: Week, holidays: readonly string[] = []): Calendar {
  const blocks = Object.fromEntries(Object.entries(week).map(([day, list]) => [day, list.map(([from, to]) => ({ from, to }))]));
  const result = checkCalendar({ version: "test-1", title: "Test", timeZone, week: blocks, holidays: holidays.map((date) => ({ date })) });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const eachDay = (blocks: Week[string]): Week => Object.fromEntries(weekdays.map((day) => [day, blocks]));
const officeHours: Week = Object.fromEntries(
  weekdays.slice(0, 5).map((day) => [
    day,
    [
      ["09:00", "12:00"],
      ["13:00", "17:30"],
    ] as const,
  ]),
);
const hours = (from: string, to: string, calendar: Calendar): number =>
  businessMsBetween(Date.parse(from), Date.parse(to), calendar) / HOUR_MS;

describe("golden cases", () => {
  const berlin = calendarOf("Europe/Berlin", officeHours, ["2026-12-25"]);
  const berlinAllDay = calendarOf("Europe/Berlin", eachDay([["00:00", "24:00"]]), ["2020-01-01"]);
  const newYorkAllDay = calendarOf("America/New_York", eachDay([["00:00", "24:00"]]), ["2020-01-01"]);
  const nights = calendarOf("Europe/Berlin", eachDay([["01:00", "05:00"]]));
  const half = calendarOf("Europe/Berlin", eachDay([["02:30", "03:30"]]));
  const lordHowe = calendarOf("Australia/Lord_Howe", eachDay([["00:00", "24:00"]]), ["2020-01-01"]);
  const kathmandu = calendarOf("Asia/Kathmandu", eachDay([["09:00", "17:00"]]));

  test.each([
    ["a working day has its two blocks", berlin, "2026-11-24T00:00:00+01:00", "2026-11-25T00:00:00+01:00", 7.5],
    ["lunch does not count", berlin, "2026-11-24T11:00:00+01:00", "2026-11-24T14:00:00+01:00", 2],
    ["a weekend does not count", berlin, "2026-11-27T17:00:00+01:00", "2026-11-30T09:15:00+01:00", 0.75],
    ["a holiday does not count", berlin, "2026-12-24T17:00:00+01:00", "2026-12-28T10:00:00+01:00", 1.5],
    ["before a holiday begins its clock has not run", berlin, "2026-12-25T08:00:00+01:00", "2026-12-25T16:00:00+01:00", 0],
    ["office hours are 7.5 on the Monday after spring", berlin, "2026-03-30T00:00:00+02:00", "2026-03-31T00:00:00+02:00", 7.5],
    ["the day of spring has 23 hours", berlinAllDay, "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", 23],
    ["the day of autumn has 25 hours", berlinAllDay, "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", 25],
    ["so in New York, a week later", newYorkAllDay, "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00", 25],
    ["a night of spring lacks the hour that is none", nights, "2026-03-29T00:00:00+01:00", "2026-03-29T12:00:00+02:00", 3],
    ["a night of autumn has its hour twice", nights, "2026-10-25T00:00:00+02:00", "2026-10-25T12:00:00+01:00", 5],
    ["a block that begins in the missing hour begins after it", half, "2026-03-29T00:00:00+01:00", "2026-03-29T12:00:00+02:00", 0.5],
    ["what is open of the doubled hour is open twice", half, "2026-10-25T00:00:00+02:00", "2026-10-25T12:00:00+01:00", 1.5],
    ["Lord Howe moves by half an hour", lordHowe, "2026-10-04T00:00:00+10:30", "2026-10-05T00:00:00+11:00", 23.5],
    ["an offset of three quarters", kathmandu, "2026-11-24T08:45:00+05:45", "2026-11-24T09:20:00+05:45", 1 / 3],
    ["a year of days has its hours", berlinAllDay, "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00", 365 * 24],
  ] as const)("%s", (_name, calendar, from, to, expected) => {
    expect(hours(from, to, calendar)).toBeCloseTo(expected, 10);
  });

  test("an agreed time ends at the first instant at which it has passed", () => {
    const from = Date.parse("2026-12-24T16:30:00+01:00");
    expect(addBusinessMs(from, 0, berlin)).toBe(from);
    expect(addBusinessMs(from, HOUR_MS, berlin)).toBe(Date.parse("2026-12-24T17:30:00+01:00"));
    expect(addBusinessMs(from, HOUR_MS + 1, berlin)).toBe(Date.parse("2026-12-28T09:00:00.001+01:00"));
    expect(addBusinessMs(from, 24 * HOUR_MS, nights)).toBe(Date.parse("2026-12-30T05:00:00+01:00"));
    expect(addBusinessMs(from, 2e15, nights)).toBeNull();
  });
});

describe("laws", () => {
  const zones = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "America/Santiago",
  ];
  const aBlock = fc
    .tuple(fc.integer({ min: 0, max: 95 }), fc.integer({ min: 1, max: 96 }))
    .filter(([from, to]) => from < to)
    .map(([from, to]) => [clock(from * 15), clock(to * 15)] as const);
  const aCalendar = fc
    .record({
      zone: fc.constantFrom(...zones),
      days: fc.array(fc.option(aBlock, { nil: null }), { minLength: 7, maxLength: 7 }),
      holidays: fc.uniqueArray(fc.integer({ min: 0, max: 730 }), { maxLength: 20 }),
    })
    .filter(({ days }) => days.some((block) => block !== null))
    .map(({ zone, days, holidays }) =>
      calendarOf(
        zone,
        Object.fromEntries(weekdays.map((day, i) => [day, days[i] == null ? [] : [days[i]]])),
        holidays.map((day) => new Date(Date.UTC(2025, 6, 1) + day * DAY_MS).toISOString().slice(0, 10)),
      ),
    );
  const anInstant = fc.integer({ min: Date.UTC(2025, 6, 1), max: Date.UTC(2027, 5, 30) });

  test("parts add up, time never runs backwards nor faster than the wall clock", () => {
    fc.assert(
      fc.property(aCalendar, anInstant, anInstant, anInstant, (calendar, a, b, c) => {
        const [from, middle, to] = [a, b, c].sort((x, y) => x - y) as [number, number, number];
        const first = businessMsBetween(from, middle, calendar);
        const second = businessMsBetween(middle, to, calendar);
        expect(businessMsBetween(from, to, calendar)).toBe(first + second);
        expect(first).toBeGreaterThanOrEqual(0);
        expect(first).toBeLessThanOrEqual(middle - from);
        expect(businessMsBetween(to, from, calendar)).toBe(-(first + second));
      }),
    );
  });

  test("it is the count of the minutes whose local time is open", () => {
    fc.assert(
      fc.property(
        aCalendar,
        fc.integer({ min: 0, max: 2 * 365 * 24 * 4 }),
        fc.integer({ min: 0, max: 4 * 24 * 4 }),
        (calendar, start, length) => {
          const from = Date.UTC(2025, 6, 1) + start * 15 * MINUTE_MS;
          const to = from + length * 15 * MINUTE_MS;
          let minutes = 0;
          for (let at = from; at < to; at += 15 * MINUTE_MS) if (isOpen(at, calendar)) minutes += 15;
          expect(businessMsBetween(from, to, calendar) / MINUTE_MS).toBe(minutes);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a calendar without a pause is the wall clock, in every zone", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), anInstant, anInstant, (zone, a, b) => {
        // A holiday far away keeps the shortcut for `always` out of it.
        const calendar = calendarOf(zone, eachDay([["00:00", "24:00"]]), ["2000-01-01"]);
        expect(businessMsBetween(a, b, calendar)).toBe(b - a);
        expect(businessMsBetween(a, b, always)).toBe(b - a);
      }),
    );
  });

  test("adding is the inverse of measuring", () => {
    fc.assert(
      fc.property(aCalendar, anInstant, fc.integer({ min: 1, max: 100 * HOUR_MS }), (calendar, from, ms) => {
        const to = addBusinessMs(from, ms, calendar) as number;
        expect(businessMsBetween(from, to, calendar)).toBe(ms);
        expect(businessMsBetween(from, to - 1, calendar)).toBe(ms - 1);
      }),
    );
  });

  const formats = new Map<string, Intl.DateTimeFormat>();
  /** Asks the platform what a wall shows at that instant, and looks into the document. */
  function isOpen(at: number, { timeZone, week, holidays }: Calendar): boolean {
    let format = formats.get(timeZone);
    if (format === undefined) {
      format = new Intl.DateTimeFormat("en-GB", {
        timeZone,
        weekday: "long",
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
      });
      formats.set(timeZone, format);
    }
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    if (holidays.some(({ date }) => date === `${part["year"]}-${part["month"]}-${part["day"]}`)) return false;
    const minute = minuteOf(`${part["hour"]}:${part["minute"]}`);
    const weekday = (part["weekday"] as string).toLowerCase() as keyof Calendar["week"];
    return week[weekday].some(({ from, to }) => minuteOf(from) <= minute && minute < minuteOf(to));
  }

  function clock(minutes: number): string {
    return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  }
});
