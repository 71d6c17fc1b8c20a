import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { attributeViews } from "../../../src/domain/account/attribute-history.ts";
import { fromPages, stateBytes, toHeadPage } from "../../../src/domain/account/account-pages.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { metricSeries } from "../../../src/domain/account/metrics.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { attributePastCharsMax, attributePastValuesMax } from "../../../src/domain/limits.ts";
import { DAY_MS, dayOf } from "../../../src/domain/time.ts";
import { event, NOW, plain } from "../../support/account-builders.ts";
import { ownMoney } from "../../../src/domain/money/convert.ts";

const day = (n: number): number => NOW - n * DAY_MS;
type Told = { at: number; id?: string; seats?: unknown; by?: string; more?: Record<string, unknown> };
const told = ({ at, id, seats, by = "person", more = {} }: Told) =>
  event({
    ...(id !== undefined && { id }),
    type: "account.updated",
    occurredAt: at,
    connector: by === "person" ? "pulseline" : "native",
    connectionId: by === "person" ? "tok_ann" : by,
    data: { attributes: { ...(seats === undefined ? {} : { seats }), ...more } },
  });
const folded = (...all: readonly Told[]): FoldedAccount => {
  const state = emptyAccount("acme");
  for (const one of all) fold(state, told(one), NOW);
  return state;
};
const seatsAt = (state: FoldedAccount, ...instants: readonly number[]): unknown[] => {
  const view = attributeViews(state);
  return instants.map((at) => view(at).attributes.get("seats")?.value ?? null);
};

describe("an attribute at an instant", () => {
  test("is what it was then; before the first value that is known, that one", () => {
    const state = folded({ at: day(10), seats: 10 }, { at: day(2), seats: 50 });
    expect(seatsAt(state, day(30), day(10), day(2) - 1, day(2), NOW)).toEqual([10, 10, 10, 50, 50]);
    expect(state.attributeHistory.get("seats")?.map(({ since, value }) => [since, value?.value])).toEqual([
      [day(10), 10],
      [day(2), 50],
    ]);
  });

  test("is a person's word while it stands, then the source's again, and nothing after both are withdrawn", () => {
    const state = folded(
      { at: day(20), seats: 5, by: "con_1" },
      { at: day(15), seats: 7 },
      { at: day(12), seats: 6, by: "con_1" },
      { at: day(10), seats: null },
      { at: day(5), seats: null, by: "con_1" },
    );
    expect(seatsAt(state, day(16), day(14), day(11), day(9), day(4))).toEqual([5, 7, 7, 6, null]);
  });

  test("moves only what comes after it: the score of a day before a change stays, also when other news come later", () => {
    const state = folded({ at: day(10), seats: 10 });
    for (const user of ["a", "b"]) fold(state, event({ type: "feature.used", occurredAt: day(12), user: { id: user } }), NOW);
    const seatUse = (at: number): unknown =>
      evaluateHealth(state, standardScorecard, at).dimensions[0]?.measures.find(({ key }) => key === "seat_use")?.value;
    expect([seatUse(day(5)), seatUse(NOW)]).toEqual([0.2, 0.2]);
    state.scoreDirtyFrom = Infinity;
    fold(state, told({ at: day(2), seats: 50 }), NOW);
    expect(state.scoreDirtyFrom).toBe(dayOf(day(2)));
    expect([seatUse(day(5)), seatUse(NOW)]).toEqual([0.2, 0.04]);
    state.scoreDirtyFrom = Infinity;
    fold(state, told({ at: day(1), seats: 50 }), NOW);
    expect(state.scoreDirtyFrom).toBe(Infinity);
    fold(state, told({ at: day(20), seats: 20 }), NOW);
    expect(state.scoreDirtyFrom).toBe(0);
    expect(seatUse(day(11))).toBe(0.1);
  });

  test("is what the metric of that name says of that time", () => {
    const state = folded({ at: day(10), more: { arr: 100 } }, { at: day(2), more: { arr: 300 } });
    const series = metricSeries(state, { metric: "arr", from: day(12), to: NOW, step: "1d" }, NOW, ownMoney);
    const values = series.ok ? series.value.points.map(({ value }) => value) : [];
    expect([values[0], values[5], values.at(-1)]).toEqual([null, 100, 300]);
  });
});

