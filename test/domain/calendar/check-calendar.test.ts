import { expect, test } from "vitest";
import { checkCalendar } from "../../../src/domain/calendar/check-calendar.ts";

const document = (over: object): unknown => ({
  version: "test-1",
  title: "Test",
  timeZone: "Europe/Berlin",
  week: { monday: [{ from: "09:00", to: "17:00" }] },
  ...over,
});

test("a calendar may leave out closed days and holidays", () => {
  expect(checkCalendar(document({}))).toMatchObject({ ok: true, value: { week: { sunday: [] }, holidays: [] } });
});

test.each([
  ["a block that ends before it starts", { week: { monday: [{ from: "17:00", to: "09:00" }] } }, ["/week/monday/0/to"]],
  ["a block of no length", { week: { monday: [{ from: "09:00", to: "09:00" }] } }, ["/week/monday/0/to"]],
  [
    "blocks that overlap",
    {
      week: {
        friday: [
          { from: "09:00", to: "13:00" },
          { from: "12:59", to: "17:00" },
        ],
      },
    },
    ["/week/friday/1"],
  ],
  ["a zone that is not known", { timeZone: "Europe/Atlantis" }, ["/timeZone"]],
  ["an offset in place of a zone", { timeZone: "+02:00" }, ["/timeZone"]],
  ["a week without a block", { week: {} }, ["/week"]],
  ["a holiday that is no date", { holidays: [{ date: "2026-02-30" }] }, ["/holidays/0/date"]],
  ["a holiday that comes twice", { holidays: [{ date: "2026-12-25" }, { date: "2026-12-25" }] }, ["/holidays/1/date"]],
  ["a time of day past midnight", { week: { monday: [{ from: "09:00", to: "25:00" }] } }, ["/week/monday/0/to"]],
  ["a field that is not known", { hours: 8 }, ["/hours"]],
  [
    "several faults at once",
    { timeZone: "Mars/Olympus", week: { monday: [{ from: "10:00", to: "09:00" }] } },
    ["/timeZone", "/week/monday/0/to"],
  ],
])("%s is refused with its place", (_name, over, pointers) => {
  const result = checkCalendar(document(over));
  expect(result.ok ? [] : result.error.map(({ pointer }) => pointer)).toEqual(pointers);
});

test("blocks that touch do not overlap", () => {
  const touching = [
    { from: "09:00", to: "12:00" },
    { from: "12:00", to: "24:00" },
  ];
  expect(checkCalendar(document({ week: { monday: touching } })).ok).toBe(true);
});
