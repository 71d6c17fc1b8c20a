import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeRows, encodeRows } from "../../../src/domain/intake/row.ts";
import { deliveryOf } from "../../support/intake-builders.ts";

const bodies = fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 20 });
const toDelivery = (body: Uint8Array, index: number) => ({
  ...deliveryOf([], { id: `d${index}`, accepted: index % 3, rejected: index % 2 }),
  body,
});

test("what is encoded comes back byte for byte, in order, whatever the rows' length", () => {
  fc.assert(
    fc.property(bodies, fc.integer({ min: 400, max: 5_000 }), (all, rowBytesMax) => {
      const deliveries = all.map(toDelivery);
      const rows = encodeRows(deliveries, rowBytesMax);
      expect(decodeRows(rows.map(({ body }) => body))).toEqual(deliveries);
    }),
  );
});

test("no row is longer than it may be, and the figures of all rows are those of the deliveries", () => {
  fc.assert(
    fc.property(bodies, fc.integer({ min: 400, max: 5_000 }), (all, rowBytesMax) => {
      const deliveries = all.map(toDelivery);
      const rows = encodeRows(deliveries, rowBytesMax);
      for (const { body } of rows) expect(body.byteLength).toBeLessThanOrEqual(rowBytesMax);
      const sum = (of: (row: (typeof rows)[number]) => number): number => rows.reduce((total, row) => total + of(row), 0);
      expect(sum((row) => row.items)).toBe(deliveries.reduce((total, { head }) => total + head.accepted, 0));
      expect(sum((row) => row.rejected)).toBe(deliveries.reduce((total, { head }) => total + head.rejected, 0));
      expect(sum((row) => row.deliveries)).toBe(deliveries.length);
    }),
  );
});

test("a delivery longer than a row lies in consecutive rows that count down to 0, and counts where it ends", () => {
  const long = { ...deliveryOf([], { accepted: 7 }), body: new Uint8Array(2_500).fill(7) };
  const rows = encodeRows([long], 1_000);
  expect(rows.map(({ partsLeft }) => partsLeft)).toEqual([2, 1, 0]);
  expect(rows.map(({ items }) => items)).toEqual([0, 0, 7]);
});

test("a replay adds items to be driven, and nothing to what the door counted", () => {
  const [row] = encodeRows([deliveryOf([], { accepted: 1, connector: "pulseline", form: "replay" })]);
  expect(row).toMatchObject({ items: 1, accepted: 0, deliveries: 0 });
});
