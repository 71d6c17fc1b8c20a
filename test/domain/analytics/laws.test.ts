import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { partForm } from "../../../src/domain/analytics/analysis.ts";
import { analyses } from "../../../src/domain/analytics/index.ts";
import { HOUR_MS } from "../../../src/domain/time.ts";
import { hash32 } from "../../../src/domain/hash.ts";
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

/** What a value is made of: names of fields, and what lies in lists and maps. */
function shapeOf(value: unknown): unknown {
  if (value instanceof Map) return ["map", ...[...value.values()].slice(0, 1).map(shapeOf)];
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, of]) => [name, shapeOf(of)]),
  );
}

test("a part that is made of something else has another form, as shards of the former version cannot make it", () => {
  const world = new AnalysisWorld();
  world.account("a", { plan: "pro" });
  const did = (type: string, data = {}): Told => ({ account: "a", at: NOW - 10 * 24 * HOUR_MS, type, user: { id: "ann" }, data });
  world.tell(
    did("session.started"),
    did("page.viewed", { page: "x" }),
    did("feature.used", { feature: "x" }),
    did("experiment.exposed", { experiment: "e", variant: "control" }),
  );
  const asked: readonly (typeof questions)[number][] = [["adoption", {}], ...questions];
  expect(new Set(asked.map(([kind]) => kind))).toEqual(new Set(analyses.keys()));
  const shapes = asked.map(([kind, given]) => JSON.stringify(shapeOf(world.partOf(kind, given))));
  // Whoever changes what a part is made of finds another figure here, and raises `partForm` with it.
  expect({ partForm, shapes: hash32(shapes.join()) }).toEqual({ partForm: 2, shapes: 1564310469 });
});
