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
      const object = {
        key: journalKey(range, part),
        otherKey: journalKey(range, part, sha256),
        bytes,
        sha256,
        facts: { ...facts, lines: String(accounts.reduce((sum, { lines }) => sum + lines, 0)) },
      };
      const key = await archiveBucket(bucket).put(object);
      if (key !== object.key) reportLine("journal_archive_conflict", { shard: range.shard, key: object.key, otherKey: key });
      return key;
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
