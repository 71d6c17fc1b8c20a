import fc from "fast-check";
import { expect, test } from "vitest";
import { fieldKey } from "../../../src/domain/account/fields/counted-field.ts";
import { distinctIn, numbersIn, quantilesIn } from "../../../src/domain/account/fields/field-window.ts";
import { sumOf } from "../../../src/domain/account/fields/numbers.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { restatementsPerAccountMax } from "../../../src/domain/limits.ts";
import { DAY_MS, dayOf } from "../../../src/domain/time.ts";
import type { Event } from "../../../src/domain/event.ts";
import { event, NOW } from "../../support/account-builders.ts";

const type = "export.finished";
const keys = (["numbers", "quantile", "distinct"] as const).map((kind) => fieldKey({ kind, type, field: "rows" }));
const [numbers, quantile, distinct] = keys as [string, string, string];
const counting = (): FoldedAccount => emptyAccount("acme", undefined, { counted: keys });

let count = 0;
/** Each a moment after the one before. */
const exported = (rows: unknown, daysAgo = 20): Event =>
  event({ id: `x${count++}`, type, occurredAt: NOW - daysAgo * DAY_MS + count, receivedAt: NOW, data: { rows } });
const ofRows = (state: FoldedAccount): Readonly<Record<string, number | null>> =>
  Object.fromEntries(
    (state.restatements[0]?.figures ?? []).filter(({ metric }) => metric.includes('"rows"')).map(({ metric, change }) => [metric, change]),
  );

test("a late event lists each closed figure of a field that a measure asks about", () => {
  const state = counting();
  for (const rows of [10, 30, 40]) fold(state, exported(rows), NOW);
  fold(state, exported(4.25), NOW, true);
  expect(ofRows(state)).toEqual({
    'sum("export.finished", "rows")': 4.25,
    'count("export.finished", "rows")': 1,
    'min("export.finished", "rows")': -5.75,
    'last("export.finished", "rows")': -35.75,
    'quantile("export.finished", "rows", 0.5)': -20,
    'distinct("export.finished", "rows")': 1,
  });
  expect(state.restatements[0]?.figures.every(({ day }) => day === dayOf(NOW) - 20)).toBe(true);
});

test("where there was no value before it, the difference is not told; what is no number counts only as a different value", () => {
  const first = counting();
  fold(first, exported(7), NOW, true);
  expect(ofRows(first)).toMatchObject({ 'sum("export.finished", "rows")': 7, 'max("export.finished", "rows")': null });
  const word = counting();
  fold(word, exported("many"), NOW, true);
  expect(ofRows(word)).toEqual({ 'distinct("export.finished", "rows")': 1 });
});

test("a field that lies in an object is listed by its path, and what was true by how often and by its share", () => {
  const state = emptyAccount("acme", undefined, {
    counted: [fieldKey({ kind: "booleans", type, field: "job.done" }), fieldKey({ kind: "numbers", type, field: "job.files" })],
  });
  const job = (done: unknown, files: number): Event => ({ ...exported(null), data: { job: { done, files } } });
  for (const done of [true, false, "yes"]) fold(state, job(done, 2), NOW);
  fold(state, job(false, 2), NOW, true);
  const told = (state.restatements[0]?.figures ?? []).filter(({ metric }) => metric.includes('"job.'));
  expect(Object.fromEntries(told.map(({ metric, change }) => [metric, change]))).toEqual({
    'share_true("export.finished", "job.done")': -0.166667,
    'sum("export.finished", "job.files")': 2,
    'count("export.finished", "job.files")': 1,
  });
});

test("a field that nobody asks about, another type, and what happened today are not listed", () => {
  const [unasked, other, now] = [emptyAccount("acme"), counting(), counting()];
  fold(unasked, exported(7), NOW, true);
  fold(other, { ...exported(7), type: "import.finished" }, NOW, true);
  fold(now, exported(7, 0), NOW, true);
  expect([ofRows(unasked), ofRows(other), ofRows(now)]).toEqual([{}, {}, {}]);
});

test("of a delivery with more late events than the ledger lists, the further ones name the figures that may differ", () => {
  const state = counting();
  for (let n = 0; n <= restatementsPerAccountMax; n++) fold(state, { ...exported(n), id: `e${String(n).padStart(3, "0")}` }, NOW, true);
  expect(ofRows(state)).toMatchObject({ 'sum("export.finished", "rows")': null, 'distinct("export.finished", "rows")': null });
});

test("what the ledger says is the difference of what measures read before and after", () => {
  const dayAgo = dayOf(NOW) - 20;
  const window = { firstDay: dayAgo - 3, firstHour: 0, lastDay: dayAgo, lastHour: 23 };
  const read = (state: FoldedAccount) => {
    const all = numbersIn(state.fields, numbers, window);
    return {
      sum: all === null ? 0 : sumOf(all),
      max: all?.max ?? null,
      median: quantilesIn(state.fields, quantile, window).at(0.5),
      different: distinctIn(state.fields, distinct, window).count,
    };
  };
  const rows = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.double({ min: -9, max: 9, noNaN: true }), fc.constantFrom("a", "b"));
  fc.assert(
    fc.property(fc.array(rows, { maxLength: 8 }), rows, fc.boolean(), (before, late, isPacked) => {
      const state = counting();
      for (const one of before) fold(state, exported(one), NOW);
      if (isPacked) for (const record of state.days.values()) record.close();
      const old = read(state);
      fold(state, exported(late), NOW, true);
      const told = ofRows(state);
      const now = read(state);
      const change = (name: string): number => told[name] ?? 0;
      expect(change('sum("export.finished", "rows")')).toBeCloseTo(now.sum - old.sum, 5);
      expect(change('distinct("export.finished", "rows")')).toBe(now.different - old.different);
      if (old.max !== null) expect(change('max("export.finished", "rows")')).toBeCloseTo((now.max as number) - old.max, 5);
      if (old.median !== null)
        expect(change('quantile("export.finished", "rows", 0.5)')).toBeCloseTo((now.median as number) - old.median, 5);
    }),
    { numRuns: 200 },
  );
});
