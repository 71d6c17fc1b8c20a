import { describe, expect, test } from "vitest";
import { firstDayOf, calendarPeriodOf, periodText, calendarUnits } from "../../../src/domain/analytics/calendar-periods.ts";
import { dayOf } from "../../../src/domain/time.ts";
import { AnalysisWorld, type Told } from "../../support/analytics.ts";

const used = (account: string, person: string, date: string, feature = "Export"): Told => ({
  account,
  at: Date.parse(`${date}T09:00:00Z`),
  user: { id: person },
  data: { feature },
});

/** Wednesday 25 November 2026 is today; weeks begin on 2, 9, 16 and 23 November. */
const world = new AnalysisWorld();
world.account("a", { plan: "pro" });
world.account("b", { plan: "free" });
world.tell(
  used("a", "ann", "2026-11-02"),
  used("a", "ann", "2026-11-10"),
  used("a", "ann", "2026-11-24"),
  used("a", "bob", "2026-11-03"),
  used("a", "bob", "2026-11-17", "Search"),
  used("b", "cy", "2026-11-11"),
  used("b", "cy", "2026-11-16"),
  used("b", "dee", "2026-11-23"),
);
const range = { from: "2026-11-02", to: "2026-11-26" };
const cells = (answer: Record<string, unknown>, field = "cohorts"): unknown =>
  (answer[field] as { cohort: string; size: number; periods: { returned: number; of: number }[] }[]).map(({ cohort, size, periods }) => [
    cohort,
    size,
    periods.map(({ returned, of }) => `${returned}/${of}`).join(" "),
  ]);

describe("retention", () => {
  test("tells who came back in which week after the first, of those for whom that week is over", () => {
    const answer = world.ask("retention", { ...range, periods: 4 });
    expect(cells(answer)).toEqual([
      ["2026-11-02", 2, "2/2 1/2 1/2 0/0"],
      ["2026-11-09", 1, "1/1 1/1 0/0 0/0"],
      ["2026-11-23", 1, "0/0 0/0 0/0 0/0"],
    ]);
    expect(answer["all"]).toMatchObject({ size: 4, periods: [{ share: 1 }, { returned: 2, of: 3, share: 2 / 3 }, {}, { share: null }] });
  });

  test("tells how sure a share is where there are accounts enough to say", () => {
    const many = new AnalysisWorld();
    for (let account = 0; account < 12; account++)
      for (const person of ["ann", "bob"]) {
        many.tell(used(`a${account}`, person, "2026-11-02"));
        if (account % 3 > 0) many.tell(used(`a${account}`, person, "2026-11-10"));
      }
    const { all } = many.ask("retention", { ...range, periods: 2 }) as { all: { periods: unknown[] } };
    // Both people of an account come back or none does: 8 of 12, by Wilson with t of 11 degrees of freedom.
    expect(all.periods[1]).toMatchObject({
      returned: 16,
      of: 24,
      interval: { low: expect.closeTo(0.36, 1), high: expect.closeTo(0.88, 1) },
    });
    expect(world.ask("retention", { ...range, periods: 2 })["all"]).toMatchObject({ periods: [{ interval: null }, { interval: null }] });
  });

  test("takes the people of an account as one, whichever cohorts they are of", () => {
    const days = ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05", "2026-11-06"];
    const asked = { ...range, period: "day", periods: 2 };
    const told = (account: string) =>
      days.flatMap((day, i) => [used(account, `p${i}`, day), ...(i < 3 ? [used(account, `p${i}`, days[i + 1] ?? "")] : [])]);
    type All = { periods: { share: number; interval: unknown }[] };
    const all = (...accounts: readonly string[]) =>
      (new AnalysisWorld().tell(...accounts.flatMap(told)).ask("retention", asked)["all"] as All).periods[1];
    // One account in five cohorts says no more than one account.
    expect(all("a")).toEqual({ returned: 3, of: 5, share: 0.6, interval: null });
    expect(all("a", "b", "c", "d")?.interval).toBeNull();
    expect(all("a", "b", "c", "d", "e")?.interval).not.toBeNull();
  });

  test("counts who came back then or later, when asked so", () => {
    expect(cells(world.ask("retention", { ...range, periods: 3, returned: "on_or_after" }))).toEqual([
      ["2026-11-02", 2, "2/2 2/2 2/2"],
      ["2026-11-09", 1, "1/1 1/1 0/0"],
      ["2026-11-23", 1, "0/0 0/0 0/0"],
    ]);
  });

  test("looks for a feature, and groups by an attribute or by account", () => {
    expect(cells(world.ask("retention", { ...range, periods: 3, feature: "Search", by: "plan" }))).toEqual([
      ["free", 2, "0/1 0/1 0/0"],
      ["pro", 2, "0/2 0/2 1/2"],
    ]);
    expect(cells(world.ask("retention", { ...range, periods: 3, unit: "accounts" }))).toEqual([
      ["2026-11-02", 1, "1/1 1/1 1/1"],
      ["2026-11-09", 1, "1/1 1/1 0/0"],
    ]);
  });
});

describe("cohorts", () => {
  test("tell who came, stayed, came back and left in each week", () => {
    const answer = world.ask("cohorts", { ...range, from: "2026-11-09" });
    expect(answer["periods"]).toEqual([
      { period: "2026-11-09", isOver: true, active: 2, new: 1, kept: 1, back: 0, lost: 1 },
      { period: "2026-11-16", isOver: true, active: 2, new: 0, kept: 1, back: 1, lost: 1 },
      { period: "2026-11-23", isOver: false, active: 2, new: 1, kept: 0, back: 1, lost: 2 },
    ]);
    expect(
      (answer["cohorts"] as { cohort: string; size: number; periods: { active: number }[] }[]).map(({ cohort, size, periods }) => [
        cohort,
        size,
        ...periods.map(({ active }) => active),
      ]),
    ).toEqual([
      ["earlier", 2, 1, 1, 1],
      ["2026-11-09", 1, 1, 1, 0],
      ["2026-11-23", 1, 0, 0, 1],
    ]);
  });
});

test("every day lies in one period of each kind, which begins on a Monday or on the first", () => {
  for (let day = dayOf(Date.UTC(2025, 11, 1)); day < dayOf(Date.UTC(2027, 1, 1)); day++)
    for (const unit of calendarUnits) {
      const period = calendarPeriodOf(unit, day);
      expect(firstDayOf(unit, period) <= day && day < firstDayOf(unit, period + 1)).toBe(true);
      const begins = new Date(`${periodText(unit, period)}T00:00:00Z`);
      if (unit === "week") expect(begins.getUTCDay()).toBe(1);
      if (unit === "month") expect(begins.getUTCDate()).toBe(1);
    }
});
