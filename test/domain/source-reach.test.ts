import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bring, lastLiveAt, mergeStream } from "../../src/domain/intake/stream.ts";
import type { StoredStream } from "../../src/domain/intake/messages.ts";
import { kindVouchedForMs } from "../../src/domain/limits.ts";
import { eventKinds, isAwaited, kindReach, kindsOf, leastReach, type Reached } from "../../src/domain/source-reach.ts";
import { DAY_MS, HOUR_MS } from "../../src/domain/time.ts";

const at = (text: string): number => Date.parse(`2026-11-${text}:00Z`);

/** The worked case of docs/design/time.md, "The least of several". */
test("one that fell silent holds the others however long it lasts, until it has ended, and again as soon as it speaks", () => {
  const stream = (reached: string, isEnded: boolean): Reached => ({
    reachedMs: at(reached),
    isAwaited: isAwaited({ liveAt: at(reached), isEnded }),
  });
  const told = (mobile: string, server: string, ended: readonly string[] = []): (string | number)[] => {
    const { knownTo, holding } = leastReach([stream(mobile, ended.includes("mobile")), stream(server, ended.includes("server"))]);
    return [new Date(knownTo as number).toISOString().slice(8, 16), holding];
  };
  expect(told("10T09:59", "10T09:58")).toEqual(["10T09:58", 2]);
  expect(told("10T10:05", "12T09:59")).toEqual(["10T10:05", 2]);
  expect(told("10T10:05", "24T10:03")).toEqual(["10T10:05", 2]);
  expect(told("10T10:05", "24T10:03", ["mobile"])).toEqual(["24T10:03", 1]);
  expect(told("25T07:59", "25T07:58")).toEqual(["25T07:58", 2]);
  expect(told("25T08:00", "25T09:00", ["mobile", "server"])).toEqual(["25T09:00", 0]);
});

describe("the least of several", () => {
  const source = fc.record({ reachedMs: fc.nat(1_000), isAwaited: fc.boolean() });

  test("is one of theirs, does not depend on their order, and never falls when one ends", () => {
    fc.assert(
      fc.property(fc.array(source, { minLength: 1 }), fc.nat(), (sources, n) => {
        const { knownTo } = leastReach(sources);
        expect(sources.map(({ reachedMs }) => reachedMs)).toContain(knownTo);
        expect(leastReach(sources.toReversed()).knownTo).toBe(knownTo);
        const ended = sources.map((one, i) => (i === n % sources.length ? { ...one, isAwaited: false } : one));
        expect(leastReach(ended).knownTo as number).toBeGreaterThanOrEqual(knownTo as number);
      }),
    );
  });

  test("of none is not known", () => {
    expect(leastReach([])).toEqual({ knownTo: null, holding: 0 });
  });

  test("waits neither for history, nor for what was removed; for what nothing is known of it does", () => {
    expect(isAwaited({ liveAt: null, isEnded: false })).toBe(false);
    expect(isAwaited({ liveAt: 5, isEnded: true })).toBe(false);
    expect(isAwaited({ liveAt: 5, isEnded: false })).toBe(true);
    expect(isAwaited(undefined)).toBe(true);
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
    expect(kindReach({ watermarkMs: now, kinds: { [kind]: now - agoMs } }, kind)).toBe(expected);
  });

  test.each([
    ["money that rests three days at most, for six", 3 * DAY_MS, 7 * DAY_MS, now - DAY_MS],
    ["money that comes once a month, no longer than before", 30 * DAY_MS, 40 * DAY_MS, now - 5 * DAY_MS],
    ["money that comes every minute, for an hour", 60_000, 3 * HOUR_MS, now - 2 * HOUR_MS],
  ] as const)("as its stream has learned: %s", (_name, usual, agoMs, expected) => {
    expect(kindReach({ watermarkMs: now, kinds: { revenue: now - agoMs }, usualPauses: { revenue: usual } }, "revenue")).toBe(expected);
  });

  test("a stream says nothing of a kind that it has never brought, and all it can where older code noted none", () => {
    expect(kindReach({ watermarkMs: now, kinds: { usage: now } }, "revenue")).toBeNull();
    for (const kind of eventKinds) expect(kindReach({ watermarkMs: now }, kind)).toBe(now);
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
