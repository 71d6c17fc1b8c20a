import { expect, test } from "vitest";
import { nextDriveAt, nextSegmentAt, windowPolicy, type WindowState } from "../../../src/domain/intake/window.ts";

const waiting: WindowState = { waitingEvents: 10, waitingSince: 10_000, unsettledSegments: 0, last: null };
const at = (state: Partial<WindowState>): number | null => nextSegmentAt({ ...waiting, ...state }, windowPolicy);

test("with nothing under way a segment starts at once", () => {
  expect(at({})).toBe(10_000);
});

test("with nothing waiting there is nothing to start", () => {
  expect(at({ waitingSince: null, waitingEvents: 0 })).toBeNull();
});

test("after a flush the shard rests as long as the flush took", () => {
  expect(at({ last: { startedAt: 9_900, overAt: 10_000 } })).toBe(10_100);
});

test("a flush that took long does not make the rest long while little waits", () => {
  expect(at({ last: { startedAt: 9_000, overAt: 10_000 } })).toBe(10_250);
  expect(at({ last: { startedAt: 9_000, overAt: 10_000 }, waitingEvents: 5_000 })).toBe(11_000);
});

test("a segment that does not settle is waited for two seconds, and the rest then is as long, within the window", () => {
  expect(at({ last: { startedAt: 10_000, overAt: null }, unsettledSegments: 1 })).toBe(12_250);
  expect(at({ last: { startedAt: 10_000, overAt: null }, unsettledSegments: 1, waitingEvents: 6_000 })).toBe(14_000);
});

test("a full segment does not rest, and nothing rests beyond the window", () => {
  expect(at({ last: { startedAt: 8_000, overAt: 10_000 }, waitingEvents: 50_000 })).toBe(10_000);
  expect(at({ last: { startedAt: 8_000, overAt: 9_900 }, waitingEvents: 49_999, waitingSince: 5_000 })).toBe(10_000);
});

test("two segments under way hold the next one back, however much waits", () => {
  expect(at({ unsettledSegments: 2, waitingEvents: 1_000_000 })).toBeNull();
});

test("driving again backs off from five seconds, or twice the last settle time, to a minute", () => {
  const due = [0, 1, 2, 3, 4, 50].map((times) => nextDriveAt(0, times, 0, windowPolicy));
  expect(due).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  expect(nextDriveAt(1_000, 0, 4_000, windowPolicy)).toBe(9_000);
});
