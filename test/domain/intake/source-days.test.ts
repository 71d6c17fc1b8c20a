import fc from "fast-check";
import { expect, it } from "vitest";
import {
  completenessDays,
  completenessOf,
  mergeArrivals,
  noteCompleteness,
  provenCompleteness,
  toArrivals,
} from "../../../src/domain/intake/completeness.ts";
import { faultOf, faultsOfDay, mergeFaults, type FaultKind, type SourceFault } from "../../../src/domain/intake/source-fault.ts";
import { type StoredStream, lastAcceptedAt, lastLiveAt, mergeStream } from "../../../src/domain/intake/stream.ts";
import { completenessPriorEvents, completenessToldFrom, faultHoursKept, sourceDaysKept } from "../../../src/domain/limits.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";

const source = { connectionId: "c", connector: "zendesk", stream: "webhook" };
const today = 20_000;
const now = today * DAY_MS + 10 * HOUR_MS;
const stream = (day: number, accepted: number, rejected = 0, watermarkMs = 0): StoredStream => ({
  ...source,
  watermarkMs,
  lastReceivedAt: day * DAY_MS,
  accepted,
  rejected,
  days: [{ day, accepted, rejected, watermarkMs }],
});
const refused = (at: number, kind: FaultKind = "refused"): SourceFault => faultOf(source, { at, kind, reason: "r", detail: String(at) });
const all = <T>(parts: readonly T[], merge: (known: T | undefined, part: T) => T): T => parts.reduce<T | undefined>(merge, undefined) as T;

it("the sums of the days are the same in whatever order and by whatever shards they came", () => {
  const part = fc.tuple(fc.integer({ min: today - 13, max: today }), fc.nat(100), fc.nat(5), fc.nat(1_000));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 20 }), fc.nat(19), (parts, cut) => {
      const streams = parts.map(([day, accepted, rejected, watermark]) => stream(day, accepted, rejected, watermark));
      const whole = all(streams, mergeStream);
      const twoShards = [streams.slice(0, cut), streams.slice(cut)].filter((some) => some.length > 0).map((some) => all(some, mergeStream));
      expect(all(twoShards.reverse(), mergeStream).days).toEqual(whole.days);
      const days = completenessDays(whole.days ?? [], [], now);
      expect(days.reduce((sum, { events }) => sum + events, 0)).toBe(whole.accepted);
      expect(days.map(({ watermarkMs }) => watermarkMs)).toEqual(days.map(({ watermarkMs }) => watermarkMs).toSorted((a, b) => a - b));
    }),
  );
});

it("a stream remembers its last days only, and one that older code has stored begins to", () => {
  const many = all(
    Array.from({ length: 40 }, (_, i) => stream(today - 40 + i, 1)),
    mergeStream,
  );
  expect(many.days?.map(({ day }) => day)).toEqual(Array.from({ length: sourceDaysKept }, (_, i) => today - sourceDaysKept + i));
  const { days: _none, ...old } = stream(today - 1, 5);
  expect(mergeStream(old, stream(today, 2)).days).toEqual([{ day: today, accepted: 2, rejected: 0, watermarkMs: 0 }]);
});

it("the last success is the last delivery of which an event was taken, whatever order the deliveries came in", () => {
  const rejectedOnly = [stream(today - 3, 0, 1), stream(today, 0, 2)];
  expect(lastAcceptedAt(all(rejectedOnly, mergeStream))).toBeNull();
  const taken = [stream(today - 2, 4), stream(today - 1, 1, 9)];
  for (const parts of [
    [...taken, ...rejectedOnly],
    [...rejectedOnly, ...taken],
    [...rejectedOnly, ...taken.toReversed()],
  ])
    expect(lastAcceptedAt(all(parts, mergeStream))).toBe((today - 1) * DAY_MS);
  const { days: _none, ...old } = stream(today - 4, 5, 1);
  expect(lastAcceptedAt(mergeStream(old, stream(today, 0, 2)))).toBe((today - 4) * DAY_MS);
});

it("a day is complete when nothing was refused, partial when something was, down when nothing else came, and none when nothing was sent", () => {
  const days = all([stream(today - 3, 7), stream(today - 2, 7, 1), stream(today, 7)], mergeStream).days ?? [];
  const hours = all(
    [
      ...[3, 4, 9].map((hour) => refused((today - 1) * DAY_MS + hour * HOUR_MS)),
      refused(today * DAY_MS + HOUR_MS),
      refused((today - 3) * DAY_MS, "quarantined"),
    ],
    mergeFaults,
  ).hours;
  const told = completenessDays(days, hours, now);
  expect(told).toHaveLength(sourceDaysKept);
  expect(told.slice(-5).map(({ status }) => status)).toEqual(["none", "complete", "partial", "down", "partial"]);
  const start = (today - 1) * DAY_MS;
  expect(told.at(-2)?.gaps).toEqual([
    { from: start + 3 * HOUR_MS, to: start + 5 * HOUR_MS, refused: 2 },
    { from: start + 9 * HOUR_MS, to: start + 10 * HOUR_MS, refused: 1 },
  ]);
});

it("a source is as complete as what it brought on a day and the one before; of silence nothing is said", () => {
  const days = [
    stream(today - 3, 8),
    stream(today - 2, 6, 2),
    stream(today, 2),
    { ...stream(today, 0), days: [{ day: today, accepted: 0, rejected: 0, failed: 1, watermarkMs: 0 }] },
  ];
  const whole = all(days, mergeStream).days ?? [];
  expect(whole.at(-1)).toEqual({ day: today, accepted: 2, rejected: 0, failed: 1, watermarkMs: 0 });
  const told = completenessDays(whole, [], now).slice(-4);
  expect(told.map(({ completeness, status }) => [completeness, status])).toEqual([
    [1, "complete"],
    [14 / 16, "partial"],
    [6 / 8, "none"],
    [1 / 2, "partial"],
  ]);
  expect(completenessOf([toArrivals(whole)], today - 5)).toBeNull();
});

