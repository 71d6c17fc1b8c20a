import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { windowsPerJobMax } from "../../../src/domain/limits.ts";
import { mergeSessions } from "../../../src/domain/windows/window.ts";
import { type Aggregate, type Firing, WindowJob, WindowSettingsSchema } from "../../../src/domain/windows/window-job.ts";
import { windowsOf, WindowSpecSchema } from "../../../src/domain/windows/window-spec.ts";
import { fromText, toText } from "../../../src/domain/windows/window-state.ts";

const sum: Aggregate<number, number> = { of: (value) => value, merge: (a, b) => a + b };
type Step = readonly [at: number, value: number] | { readonly to: number };

/** Tells by step: [step, start, end, sum]. */
function run(settings: object, steps: readonly Step[]): { told: number[][]; late: number[] } {
  const job = new WindowJob(WindowSettingsSchema.parse(settings), sum);
  const state = job.start();
  const told: number[][] = [];
  const late: number[] = [];
  for (const [i, step] of steps.entries()) {
    const tell = (firings: readonly Firing<number>[]): void => {
      for (const { window, content } of firings) told.push([i, window.startMs, window.endMs, content]);
    };
    if ("to" in step) tell(job.advance(state, step.to));
    else {
      const { outcome, firings } = job.take(state, { key: "k", at: step[0], item: step[1] });
      if (outcome === "late") late.push(step[0]);
      tell(firings);
    }
  }
  return { told, late };
}

const tumbling = { type: "tumbling", size: 10 };
const session = { type: "session", gap: 10 };
const END = Number.POSITIVE_INFINITY;

describe("a window that has told", () => {
  test("tells its whole content again with each event while it is kept, and refuses what comes after", () => {
    const steps: Step[] = [[1, 1], { to: 9 }, [2, 10], { to: 13 }, [3, 100], { to: 14 }, [4, 1000]];
    expect(run({ window: tumbling, allowedLatenessMs: 5 }, steps)).toEqual({
      told: [
        [1, 0, 10, 1],
        [2, 0, 10, 11],
        [4, 0, 10, 111],
      ],
      late: [4],
    });
  });

  test("tells only what came since when it is purged", () => {
    const steps: Step[] = [[1, 1], { to: 9 }, { to: 10 }, [2, 10], { to: 11 }];
    expect(run({ window: tumbling, allowedLatenessMs: 5, purge: true }, steps).told).toEqual([
      [1, 0, 10, 1],
      [3, 0, 10, 10],
    ]);
  });
});

test("an event is refused by the older of its sliding windows and taken by the newer", () => {
  const steps: Step[] = [{ to: 12 }, [8, 1], { to: END }];
  expect(run({ window: { type: "sliding", size: 10, slide: 5 } }, steps)).toEqual({ told: [[2, 5, 15, 1]], late: [] });
});

describe("sessions", () => {
  test("a late event that joins an open one is not late, and may join two", () => {
    const steps: Step[] = [[0, 1], [18, 10], { to: 12 }, [9, 100], { to: END }];
    // The first session has told at 12 and is gone; what it could have joined is the second.
    expect(run({ window: session }, steps)).toEqual({
      told: [
        [2, 0, 10, 1],
        [4, 9, 28, 110],
      ],
      late: [],
    });
  });

  test("kept ones grow together and tell again when the new end comes", () => {
    const steps: Step[] = [[0, 1], [18, 10], { to: 12 }, [9, 100], { to: 27 }];
    expect(run({ window: session, allowedLatenessMs: 20 }, steps).told).toEqual([
      [2, 0, 10, 1],
      [4, 0, 28, 111],
    ]);
  });

  test("the worked example of docs/design/time.md", () => {
    const steps: Step[] = [[0, 1], [50, 1], { to: 30 }, [25, 1], { to: 80 }, { to: 140 }, [40, 1]];
    expect(run({ window: { type: "session", gap: 30 }, allowedLatenessMs: 60 }, steps)).toEqual({
      told: [
        [2, 0, 30, 1],
        [4, 0, 80, 3],
      ],
      late: [40],
    });
  });

  test("that touch are one", () => {
    expect(run({ window: session }, [[0, 1], [10, 1], [21, 1], { to: END }]).told).toEqual([
      [3, 0, 20, 2],
      [3, 21, 31, 1],
    ]);
  });
});

