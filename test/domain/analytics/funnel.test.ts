import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stepTimes } from "../../../src/domain/analytics/funnel.ts";
import { MINUTE_MS, DAY_MS } from "../../../src/domain/time.ts";
import { AnalysisWorld, NOW, type Told } from "../../support/analytics.ts";

const at = (daysAgo: number, minutes = 0): number => NOW - daysAgo * DAY_MS + minutes * MINUTE_MS;
const did = (account: string, person: string, type: string, when: number, data = {}): Told => ({
  account,
  at: when,
  type,
  user: { id: person },
  data,
});
const steps = [{ type: "session.started" }, { type: "page.viewed" }, { type: "feature.used", where: { feature: "Export" } }];

describe("a funnel", () => {
  test("counts people and accounts at each step, in order and within the window, with others in between", () => {
    const world = new AnalysisWorld();
    world.account("a", { plan: "pro" });
    world.account("b", { plan: "free" });
    world.tell(
      did("a", "ann", "session.started", at(9)),
      did("a", "ann", "lamp.lit", at(9, 1)),
      did("a", "ann", "page.viewed", at(9, 2)),
      did("a", "ann", "feature.used", at(9, 3), { feature: "Search" }),
      did("a", "ann", "feature.used", at(9, 12), { name: "Export" }),
      // The page was looked at before the session: not in order.
      did("a", "bob", "page.viewed", at(9)),
      did("a", "bob", "session.started", at(9, 1)),
      // Too late.
      did("b", "ann", "session.started", at(20)),
      did("b", "ann", "page.viewed", at(17)),
      // Nobody did it.
      { account: "b", at: at(3), type: "session.started" },
    );
    const { steps: found, groups } = world.ask("funnel", { steps, windowDays: 2, by: "plan" });
    expect(found).toEqual([
      {
        step: "session.started",
        count: 3,
        accounts: 2,
        conversion: 1,
        interval: null,
        fromPrevious: null,
        fromPreviousInterval: null,
        secondsFromPrevious: null,
        secondsFromStart: null,
      },
      {
        step: "page.viewed",
        count: 1,
        accounts: 1,
        conversion: 1 / 3,
        interval: null,
        fromPrevious: 1 / 3,
        fromPreviousInterval: null,
        secondsFromPrevious: { p50: 120, p90: 120 },
        secondsFromStart: { p50: 120, p90: 120 },
      },
      {
        step: "feature.used;feature=Export",
        count: 1,
        accounts: 1,
        conversion: 1 / 3,
        interval: null,
        fromPrevious: 1,
        fromPreviousInterval: null,
        secondsFromPrevious: { p50: 600, p90: 600 },
        secondsFromStart: { p50: 720, p90: 720 },
      },
    ]);
    expect(groups).toMatchObject([
      { value: "pro", steps: [{ count: 2 }, { count: 1 }, { count: 1 }] },
      { value: "free", steps: [{ count: 1 }, { count: 0 }, { count: 0 }] },
    ]);
  });

  test("tells how sure its shares are, by how accounts differ and not by people alone", () => {
    /** In each of 20 accounts ten people begin; `goOn` says how many go on. */
    const shareOfTwo = (goOn: (account: number) => number) => {
      const world = new AnalysisWorld();
      for (let account = 0; account < 20; account++)
        for (let person = 0; person < 10; person++) {
          world.tell(did(`a${account}`, `p${person}`, "session.started", at(9)));
          if (person < goOn(account)) world.tell(did(`a${account}`, `p${person}`, "page.viewed", at(9, 2)));
        }
      const [, second] = world.ask("funnel", { steps: steps.slice(0, 2), windowDays: 2 })["steps"] as {
        conversion: number;
        interval: { low: number; high: number };
        fromPreviousInterval: unknown;
      }[];
      expect(second?.conversion).toBe(0.5);
      expect(second?.fromPreviousInterval).toEqual(second?.interval);
      return second?.interval;
    };
    // 100 of 200 as by throws of a coin: Wilson's interval with 200 people and t of 19 degrees of freedom would be 0.43 to 0.57.
    const alike = shareOfTwo((account) => [3, 4, 5, 6, 7][account % 5] as number);
    const apart = shareOfTwo((account) => (account % 2 === 0 ? 0 : 10));
    expect(alike?.low).toBeGreaterThan(0.42);
    // All or none: as if each account were one person, 0.28 to 0.72.
    expect(apart?.low).toBeCloseTo(0.28, 1);
    expect(apart?.high).toBeCloseTo(0.72, 1);
  });

  test("of accounts takes the steps of different people together", () => {
    const world = new AnalysisWorld().tell(did("a", "ann", "session.started", at(2)), did("a", "bob", "page.viewed", at(2, 5)));
    const two = { steps: steps.slice(0, 2) };
    expect(world.ask("funnel", two)).toMatchObject({ steps: [{ count: 1 }, { count: 0 }] });
    expect(world.ask("funnel", { ...two, unit: "accounts" })).toMatchObject({ steps: [{ count: 1 }, { count: 1 }] });
  });

  test("agrees with trying out every choice of events", () => {
    const touches = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 12 }), mark: fc.constantFrom(1, 2, 4), tie: fc.integer({ min: 0, max: 9 }) }),
      { maxLength: 9 },
    );
    fc.assert(
      fc.property(touches, fc.integer({ min: 1, max: 12 }), (some, windowMs) => {
        const sorted = some.toSorted((a, b) => a.at - b.at || a.tie - b.tie);
        const range = { from: 2, to: 8, windowMs };
        expect(stepTimes(sorted, 3, range)).toEqual(longest(sorted, range));
      }),
      { numRuns: 500 },
    );
  });

  test("lets one event serve one step, and events of one instant come in any order", () => {
    const range = { from: 0, to: 10, windowMs: 10 };
    expect(stepTimes([{ at: 1, mark: 3, tie: 1 }], 2, range)).toEqual([1]);
    expect(
      stepTimes(
        [
          { at: 1, mark: 2, tie: 1 },
          { at: 1, mark: 1, tie: 2 },
        ],
        2,
        range,
      ),
    ).toEqual([1, 1]);
  });
});

type Touch = { at: number; mark: number; tie: number };
/** The times of the most steps that can be taken from the first start on, each as early as can be. Each event fits one step. */
function longest(touches: readonly Touch[], { from, to, windowMs }: { from: number; to: number; windowMs: number }): number[] {
  const starts = touches.filter(({ at: when, mark }) => mark === 1 && when >= from && when < to).map(({ at: when }) => when);
  if (starts.length === 0) return [];
  const start = Math.min(...starts);
  const after = (mark: number, when: number): number =>
    Math.min(...touches.filter((one) => one.mark === mark && one.at >= when && one.at <= start + windowMs).map((one) => one.at));
  const second = after(2, start);
  if (second === Infinity) return [start];
  const third = after(4, second);
  return third === Infinity ? [start, second] : [start, second, third];
}
