import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeStream, type StoredStream } from "../../src/domain/intake/stream.ts";
import { kindVouchedForMs } from "../../src/domain/limits.ts";
import { eventKinds, furtherFacts, isAwaited, kindReach, kindsOf, leastReach, type Reached } from "../../src/domain/source-reach.ts";
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

test("what was told of a stream a moment before does not take back what is known, and an end does not stay for ever", () => {
  const known = { kinds: { usage: 90, revenue: 20 }, liveAt: 90, isEnded: false, movedAt: 90 };
  const before = { kinds: { usage: 50, revenue: 20 }, liveAt: 50, isEnded: false, movedAt: 0 };
  expect(furtherFacts(known, before)).toEqual(known);
  expect(furtherFacts(known, { ...before, kinds: { usage: 95 }, liveAt: 95, isEnded: true })).toEqual({
    kinds: { usage: 95, revenue: 20 },
    liveAt: 95,
    isEnded: true,
    movedAt: 90,
  });
  expect(furtherFacts({ ...known, isEnded: true }, known)).toEqual(known);
  expect(furtherFacts({ liveAt: null, isEnded: false }, { liveAt: null, isEnded: false }).liveAt).toBeNull();
});
