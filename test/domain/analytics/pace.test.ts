import { expect, test } from "vitest";
import { beyond, Pace } from "../../../src/domain/analytics/pace.ts";
import { analysisForetellLines } from "../../../src/domain/limits.ts";

test("what can be read in the time that is left is foretold from what was read, with a tenth to spare and a second's grace, once that is enough to tell", () => {
  const pace = new Pace(10_000);
  pace.read(analysisForetellLines - 1);
  expect(pace.linesWithin(9_000)).toBe(Number.POSITIVE_INFINITY);
  pace.read(1);
  expect(pace.linesWithin(8_000)).toBe((analysisForetellLines / 2_000) * 9_000 * 0.9);
  expect(pace.linesWithin(0)).toBe((analysisForetellLines / 10_000) * 1_000 * 0.9);
  expect(new Pace(10_000).linesWithin(-1_000)).toBe(0);
});

test("accounts are given up from the end, never one that has been read", () => {
  const accounts = [3, 0, 4, 5, 0, 1].map((lines, i) => ({ name: i, lines }));
  const namesBeyond = (linesMax: number) => beyond(accounts, linesMax).map(({ name }) => name);
  // With some room to spare: 85 of 100.
  expect(namesBeyond(13.1 / 0.85)).toEqual([]);
  expect(namesBeyond(13)).toEqual([3, 5]);
  expect(namesBeyond(7.1 / 0.85)).toEqual([3, 5]);
  expect(namesBeyond(2)).toEqual([0, 2, 3, 5]);
});
