import { journalKey } from "../../domain/account/journal-archive.ts";
import { archiveCallWaitMs } from "../../domain/limits.ts";
import type { JournalArchive } from "../../reports/ports.ts";
import { reportLine } from "../report.ts";
import { sha256OfBytes } from "../sha256.ts";
import { within } from "../within.ts";
import { archiveBucket } from "./archive.ts";
import { readIndex, readMember, toMembers } from "./member-object.ts";

/** Indexes of objects that are kept while one job is at work. */
const indexesKept = 200;

/** The compacted journal in R2: an object's texts are its accounts' lines. */
export function journalArchive(bucket: R2Bucket): JournalArchive {
  const indexes = new Map<string, Awaited<ReturnType<typeof readIndex>>>();
  const indexOf = async (key: string): ReturnType<typeof readIndex> => {
    const known = indexes.get(key);
    if (known !== undefined) return known;
    const index = await readIndex(bucket, key);
    if (indexes.size >= indexesKept) indexes.delete(indexes.keys().next().value as string);
    indexes.set(key, index);
    return index;
  };
  return {
    async put(range, part, accounts) {
      const { bytes, text, facts } = toMembers(accounts.map(({ account, text: lines }) => [account, lines]));
      const sha256 = sha256OfBytes(text);
      const object = { bytes, sha256, facts: { ...facts, lines: String(accounts.reduce((sum, { lines }) => sum + lines, 0)) } };
      const store = archiveBucket(bucket);
      const key = journalKey(range, part);
      const first = await store.putOnce({ key, ...object });
      if (first.status === "stored" || first.sha256 === sha256) return key;
      const otherKey = journalKey(range, part, sha256);
      reportLine("journal_archive_conflict", { shard: range.shard, key, otherKey });
      const second = await store.putOnce({ key: otherKey, ...object });
      if (second.status === "exists" && second.sha256 !== sha256)
        throw new Error(`the archive key ${otherKey} is taken by other content too`);
      return otherKey;
    },
    read: (key, accountId) =>
      within(archiveCallWaitMs, readLines(key, accountId)).catch((error: unknown) => {
        // Whether it is gone or broken makes no difference to whoever needs it; a bucket that cannot be asked is another matter.
        if (!(error instanceof SyntaxError) && !isZlibError(error)) throw error;
        reportLine("journal_archive_not_read", { key, error: String(error) });
        return null;
      }),
  };

  async function readLines(key: string, accountId: string): Promise<string | null> {
    const index = await indexOf(key);
    return index === null ? null : readMember(bucket, key, index, accountId);
  }
}

export const isZlibError = (error: unknown): boolean => (error as { code?: string }).code?.startsWith("Z_") ?? false;
