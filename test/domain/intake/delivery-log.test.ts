import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addReason,
  fromLogRow,
  outcomesOfItems,
  summariesOf,
  toListed,
  toLogRow,
  type DeliveryLetter,
  type DeliveryReason,
} from "../../../src/domain/intake/delivery-log.ts";
import { planSegment } from "../../../src/domain/intake/plan.ts";
import { deliveryReasonsMax, deliveryRunsMax } from "../../../src/domain/limits.ts";
import { EventOutcome } from "../../../src/domain/outcome.ts";
import { deliveryOf, eventOf } from "../../support/intake-builders.ts";

const settled = { isStuck: false, settledAt: 5 };
const facts = (id: string, accepted: number, firstItem: number) => ({
  id,
  connectionId: "c",
  connector: "native",
  form: "events",
  receivedAt: 1,
  bytes: 1,
  accepted,
  rejected: 0,
  firstItem,
  accountIds: [],
  reasons: [],
});

test("a logged delivery still tells what became of each of its items", () => {
  const item = fc.integer({ min: 1, max: 7 });
  fc.assert(
    fc.property(fc.array(item, { maxLength: 40 }), fc.array(item, { maxLength: 40 }), (first, second) => {
      const deliveries = [facts("a", first.length, 0), facts("b", second.length, first.length)];
      const logged = summariesOf(deliveries, Uint8Array.from([...first, ...second]), settled);
      const [a, b] = fromLogRow(toLogRow(logged).body);
      expect(a === undefined ? null : outcomesOfItems(a)).toEqual(first);
      expect(b === undefined ? null : outcomesOfItems(b)).toEqual(second);
    }),
    { numRuns: 100 },
  );
});

test("a body made to have an outcome of its own for each item is logged in part, and the rest said to be unknown", () => {
  const items = 2 * deliveryRunsMax;
  const progress = Uint8Array.from({ length: items }, (_, i) => (i % 2 === 0 ? EventOutcome.applied : EventOutcome.repeat));
  const [logged] = summariesOf([facts("a", items, 0)], progress, settled);
  const outcomes = logged === undefined ? [] : outcomesOfItems(logged);
  expect(outcomes.slice(0, deliveryRunsMax)).toEqual(Array.from(progress.subarray(0, deliveryRunsMax)));
  expect(outcomes.slice(deliveryRunsMax)).toEqual(Array.from({ length: deliveryRunsMax }, () => null));
});

test("what older code has logged tells no item", () => {
  expect(outcomesOfItems({ accepted: 2 })).toEqual([null, null]);
});

test("reasons are counted by outcome and code, keep the first detail, and are bounded", () => {
  const reasons: DeliveryReason[] = [];
  for (let i = 0; i < 20; i++) {
    addReason(reasons, { outcome: "rejected", reason: "missing_field", detail: `/${i}: is missing`, events: 1 });
    addReason(reasons, { outcome: "dropped", reason: `drop_${i}`, detail: "", events: 1 });
  }
  expect(reasons).toHaveLength(deliveryReasonsMax);
  expect(reasons[0]).toEqual({ outcome: "rejected", reason: "missing_field", detail: "/0: is missing", events: 20 });
});

test("a plan keeps why items were dropped and rejected; a list adds what became letters", () => {
  const { head } = deliveryOf([], { id: "d", accepted: 2, rejected: 1, receivedAt: 1 });
  const plan = planSegment(
    [
      {
        head,
        bytes: 1,
        mapped: { items: [{ drop: "ignore" }, { event: eventOf(head, 1) }], rejections: [{ index: 2, reason: "not_json", detail: "no" }] },
      },
    ],
    { segmentId: "i/1-1", origin: { kind: "intake", name: "0" }, plan: 1, compress: (text) => gzipSync(text) },
  );
  const [logged] = summariesOf(plan.deliveries, Uint8Array.from([EventOutcome.dropped, EventOutcome.quarantined]), settled);
  const letter: DeliveryLetter = { id: "0-1", item: 1, items: 1, kind: "quarantined", reason: "id_conflict", detail: "x", accountId: null };
  const listed = logged === undefined ? null : toListed(logged, [letter]);
  expect(listed).not.toHaveProperty("runs");
  expect(listed?.reasons).toEqual([
    { outcome: "rejected", reason: "not_json", detail: "no", events: 1 },
    { outcome: "dropped", reason: "ignore", detail: "", events: 1 },
    { outcome: "quarantined", reason: "id_conflict", detail: "x", events: 1 },
  ]);
});
