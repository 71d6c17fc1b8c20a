import { describe, expect, it } from "vitest";
import type { MeasureHistory, MeasurePoint, ScorecardDocument } from "../../src/dashboard/api-types.ts";
import {
  anchorLinesOf,
  anchorText,
  measureBesideText,
  measurePointText,
  valueRangeOf,
  windowText,
} from "../../src/dashboard/pages/account/measure-points.ts";
import { shippedDocuments } from "../../src/domain/config/document.ts";

const point: MeasurePoint = {
  at: "2026-11-24T12:00:00.000Z",
  value: 0.3,
  score: 16.67,
  effectiveWeight: 0.09,
  contribution: -3.125,
  freshness: 1,
  asOf: "2026-11-24T10:00:00.000Z",
  window: { from: "2026-10-28T00:00:00.000Z", to: "2026-11-25T00:00:00.000Z" },
  status: "ok",
  configVersion: "0",
};
const history: MeasureHistory = {
  key: "seat_use",
  title: "Seat use",
  unit: "ratio",
  from: "2026-11-17T12:00:00.000Z",
  to: "2026-11-24T12:00:00.000Z",
  step: "1d",
  points: [point],
};
const gap: MeasurePoint = {
  ...point,
  value: null,
  score: null,
  contribution: 0,
  window: null,
  status: "missing",
  note: "No seats are known.",
};

describe("a point of a measure's history", () => {
  it("tells value, score, what it brought, and on what it looked back, the last day included", () => {
    expect(measurePointText(history, point)).toBe("30.0 %, 16.7 of 100, −3.13 points of the score");
    expect(windowText(point)).toBe("28 Oct 2026 to 24 Nov 2026");
    expect(measureBesideText(point)).toBe("Looks back on 28 Oct 2026 to 24 Nov 2026");
  });

  it("is a gap with its reason where nothing was measured, and says when a value was held", () => {
    expect([measurePointText(history, gap), measureBesideText(gap)]).toEqual(["no data", "No seats are known."]);
    expect(measureBesideText({ ...point, window: null, status: "stale" })).toBe("Held: its source was late");
  });
});

describe("the lines of a measure", () => {
  const standard = shippedDocuments("scorecards").get("standard") as ScorecardDocument;

  it("are the floor, the target and the knots of its scorecard", () => {
    expect(anchorLinesOf(standard, "seat_use").map((line) => anchorText(line, "ratio"))).toEqual(["floor 20.0 %", "target 80.0 %"]);
    expect(anchorLinesOf(standard, "commitment_use").length).toBe(4);
    expect(anchorLinesOf(standard, "unknown")).toEqual([]);
  });

  it("and all values lie within the axis; a flat value alone has room too", () => {
    const [low, high] = valueRangeOf([point, gap, { ...point, value: 1.4 }], anchorLinesOf(standard, "seat_use"));
    expect([low < 0.2, high > 1.4, high < 1.6]).toEqual([true, true, true]);
    expect(valueRangeOf([{ ...point, value: 0 }], [])).toEqual([-1, 1]);
    expect(valueRangeOf([gap], [])).toEqual([0, 1]);
  });
});
