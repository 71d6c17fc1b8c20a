import { describe, expect, test } from "vitest";
import { cronTime, dueMinutes } from "../../../scripts/runtime/cron-time.ts";
import {
  dueAt,
  jobInstanceId,
  jobKinds,
  jobRules,
  kindOfCron,
  missedPeriods,
  newestDue,
  periodsDue,
} from "../../../src/domain/jobs/job.ts";
import { endOfPeriod, isPeriod, nextPeriod, periodEndedBy, startOfPeriod } from "../../../src/domain/jobs/period.ts";
import { jobCatchUpPeriodsMax, jobRunsKeptMs } from "../../../src/domain/limits.ts";
import { DAY_MS } from "../../../src/domain/time.ts";

const at = (text: string): number => Date.parse(text);

describe("periods", () => {
  test("days and months follow each other over the ends of months and years, leap days among them", () => {
    expect([nextPeriod("day", "2026-12-31"), nextPeriod("day", "2028-02-28"), nextPeriod("day", "2026-02-28")]).toEqual([
      "2027-01-01",
      "2028-02-29",
      "2026-03-01",
    ]);
    expect([nextPeriod("month", "2026-12"), nextPeriod("month", "2026-01")]).toEqual(["2027-01", "2026-02"]);
    expect([startOfPeriod("month", "2026-02"), endOfPeriod("month", "2026-02")]).toEqual([at("2026-02-01"), at("2026-03-01")]);
  });

  test("the newest that is over is the one before that in which the instant lies, at its first instant too", () => {
    expect(periodEndedBy("day", at("2026-11-24T00:00:00Z"))).toBe("2026-11-23");
    expect(periodEndedBy("day", at("2026-11-23T23:59:59.999Z"))).toBe("2026-11-22");
    expect(periodEndedBy("month", at("2026-11-30T12:00:00Z"))).toBe("2026-10");
  });

  test.each(["2026-02-30", "2026-13-01", "2026-1-1", "", "2026-11", "2026-11-23T00:00", "20261123"])("`%s` is no day", (text) =>
    expect(isPeriod("day", text)).toBe(false),
  );
  test("a month is none with a day in it, nor the thirteenth", () =>
    expect(["2026-10", "2026-13", "2026-10-01"].map((text) => isPeriod("month", text))).toEqual([true, false, false]));
});

describe("what is due", () => {
  test.each(jobKinds)("%s: a period is due in the very minute in which its trigger fires", (kind) => {
    const from = at("2026-11-01T00:00:00Z");
    const fired = dueMinutes(cronTime(jobRules[kind].cron), from, from + 70 * DAY_MS, 3);
    expect(fired.length).toBeGreaterThan(1);
    for (const minute of fired) {
      expect(dueAt(kind, newestDue(kind, minute))).toBe(minute);
      expect(newestDue(kind, minute - 1)).not.toBe(newestDue(kind, minute));
    }
    expect(kindOfCron(jobRules[kind].cron)).toBe(kind);
  });

  test("of what is due the newest may be caught up, oldest first, as long as it is remembered which were claimed", () => {
    const due = periodsDue("daily", at("2026-11-24T02:00:00Z"));
    expect([due.length, due.slice(-2)]).toEqual([jobCatchUpPeriodsMax, ["2026-11-22", "2026-11-23"]]);
    expect(periodsDue("daily", at("2026-11-25T01:59:59Z")).at(-1)).toBe("2026-11-23");
    const months = periodsDue("monthly", at("2026-11-24T02:00:00Z"));
    expect([months[0], months.at(-1), jobRunsKeptMs]).toEqual(["2025-10", "2026-10", 400 * DAY_MS]);
  });

  test("missed is what nobody has claimed, also where a newer one is claimed already; what was over before the clock's first is no debt", () => {
    const due = ["2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"];
    expect(missedPeriods(due, { first: "2026-11-20", periods: ["2026-11-20", "2026-11-23"] })).toEqual(["2026-11-21", "2026-11-22"]);
    expect(missedPeriods(due, { first: "2026-11-20", periods: due })).toEqual([]);
    expect(missedPeriods(due, { first: "2025-01-01", periods: [] })).toEqual(due);
    expect(missedPeriods(due, { first: null, periods: [] })).toEqual([]);
  });

  test("the same run is the same instance, another attempt another one", () => {
    const run = { kind: "daily", period: "2026-11-23" } as const;
    expect(jobInstanceId({ ...run, attempt: 1 })).toBe("daily-2026-11-23");
    expect(jobInstanceId({ ...run, attempt: 2 })).toBe("daily-2026-11-23-2");
  });
});
