import { describe, expect, test } from "vitest";
import { mergeSessions, type Window } from "../../../src/domain/windows/window.ts";
import { type Aggregate, type Firing, WindowJob, WindowSettingsSchema } from "../../../src/domain/windows/window-job.ts";
import { windowsOf, WindowSpecSchema } from "../../../src/domain/windows/window-spec.ts";
import { fromText, toText } from "../../../src/domain/windows/window-state.ts";
// Behaviour taken from the facts in Apache Flink's own tests; the file says which, and what its fields mean.
import document from "./examples.json" with { type: "json" };

type Step = { ts: number; id: string; key?: string; value?: number } | { watermark: number | "end" } | { restart: true };
type Expected = { key?: string; start?: number; end?: number; sum: number; by: number };
type Example = {
  id: string;
  window?: unknown;
  trigger?: unknown;
  allowedLateness?: number;
  purge?: boolean;
  events?: Step[];
  expected?: Expected[];
  expectedLate?: string[];
  assign?: { ts: number; windows: [number, number][] }[];
  mergeInput?: [number, number][];
  mergeResult?: [number, number][];
  invalid?: unknown[];
};
const examples = document.cases as unknown as Example[];

const sum: Aggregate<number, number> = { of: (value) => value, merge: (a, b) => a + b };
const compare = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const toPair = ({ startMs, endMs }: Window): [number, number] => [startMs, endMs];

function run(example: Example, restartAlways: boolean): { results: Required<Expected>[]; late: string[] } {
  const { window, trigger = null, allowedLateness = 0, purge = false } = example;
  const job = new WindowJob(WindowSettingsSchema.parse({ window, trigger, allowedLatenessMs: allowedLateness, purge }), sum);
  let state = job.start();
  const results: Required<Expected>[] = [];
  const late: string[] = [];
  for (const [by, step] of (example.events ?? []).entries()) {
    const tell = (firings: readonly Firing<number>[]): void => {
      for (const { key, window: told, content } of firings) results.push({ key, start: told.startMs, end: told.endMs, sum: content, by });
    };
    if ("ts" in step) {
      const { outcome, firings } = job.take(state, { key: step.key ?? "", at: step.ts, item: step.value ?? 0, event: step });
      if (outcome === "late") late.push(step.id);
      tell(firings);
    } else if ("watermark" in step) tell(job.advance(state, step.watermark === "end" ? Number.POSITIVE_INFINITY : step.watermark));
    if ("restart" in step || restartAlways) state = fromText(toText(state)) as typeof state;
  }
  return { results, late };
}

test("every case of the file is run by one of the tests below", () => {
  const known = examples.filter(({ events, assign, mergeInput, invalid }) => events ?? assign ?? mergeInput ?? invalid);
  expect(known).toHaveLength(examples.length);
  expect(examples.length).toBeGreaterThan(0);
});

describe.each([
  ["as told", false],
  ["with a restart after every step", true],
])("firing, %s", (_name, restartAlways) => {
  test.each(examples.filter(({ events }) => events !== undefined))("$id", (example) => {
    const { results, late } = run(example, restartAlways);
    const expected = example.expected ?? [];
    // Where an expectation leaves something out, it is not compared.
    const shown = results.map((result) =>
      Object.fromEntries(Object.entries(result).filter(([name]) => expected.length === 0 || name in (expected[0] as object))),
    );
    expect(shown.sort(compare)).toEqual(
      expected
        .map(({ key, start, end, sum: total, by }) => ({
          ...(key === undefined ? {} : { key }),
          ...(start === undefined ? {} : { start }),
          ...(end === undefined ? {} : { end }),
          sum: total,
          by,
        }))
        .sort(compare),
    );
    expect(late).toEqual(example.expectedLate ?? []);
  });
});

describe("windows of an instant", () => {
  test.each(examples.filter(({ assign }) => assign !== undefined))("$id", ({ window, assign = [] }) => {
    const assignTo = windowsOf(WindowSpecSchema.parse(window));
    for (const { ts, windows } of assign) {
      const assigned = assignTo(ts);
      expect(assigned.ok && assigned.value.map(toPair)).toEqual([...windows].sort(([a], [b]) => a - b));
    }
  });
});

test.each(examples.filter(({ mergeInput }) => mergeInput !== undefined).map((example) => [example.id, example] as const))(
  "merging: %s",
  (_id, { mergeInput = [], mergeResult = [] }) => {
    expect(mergeSessions(mergeInput.map(([startMs, endMs]) => ({ startMs, endMs }))).map(toPair)).toEqual(mergeResult);
  },
);

test.each(examples.filter(({ invalid }) => invalid !== undefined).map((example) => [example.id, example] as const))(
  "refused: %s",
  (_id, { invalid = [] }) => {
    expect(invalid.filter((window) => WindowSpecSchema.safeParse(window).success)).toEqual([]);
  },
);
