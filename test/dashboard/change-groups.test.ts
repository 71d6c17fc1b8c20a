import { describe, expect, it } from "vitest";
import { groupsOf, lastWeek, wholeDayOfBoth } from "../../src/dashboard/pages/account/change-groups.ts";

describe("what changed between two instants", () => {
  it("is grouped by cause, and the groups sum to what all lines sum to", () => {
    const moves = [
      { measure: "trend", cause: "data", delta: -4.1 },
      { measure: "csat", cause: "configuration", delta: 2.5 },
      { measure: "nps", cause: "staleness", delta: -0.75 },
      { measure: "trend", cause: "configuration", delta: -0.25 },
      { measure: "seat_use", cause: "data", delta: 1.1 },
    ] as const;
    const groups = groupsOf(moves);
    expect(groups.map(({ cause, points, moves: own }) => [cause, points, own.map(({ measure }) => measure)])).toEqual([
      ["data", -2.9999999999999996, ["trend", "seat_use"]],
      ["staleness", -0.75, ["nps"]],
      ["configuration", 2.25, ["csat", "trend"]],
    ]);
    expect(groups.reduce((sum, { points }) => sum + points, 0)).toBeCloseTo(
      moves.reduce((sum, { delta }) => sum + delta, 0),
      12,
    );
  });

  it("keeps lines apart that are nothing as they are written, and counts them all the same", () => {
    const moves = [
      { measure: "trend", cause: "staleness", delta: 0.006 },
      { measure: "csat", cause: "staleness", delta: 0.0049 },
      { measure: "nps", cause: "staleness", delta: -0.0004 },
    ] as const;
    const [group] = groupsOf(moves);
    expect([group?.moves, group?.slight].map((own) => own?.map(({ measure }) => measure))).toEqual([["trend"], ["csat", "nps"]]);
    expect(group?.points).toBeCloseTo(0.0105, 12);
  });

  it("is within one UTC day where its ends are, and no measure is held on an earlier one", () => {
    type Measure = Parameters<typeof wholeDayOfBoth>[0]["to"]["dimensions"][number]["measures"][number];
    const of = (...measures: readonly Measure[]) => ({ dimensions: [{ measures }] });
    const measure = (to: string | null, status: Measure["status"] = "ok"): Measure => ({
      key: "depth",
      status,
      window: to === null ? null : { from: "2026-10-28T00:00:00.000Z", to },
    });
    const days = { from: "2026-11-24", to: "2026-11-24" };
    const [today, tomorrow] = ["2026-11-24T00:00:00.000Z", "2026-11-25T00:00:00.000Z"];
    const within = (from: Measure, to: Measure, wholeDays = days) => wholeDayOfBoth({ from: of(from), to: of(to), wholeDays });
    expect(within(measure(tomorrow), measure(tomorrow))).toBe("2026-11-24");
    expect(within(measure(tomorrow), measure(tomorrow), { ...days, from: "2026-11-23" })).toBeNull();
    expect(within(measure(today), measure(tomorrow))).toBeNull();
    expect(within(measure(tomorrow, "stale"), measure(tomorrow))).toBeNull();
    expect(within(measure(tomorrow), measure(tomorrow, "stale"))).toBeNull();
    expect(within(measure("2026-11-24T08:00:00.000Z"), measure("2026-11-24T10:00:00.000Z"))).toBe("2026-11-24");
    expect(within(measure(null), measure(null))).toBe("2026-11-24");
    expect(wholeDayOfBoth({ from: of(), to: of() })).toBeNull();
  });

  it("last week runs from Monday to Monday by the clock that times are shown in, on a Sunday and on a Monday too", () => {
    const days = (now: Date): string[] => {
      const { from, to } = lastWeek(now.getTime());
      return [from, to].map((at) => new Date(at).toDateString());
    };
    const week = ["Mon Nov 16 2026", "Mon Nov 23 2026"];
    expect(days(new Date(2026, 10, 25, 12))).toEqual(week);
    expect(days(new Date(2026, 10, 29, 23, 59))).toEqual(week);
    expect(days(new Date(2026, 10, 23, 0, 0))).toEqual(week);
    expect(lastWeek(new Date(2026, 10, 25).getTime()).from).toBe(new Date(2026, 10, 16).getTime());
  });
});