it("several streams are together as complete as the sum of what they brought, by however many shards", () => {
  const part = fc.tuple(fc.integer({ min: today - 3, max: today }), fc.nat(50), fc.nat(20));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), fc.nat(12), (parts, cut) => {
      const arrivals = parts.map(([day, counted, lost]) => toArrivals([{ day, accepted: counted, rejected: lost, watermarkMs: 0 }]));
      const merged = arrivals.reduce(mergeArrivals, []);
      const apart = [arrivals.slice(0, cut).reduce(mergeArrivals, []), arrivals.slice(cut).reduce(mergeArrivals, [])];
      const near = parts.filter(([day]) => day >= today - 1);
      const [counted, lost] = [near.reduce((sum, [, n]) => sum + n, 0), near.reduce((sum, [, , n]) => sum + n, 0)];
      const expected = counted + lost === 0 ? null : counted / (counted + lost);
      expect(completenessOf([merged], today)).toBe(expected);
      expect(completenessOf(apart, today)).toBe(expected);
    }),
  );
});

it("few events prove little of completeness: it is drawn to whole, less so the more came, and nothing lost is whole", () => {
  const proven = (came: number, lost: number) => provenCompleteness([[[today, came, lost]]], today);
  expect([proven(0, 0), proven(7, 0), proven(19, 6)]).toEqual([1, 1, 43 / 49]);
  expect(completenessPriorEvents).toBe(30);
  expect(proven(3_000, 1_500)).toBeCloseTo(0.5, 2);
  // As older code told it, before what had come.
  expect(proven(0, 1)).toBe(1);
});

it("notes that the completeness of a stream became another, down and up, a few times a day however much comes", () => {
  const whole = noteCompleteness(stream(today, 100), now);
  expect(whole.partial).toBeUndefined();
  const bring = (known: StoredStream, accepted: number, rejected: number, at = now) =>
    noteCompleteness(mergeStream(known, stream(today, accepted, rejected)), at);
  expect(bring(whole, 0, 2).partial).toBeUndefined();
  const down = bring(whole, 0, 6);
  expect(down.partial).toEqual({ movedAt: now, arrivals: [[today, 106, 6]] });
  expect(bring(down, 1, 0).partial).toBe(down.partial);
  const up = bring(down, 100, 0, now + 5);
  expect(up.partial).toEqual({ movedAt: now + 5, arrivals: [[today, 206, 6]] });
  // Also where the clock stands, and as several shards tell it.
  expect(bring(down, 100, 0).partial?.movedAt).toBe(now + 1);
  expect(mergeStream(up, down).partial).toBe(up.partial);
  expect(mergeStream(down, up).partial).toBe(up.partial);

  let [known, notes] = [stream(today, 10), 0];
  for (let segment = 0; segment < 5_000; segment++) {
    const next = bring(known, segment % 2 === 0 ? 10 : 0, segment % 2 === 0 ? 0 : 10, now + segment);
    if (next.partial !== known.partial) notes++;
    const share = completenessOf([toArrivals(next.days ?? [])], today) ?? 1;
    expect(Math.abs(share - (completenessOf([next.partial?.arrivals ?? []], today) ?? 1))).toBeLessThan(completenessToldFrom);
    known = next;
  }
  expect(notes).toBeGreaterThan(2);
  expect(notes).toBeLessThan(30);
});

it("faults add up by the hour, the latest stands as the last, and what is old is forgotten", () => {
  const at = fc.integer({ min: now - 60 * DAY_MS, max: now });
  fc.assert(
    fc.property(fc.array(at, { minLength: 1, maxLength: 60 }), (times) => {
      const merged = all(
        times.map((time) => refused(time)),
        mergeFaults,
      );
      expect(merged.last.at).toBe(Math.max(...times));
      expect(merged.hours.length).toBeLessThanOrEqual(faultHoursKept);
      expect(faultsOfDay(merged.hours, now)).toEqual({
        refused: times.filter((time) => Math.floor(time / HOUR_MS) > Math.floor(now / HOUR_MS) - 25).length,
        failed: 0,
      });
    }),
  );
});

it("tells apart what came live and what was loaded as history, also where older code has stored the stream", () => {
  const old = stream(today - 3, 1);
  const live = { ...stream(today - 1, 1), liveAt: 11 };
  const history = { ...stream(today, 1), historyAt: 12 };
  expect(lastLiveAt(all([history, history], mergeStream))).toBeNull();
  expect(lastLiveAt(all([live, history], mergeStream))).toBe(11);
  expect(lastLiveAt(all([history, live], mergeStream))).toBe(11);
  expect(lastLiveAt(all([old, history], mergeStream))).toBe((today - 3) * DAY_MS);
});

it("an import stays one when something of it is set aside, which says nothing of lanes", () => {
  const loaded = { ...stream(today - 1, 5), historyAt: 7 };
  const aside = { ...stream(today - 1, 0), historyAt: 0, lastReceivedAt: now };
  for (const parts of [
    [loaded, aside],
    [aside, loaded],
  ])
    expect(lastLiveAt(all(parts, mergeStream))).toBeNull();
  expect(lastLiveAt(all([aside, { ...stream(today, 1), liveAt: 9 }], mergeStream))).toBe(9);
});