describe("sessions with a gap that each event gives", () => {
  type Told = { readonly key: string; readonly at: number; readonly value: number };
  /** Key, start, end and sum of each session at the end of input; `restart`: saved and read again after each event. */
  function sessionsBy(gap: string, events: readonly Told[], restart = false): { told: string[]; refused: string[] } {
    const job = new WindowJob(WindowSettingsSchema.parse({ window: { type: "session", gap } }), sum);
    let state = job.start();
    const refused: string[] = [];
    for (const { key, at, value } of events) {
      const taken = job.take(state, { key, at, item: value, event: { ts: at, key, value } });
      if (taken.outcome === "refused") refused.push(taken.reason);
      if (restart) state = fromText(toText(state)) as typeof state;
    }
    const told = job.advance(state, END).map(({ key, window, content }) => `${key} ${window.startMs}-${window.endMs}: ${content}`);
    return { told: told.sort(), refused };
  }
  const of = (key: string, ...events: readonly (readonly [at: number, value: number])[]): Told[] =>
    events.map(([at, value]) => ({ key, at, value }));

  test("end so long after the event that ends last, by keys and values", () => {
    const gap = 'event.key == "slow" ? 100 : event.value == 7 ? 5 : 20';
    const events = [...of("slow", [0, 1], [90, 2], [185, 4]), ...of("fast", [0, 1], [19, 7], [24, 2], [60, 7], [66, 1])];
    const told = ["fast 0-44: 10", "fast 60-65: 7", "fast 66-86: 1", "slow 0-285: 7"];
    for (const restart of [false, true]) expect(sessionsBy(gap, events, restart)).toEqual({ told, refused: [] });
  });

  test("of 0 are points: they lie in a session that they fall into or touch and make it no longer", () => {
    const gap = "event.value == 9 ? 0 : 30";
    const events = [...of("in", [0, 1], [10, 9], [25, 9]), ...of("edge", [10, 9], [0, 2], [40, 9]), ...of("alone", [5, 9])];
    const told = ["alone 5-5: 9", "edge 0-30: 11", "edge 40-40: 9", "in 0-30: 19"];
    for (const restart of [false, true]) expect(sessionsBy(gap, events, restart)).toEqual({ told, refused: [] });
  });

  test("of 0 are taken while their moment is ahead of the watermark, told when it is there and late from then on", () => {
    const job = new WindowJob(WindowSettingsSchema.parse({ window: { type: "session", gap: "0" } }), sum);
    const state = job.start();
    const happening = { key: "k", at: 5, item: 1 };
    expect(job.advance(state, 4)).toEqual([]);
    expect(job.take(state, happening).outcome).toBe("taken");
    expect(job.advance(state, 5)).toEqual([{ key: "k", window: { startMs: 5, endMs: 5 }, content: 1 }]);
    expect(job.take(state, happening).outcome).toBe("late");
  });

  test("hold the same in every order of what is ahead of a watermark, points among them", () => {
    const someEvents = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 9 })), { maxLength: 30 });
    fc.assert(
      fc.property(someEvents, fc.func(fc.integer()), (events, shuffle) => {
        const job = new WindowJob(WindowSettingsSchema.parse({ window: { type: "session", gap: "event.value" } }), sum);
        const told = (list: typeof events): unknown => {
          const state = job.start();
          job.advance(state, 0);
          for (const [at, value] of list)
            expect(job.take(state, { key: "k", at, item: value, event: { ts: at, key: "k", value } }).outcome).toBe("taken");
          return [...job.advance(state, END)].sort((a, b) => a.window.startMs - b.window.startMs);
        };
        expect(told([...events].sort((a, b) => shuffle(a) - shuffle(b)))).toEqual(told(events));
      }),
    );
  });

  test("take durations, arithmetic and what is there; who gives no length is refused with the reason and changes nothing", () => {
    expect(sessionsBy('duration("1s")', of("k", [0, 1])).told).toEqual(["k 0-1000: 1"]);
    expect(sessionsBy("event.value * 10", of("k", [0, 3])).told).toEqual(["k 0-30: 3"]);
    expect(sessionsBy("has(event.gap) ? event.gap : 4", of("k", [0, 1])).told).toEqual(["k 0-4: 1"]);
    expect(sessionsBy("event.value", of("k", [0, 5], [3, -1])).refused).toEqual([expect.stringMatching(/-1 ms: it cannot be less than 0/)]);
    const absent = sessionsBy("event.constructor", of("k", [0, 5]));
    expect(absent).toEqual({ told: [], refused: [expect.stringContaining("No such key")] });
    expect(sessionsBy("event.key", of("k", [0, 5])).refused).toEqual([expect.stringContaining("no length of time")]);
  });
});

describe("triggers", () => {
  test("by count: at every n-th event, and not at the window's end", () => {
    const steps: Step[] = [[1, 1], [2, 1], [3, 1], [4, 1], [5, 1], { to: END }];
    expect(run({ window: tumbling, trigger: { count: 2 } }, steps).told).toEqual([
      [1, 0, 10, 2],
      [3, 0, 10, 4],
    ]);
    expect(run({ window: { type: "global" }, trigger: { count: 2 }, purge: true }, steps).told.map(([i, , , total]) => [i, total])).toEqual(
      [
        [1, 2],
        [3, 2],
      ],
    );
  });

  test("by count: what merges counts together", () => {
    const steps: Step[] = [
      [0, 1],
      [20, 1],
      [10, 1],
    ];
    expect(run({ window: session, trigger: { count: 3 } }, steps).told).toEqual([[2, 0, 30, 3]]);
  });

  test("by time: at each multiple above the first event, and at the last moment", () => {
    const steps: Step[] = [[5, 1], { to: 7 }, { to: 8 }, [9, 1], { to: 16 }, { to: 19 }];
    expect(run({ window: { type: "tumbling", size: 20 }, trigger: { every: 4 } }, steps).told).toEqual([
      [2, 0, 20, 1],
      [4, 0, 20, 2],
      [4, 0, 20, 2],
      [5, 0, 20, 2],
    ]);
  });

  test("at the end of input only", () => {
    const steps: Step[] = [[1, 1], { to: 50 }, [100, 1], { to: END }];
    expect(run({ window: { type: "global" }, trigger: "end" }, steps).told.map(([i, , , total]) => [i, total])).toEqual([[3, 2]]);
  });

  test("without one the whole of time never tells", () => {
    expect(run({ window: { type: "global" } }, [[1, 1], { to: END }])).toEqual({ told: [], late: [] });
  });
});

