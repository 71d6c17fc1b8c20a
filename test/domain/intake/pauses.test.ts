import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type StoredStream, bring, fromStored, isReleased, mergeStream } from "../../../src/domain/intake/stream.ts";
import { longestPauses, usualPauses } from "../../../src/domain/intake/pauses.ts";
import { pauseGapsKept, pauseWeeksKept } from "../../../src/domain/limits.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/domain/time.ts";

const start = 20_300 * DAY_MS;
const stream = { connectionId: "c", connector: "native", stream: "events", accepted: 1, rejected: 0 };
/** Invoices that happened and came at an instant. */
const came = (at: number, happened = at): StoredStream => ({
  ...stream,
  watermarkMs: happened,
  kinds: { revenue: happened },
  liveKinds: { revenue: happened },
  lastReceivedAt: at,
  liveAt: at,
});
const after = (...brought: readonly StoredStream[]): StoredStream | undefined =>
  brought.reduce<StoredStream | undefined>((known, one) => bring(known, one), undefined);
const usualOf = (known: StoredStream | undefined): number | undefined => usualPauses(known?.rests).revenue;
const restsOf = (known: StoredStream | undefined) => known?.rests?.revenue ?? [];
/** As several shards know together what each has brought of it. */
function through(shards: number, events: readonly StoredStream[], shardOf: (index: number) => number): StoredStream {
  const parts = Array.from({ length: shards }, (_, shard) => after(...events.filter((_one, i) => shardOf(i) % shards === shard)));
  return parts.filter((part) => part !== undefined).reduce((all, part) => mergeStream(all, part));
}
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
    const { liveAt: _at, liveKinds: _kinds, ...history } = came(start + 60 * DAY_MS);
    expect(after(...workdays(6), { ...history, historyAt: start + 60 * DAY_MS })?.rests).toEqual(after(...workdays(6))?.rests);
  });

  test("of a stream whose events come through several shards is that of the stream as a whole, over the turn of a week too", () => {
    const events = workdays(8);
    for (const shards of [1, 2, 3, 8]) expect(usualOf(through(shards, events, (i) => i))).toBe(3 * DAY_MS);
    // Through each shard but one a week: what one of them has not heard of for weeks ends no pause.
    expect(usualOf(through(9, events, (i) => (i % 5 === 0 ? i / 5 : 8)))).toBe(3 * DAY_MS);
  });

  describe("through whichever shards events come, late ones among them,", () => {
    /** Of the whole stream and of its shards together: each week's longest, s; and the longest that any of these has left out of a week. */
    const weeksOf = (shards: number, events: readonly { gap: number; late: number; shard: number }[]) => {
      let at = start;
      const streams = events.map(({ gap, late }) => came((at += gap * SECOND_MS), at - late * SECOND_MS));
      const parts = restsOf(through(shards, streams, (i) => events[i]?.shard ?? 0));
      const leftOut = new Map<number, number>();
      for (const { weeks } of parts) for (const [week, seconds] of weeks) leftOut.set(week, Math.max(seconds, leftOut.get(week) ?? 0));
      return { whole: longestPauses(restsOf(after(...streams))), together: longestPauses(parts), leftOut };
    };
    const eventsWith = (gap: fc.Arbitrary<number>, late: fc.Arbitrary<number>, minLength: number, maxLength: number) =>
      fc.array(fc.record({ gap, late, shard: fc.nat(7) }), { minLength, maxLength, size: "max" });
    const long = fc.oneof(fc.integer({ min: 1, max: 3_600 }), fc.integer({ min: 1_800, max: 2 * 86_400 }), fc.nat(20 * 86_400));
    const late = fc.constantFrom(0, 0, 0, 7, 5_000, 200_000);
    const shards = fc.integer({ min: 1, max: 8 });

    test("is exact while no gap is left out", () => {
      let weeks = 0;
      fc.assert(
        fc.property(eventsWith(long, late, 2, 40), shards, (events, count) => {
          const { whole, together, leftOut } = weeksOf(count, events);
          fc.pre([...leftOut.values()].every((seconds) => seconds < 1_800));
          for (const [week, seconds] of whole.filter(([, longest]) => longest >= 1_800)) {
            weeks++;
            expect(new Map(together).get(week)).toBe(seconds);
          }
        }),
        { numRuns: 60 },
      );
      expect(weeks).toBeGreaterThan(100);
    });

    test("is never told too short, and too long at most by what a shard has left out", () => {
      let unsure = 0;
      fc.assert(
        fc.property(eventsWith(fc.integer({ min: 1, max: 7_200 }), late, 250, 400), shards, (events, count) => {
          const { whole, together, leftOut } = weeksOf(count, events);
          for (const [week, seconds] of whole) {
            const told = new Map(together).get(week) as number;
            expect(told).toBeGreaterThanOrEqual(seconds);
            expect(told).toBeLessThanOrEqual(Math.max(seconds, leftOut.get(week) ?? 0));
            if (told > seconds) unsure++;
          }
        }),
        { numRuns: 20 },
      );
      expect(unsure).toBeGreaterThan(0);
    });
  });

  test("is kept in a bounded number of weeks and gaps, about 2 KB a kind", () => {
    const known = after(...Array.from({ length: 588 }, (_, n) => came(start + n * 4 * HOUR_MS + (n % 17) * MINUTE_MS)));
    const [rests] = restsOf(known);
    expect(rests?.weeks).toHaveLength(pauseWeeksKept);
    expect(rests?.gaps).toHaveLength(pauseWeeksKept * (pauseGapsKept + 1));
    expect(JSON.stringify(rests).length).toBeLessThan(2_500);
    expect(known).not.toHaveProperty("liveKinds");
  });

  test("as older code has stored it stands until newer weeks have taken its place, and what comes next is compared with what was known", () => {
    const { rests: _none, ...stored } = after(...workdays(5)) as StoredStream;
    const week = Math.floor(start / DAY_MS / 7);
    const older = (days: number) => ({
      ...stored,
      pauses: { revenue: [0, 1, 2, 3, 4].map((n) => [week + n, days * DAY_MS] as const) },
    });
    const opened = fromStored(older(3));
    expect(opened).not.toHaveProperty("pauses");
    expect(usualOf(opened)).toBe(3 * DAY_MS);
    expect(usualOf(mergeStream(opened, fromStored(older(2))))).toBe(2 * DAY_MS);
    const next = bring(opened, came(start + 40 * DAY_MS));
    expect(longestPauses(restsOf(next)).at(-1)).toEqual([week + 5, (40 - 32) * 86_400]);
    expect(fromStored(next)).toEqual(next);
    // An import is no rest, whether it was just stored or is read back.
    const { liveAt: _at, liveKinds: _kinds, ...history } = { ...came(start), historyAt: start };
    expect(fromStored(history)).toEqual(history);
  });
});

test("a released stream is waited for again as soon as something live comes, whichever shard it comes through", () => {
  const known = { ...came(start), releasedAt: start + HOUR_MS };
  expect([isReleased(came(start)), isReleased(known)]).toEqual([false, true]);
  expect(isReleased(mergeStream(known, { ...came(start + 2 * HOUR_MS), liveAt: 0, historyAt: start + 2 * HOUR_MS }))).toBe(true);
  expect(isReleased(mergeStream(known, came(start + 2 * HOUR_MS)))).toBe(false);
});
