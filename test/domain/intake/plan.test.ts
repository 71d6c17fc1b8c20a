import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromPackText } from "../../../src/domain/intake/pack.ts";
import {
  type MappedDelivery,
  parsePackId,
  type PlanItem,
  planSegment,
  type PlanOptions,
  segmentId,
} from "../../../src/domain/intake/plan.ts";
import { type StoredStream, leastDelayMs } from "../../../src/domain/intake/stream.ts";
import { EventOutcome } from "../../../src/domain/outcome.ts";
import { eventsOfPack } from "../../support/event-lines.ts";
import { deliveryOf, eventOf } from "../../support/intake-builders.ts";

const compress = (text: string): Uint8Array => gzipSync(text, { level: 1 });
const unpack = (message: Uint8Array) => fromPackText(gunzipSync(message).toString("utf8"));
const options: PlanOptions = { segmentId: "inc/1-9", origin: { kind: "intake", name: "0" }, plan: 1, compress };

/** A delivery of items: a number is an event with that many characters of noise, "drop" is an item without effect. */
function mapped(id: string, items: readonly (number | "drop")[], more: object = {}): MappedDelivery {
  const { head } = deliveryOf([], { id, accepted: items.length, ...more });
  const noise = (n: number): string => Array.from({ length: n }, (_, i) => String.fromCharCode(33 + ((i * 7_919 + n * 31) % 90))).join("");
  return {
    head,
    bytes: 1,
    mapped: {
      items: items.map((item, index): PlanItem =>
        item === "drop" ? { drop: "test" } : { event: eventOf(head, index, { data: { noise: noise(item) } }) },
      ),
    },
  };
}

const segments = fc.array(fc.array(fc.oneof(fc.integer({ min: 0, max: 600 }), fc.constant("drop" as const)), { maxLength: 12 }), {
  maxLength: 12,
});
const toDeliveries = (all: readonly (readonly (number | "drop")[])[]): MappedDelivery[] =>
  all.map((items, index) => mapped(`d${index}`, items));
const bounds = { packGzipBytesMax: 700, packEventsMax: 7 };

test("every event is in exactly one pack, in arrival order, and every other item has its own outcome", () => {
  fc.assert(
    fc.property(segments, (all) => {
      const plan = planSegment(toDeliveries(all), { ...options, ...bounds });
      const packed = plan.packs.flatMap(({ message, whole }) => eventsOfPack(unpack(whole ?? message)));
      const events = toDeliveries(all).flatMap(({ mapped: found }) =>
        "items" in found ? found.items.flatMap((item) => ("event" in item ? [item.event] : [])) : [],
      );
      expect(packed).toEqual(events);
      const items = all.flat().map((item) => (item === "drop" ? "drop" : "event"));
      const places = items.map(() => "");
      for (const { itemOf } of plan.packs) for (const item of itemOf) places[item] += "event";
      for (const { from, to } of plan.local) for (let item = from; item < to; item++) places[item] += "drop";
      expect(places).toEqual(items);
    }),
  );
});

test("no message is longer than it may be after compression; what does not fit alone travels by reference", () => {
  fc.assert(
    fc.property(segments, (all) => {
      for (const { message, whole, itemOf } of planSegment(toDeliveries(all), { ...options, ...bounds }).packs) {
        const { header, lines } = unpack(message);
        expect(header.events).toBe(itemOf.length);
        expect(header.routeOf).toHaveLength(itemOf.length);
        if (whole === null) {
          expect(message.byteLength).toBeLessThanOrEqual(bounds.packGzipBytesMax);
          expect(lines).toHaveLength(itemOf.length);
        } else {
          expect(header.byReference).toBe(true);
          expect(itemOf).toHaveLength(1);
          expect(whole.byteLength).toBeGreaterThan(bounds.packGzipBytesMax);
        }
      }
    }),
  );
});

test("planning again gives the very same messages and the same cuts", () => {
  fc.assert(
    fc.property(segments, (all) => {
      expect(planSegment(toDeliveries(all), { ...options, ...bounds })).toEqual(planSegment(toDeliveries(all), { ...options, ...bounds }));
    }),
  );
});

test("other cuts have another hash", () => {
  const deliveries = toDeliveries([[100, 100, 100, 100], [100]]);
  expect(planSegment(deliveries, { ...options, packEventsMax: 3 }).cuts).not.toBe(
    planSegment(deliveries, { ...options, packEventsMax: 2 }).cuts,
  );
});

