import fc from "fast-check";
import { expect, test } from "vitest";
import { toBatches } from "../../../src/ingest/intake/drive.ts";

test("calls of the queue hold every message once, in order, at most 100 messages and 256,000 bytes each", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 300 }), (sizes) => {
      const messages = sizes.map((size) => new Uint8Array(size));
      const batches = toBatches(messages);
      expect(batches.flat()).toEqual(messages);
      for (const batch of batches) {
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(100);
        // The queue counts some 100 bytes of its own for each message.
        expect(batch.reduce((sum, { byteLength }) => sum + byteLength + 100, 0)).toBeLessThanOrEqual(256_000);
      }
    }),
    { numRuns: 50 },
  );
});
