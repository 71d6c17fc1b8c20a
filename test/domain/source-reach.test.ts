import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bring, lastLiveAt, mergeStream } from "../../src/domain/intake/stream.ts";
import type { StoredStream } from "../../src/domain/intake/messages.ts";
import { kindVouchedForMs, streamIdleAfterMs } from "../../src/domain/limits.ts";
import { eventKinds, holdsUntil, kindReach, kindsOf, leastReach, type Reached } from "../../src/domain/source-reach.ts";
import { DAY_MS, HOUR_MS } from "../../src/domain/time.ts";

const at = (text: string): number => Date.parse(`2026-11-${text}:00Z`);

/** The worked case of docs/design/time.md, "The least of several". */
test("an idle stream is released and is back in as soon as it speaks again", () => {
  const web = (reached: string): Reached => ({
    reachedMs: at(reached),
    holdsUntilMs: holdsUntil({ liveAt: at(reached), isEnded: false }),
  });
  const told = (now: string, mobile: string, server: string): (string | number)[] => {
    const { knownTo, holding } = leastReach([web(mobile), web(server)], at(now));
    return [new Date(knownTo as number).toISOString().slice(8, 16), holding];
  };
  expect(told("10T10:00", "10T09:59", "10T09:58")).toEqual(["10T09:58", 2]);
  expect(told("12T10:00", "10T10:05", "12T09:59")).toEqual(["10T10:05", 2]);
  expect(told("17T10:04", "10T10:05", "17T10:03")).toEqual(["10T10:05", 2]);
  expect(told("17T10:05", "10T10:05", "17T10:03")).toEqual(["17T10:03", 1]);
  expect(told("18T08:00", "18T07:59", "18T07:58")).toEqual(["18T07:58", 2]);
  expect(told("30T10:00", "18T08:00", "18T09:00")).toEqual(["18T09:00", 0]);
});

describe("the least of several", () => {
  const source = fc.record({ reachedMs: fc.nat(1_000), holdsUntilMs: fc.constantFrom(-Infinity, 500, 900, Infinity) });

  test("is one of theirs, does not depend on their order, and never falls by a release", () => {
    fc.assert(
      fc.property(fc.array(source, { minLength: 1 }), fc.nat(1_000), (sources, now) => {
        const { knownTo } = leastReach(sources, now);
        expect(sources.map(({ reachedMs }) => reachedMs)).toContain(knownTo);
        expect(leastReach(sources.toReversed(), now).knownTo).toBe(knownTo);
        expect(leastReach(sources, now + 400).knownTo as number).toBeGreaterThanOrEqual(knownTo as number);
      }),
    );
  });

  test("of none is not known", () => {
    expect(leastReach([], 0)).toEqual({ knownTo: null, holding: 0 });
  });

  test("waits neither for history, nor for what was removed; for what nothing is known of it does", () => {
    expect(holdsUntil({ liveAt: null, isEnded: false })).toBe(-Infinity);
    expect(holdsUntil({ liveAt: 5, isEnded: true })).toBe(-Infinity);
    expect(holdsUntil({ liveAt: 5, isEnded: false })).toBe(5 + streamIdleAfterMs);
    expect(holdsUntil(undefined)).toBe(Infinity);
  });
});

