import type { Delivery } from "../../domain/delivery.ts";
import { archivePrefixes, deliveryIn, hourOfKey, mayHold, rawRoot } from "../../domain/intake/archive-object.ts";
import { archiveListCallsMax, archiveObjectsReadMax, archivePutTimeoutMs, archiveTextBytesMax } from "../../domain/limits.ts";
import type { ArchiveObject, ArchivePort } from "../../ingest/intake/ports.ts";
import { gunzip } from "../gzip.ts";
import { within } from "../within.ts";

/** The archive in R2. */
export const archiveBucket = (bucket: R2Bucket): ArchivePort => ({
  async put(object) {
    for (const key of [object.key, object.otherKey]) if (await isStoredOnce(bucket, key, object)) return key;
    throw new Error(`the archive key ${object.otherKey} is taken by other content too`);
  },
});

/**
 * Whether the key holds this content now: `etagDoesNotMatch: "*"` makes the put a no-op where it is taken, and then the stored hash (in
 * `customMetadata.sha256`) tells.
 */
async function isStoredOnce(bucket: R2Bucket, key: string, { bytes, sha256, facts }: ArchiveObject): Promise<boolean> {
  const stored = await within(
    archivePutTimeoutMs,
    bucket.put(key, bytes, {
      onlyIf: { etagDoesNotMatch: "*" },
      customMetadata: { ...facts, sha256 },
      httpMetadata: { contentType: "application/x-ndjson", contentEncoding: "gzip" },
    }),
  );
  if (stored !== null) return true;
  const there = await within(archivePutTimeoutMs, bucket.head(key));
  // Deleted in between: the next attempt will create it.
  if (there === null) throw new Error(`the archive key ${key} was taken and is gone`);
  return there.customMetadata?.["sha256"] === sha256;
}

/** A delivery to look for: its id, when its door stamped it (epoch ms), and the shards that hold it most likely. */
export type Sought = { readonly id: string; readonly receivedAt: number; readonly shards: readonly string[] };

/**
 * Finds a raw delivery: among the objects of its hour those whose span holds its time, a bounded number of them, its own shards' first. Null
 * when it is in none of these; in an hour with more objects than may be listed it may be missed.
 */
export async function findInArchive(bucket: R2Bucket, { id, receivedAt, shards }: Sought): Promise<Delivery | null> {
  let lists = 0;
  const read = new Set<string>();
  for (const prefix of archivePrefixes(receivedAt, shards)) {
    for (let cursor: string | undefined, isLast = false; !isLast && lists < archiveListCallsMax; lists++) {
      const page = await bucket.list({ prefix, include: ["customMetadata"], ...(cursor === undefined ? {} : { cursor }) });
      for (const { key, customMetadata = {} } of page.objects) {
        if (read.has(key) || read.size >= archiveObjectsReadMax || !mayHold(customMetadata, receivedAt)) continue;
        read.add(key);
        const found = deliveryIn(await textOf(bucket, key), id);
        if (found !== null) return found;
      }
      isLast = !page.truncated;
      cursor = page.truncated ? page.cursor : undefined;
    }
  }
  return null;
}

async function textOf(bucket: R2Bucket, key: string): Promise<string> {
  const object = await bucket.get(key);
  if (object === null) return "";
  return new TextDecoder().decode(gunzip(new Uint8Array(await object.arrayBuffer()), archiveTextBytesMax));
}

/**
 * Removes raw deliveries of hours that ended before an instant, the oldest first, at most one page of a listing. Fewer than `limit`: there are no
 * more. What lies under another kind of key is left alone.
 */
export async function removeRaw(bucket: R2Bucket, endedBefore: number, limit: number): Promise<number> {
  const page = await bucket.list({ prefix: rawRoot, limit });
  const old = page.objects.map(({ key }) => key).filter((key) => (hourOfKey(key)?.end ?? Number.POSITIVE_INFINITY) <= endedBefore);
  if (old.length > 0) await bucket.delete(old);
  return old.length;
}
