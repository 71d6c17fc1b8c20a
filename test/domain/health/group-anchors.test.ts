import { describe, expect, test } from "vitest";
import type { Scorecard } from "../../../src/domain/config/scorecard.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { checkScorecard } from "../../../src/domain/health/check-scorecard.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { scorecardFor } from "../../../src/domain/health/group-anchors.ts";
import { isoTime } from "../../../src/domain/time.ts";
import { NOW, anAccount, daysAgo, used } from "../../support/health-account.ts";

type Groups = NonNullable<Scorecard["dimensions"][number]["measures"][number]["groups"]>;
const line = (floor: number, target: number): Groups[number]["anchors"] => [
  { value: floor, score: 0 },
  { value: target, score: 100 },
];
function withGroups(groups: Groups): Scorecard {
  const scorecard = structuredClone(standardScorecard);
  Object.assign(scorecard.dimensions[0]?.measures[0] ?? {}, { groups });
  return scorecard;
}
function seatUse(scorecard: Scorecard, attributes: Record<string, unknown>, at = NOW): number | null {
  const state = anAccount({ seats: 10, ...attributes });
  for (let person = 0; person < 5; person++) used(state, person, daysAgo(1));
  return evaluateHealth(state, scorecard, at).dimensions[0]?.measures[0]?.score ?? null;
}
const began = (days: number): string => isoTime(daysAgo(days)).slice(0, 10);

describe("anchors of a group", () => {
  test("take the place of the measure's own for its segment alone, once they stand for 30 accounts", () => {
    const scorecard = withGroups([{ segment: "smb", accounts: 30, anchors: line(0, 0.5) }]);
    expect(checkScorecard(scorecard)).toMatchObject({ ok: true });
    expect([seatUse(scorecard, { segment: "smb" }), seatUse(scorecard, { segment: "enterprise" }), seatUse(scorecard, {})]).toEqual([
      100,
      expect.closeTo(50, 9),
      expect.closeTo(50, 9),
    ]);
  });

  test("are drawn towards those of all while the accounts are few: (n·a + 30·a_all) ÷ (n + 30)", () => {
    const scorecard = withGroups([{ segment: "smb", accounts: 10, anchors: line(0, 0.4) }]);
    const measure = scorecardFor(scorecard, anAccount({ segment: "smb" }), NOW).dimensions[0]?.measures[0];
    expect(measure?.anchors).toEqual([
      { value: expect.closeTo(0.15, 12), score: 0 },
      { value: expect.closeTo(0.7, 12), score: 100 },
    ]);
    expect(seatUse(scorecard, { segment: "smb" })).toBeCloseTo((100 * (0.5 - 0.15)) / 0.55, 9);
  });

  test("follow the tenure, so that a new customer is measured as one; the first that fits counts", () => {
    const scorecard = withGroups([
      { tenureDaysTo: 90, accounts: 100, anchors: line(0, 0.5) },
      { tenureDaysFrom: 90, segment: "smb", accounts: 100, anchors: line(0.5, 1) },
    ]);
    expect(seatUse(scorecard, { contractStart: began(89), segment: "smb" })).toBe(100);
    expect(seatUse(scorecard, { contractStart: began(90), segment: "smb" })).toBe(0);
    expect(seatUse(scorecard, { segment: "smb" })).toBeCloseTo(50, 9);
  });

  test("are refused when they cannot be blended with the measure's own", () => {
    const result = checkScorecard(withGroups([{ accounts: 1, anchors: [...line(0, 1), { value: 2, score: 50 }] }]));
    expect(result.ok ? [] : result.error.map(({ pointer }) => pointer)).toEqual(["/dimensions/0/measures/0/groups"]);
  });

  test("leave a scorecard without any as it is", () => {
    expect(scorecardFor(standardScorecard, anAccount({ segment: "smb" }), NOW)).toBe(standardScorecard);
  });
});
