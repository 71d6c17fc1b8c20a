import { describe, expect, test } from "vitest";
import { fromPages, toHeadPage } from "../../../src/domain/account/account-pages.ts";
import { expire } from "../../../src/domain/account/buckets.ts";
import { ByteReader } from "../../../src/domain/account/bytes.ts";
import { DistinctCounter } from "../../../src/domain/account/distinct-counter.ts";
import { beginCounting } from "../../../src/domain/account/fields/begin-counting.ts";
import { fieldKey, olderFieldKeys } from "../../../src/domain/account/fields/counted-field.ts";
import { DistinctPart } from "../../../src/domain/account/fields/distinct.ts";
import { plainPart } from "../../../src/domain/account/fields/field-day.ts";
import { type Hours, WHOLE_DAY } from "../../../src/domain/account/fields/field-part.ts";
import { distinctIn } from "../../../src/domain/account/fields/field-window.ts";
import { fold, foldFieldsAgain } from "../../../src/domain/account/fold.ts";
import { cleanScores, emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { hash53 } from "../../../src/domain/account/id-hash.ts";
import type { Event } from "../../../src/domain/event.ts";
import { HyperLogLog } from "../../../src/domain/hyper-log-log.ts";
import { distinctExactMax, fieldDistinctPerDayMax } from "../../../src/domain/limits.ts";
import { DAY_MS, dayOf, HOUR_MS } from "../../../src/domain/time.ts";
import { windowHours, type WindowLength } from "../../../src/domain/window-length.ts";
import { seededRandom } from "../../../scripts/seeded-random.ts";
import { event, NOW } from "../../support/account-builders.ts";

type Value = { readonly slot: number; readonly value: string };
const allDay: Hours = { first: 0, last: 23 };
const partOf = (values: Iterable<Value>): DistinctPart => {
  const part = new DistinctPart();
  for (const one of values) part.add(one);
  return part;
};
const written = (part: DistinctPart): DistinctPart => {
  const [, ...bytes] = plainPart(part);
  return DistinctPart.read(new ByteReader(Uint8Array.from(bytes)));
};
const counted = (parts: readonly (readonly [DistinctPart, Hours])[]): DistinctCounter => {
  const counter = new DistinctCounter();
  for (const [part, hours] of parts) part.addTo(counter, hours);
  return counter;
};
const sketchOf = (values: Iterable<string>): HyperLogLog => {
  const sketch = new HyperLogLog();
  for (const value of values) sketch.add(hash53(value));
  return sketch;
};
/** Some values over the hours of a day, many of them more than once. */
function someValues(seed: number, different: number, times = different * 1.5): Value[] {
  const random = seededRandom(seed);
  const once = Array.from({ length: different }, (_, i) => ({ slot: Math.floor(random() * 24), value: `${seed}/${i}` }));
  const again = Array.from({ length: times - different }, () => ({
    slot: Math.floor(random() * 24),
    value: `${seed}/${Math.floor(random() * different)}`,
  }));
  return shuffled([...once, ...again], random);
}
const shuffled = <T>(list: readonly T[], random: () => number): T[] =>
  list
    .map((one) => [random(), one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one);
const rootMeanSquare = (of: readonly number[]): number => Math.sqrt(of.reduce((sum, one) => sum + one ** 2, 0) / of.length);

describe("distinct values of a day", () => {
  test("are exact up to the bound, and one value more makes sketches of them: of which they are the same whatever the order and however often they came", () => {
    for (const different of [fieldDistinctPerDayMax, fieldDistinctPerDayMax + 1]) {
      const values = someValues(different, different, different * 1.2);
      const part = partOf(values);
      const { count, errorRatio } = counted([[part, allDay]]);
      if (different === fieldDistinctPerDayMax) expect([count, errorRatio]).toEqual([different, 0]);
      else expect([count, errorRatio]).toEqual([sketchOf(values.map(({ value }) => value)).count, HyperLogLog.errorRatio]);
      expect(plainPart(partOf(values.toReversed()))).toEqual(plainPart(part));
      expect(plainPart(partOf([...shuffled(values, seededRandom(1)), ...values.slice(0, 500)]))).toEqual(plainPart(part));
    }
  });

  test("may be written and read between any two of them", () => {
    const values = someValues(7, fieldDistinctPerDayMax + 400);
    let part = new DistinctPart();
    for (const [i, one] of values.entries()) {
      if (i % 1_000 === 999) part = written(part);
      part.add(one);
    }
    expect(plainPart(part)).toEqual(plainPart(partOf(values)));
    expect(plainPart(written(part))).toEqual(plainPart(part));
  });

  test("within some hours are those of these hours alone: what lies outside has left nothing", () => {
    for (const different of [2_000, 6_000]) {
      const values = someValues(different, different);
      const part = written(partOf(values));
      for (const hours of [
        { first: 3, last: 3 },
        { first: 0, last: 9 },
        { first: 20, last: 23 },
      ]) {
        const inside = new Set(values.flatMap(({ slot, value }) => (slot >= hours.first && slot <= hours.last ? [value] : [])));
        expect(counted([[part, hours]]).count).toBe(different === 2_000 ? inside.size : sketchOf(inside).count);
      }
    }
  });

  test("forget their hours as if they had never had any, before or after further values", () => {
    for (const different of [2_000, 6_000]) {
      const values = someValues(different, different);
      const [early, late] = [values.slice(0, different), values.slice(different)];
      const part = partOf(early);
      part.dropHours();
      for (const { value } of late) part.add({ slot: WHOLE_DAY, value });
      const without = partOf(values.map(({ value }) => ({ slot: WHOLE_DAY, value })));
      expect(plainPart(part)).toEqual(plainPart(without));
      const whole = partOf(values);
      whole.dropHours();
      expect(plainPart(whole)).toEqual(plainPart(without));
      expect(counted([[without, { first: 3, last: 4 }]]).count).toBe(counted([[without, allDay]]).count);
    }
  });

  test("take at most 46 KB as a list, 78 KB as sketches by hour and 3.2 KB without hours; an hour of 300 takes no more than 700 bytes", () => {
    const bytesOf = (values: Iterable<Value>, dropHours = false): number => {
      const part = partOf(values);
      if (dropHours) part.dropHours();
      return plainPart(part).length;
    };
    const everyHour = function* (different: number): Generator<Value> {
      for (let i = 0; i < different; i++) for (let slot = 0; slot < 24; slot++) yield { slot, value: String(i) };
    };
    const apart = function* (perHour: number): Generator<Value> {
      for (let i = 0; i < perHour * 24; i++) yield { slot: i % 24, value: String(i) };
    };
    expect(bytesOf(everyHour(fieldDistinctPerDayMax))).toBeLessThan(46_000);
    expect(bytesOf(apart(9_000))).toBeLessThan(78_000);
    expect(bytesOf(apart(9_000), true)).toBeLessThan(3_200);
    expect(bytesOf(apart(300))).toBeLessThan(24 * 700 + 3_200);
  });
});

describe("distinct values of several days", () => {
  test("are exact while they are few, whatever the days, and else those of one sketch of all", () => {
    const few = [someValues(1, 3_000), someValues(2, 3_000), someValues(1, 2_000)];
    const exact = counted(few.map((values) => [partOf(values), allDay]));
    expect([exact.count, exact.errorRatio]).toEqual([6_000, 0]);
    for (const days of [
      [...few, someValues(3, distinctExactMax - 6_000 + 1)],
      [...few, someValues(4, 9_000)],
      [someValues(4, 9_000), ...few],
    ]) {
      const parts = days.map((values) => [partOf(values), allDay] as const);
      const whole = sketchOf(days.flat().map(({ value }) => value)).count;
      expect(counted(parts)).toMatchObject({ count: whole, errorRatio: HyperLogLog.errorRatio });
      expect(counted(parts.toReversed()).count).toBe(whole);
    }
  });

  test("are not estimated for a day that has none in the hours of the window", () => {
    const values = someValues(5, 9_000).filter(({ slot }) => slot > 6);
    const { count, errorRatio } = counted([
      [partOf(values), { first: 0, last: 6 }],
      [partOf([{ slot: 2, value: "a" }]), allDay],
    ]);
    expect([count, errorRatio]).toEqual([1, 0]);
  });

  /** `DISTINCT_SIZE_MAX=1000000 npx vitest run test/domain/account/distinct.test.ts` prints the table of docs/adr/0011-hyperloglog-by-hours.md. */
  test("of 1 hour to 90 days are right to 1.6 %, root mean square over 40 sets", () => {
    const sets = 40;
    const sizeMax = Number(process.env["DISTINCT_SIZE_MAX"] ?? 10_000);
    const windows = [1, 3, 24, 7 * 24, 90 * 24];
    const table: Record<string, Record<string, string>> = {};
    for (let size = 1_000; size <= sizeMax; size *= 10)
      for (const hours of windows) {
        const errors = Array.from({ length: sets }, (_, set) => errorOf(hours, size, set));
        const error = rootMeanSquare(errors);
        (table[`${hours} h`] ??= {})[size] = `${(error * 100).toFixed(2)} %`;
        expect([hours, size, error < 0.016]).toEqual([hours, size, true]);
        expect([hours, size, Math.abs(errors.reduce((sum, one) => sum + one, 0) / sets) < 0.006]).toEqual([hours, size, true]);
      }
    if (process.env["DISTINCT_SIZE_MAX"] !== undefined) console.table(table);
  });

  const full = partOf(Array.from({ length: fieldDistinctPerDayMax + 1 }, (_, i) => ({ slot: i % 17, value: `before/${i}` })));

  /** Of a window of so many hours that ends with hour 20 of its last day. Where it is shorter than a day it cuts one that is full before it. */
  function errorOf(hours: number, size: number, set: number): number {
    const firstHour = 20 - hours + 1;
    const firstDay = Math.floor(firstHour / 24);
    const parts = Array.from({ length: 1 - firstDay }, (_, day) => (day === 0 && hours < 24 ? written(full) : new DistinctPart()));
    for (let i = 0; i < size; i++) {
      const at = firstHour + (i % hours);
      parts[Math.floor(at / 24) - firstDay]?.add({ slot: ((at % 24) + 24) % 24, value: `${set}/${hours}/${i}` });
    }
    const { count } = counted(
      parts.map((part, day) => [part, { first: day === 0 ? ((firstHour % 24) + 24) % 24 : 0, last: day === parts.length - 1 ? 20 : 23 }]),
    );
    return count / size - 1;
  }
});

describe("distinct values that older code has counted", () => {
  const field = { kind: "distinct", type: "api.called", field: "v" } as const;
  const older = olderFieldKeys(field)[0] as string;
  const newer = fieldKey(field);
  let made = 0;
  const call = (occurredAt: number, v: unknown): Event => event({ id: `d${++made}`, type: field.type, occurredAt, data: { v } });
  const folded = (key: string, events: readonly Event[]): FoldedAccount => {
    const state = emptyAccount("acme", undefined, { counted: [key] });
    for (const one of events) fold(state, one, NOW);
    return state;
  };
  const inWindow = (state: FoldedAccount, key: string, length: WindowLength, at = NOW): readonly [number, number] => {
    const { count, errorRatio } = distinctIn(state.fields, key, windowHours(length, at));
    return [count, errorRatio];
  };

  test("are told as it did: exact, or by the smallest hashes with the error of the sample, by the hour too", () => {
    const few = folded(older, [call(NOW, "a"), call(NOW - HOUR_MS, "b"), call(NOW - 5 * HOUR_MS, "c"), call(NOW - 2 * DAY_MS, "a")]);
    expect([inWindow(few, older, { days: 3 }), inWindow(few, older, { ms: 2 * HOUR_MS })]).toEqual([[3, 0], [2, 0]]); // prettier-ignore
    const different = 3 * fieldDistinctPerDayMax;
    const many = folded(
      older,
      Array.from({ length: different }, (_, i) => call(NOW - DAY_MS - (i % 8) * HOUR_MS, i)),
    );
    const [count, error] = inWindow(many, older, { days: 2 });
    expect(error).toBeGreaterThan(0.012);
    expect(error).toBeLessThan(0.0157);
    expect(Math.abs(count / different - 1)).toBeLessThan(3 * error);
    const [inHour, errorOfHour] = inWindow(many, older, { ms: HOUR_MS }, NOW - DAY_MS);
    expect(errorOfHour).toBeGreaterThan(0.025);
    expect(Math.abs(inHour / (different / 4) - 1)).toBeLessThan(3 * errorOfHour);
  });

  test("are read from the pages it wrote, and counted on in them", () => {
    // As the code before sketches wrote "a" an hour before NOW, "b" two and three hours before, and "c" 40 days ago.
    const pages = [
      { day: 20_782, hex: "031b02000601060001010000000000000002020200000000000000000000000000000101036c0254026002010216020002b6ebf49bd0c7318003a9c0a0b69d829309800419000000" },
      { day: 20_742, hex: "0308020002010200000001020c020001bfa5d392bccbb60f000f000000" },
    ]; // prettier-ignore
    const head = toHeadPage(emptyAccount("acme", undefined, { counted: [older] }), { pagedSeq: 1, scoreLine: null });
    const names = { ...(JSON.parse(head) as object), metrics: ["events", "events.api.called", older], today: dayOf(NOW) };
    const days = pages.map(({ day, hex }) => ({ day, body: Uint8Array.from(Buffer.from(hex, "hex")) }));
    const { state } = fromPages("acme", { head: JSON.stringify(names), days, records: [] }) as { state: FoldedAccount };
    const told = (): number[] =>
      [{ ms: HOUR_MS }, { ms: 2 * HOUR_MS }, { days: 1 }, { days: 41 }].map((length) => inWindow(state, older, length)[0]);
    expect(told()).toEqual([1, 2, 2, 3]);
    fold(state, call(NOW, "d"), NOW);
    for (const record of state.days.values()) record.close();
    expect(told()).toEqual([2, 3, 3, 4]);
  });

  test("are counted anew from the journal, and then what it counted is gone", () => {
    const events = Array.from({ length: fieldDistinctPerDayMax + 500 }, (_, i) => call(NOW - DAY_MS - (i % 8) * HOUR_MS, i));
    const state = folded(older, events);
    const past = emptyAccount("acme", undefined, { counted: [newer] });
    for (const one of events) foldFieldsAgain(past, one, NOW);
    cleanScores(state);
    beginCounting(state, past, [newer], NOW);
    expect(state.scoreDirtyFrom).toBe(0);
    const always = folded(newer, events);
    expire(always, NOW);
    expect([...state.fields.keys]).toEqual([newer]);
    expect(state.fields.hasAll([older, newer])).toBe(true);
    for (const [day, record] of state.days) {
      expect(record.field(older)).toBeNull();
      expect(record.field(newer) === null ? null : plainPart(record.field(newer) as DistinctPart)).toEqual(
        always.days.get(day)?.field(newer) === null ? null : plainPart(always.days.get(day)?.field(newer) as DistinctPart),
      );
    }
  });
});