describe("how far a kind of event has come", () => {
  const now = 100 * DAY_MS;
  test.each([
    ["usage by itself, whatever else goes on", "usage", 3 * DAY_MS, now - 3 * DAY_MS],
    ["support as far as its stream, for a day", "support", 20 * HOUR_MS, now],
    ["support not further than a day beyond its newest event", "support", 3 * DAY_MS, now - 2 * DAY_MS],
    ["money as far as its stream, for a month and more", "revenue", 30 * DAY_MS, now],
  ] as const)("%s", (_name, kind, agoMs, expected) => {
    expect(kindReach(now, { [kind]: now - agoMs }, kind)).toBe(expected);
  });

  test("a stream says nothing of a kind that it has never brought, and all it can where older code noted none", () => {
    expect(kindReach(now, { usage: now }, "revenue")).toBeNull();
    for (const kind of eventKinds) expect(kindReach(now, undefined, kind)).toBe(now);
    expect(kindVouchedForMs.usage).toBe(0);
  });

  test("what a type is comes from the catalogue; conversations are a sign of life beside support", () => {
    expect([kindsOf("feature.used"), kindsOf("conversation.replied"), kindsOf("invoice.paid")]).toEqual([
      ["usage"],
      ["support", "engagement"],
      ["revenue"],
    ]);
    expect([kindsOf("account.updated"), kindsOf("experiment.exposed"), kindsOf("rocket.launched")]).toEqual([[], [], []]);
  });

  test.each([
    ["usage after a rest of a quarter of an hour", { usage: 900_000 }, false],
    ["usage after a longer one", { usage: 900_001 }, true],
    ["an invoice after a month, while usage went on", { usage: 60_000, revenue: 30 * DAY_MS }, false],
    ["usage after a day, while invoices went on", { usage: DAY_MS, revenue: 60_000 }, true],
    ["a ticket after a night without any, the stream's only kind", { support: 9 * HOUR_MS }, true],
  ] as const)("a source is back or goes on: %s", (_name, silences, isBack) => {
    const stream = (kinds: Record<string, number>, live: object): StoredStream => ({
      connectionId: "c",
      connector: "native",
      stream: "events",
      lastReceivedAt: now,
      accepted: 1,
      rejected: 0,
      watermarkMs: Math.max(...Object.values(kinds)),
      kinds,
      ...live,
    });
    const known = stream(Object.fromEntries(Object.entries(silences).map(([kind, ms]) => [kind, now - ms])), { liveAt: now - 1 });
    const brought = Object.fromEntries(Object.keys(silences).map((kind) => [kind, now]));
    expect(bring(known, stream(brought, { liveAt: now }), now + 5).backAt).toBe(isBack ? now + 5 : undefined);
    expect(bring(known, stream(brought, { historyAt: now }), now + 5).backAt).toBeUndefined();
    expect(bring(undefined, stream(brought, { liveAt: now }), now + 5).backAt).toBeUndefined();
  });

  test("a stream begins, and is not back, where all that it has brought before was set aside", () => {
    const nothing = { connectionId: "c", connector: "native", stream: "events", accepted: 0, rejected: 0, watermarkMs: 0 };
    const failed: StoredStream = { ...nothing, lastReceivedAt: now - 1, historyAt: 0 };
    const live: StoredStream = { ...nothing, accepted: 1, lastReceivedAt: now, watermarkMs: now, kinds: { usage: now }, liveAt: now };
    const twice = bring(bring(undefined, failed, now), failed, now);
    expect(lastLiveAt(twice)).toBeNull();
    const begun = bring(twice, live, now);
    expect(begun).toMatchObject({ watermarkMs: now, kinds: { usage: now }, liveAt: now });
    expect(begun).not.toHaveProperty("backAt");
    expect(bring(begun, { ...live, watermarkMs: now + DAY_MS, kinds: { usage: now + DAY_MS } }, now + DAY_MS).backAt).toBe(now + DAY_MS);
  });

  test("streams that older code has stored count as having brought every kind by then", () => {
    const old: StoredStream = {
      connectionId: "c",
      connector: "native",
      stream: "events",
      watermarkMs: 50,
      lastReceivedAt: 50,
      accepted: 1,
      rejected: 0,
    };
    const merged = mergeStream(old, { ...old, watermarkMs: 90, kinds: { usage: 90 } });
    expect(merged).toMatchObject({ watermarkMs: 90, kinds: { usage: 90, revenue: 50, support: 50 } });
    expect(mergeStream(old, old)).not.toHaveProperty("kinds");
  });
});
