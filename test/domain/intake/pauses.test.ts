import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type StoredStream, bring, isReleased, mergeStream } from "../../../src/domain/intake/stream.ts";
import { mergePauses, usualPauses } from "../../../src/domain/intake/pauses.ts";
import { pauseWeeksKept } from "../../../src/domain/limits.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";

const start = 20_300 * DAY_MS;
const stream = { connectionId: "c", connector: "native", stream: "events", accepted: 1, rejected: 0 };
/** Invoices that happened and came at an instant. */
const came = (at: number, happened = at): StoredStream => ({
  ...stream,
  watermarkMs: happened,
  kinds: { revenue: happened },
  lastReceivedAt: at,
  liveAt: at,
});
const after = (...brought: readonly StoredStream[]): StoredStream | undefined =>
  brought.reduce<StoredStream | undefined>((known, one) => bring(known, one), undefined);
const usualOf = (known: StoredStream | undefined): number | undefined => usualPauses(known?.pauses).revenue;
/** One a day, but none on the last two days of each week. */
const workdays = (weeks: number): StoredStream[] =>
  Array.from({ length: weeks * 7 }, (_, day) => day).flatMap((day) => (day % 7 < 5 ? [came(start + day * DAY_MS)] : []));

describe("the longest pause that is usual", () => {
  test("is known after four weeks, and is the weekend of who sends on workdays", () => {
    expect(usualOf(after(...workdays(3)))).toBeUndefined();
    expect(usualOf(after(...workdays(6)))).toBe(3 * DAY_MS);
  });

  test("is not made longer by one outage, and is by a habit", () => {
    const weeks = workdays(6);
    const holidays = weeks.filter(({ lastReceivedAt }) => lastReceivedAt < start + 21 * DAY_MS || lastReceivedAt > start + 31 * DAY_MS);
    expect(usualOf(after(...holidays))).toBe(3 * DAY_MS);
    expect(usualOf(after(...Array.from({ length: 10 }, (_, n) => came(start + n * 9 * DAY_MS))))).toBe(9 * DAY_MS);
  });

  test("is a week of who sends a week's events in one go, however they are cut into deliveries", () => {
    const sendings = Array.from({ length: 6 }, (_, n) => start + n * 7 * DAY_MS);
    expect(usualOf(after(...sendings.flatMap((at) => [came(at, at - 6 * DAY_MS), came(at + 1_000, at)])))).toBe(7 * DAY_MS);
  });

  test("is not learned of months that are told on one day, nor of history", () => {
    const months = Array.from({ length: 40 }, (_, n) => start - (40 - n) * 7 * DAY_MS);
    expect(usualOf(after(...months.map((at) => came(start, at))))).toBeUndefined();
    const { liveAt: _, ...history } = came(start + 60 * DAY_MS);
    expect(after(...workdays(6), { ...history, historyAt: start + 60 * DAY_MS })?.pauses).toEqual(after(...workdays(6))?.pauses);
  });

  test("of a stream whose events come through several shards is no longer than any of them has seen", () => {
    const events = workdays(8);
    const [one, other] = [after(...events.filter((_, i) => i % 3 === 0)), after(...events.filter((_, i) => i % 3 > 0))];
    const both = usualPauses(mergePauses(one?.pauses, other?.pauses).pauses).revenue as number;
    expect(both).toBeLessThanOrEqual(Math.min(usualOf(one) as number, usualOf(other) as number));
    expect(both).toBeGreaterThanOrEqual(3 * DAY_MS);
  });

  test("is kept of a bounded number of weeks", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2_000 }), { maxLength: 60 }), (hours) => {
        let at = start;
        const known = after(...hours.map((pause) => came((at += pause * HOUR_MS))));
        expect(known?.pauses?.revenue?.length ?? 0).toBeLessThanOrEqual(pauseWeeksKept);
      }),
      { numRuns: 50 },
    );
  });
});

test("a released stream is waited for again as soon as something live comes, whichever shard it comes through", () => {
  const known = { ...came(start), releasedAt: start + HOUR_MS };
  expect([isReleased(came(start)), isReleased(known)]).toEqual([false, true]);
  expect(isReleased(mergeStream(known, { ...came(start + 2 * HOUR_MS), liveAt: 0, historyAt: start + 2 * HOUR_MS }))).toBe(true);
  expect(isReleased(mergeStream(known, came(start + 2 * HOUR_MS)))).toBe(false);
});
