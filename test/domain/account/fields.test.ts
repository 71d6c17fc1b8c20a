import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expire } from "../../../src/domain/account/buckets.ts";
import { type FieldKind, fieldKey, numberIn } from "../../../src/domain/account/fields/counted-field.ts";
import { distinctIn, numbersIn, quantilesIn } from "../../../src/domain/account/fields/field-window.ts";
import { sumOf } from "../../../src/domain/account/fields/numbers.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { DayRecord } from "../../../src/domain/account/day-record.ts";
import type { Event } from "../../../src/domain/event.ts";
import { fieldDistinctPerDayMax } from "../../../src/domain/limits.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import { windowHours, type WindowLength } from "../../../src/domain/window-length.ts";
import { seededRandom } from "../../../scripts/seeded-random.ts";
import { event, NOW } from "../../support/account-builders.ts";

const type = "api.called";
const keyOf = (kind: FieldKind): string => fieldKey({ kind, type, field: "v" });
const keys = [keyOf("numbers"), keyOf("quantile"), keyOf("distinct")];
const counting = (): FoldedAccount => emptyAccount("acme", undefined, { counted: keys });
let made = 0;
const call = (occurredAt: number, v: unknown): Event => event({ id: `f${++made}`, type, occurredAt, data: { v } });

const folded = (events: readonly Event[], now = NOW): FoldedAccount => {
  const state = counting();
  for (const one of events) fold(state, one, now);
  expire(state, now);
  return state;
};

/** Everything that can be asked about a window. */
function figures({ fields }: FoldedAccount, length: WindowLength, at: number) {
  const hours = windowHours(length, at);
  const numbers = numbersIn(fields, keyOf("numbers"), hours);
  const quantiles = quantilesIn(fields, keyOf("quantile"), hours);
  const { count, errorRatio } = distinctIn(fields, keyOf("distinct"), hours);
  return {
    numbers:
      numbers === null ? null : { n: numbers.count, sum: sumOf(numbers), min: numbers.min, max: numbers.max, last: numbers.last.value },
    quartile: quantiles.at(0.25),
    distinct: count,
    exact: errorRatio === 0 && quantiles.errorRatio === 0,
  };
}