describe("laws", () => {
  const aSpec = fc.oneof(
    fc.record({ type: fc.constant("tumbling"), size: fc.integer({ min: 2, max: 20 }), offset: fc.integer({ min: -1, max: 1 }) }),
    fc.record({ type: fc.constant("sliding"), size: fc.integer({ min: 2, max: 30 }), slide: fc.integer({ min: 2, max: 12 }) }),
    fc.record({ type: fc.constant("session"), gap: fc.integer({ min: 1, max: 12 }) }),
  );
  const someEvents = fc.array(fc.tuple(fc.integer({ min: -100, max: 100 }), fc.integer({ min: 1, max: 1_000_000 })), { maxLength: 40 });

  test("what a window holds does not depend on the order of events", () => {
    fc.assert(
      fc.property(aSpec, someEvents, fc.func(fc.integer()), (window, events, shuffle) => {
        const shuffled = [...events].sort((a, b) => shuffle(a) - shuffle(b));
        const told = (list: readonly (readonly [number, number])[]): number[][] =>
          run({ window }, [...list, { to: END }])
            .told.map(([, ...rest]) => rest)
            .sort((a, b) => (a[0] as number) - (b[0] as number));
        expect(told(shuffled)).toEqual(told(events));
      }),
    );
  });

  test("sessions of a job are the merged windows of its events; each event lies in all its windows", () => {
    fc.assert(
      fc.property(aSpec, someEvents, (window, events) => {
        const spec = WindowSpecSchema.parse(window);
        const assign = windowsOf(spec);
        const all = events.flatMap(([at]) => {
          const assigned = assign(at);
          return assigned.ok ? [...assigned.value] : [];
        });
        const merged = spec.type === "session" ? mergeSessions(all) : [...new Map(all.map((one) => [one.startMs, one])).values()];
        const told = run({ window }, [...events, { to: END }]).told;
        const bounds = (list: readonly (readonly (number | undefined)[])[]): string[] =>
          list.map(([start, end]) => `${start}/${end}`).sort();
        expect(bounds(told.map(([, start, end]) => [start, end]))).toEqual(bounds(merged.map(({ startMs, endMs }) => [startMs, endMs])));
      }),
    );
  });
});

describe("bounds", () => {
  test("one window more than a job may keep is refused and told, and there is room again later", () => {
    const job = new WindowJob(WindowSettingsSchema.parse({ window: tumbling }), sum);
    const state = job.start();
    for (let i = 0; i < windowsPerJobMax; i++) job.take(state, { key: `k${i}`, at: 1, item: 1 });
    expect(job.take(state, { key: "one more", at: 1, item: 1 }).outcome).toBe("full");
    expect(job.take(state, { key: "k0", at: 2, item: 1 }).outcome).toBe("taken");
    job.advance(state, 9);
    expect(job.take(state, { key: "one more", at: 11, item: 1 }).outcome).toBe("taken");
    expect(state.kept).toBe(1);
  });

  test.each([
    ["no length", { type: "tumbling", size: 0 }, "window/size"],
    ["an offset as long as the window", { type: "tumbling", size: 5, offset: -5 }, "window/offset"],
    ["an offset as long as the slide", { type: "sliding", size: 5, slide: 3, offset: 3 }, "window/offset"],
    ["no gap", { type: "session", gap: 0 }, "window/gap"],
    ["a gap that does not parse", { type: "session", gap: "event.value ==" }, "window/gap"],
    ["a gap of something that is no event", { type: "session", gap: "account.mrr()" }, "window/gap"],
    ["a gap that is no length", { type: "session", gap: "event.value == 33" }, "window/gap"],
    ["a gap whose cost has no bound", { type: "session", gap: "event.key.matches('(a+)+') ? 1 : 2" }, "window/gap"],
    ["more windows than an event may lie in", { type: "sliding", size: 86_400_000, slide: 1_000 }, "window/slide"],
  ])("%s is refused, with the place", (_name, window, place) => {
    const result = WindowSettingsSchema.safeParse({ window });
    expect(result.error?.issues[0]?.path.join("/")).toBe(place);
  });

  test("a trigger that would fire without bound is refused", () => {
    expect(WindowSettingsSchema.safeParse({ window: { type: "tumbling", size: 86_400_000 }, trigger: { every: 1 } }).success).toBe(false);
  });

  test("a state of another layout is not read", () => {
    expect(fromText(JSON.stringify({ layout: 0, watermark: 1, rows: [] }))).toBeNull();
  });
});
