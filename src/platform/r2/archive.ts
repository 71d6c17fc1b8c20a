import { archivePutTimeoutMs } from "../../domain/limits.ts";
import { within } from "../within.ts";

type ArchiveObject = {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly facts: Readonly<Record<string, string>>;
};

/**
 * Writes raw deliveries to the bucket, create-once: `etagDoesNotMatch: "*"` makes the put a no-op where the key is taken, and then the
 * stored hash (of the uncompressed text, in `customMetadata.sha256`) is told, null where an object has none.
 */
export const archiveBucket = (bucket: R2Bucket) => ({
  async putOnce({ key, bytes, sha256, facts }: ArchiveObject): Promise<{ status: "stored" } | { status: "exists"; sha256: string | null }> {
    const stored = await within(
      archivePutTimeoutMs,
      bucket.put(key, bytes, {
        onlyIf: { etagDoesNotMatch: "*" },
        customMetadata: { ...facts, sha256 },
        httpMetadata: { contentType: "application/x-ndjson", contentEncoding: "gzip" },
      }),
    );
    if (stored !== null) return { status: "stored" };
    const there = await within(archivePutTimeoutMs, bucket.head(key));
    // Deleted in between: the next attempt will create it.
    if (there === null) throw new Error(`the archive key ${key} was taken and is gone`);
    return { status: "exists", sha256: there.customMetadata?.["sha256"] ?? null };
  },
});
