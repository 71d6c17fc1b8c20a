import { archiveCallWaitMs } from "../../domain/limits.ts";
import type { CheckpointPlace, Checkpoints } from "../../reports/ports.ts";
import { reportLine } from "../report.ts";
import { within } from "../within.ts";
import { isZlibError } from "./journal-archive.ts";
import { readMembers, toMembers } from "./member-object.ts";

const ROOT = "checkpoints/v1/";
const folderOf = (shard: string): string => `${ROOT}shard=${encodeURIComponent(shard)}/`;
const generationOf = (generation: number): string => String(generation).padStart(8, "0");

/** Checkpoints of the nightly check in R2: `checkpoints/v1/shard={name}/{generation}/{page}.json.gz`. */
export function checkpoints(bucket: R2Bucket): Checkpoints {
  const keyOf = ({ shard, generation, page }: CheckpointPlace): string =>
    `${folderOf(shard)}${generationOf(generation)}/${String(page).padStart(6, "0")}.json.gz`;
  return {
    async put(place, texts) {
      const { bytes, facts } = toMembers(texts.map(([account, text]) => [account, `${text}\n`]));
      const http = { contentType: "application/x-ndjson", contentEncoding: "gzip" };
      await within(archiveCallWaitMs, bucket.put(keyOf(place), bytes, { customMetadata: facts, httpMetadata: http }));
    },
    async get(place) {
      const key = keyOf(place);
      try {
        const found = await within(archiveCallWaitMs, readMembers(bucket, key));
        return found === null ? null : { last: found.names.at(-1) ?? null, textOf: found.textOf };
      } catch (error) {
        if (!(error instanceof SyntaxError) && !isZlibError(error)) throw error;
        reportLine("checkpoints_not_read", { key, error: String(error) });
        return null;
      }
    },
    async remove(shard, generationKept) {
      const kept = `${folderOf(shard)}${generationOf(generationKept)}/`;
      for (let cursor: string | undefined; ;) {
        const page = await bucket.list({ prefix: folderOf(shard), ...(cursor === undefined ? {} : { cursor }) });
        const keys = page.objects.map(({ key }) => key).filter((key) => !key.startsWith(kept));
        if (keys.length > 0) await bucket.delete(keys);
        if (!page.truncated) return;
        cursor = page.cursor;
      }
    },
  };
}