test("pack ids hold incarnation, range and number, and can be read back", () => {
  const plan = planSegment(toDeliveries([[1, 1, 1, 1, 1]]), { ...options, segmentId: segmentId("inc", 3, 17), packEventsMax: 2 });
  expect(plan.packs.map(({ id }) => id)).toEqual(["inc/3-17/0", "inc/3-17/1", "inc/3-17/2"]);
  expect(parsePackId("inc/3-17/2")).toEqual({ incarnation: "inc", fromSeq: 3, toSeq: 17, n: 2 });
  expect(parsePackId("inc/3-17")).toBeNull();
});

test("a delivery that its mapper failed on is dead-lettered as a unit between its neighbours", () => {
  const broken: MappedDelivery = {
    head: deliveryOf([], { id: "broken", accepted: 3 }).head,
    bytes: 9,
    mapped: { failure: "mapper_failed", detail: "boom" },
  };
  const plan = planSegment([mapped("a", [1, 1]), broken, mapped("b", [1])], options);
  expect(plan.packs.map(({ itemOf }) => [...itemOf])).toEqual([[0, 1, 5]]);
  expect(plan.local).toEqual([
    { from: 2, to: 5, outcome: EventOutcome.deadLettered, failure: { delivery: 1, reason: "mapper_failed", detail: "boom" } },
  ]);
});

test("a mapper that finds another number of items than the door counted fails its delivery alone", () => {
  const fewer = { ...mapped("a", [1, 1]), head: deliveryOf([], { id: "a", accepted: 3 }).head };
  const plan = planSegment([fewer, mapped("b", [1])], options);
  expect(plan.local).toMatchObject([{ from: 0, to: 3, outcome: EventOutcome.deadLettered, failure: { reason: "item_count_changed" } }]);
  expect(plan.packs.map(({ itemOf }) => [...itemOf])).toEqual([[3]]);
});

test("events with the same keys share a route, and the header bears the greatest believed event time of each stream", () => {
  const { head } = deliveryOf([], { id: "d", accepted: 3, receivedAt: 1_000_000 });
  const items = [
    { event: eventOf(head, 0, { keys: ["user|u"], mayCreate: false, occurredAt: 5 }) },
    { event: eventOf(head, 1, { keys: ["account|a"], occurredAt: 9 }) },
    { event: eventOf(head, 2, { keys: ["user|u"], mayCreate: false, occurredAt: 1_000_000 + 5 * 60_000 + 1 }) },
  ];
  const { packs, streams } = planSegment([{ head, bytes: 1, mapped: { items } }], options);
  const [pack] = packs;
  expect(unpack(pack?.message ?? new Uint8Array()).header).toMatchObject({
    routes: [
      { keys: ["user|u"], mayCreate: false },
      { keys: ["account|a"], mayCreate: true },
    ],
    routeOf: [0, 1, 0],
    watermarks: { "conn-1/events": 9 },
  });
  // A clock that is not believed is told.
  expect(streams.get("conn-1/events")).toMatchObject({ watermarkMs: 9, ahead: { ms: 5 * 60_000 + 1, at: 1_000_000 } });
});

test("a stream remembers how far each kind of event has come, and of each day how quick the quickest live one was", () => {
  const deliver = (lane: "live" | "backfill", ...events: readonly [type: string, occurredAt: number][]): MappedDelivery => {
    const { head } = deliveryOf([], { id: `${lane}${events.length}`, accepted: events.length, receivedAt: 1_000_000, lane });
    return {
      head,
      bytes: 1,
      mapped: { items: events.map(([type, occurredAt], i) => ({ event: eventOf(head, i, { type, occurredAt }) })) },
    };
  };
  const streamOf = (...deliveries: MappedDelivery[]) => planSegment(deliveries, options).streams.get("conn-1/events");
  const quick = deliver("live", ["feature.used", 400_000], ["invoice.paid", 700_000], ["account.updated", 650_000]);
  expect(streamOf(quick)).toMatchObject({ watermarkMs: 700_000, kinds: { usage: 400_000, revenue: 700_000 } });
  const delays = (stream: ReturnType<typeof streamOf>): unknown => stream?.days?.map(({ delayMinMs }) => delayMinMs);
  expect(delays(streamOf(quick, deliver("backfill", ["feature.used", 999_000]), deliver("live", ["feature.used", 600_000])))).toEqual([
    300_000,
  ]);
  expect(delays(streamOf(deliver("backfill", ["feature.used", 999_000])))).toEqual([undefined]);
  expect(leastDelayMs(streamOf(quick) as StoredStream, 1_000_000)).toBe(300_000);
  expect(leastDelayMs(streamOf(quick) as StoredStream, 1_000_000 + 2 * 86_400_000)).toBeNull();
});
