import { expect, test } from "vitest";
import { checkCalendar } from "../../../src/domain/calendar/check-calendar.ts";
import type { AccountState } from "../../../src/domain/account/state.ts";
import { activate, defaultCompany, emptyConfiguration } from "../../../src/domain/config/active.ts";
import type { Calendar } from "../../../src/domain/config/calendar.ts";
import { bundledCalendars } from "../../../src/domain/config/calendars.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { checkScorecard } from "../../../src/domain/health/check-scorecard.ts";
import type { HealthDocument } from "../../../src/domain/health/document.ts";
import { healthEvaluator } from "../../../src/domain/health/evaluate.ts";
import { anAccount, ticket } from "../../support/health-account.ts";

const block = [{ from: "09:00", to: "17:00" }];
const office = checkCalendar({
  version: "office-1",
  title: "Office",
  timeZone: "Europe/Berlin",
  week: { monday: block, tuesday: block, wednesday: block, thursday: block, friday: block },
});
const calendars = new Map<string, Calendar>([...bundledCalendars, ["office", (office as { value: Calendar }).value]]);

/** Friday 16:00 and Tuesday 13:00 in Berlin. */
const friday = Date.parse("2026-11-20T16:00:00+01:00");
const tuesday = Date.parse("2026-11-24T13:00:00+01:00");

const evaluate = (state: AccountState, calendar?: string): HealthDocument =>
  healthEvaluator(state, { ...standardScorecard, ...(calendar === undefined ? {} : { calendar }) }, calendars)(tuesday);
const measureOf = (document: HealthDocument, key: string): unknown =>
  document.dimensions.flatMap(({ measures }) => measures).find((measure) => measure.key === key);

function overAWeekend(attributes: Readonly<Record<string, unknown>> = {}): AccountState {
  const state = anAccount({ seats: 100, slaHours: 8, ...attributes });
  ticket(state, { id: "1", at: friday, solvedAt: Date.parse("2026-11-23T12:00:00+01:00"), priority: "normal" });
  ticket(state, { id: "2", at: friday, priority: "urgent" });
  return state;
}

test("support times run in the hours of the scorecard's calendar", () => {
  const document = evaluate(overAWeekend(), "office");
  expect(measureOf(document, "resolution_time")).toMatchObject({ value: (1 + 3) / 8, note: "Business hours of “Office”." });
  expect(measureOf(document, "weighted_backlog")).toMatchObject({ value: (4 * (1 + 8 + 4)) / 8, note: "Business hours of “Office”." });
});

test("an urgent ticket is late when the agreed business hours have passed", () => {
  expect(evaluate(overAWeekend(), "office").flags).toMatchObject([{ since: Date.parse("2026-11-23T16:00:00+01:00") }]);
  expect(evaluate(overAWeekend({ slaHours: 17 }), "office").flags).toEqual([]);
});

test("the account's own calendar comes before the scorecard's", () => {
  const document = evaluate(overAWeekend({ calendar: "always" }), "office");
  expect(measureOf(document, "resolution_time")).toMatchObject({ value: 68 / 8, note: "Wall-clock hours." });
  expect(evaluate(overAWeekend({ calendar: "office" }))).toEqual({ ...evaluate(overAWeekend(), "office") });
});

test("a calendar that is not known is told, and the wall clock counts", () => {
  const document = evaluate(overAWeekend({ calendar: "moon" }));
  expect(measureOf(document, "resolution_time")).toMatchObject({
    value: 68 / 8,
    note: "Wall-clock hours, as no calendar `moon` is known.",
  });
});

test("a scorecard that names an unknown calendar is refused", () => {
  const scorecard = { ...standardScorecard, calendar: "moon" };
  expect(checkScorecard(scorecard)).toEqual({ ok: false, error: [{ pointer: "/calendar", detail: "no calendar `moon`" }] });
});

test("a calendar of the account's zone runs in it, and of an account without one in the company's", () => {
  const document = checkCalendar({
    version: "local-1",
    title: "Local office",
    timeZone: "account",
    week: { monday: block, tuesday: block, wednesday: block, thursday: block, friday: block },
  });
  if (!document.ok) throw new Error("refused");
  const local = (zoneElse: string) => new Map<string, Calendar>([...bundledCalendars, ["local", { ...document.value, zoneElse }]]);
  const hoursOf = (attributes: Readonly<Record<string, unknown>>, zoneElse = "UTC") =>
    measureOf(
      healthEvaluator(overAWeekend(attributes), { ...standardScorecard, calendar: "local" }, local(zoneElse))(tuesday),
      "resolution_time",
    );
  expect(hoursOf({ timeZone: "Europe/Berlin" })).toMatchObject({
    value: (1 + 3) / 8,
    note: "Business hours of “Local office” in Europe/Berlin.",
  });
  // In Tokyo it was midnight on Saturday, and Monday 20:00: all of Monday.
  expect(hoursOf({ timeZone: "Asia/Tokyo" })).toMatchObject({ value: 8 / 8 });
  for (const unknown of [{}, { timeZone: "Mars/Base" }, { timeZone: 5 }])
    expect(hoursOf(unknown, "Asia/Tokyo")).toMatchObject({ value: 8 / 8, note: "Business hours of “Local office” in Asia/Tokyo." });
  expect(hoursOf({}, "+02:00")).toMatchObject({ note: "Business hours of “Local office” in UTC." });
  const active = activate({
    ...emptyConfiguration,
    version: 3,
    calendars: { local: { version: 1, document: { title: "L", timeZone: "account", week: document.value.week, holidays: [] } } },
    company: { ...defaultCompany, timeZone: "Asia/Tokyo" },
  });
  expect(active.calendars.get("local")).toMatchObject({ zoneElse: "Asia/Tokyo" });
  expect(active.scorecards.get("standard")?.version).toContain("+zone.Asia/Tokyo");
});
