import { expect, test } from "vitest";
import { boundTable, mergeTables } from "../../../src/domain/analytics/bounded-table.ts";

const table = (counts: Readonly<Record<string, number>>) => boundTable(new Map(Object.entries(counts)), 0, (n) => n, 2);
const merge = (...[a, b]: [ReturnType<typeof table>, ReturnType<typeof table>]) =>
  mergeTables(
    a,
    b,
    (x, y) => x + y,
    (n) => n,
    2,
  );

test("a table is exact while it has room", () => {
  expect(merge(table({ a: 1, b: 2 }), table({ a: 3 }))).toEqual({
    entries: new Map([
      ["a", 4],
      ["b", 2],
    ]),
    leftOut: 0,
  });
});

test("what a full table says may be too low by what it left out, and by no more", () => {
  const merged = merge(table({ a: 5, b: 4, c: 3 }), table({ c: 3, d: 2, e: 1 }));
  // Together: a 5, b 4, c 6, d 2, e 1.
  expect(merged.entries.get("a")).toBe(5);
  for (const [name, truth] of Object.entries({ a: 5, b: 4, c: 6, d: 2, e: 1 })) {
    const told = merged.entries.get(name) ?? 0;
    expect([name, told <= truth && truth - told <= merged.leftOut]).toEqual([name, true]);
  }
});
