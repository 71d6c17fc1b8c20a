import { describe, expect, it } from "vitest";
import { groupsOf, lastWeek } from "../../src/dashboard/pages/account/change-groups.ts";

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