describe("the history of attributes", () => {
  test("does not depend on the order in which it is told, up to its bound, nor on being told twice", () => {
    const tale = fc.record({
      at: fc.integer({ min: 0, max: 12 }).map(day),
      seats: fc.constantFrom(1, 2, 3, null),
      by: fc.constantFrom("person", "con_1", "con_2"),
      id: fc.constantFrom("1", "2", "10", "é"),
    });
    const tales = fc.uniqueArray(tale, { maxLength: attributePastValuesMax, selector: ({ by, id }) => `${by}/${id}` });
    fc.assert(
      fc.property(
        tales.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([one, other]) => {
          const meaning = (list: readonly Told[]): unknown => ({ ...(plain(folded(...list)) as object), lastReceivedAt: null });
          expect(meaning(one)).toEqual(meaning(other));
          expect(meaning([...one, ...other])).toEqual(meaning(one));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("goes by what was told where instants tie: by the event's id, then by its source, and not by the value", () => {
    const seats = (...all: readonly Told[]): unknown[] => {
      const orders = [all, all.toReversed()];
      return orders.map((order) => folded(...order).attributes.get("seats")?.value);
    };
    const at = day(2);
    expect(seats({ at, id: "p1", seats: 9 }, { at, id: "p2", seats: 1 })).toEqual([1, 1]);
    expect(seats({ at, id: "p1", seats: 9 }, { at, id: "p2", seats: null })).toEqual([undefined, undefined]);
    expect(seats({ at, id: "e2", seats: 9, by: "con_1" }, { at, id: "e1", seats: 10, by: "con_2" })).toEqual([9, 9]);
    expect(seats({ at, id: "e1", seats: 9, by: "con_2" }, { at, id: "e1", seats: 10, by: "con_1" })).toEqual([9, 9]);
    // What older code has folded is the least, whatever its source and value.
    const older = folded({ at, seats: 9, by: "con_2" });
    const head = JSON.parse(toHeadPage(older, { pagedSeq: 1, scoreLine: null }), (key, value: unknown) =>
      key === "tie" ? undefined : value,
    ) as object;
    const read = fromPages("acme", { head: JSON.stringify({ ...head, layout: 4 }), days: [], records: [] })?.state as FoldedAccount;
    fold(read, told({ at, id: "e1", seats: 1, by: "con_1" }), NOW);
    expect(read.attributes.get("seats")).toEqual({ value: 1, source: "con_1", asOf: at });
  });

  test("keeps of one instant what was told last, so that many changes while a clock stands push nothing out", () => {
    const standing = Array.from({ length: 40 }, (_, i): Told => ({ at: day(2), id: `p${i + 10}`, seats: i }));
    const state = folded({ at: day(10), seats: 10 }, ...standing, { at: day(1), seats: 50 }, { at: day(2), id: "p00", seats: 7 });
    expect(seatsAt(state, day(5), day(2), NOW)).toEqual([10, 39, 50]);
    expect(state.registers.get("seats")?.past?.map(({ value }) => value)).toEqual([10, 39]);
    expect(state.registers.get("seats")).not.toHaveProperty("isPastCut");
  });

  test("is bounded: what was only said again goes first, then the oldest, which it says", () => {
    const daily = folded(...Array.from({ length: 100 }, (_, i): Told => ({ at: day(100 - i), seats: i < 40 ? 10 : 20, by: "con_1" })));
    expect(seatsAt(daily, day(90), day(61), day(60), NOW)).toEqual([10, 10, 20, 20]);
    expect(daily.registers.get("seats")).not.toHaveProperty("isPastCut");

    const restless = folded(...Array.from({ length: 100 }, (_, i): Told => ({ at: day(100 - i), seats: i })));
    expect(restless.registers.get("seats")).toMatchObject({ isPastCut: true });
    expect(restless.registers.get("seats")?.past).toHaveLength(attributePastValuesMax);
    expect(seatsAt(restless, day(2), day(17), day(90))).toEqual([98, 83, 83]);
  });

  test("of all attributes together stays small, and large values do not push out others for good", () => {
    const state = emptyAccount("acme");
    for (let round = 0; round < 6; round++)
      for (let i = 0; i < 40; i++) fold(state, told({ at: day(6 - round), more: { [`a${i}`]: `${round}`.padEnd(2_000, "x") } }), NOW);
    const chars = [...state.registers.values()].flatMap(({ past }) => past ?? []).reduce((sum, one) => sum + JSON.stringify(one).length, 0);
    expect(chars).toBeLessThanOrEqual(attributePastCharsMax);
    expect(state.attributes.size).toBe(40);
    expect(stateBytes(state)).toBeLessThan(200_000);
  });

  test("costs an event what it brings, not that times all that was", () => {
    const values = (n: number, round: number): Record<string, number> =>
      Object.fromEntries(Array.from({ length: n }, (_, i) => [`a${i}`, round]));
    const state = folded(...Array.from({ length: 12 }, (_, i): Told => ({ at: day(20 - i), more: values(60, i) })));
    const past = [...state.registers.values()].flatMap((one) => one.past ?? []).length;
    expect(past).toBeGreaterThan(300);
    const written = vi.spyOn(JSON, "stringify");
    fold(state, told({ at: day(1), more: values(60, 99) }), NOW);
    const calls = written.mock.calls.length;
    written.mockRestore();
    expect(state.attributes.get("a59")?.value).toBe(99);
    expect(calls).toBeLessThan(60 * 120);
  });

  test("comes back from its page; a page of the layout before has none, so that the account is folded again", () => {
    const state = folded({ at: day(10), seats: 10 }, { at: day(2), seats: 50 });
    const head = toHeadPage(state, { pagedSeq: 1, scoreLine: null });
    const read = fromPages("acme", { head, days: [], records: [] });
    expect(seatsAt(read?.state as FoldedAccount, day(5), NOW)).toEqual([10, 50]);
    const before = JSON.stringify({ ...(JSON.parse(head) as object), layout: 2 });
    expect(fromPages("acme", { head: before, days: [], records: [] })).toBeNull();
  });
});
