import fc from "fast-check";
import { expect, test } from "vitest";
import { archiveKey, fromArchiveLine, nextArchiveRange, toArchiveLine } from "../../../src/domain/intake/archive-object.ts";
import { deliveryOf } from "../../support/intake-builders.ts";

const HOUR = 3_600_000;
const shard = { name: "3", incarnation: "abc" };

test("a body comes back from its line byte for byte, text or not", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.string({ unit: "grapheme" }).map((text) => new TextEncoder().encode(text)),
      ),
      (body) => {
        const delivery = { ...deliveryOf([]), body };
        expect(fromArchiveLine(toArchiveLine(delivery))).toEqual(delivery);
      },
    ),
  );
});

test("a byte order mark survives", () => {
  const body = Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d);
  expect(fromArchiveLine(toArchiveLine({ ...deliveryOf([]), body })).body).toEqual(body);
});

test("a text body is readable in the archive, a gzip body is base64 and one line all the same", () => {
  expect(JSON.parse(toArchiveLine({ ...deliveryOf([]), body: new TextEncoder().encode('[{"a":1}]\n') })).body).toBe('[{"a":1}]\n');
  const line = toArchiveLine({ ...deliveryOf([], { contentEncoding: "gzip" }), body: Uint8Array.of(0x1f, 0x8b, 0x0a) });
  expect(JSON.parse(line).base64).toBe("H4sK");
  expect(line).not.toContain("\n");
});

test("the key holds day, hour, shard, incarnation and range, and the hash only when asked", () => {
  const range = { fromSeq: 12, toSeq: 340, at: Date.UTC(2026, 10, 25, 7, 59, 59) };
  expect(archiveKey(shard, range)).toBe("raw/v1/dt=2026-11-25/hh=07/intake=3/abc-000000000012-000000000340.ndjson.gz");
  expect(archiveKey(shard, range, "0123456789abcdef99")).toBe(
    "raw/v1/dt=2026-11-25/hh=07/intake=3/abc-000000000012-000000000340.0123456789abcdef.ndjson.gz",
  );
});

test("a range ends at the byte bound or at the hour, never between the parts of a delivery", () => {
  const row = (seq: number, at: number, partsLeft = 0) => ({ seq, at, bytes: 100, partsLeft });
  expect(nextArchiveRange([], 250)).toBeNull();
  expect(nextArchiveRange([row(1, 0, 1)], 250)).toBeNull();
  expect(nextArchiveRange([row(5, 0), row(6, 1), row(7, 2), row(8, 3)], 250)).toEqual({ fromSeq: 5, toSeq: 7, at: 0 });
  expect(nextArchiveRange([row(5, HOUR - 1), row(6, HOUR)], 1_000)).toEqual({ fromSeq: 5, toSeq: 5, at: HOUR - 1 });
  expect(nextArchiveRange([row(5, 0, 2), row(6, 0, 1), row(7, 0), row(8, 0)], 100)).toEqual({ fromSeq: 5, toSeq: 7, at: 0 });
});
