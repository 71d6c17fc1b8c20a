import fc from "fast-check";
import { expect, test } from "vitest";
import { type StoredStream, bring, lastLiveAt, mergeStream } from "../../../src/domain/intake/stream.ts";
import { returnedAt } from "../../../src/domain/intake/silences.ts";
import type { KindTimes } from "../../../src/domain/source-reach.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/time.ts";

const midnight = 20_300 * DAY_MS;
const noon = midnight + 12 * HOUR_MS;
const stream = (kinds: KindTimes, more: Partial<StoredStream>): StoredStream => ({
  connectionId: "c",
  connector: "native",
  stream: "events",
  lastReceivedAt: 0,
  accepted: 1,
  rejected: 0,
  watermarkMs: Math.max(...Object.values(kinds)),
  kinds,
  ...more,
});
const live = (kinds: KindTimes, at = Math.max(...Object.values(kinds))): StoredStream => stream(kinds, { lastReceivedAt: at, liveAt: at });
const after = (...brought: readonly StoredStream[]): StoredStream =>
  brought.reduce<StoredStream | undefined>((known, one) => bring(known, one), undefined) as StoredStream;

test.each([
  ["usage after a rest of a quarter of an hour", { usage: 15 * MINUTE_MS }, midnight + 5 * MINUTE_MS, false],
  ["usage after half an hour by day", { usage: 30 * MINUTE_MS }, noon, false],
  ["usage after half an hour over midnight", { usage: 30 * MINUTE_MS }, midnight + 5 * MINUTE_MS, true],
  ["usage after more than three hours", { usage: 3 * HOUR_MS + 1 }, noon, true],
  ["a ticket after more than an hour, the stream's only kind", { support: HOUR_MS + 1 }, noon, true],
  ["an invoice after a month, while usage went on", { usage: MINUTE_MS, revenue: 30 * DAY_MS }, noon, false],
  ["usage after a day, while invoices went on", { usage: DAY_MS, revenue: MINUTE_MS }, noon, true],
] as const)("a source is back or goes on: %s", (_name, silences, now, isBack) => {
  const before = Object.fromEntries(Object.entries(silences).map(([kind, ms]) => [kind, now - ms]));
  const brought = Object.fromEntries(Object.keys(silences).map((kind) => [kind, now]));
  const known = after(live(before));
  expect(returnedAt(bring(known, live(brought, now + 5)).silences)).toBe(isBack ? now + 5 : 0);
  expect(returnedAt(bring(known, stream(brought, { historyAt: now })).silences)).toBe(0);
  expect(returnedAt(after(live(brought)).silences)).toBe(0);
});

test("a stream begins, and is not back, where all that it has brought before was set aside", () => {
  const nothing = { connectionId: "c", connector: "native", stream: "events", accepted: 0, rejected: 0, watermarkMs: 0 };
  const failed: StoredStream = { ...nothing, lastReceivedAt: noon - 1, historyAt: 0 };
  const twice = after(failed, failed);
  expect(lastLiveAt(twice)).toBeNull();
  const begun = bring(twice, live({ usage: noon }));
  expect(begun).toMatchObject({ watermarkMs: noon, kinds: { usage: noon }, liveAt: noon });
  expect(returnedAt(begun.silences)).toBe(0);
  expect(returnedAt(bring(begun, live({ usage: noon + DAY_MS })).silences)).toBe(noon + DAY_MS);
});

test("a stream that comes through several shards was silent only while all of them were", () => {
  /** Each event through the shard whose turn it is; as all of them together know it. */
  const through = (shards: number, times: readonly number[]): StoredStream =>
    Array.from({ length: shards }, (_, shard) =>
      after(...times.filter((_at, i) => i % shards === shard).map((at) => live({ usage: at }))),
    ).reduce((all, one) => mergeStream(all, one));
  const every10 = Array.from({ length: 120 }, (_, i) => noon + i * 10 * MINUTE_MS);
  for (const shards of [1, 2, 4, 7])
    for (const until of [40, 119]) expect(returnedAt(through(shards, every10.slice(0, until)).silences)).toBe(0);

  const outage = [...every10.slice(0, 60), ...every10.slice(100)];
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }), (shards, since) => {
      // Soon after it, and whichever shards have heard of its end.
      expect(returnedAt(through(shards, outage.slice(0, 60 + Math.min(since, shards))).silences)).toBe(outage[60]);
    }),
    { numRuns: 30 },
  );
});
