import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { planSegment } from "../../src/domain/intake/plan.ts";
import { reasonDetailCharsMax } from "../../src/domain/limits.ts";
import { ownText } from "../../src/domain/own-text.ts";
import { PlainLineWriter } from "../../src/domain/plain-line.ts";
import { deliveryOf } from "../support/intake-builders.ts";

test.each(["", "plain and long enough", 'quote " \\ \n', "Zürich 東京 👋", "\ud800 alone"])("is the same text: %j", (text) => {
  expect(ownText(text)).toBe(text);
});

test("a plan that is kept does not keep the text of its deliveries", () => {
  const textBytes = 300_000;
  const plans = 10;
  const before = heapBytes();
  const kept = Array.from({ length: plans }, (_, n) => planOf(n, textBytes));
  const grownBytes = heapBytes() - before;
  expect(kept[plans - 1]?.deliveries[1]?.accountIds).toEqual([`customer-number-${plans - 1}`]);
  expect(kept[0]?.local[0]?.failure?.detail).toHaveLength(reasonDetailCharsMax);
  expect(grownBytes).toBeLessThan(textBytes);
});

/** Of one delivery with an event of an account and much data, and one that its mapper failed on with as much to say. */
function planOf(n: number, textBytes: number) {
  const parts = { account: `customer-number-${n}`, id: `event-${n}`, type: "feature.used" };
  const bytes = new TextEncoder().encode(`${parts.id}${parts.type}${parts.account}`);
  const idTo = parts.id.length;
  const typeTo = idTo + parts.type.length;
  const lines = new PlainLineWriter(textBytes);
  lines.write(
    {
      bytes,
      idFrom: 0,
      idTo,
      typeFrom: idTo,
      typeTo,
      occurredAt: 1_000,
      accountFrom: typeTo,
      accountTo: bytes.length,
      userFrom: 0,
      userTo: 0,
    },
    { contentHash: 1, index: 0, mayCreate: true, data: JSON.stringify({ text: "x".repeat(textBytes) }) },
  );
  const [read, failed] = ["read", "failed"].map((id) => deliveryOf([], { id: `${id}-${n}`, accepted: 1 }).head);
  if (read === undefined || failed === undefined) throw new Error("two heads");
  return planSegment(
    [
      { head: failed, bytes: 1, mapped: { failure: "unreadable", detail: Buffer.alloc(textBytes, `${n}`).toString("latin1") } },
      { head: read, bytes: 1, mapped: { items: lines.finish() } },
    ],
    { segmentId: `inc/${n}-${n}`, origin: { kind: "intake", name: "0" }, plan: 1, compress: () => new Uint8Array(8) },
  );
}

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}
