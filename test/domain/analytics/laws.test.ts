import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOUR_MS } from "../../../src/domain/time.ts";
import { AnalysisWorld, NOW, type Told } from "../../support/analytics.ts";

const accounts = ["a", "b", "c", "d"];
const told: fc.Arbitrary<Told> = fc.oneof(
  fc.record({
    account: fc.constantFrom(...accounts),
    at: fc.integer({ min: 0, max: 60 * 24 * 4 }).map((quarters) => NOW - quarters * (HOUR_MS / 4)),
    type: fc.constantFrom("session.started", "feature.used", "page.viewed"),
    user: fc.constantFrom("ann", "bob", "cy").map((id) => ({ id })),
    data: fc.constantFrom("x", "y").map((name) => ({ feature: name, page: name })),
  }),
  fc.record({
    account: fc.constantFrom(...accounts),
    at: fc.integer({ min: 0, max: 60 * 24 }).map((hours) => NOW - hours * HOUR_MS),
    type: fc.constant("experiment.exposed"),
    user: fc.constantFrom("ann", "bob", "cy", "dee").map((id) => ({ id })),
    data: fc.record({ experiment: fc.constantFrom("e", "f"), variant: fc.constantFrom("control", "new") }),
  }),
);
const questions: readonly (readonly [string, Record<string, unknown>])[] = [
  ["funnel", { steps: [{ type: "session.started" }, { type: "feature.used", where: { feature: "x" } }], by: "plan" }],
  ["funnel", { steps: [{ type: "page.viewed" }, { type: "page.viewed" }, { type: "feature.used" }], unit: "accounts", windowDays: 0.5 }],
  ["paths", { anchor: { type: "session.started" } }],
  ["paths", { anchor: { type: "feature.used", where: { feature: "y" } }, direction: "previous", depth: 2 }],
  ["retention", { period: "week" }],
  ["retention", { period: "day", returned: "on_or_after", by: "plan", feature: "x" }],
  ["cohorts", { period: "week" }],
  ["cohorts", { period: "month", by: "plan", unit: "accounts" }],
  ["experiments", { from: "2026-09-01" }],
  ["experiments", { from: "2026-09-01", experiment: "e", goal: { type: "feature.used" }, metric: "count" }],
];

describe.each(questions)("%s %j", (kind, given) => {
  test("is the same whatever the order of events, and however accounts are spread over parts", () => {
    fc.assert(
      fc.property(fc.array(told, { maxLength: 60 }), (items) => {
        const events = items.map((one, i) => ({ ...one, id: `e${i}` }));
        const world = (some: readonly Told[]): AnalysisWorld => {
          const made = new AnalysisWorld();
          for (const [i, id] of accounts.entries()) made.account(id, { plan: ["pro", "free"][i % 2] });
          return made.tell(...some);
        };
        const whole = world(events).ask(kind, given);
        expect(world(events.toReversed()).ask(kind, given)).toEqual(whole);
        expect(world(events).ask(kind, given, [["d"], ["b", "c"], ["a"]])).toEqual(whole);
        expect(world(events).ask(kind, given, [["a"], ["d", "c", "b"]])).toEqual(whole);
        const some = world(events).ask(kind, given, [["d", "a"]]);
        expect(world(events).ask(kind, given, [["d", "a"]], ["b", "c"])).toEqual(some);
      }),
      { numRuns: 25 },
    );
  });
});