describe("fields of events", () => {
  test("say of any window what the events in it say, to the hour while hours are kept, and forget what has left it", () => {
    const values = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, min: -1e9, max: 1e9 }));
    const calls = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 * 24 * 60 }), values), { maxLength: 60 });
    const lengths = fc.oneof(
      fc.integer({ min: 1, max: 50 }).map((days): WindowLength => ({ days })),
      fc.integer({ min: 60, max: 36 * 24 * 60 }).map((minutes): WindowLength => ({ ms: minutes * 60_000 })),
    );
    fc.assert(
      fc.property(calls, lengths, fc.integer({ min: 0, max: 30 * 24 }), (told, length, laterHours) => {
        const events = told.map(([minutesAgo, v]) => call(NOW - minutesAgo * 60_000, v));
        const later = NOW + laterHours * HOUR_MS;
        const state = folded(events);
        expire(state, later);

        const from = "days" in length ? Math.floor(later / DAY_MS) * DAY_MS - (length.days - 1) * DAY_MS : later - length.ms;
        const firstKept = Math.floor(later / DAY_MS) * DAY_MS - 35 * DAY_MS;
        const bucketEnd = (at: number): number =>
          at < firstKept ? Math.floor(at / DAY_MS + 1) * DAY_MS : Math.floor(at / HOUR_MS + 1) * HOUR_MS;
        const inside = events.filter(({ occurredAt }) => bucketEnd(occurredAt) > from).sort((a, b) => a.occurredAt - b.occurredAt);
        const numbers = inside.map(({ data }) => numberIn(data["v"]) as number);
        const sorted = [...numbers].sort((a, b) => a - b);
        const found = figures(state, length, later);
        if (inside.length === 0) expect(found).toEqual({ numbers: null, quartile: null, distinct: 0, exact: true });
        else {
          expect(found.numbers?.n).toBe(inside.length);
          expect(found.numbers?.sum).toBeCloseTo(
            numbers.reduce((sum, v) => sum + v, 0),
            3,
          );
          expect([found.numbers?.min, found.numbers?.max]).toEqual([sorted[0], sorted.at(-1)]);
          const newest = inside.at(-1)?.occurredAt;
          expect(inside.filter(({ occurredAt }) => occurredAt === newest).map(({ data }) => numberIn(data["v"]))).toContain(
            found.numbers?.last,
          );
          expect(found.quartile).toBe(sorted[Math.max(0, Math.ceil(0.25 * (sorted.length - 1) - 0.5))]);
          expect(found.distinct).toBe(new Set(inside.map(({ data }) => String(data["v"]))).size);
          expect(found.exact).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("count numbers as numbers, and anything but lists and objects as values", () => {
    const state = folded([1, 0.1, 0.2, 1e13, Number.NaN, "12", "", true, null, [1], { a: 1 }].map((v) => call(NOW - HOUR_MS, v)));
    const { numbers, distinct } = figures(state, { days: 1 }, NOW);
    expect(numbers).toMatchObject({ n: 3, sum: 1.3, min: 0.1, max: 1 });
    expect(distinct).toBe(7);
  });

  test("lie in objects where the path leads, or under the whole path as one name; lists, texts and what objects inherit are not gone into", () => {
    const path = fieldKey({ kind: "numbers", type, field: "cart.total" });
    const inherited = fieldKey({ kind: "distinct", type, field: "cart.constructor.name" });
    const state = emptyAccount("acme", undefined, { counted: [path, inherited] });
    const say = (data: Record<string, unknown>): void => fold(state, event({ type, occurredAt: NOW - HOUR_MS, data }), NOW);
    say({ cart: { total: 3 } });
    say({ cart: { total: "4", sum: 9 } });
    say({ cart: { total: 5 }, "cart.total": 40 });
    say({ cart: { total: 6 }, "cart.total": null });
    for (const cart of [[{ total: 700 }], "total", null, 8, { total: { total: 9 } }]) say({ cart });
    say({ total: 1_000 });
    const window = windowHours({ days: 1 }, NOW);
    const numbers = numbersIn(state.fields, path, window);
    expect(numbers).toMatchObject({ count: 2, min: 3, max: 40 });
    expect(distinctIn(state.fields, inherited, window).count).toBe(0);
  });

  test("of older code, which took a name with dots for one name, are another field, and stay what they were", () => {
    const older = JSON.stringify(["numbers", type, "cart.total"]);
    expect(fieldKey({ kind: "numbers", type, field: "cart.total" })).not.toBe(older);
    const state = emptyAccount("acme", undefined, { counted: [older] });
    for (const data of [{ cart: { total: 3 } }, { "cart.total": 40 }]) fold(state, event({ type, occurredAt: NOW - HOUR_MS, data }), NOW);
    expect(numbersIn(state.fields, older, windowHours({ days: 1 }, NOW))).toMatchObject({ count: 1, max: 40 });
  });

  test("count true as 1 and false as 0, and nothing else", () => {
    const key = keyOf("booleans");
    const state = emptyAccount("acme", undefined, { counted: [key] });
    for (const v of [true, false, false, 1, 0, "true", null]) fold(state, call(NOW - HOUR_MS, v), NOW);
    for (const record of state.days.values()) record.close();
    const numbers = numbersIn(state.fields, key, windowHours({ days: 1 }, NOW));
    expect(numbers).toMatchObject({ count: 3, whole: 1, min: 0, max: 1 });
  });

  test("of the same instant the last value is the same in any order", () => {
    const events = [1, 2, 3].map((v) => event({ id: `same${v}`, type, occurredAt: NOW - HOUR_MS, data: { v } }));
    const one = figures(folded(events), { days: 1 }, NOW);
    expect(figures(folded(events.toReversed()), { days: 1 }, NOW)).toEqual(one);
  });

  test("bear names like those of any object without harm", () => {
    const own = fieldKey({ kind: "numbers", type, field: "__proto__" });
    const state = emptyAccount("acme", undefined, { counted: [own] });
    fold(state, call(NOW - HOUR_MS, 1), NOW);
    fold(state, event({ type, data: JSON.parse('{"__proto__": 5}') as Event["data"] }), NOW);
    const numbers = numbersIn(state.fields, own, windowHours({ days: 1 }, NOW));
    expect(numbers === null ? null : sumOf(numbers)).toBe(5);
  });

  test("of a great many values quantiles are right to 1 %, below zero and near it too, and distinct values to three times 1.15 %", () => {
    const random = seededRandom(3);
    const values = Array.from({ length: 15_000 }, () => (random() < 0.3 ? -1 : 1) * 10 ** (random() * 8 - 4));
    const state = folded(values.map((v, i) => call(NOW - (i % 48) * HOUR_MS, v)));
    for (const record of state.days.values()) record.close();
    const sorted = values.map((v) => numberIn(v) as number).sort((a, b) => a - b);
    const sketch = quantilesIn(state.fields, keyOf("quantile"), windowHours({ days: 3 }, NOW));
    for (const share of [0.01, 0.1, 0.3, 0.5, 0.9, 0.99]) {
      const exact = sorted[Math.ceil(share * (sorted.length - 1) - 0.5)] as number;
      expect(Math.abs((sketch.at(share) as number) - exact)).toBeLessThanOrEqual(Math.abs(exact) * 0.0101);
    }
    const counter = distinctIn(state.fields, keyOf("distinct"), windowHours({ days: 3 }, NOW));
    const truth = new Set(values.map(String)).size;
    expect(counter.errorRatio).toBeGreaterThan(0);
    expect(counter.errorRatio).toBeLessThan(0.0116);
    expect(Math.abs(counter.count - truth)).toBeLessThan(truth * 3 * 0.0115);
  });

  test("take no more room in a day than is promised, whatever comes", () => {
    const state = counting();
    for (let i = 0; i < 3 * fieldDistinctPerDayMax; i++) fold(state, call(NOW - (i % 10) * HOUR_MS, Math.sin(i) * 1e6), NOW);
    for (const record of state.days.values()) {
      const empty = DayRecord.empty(record.day, state.metricNames).toPage().byteLength;
      expect(record.toPage().byteLength - empty).toBeLessThan(80_000);
    }
  });

  test("are read from packed days as they lie: no day is opened", () => {
    const state = folded([call(NOW - DAY_MS, 5), event({ occurredAt: NOW - DAY_MS, user: { id: "ana" } })]);
    for (const record of state.days.values()) record.close();
    const before = [...state.days.values()].map(({ bytes }) => bytes);
    expect(figures(state, { days: 3 }, NOW).numbers?.sum).toBe(5);
    expect([...state.days.values()].map(({ bytes }) => bytes)).toEqual(before);
  });
});
