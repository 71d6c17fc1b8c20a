import { env as bindings } from "cloudflare:workers";
import { expect, test } from "vitest";
import { archiveKey, toArchiveLine } from "../../src/domain/intake/archive-object.ts";
import type { DeadLetter } from "../../src/domain/intake/dead-letter.ts";
import type { Env } from "../../src/env.ts";
import { gunzip, gzip } from "../../src/platform/gzip.ts";
import { deadLettersQueue } from "../../src/platform/queues/dead-letters-queue.ts";
import { eventsQueue } from "../../src/platform/queues/events-queue.ts";
import { archiveBucket, findInArchive, removeRaw } from "../../src/platform/r2/archive.ts";
import { deliveryOf } from "../support/intake-builders.ts";

const env = bindings as unknown as Env;

test("gzip and back is the same bytes, and the same bytes give the same gzip", () => {
  const bytes = new TextEncoder().encode('{"a":1}\n'.repeat(2_000));
  expect(new Uint8Array(gunzip(gzip(bytes), 100_000))).toEqual(bytes);
  expect(gzip(bytes)).toEqual(gzip(bytes));
});

test("a bomb, rubbish and a truncated stream are refused", () => {
  const reasonOf = (bytes: Uint8Array): string => {
    try {
      gunzip(bytes, 1_000_000);
      return "expanded";
    } catch (error) {
      return String(error);
    }
  };
  expect([gzip(new Uint8Array(5_000_000)), Uint8Array.of(1, 2, 3), gzip(new Uint8Array(10_000)).subarray(0, 20)].map(reasonOf)).toEqual([
    expect.stringMatching(/larger than|too large|memory limit/i),
    expect.stringMatching(/incorrect header|header check/i),
    expect.stringMatching(/unexpected end/i),
  ]);
});

test("packs are sent as bytes, and a queue that does not answer counts as failed", { timeout: 10_000 }, async () => {
  const calls: unknown[] = [];
  const queue = (answer: () => Promise<unknown>): Queue<Uint8Array> =>
    ({ sendBatch: (messages: unknown) => (calls.push(messages), answer()) }) as never;
  await eventsQueue(queue(() => Promise.resolve())).send([Uint8Array.of(1), Uint8Array.of(2)]);
  expect(calls).toEqual([
    [
      { body: Uint8Array.of(1), contentType: "bytes" },
      { body: Uint8Array.of(2), contentType: "bytes" },
    ],
  ]);
  await expect(eventsQueue(queue(() => new Promise(() => undefined))).send([Uint8Array.of(1)])).rejects.toThrow("5000 ms");
});

test("copies of dead letters go without their events, in as many calls as their length needs", async () => {
  const calls: { body: object }[][] = [];
  const queue = { sendBatch: async (messages: { body: object }[]) => void calls.push(messages) } as unknown as Queue<unknown>;
  const copies = Array.from({ length: 5 }, (_, i) => ({ id: `0-${i}`, detail: "日".repeat(40_000) }));
  await deadLettersQueue(queue).send(copies.map((copy) => ({ ...copy, line: "x".repeat(1_000_000) }) as unknown as DeadLetter));
  expect(calls.map((call) => call.length)).toEqual([2, 2, 1]);
  expect(calls.flat().map(({ body }) => body)).toEqual(copies);
});

test("a raw delivery is found in whichever shard it lies, and without reading others where its own is known", async () => {
  const receivedAt = Date.parse("2021-03-04T05:59:59Z");
  const facts = { receivedFrom: String(receivedAt - 1_000), receivedTo: String(receivedAt + 1_000) };
  const shards = Array.from({ length: 8 }, (_, n) => String(n));
  for (const [n, shard] of shards.entries()) {
    const line = toArchiveLine(deliveryOf([], { id: `d-of-${shard}`, receivedAt }));
    // Some were committed in the hour after that in which they were stamped.
    const key = archiveKey({ name: shard, incarnation: "abc" }, { fromSeq: 1, toSeq: 1, at: receivedAt + (n % 2) * 2_000 });
    const bytes = gzip(new TextEncoder().encode(`${line}\n`));
    await archiveBucket(env.ARCHIVE).put({ key, otherKey: `${key}.other`, bytes, sha256: shard, facts });
  }
  const read: string[] = [];
  const bucket = {
    list: (options: R2ListOptions) => env.ARCHIVE.list(options),
    get: (key: string) => (read.push(key), env.ARCHIVE.get(key)),
  } as unknown as R2Bucket;
  const find = async (id: string, own: readonly string[]) => (await findInArchive(bucket, { id, receivedAt, shards: own }))?.head.id;
  expect(await find("d-of-7", ["7"])).toBe("d-of-7");
  expect(read).toHaveLength(1);
  // The number of shards has changed since.
  expect(await find("d-of-7", ["3"])).toBe("d-of-7");
  expect(await find("d-of-nobody", [])).toBeUndefined();
});

test("raw deliveries of hours that ended before are removed, the oldest first and a bounded number at a time, and nothing else", async () => {
  const keys = ["dt=2020-01-01/hh=00/intake=0/a", "dt=2020-01-01/hh=22/intake=0/b", "dt=2020-01-01/hh=23/intake=0/c", "dt=x/d"].map(
    (key) => `raw/v1/${key}.ndjson.gz`,
  );
  const other = "journal/v1/dt=2020-01-01/part=00/shard=0/e.ndjson.gz";
  for (const key of [...keys, other]) await env.ARCHIVE.put(key, "x");
  const before = Date.parse("2020-01-01T23:30:00Z");
  expect(await removeRaw(env.ARCHIVE, before, 1)).toBe(1);
  expect(await removeRaw(env.ARCHIVE, before, 10)).toBe(1);
  expect(await removeRaw(env.ARCHIVE, before, 10)).toBe(0);
  for (const key of [keys[2] ?? "", keys[3] ?? "", other]) expect(await env.ARCHIVE.head(key)).not.toBeNull();
});

test("an archive object is created once; other content goes beside it, and content that finds both keys taken is refused", async () => {
  const bucket = archiveBucket(env.ARCHIVE);
  const object = {
    key: "raw/v1/test-create-once",
    otherKey: "raw/v1/test-create-once.bb",
    bytes: gzip(new TextEncoder().encode("a\n")),
    sha256: "aa",
    facts: { deliveries: "1" },
  };
  expect([await bucket.put(object), await bucket.put(object)]).toEqual([object.key, object.key]);
  expect(await bucket.put({ ...object, sha256: "bb" })).toBe(object.otherKey);
  expect(await bucket.put({ ...object, sha256: "bb" })).toBe(object.otherKey);
  await expect(bucket.put({ ...object, sha256: "cc" })).rejects.toThrow("taken by other content");
  const stored = await env.ARCHIVE.head(object.key);
  expect(stored?.customMetadata).toEqual({ deliveries: "1", sha256: "aa" });
  expect(stored?.httpMetadata).toMatchObject({ contentEncoding: "gzip" });
});
