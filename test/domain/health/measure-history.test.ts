import { expect, test } from "vitest";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { healthEvaluator } from "../../../src/domain/health/evaluate.ts";
import { measureHistory } from "../../../src/domain/health/measure-history.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import { NOW, anAccount, daysAgo, ticket, used } from "../../support/health-account.ts";

const midnight = Date.UTC(2026, 10, 24);

test("a measure over time says of each point what it looked back on, and where the source was behind it ends there", () => {
  const state = anAccount({ seats: 10 });
  for (const user of [1, 2]) used(state, user, daysAgo(1));
  used(state, 3, NOW);
  ticket(state, { id: "1", at: daysAgo(3), solvedAt: daysAgo(2) });
  state.watermarks.set("zen/webhook", NOW - 12 * HOUR_MS);
  const evaluate = healthEvaluator(state, standardScorecard);
  const documents = [daysAgo(2), daysAgo(1), NOW].map((at) => evaluate(at));

  const seats = measureHistory("seat_use", documents);
  expect(seats.measure).toEqual({ key: "seat_use", title: "Seat use", unit: "ratio" });
  expect(seats.points.map(({ value, status, window }) => ({ value, status, window }))).toEqual([
    { value: null, status: "missing", window: { from: midnight - 29 * DAY_MS, to: midnight - DAY_MS } },
    { value: 0.2, status: "ok", window: { from: midnight - 28 * DAY_MS, to: midnight } },
    { value: 0.3, status: "ok", window: { from: midnight - 27 * DAY_MS, to: midnight + DAY_MS } },
  ]);

  const reopened = measureHistory("reopen_rate", documents).points[2];
  const heldAt = NOW - 12 * HOUR_MS;
  expect(reopened).toMatchObject({ status: "stale", window: { from: heldAt - 90 * DAY_MS, to: heldAt } });
  expect(measureHistory("weighted_backlog", documents).points.map(({ window }) => window)).toEqual([null, null, null]);
});

test("a measure that no scorecard has is none, and one that came later is missing before", () => {
  const state = anAccount({ seats: 10 });
  used(state, 1, daysAgo(1));
  const without = {
    ...standardScorecard,
    dimensions: standardScorecard.dimensions.map((one) => ({ ...one, measures: one.measures.filter(({ key }) => key !== "seat_use") })),
  };
  const documents = [healthEvaluator(state, without)(daysAgo(1)), healthEvaluator(state, standardScorecard)(NOW)];
  expect(measureHistory("nobody", documents).measure).toBeNull();
  const { measure, points } = measureHistory("seat_use", documents);
  expect(points.map(({ at }) => at)).toEqual([daysAgo(1), NOW]);
  expect(measure?.key).toBe("seat_use");
  expect(points).toMatchObject([
    { status: "missing", effectiveWeight: 0, note: "The scorecard of this time does not have it." },
    { status: "ok", value: 0.1 },
  ]);
});
