import { sortChunk, type ArchivedObject, type JournalChunk } from "../domain/account/journal-archive.ts";
import { isCustomer } from "../domain/canary.ts";
import { archiveStepMs, archiveStepsMax, statisticsShardsPerStep } from "../domain/limits.ts";
import type { JournalArchive } from "./ports.ts";
import type { StepRunner } from "./work.ts";

export type CompactPorts = {
  /** Wall time: how long a step has worked. */
  readonly wallNow: () => number;
  readonly shards: (after: string | null, limit: number) => Promise<readonly string[]>;
  readonly nextChunk: (shard: string, period: string) => Promise<JournalChunk | null>;
  readonly archived: (shard: string, range: JournalChunk, objects: readonly ArchivedObject[]) => Promise<void>;
  readonly archive: Pick<JournalArchive, "put">;
};

export type Compacted = {
  readonly rows: number;
  readonly lines: number;
  readonly objects: number;
  /** There was more than one run may do. */ readonly isCut: boolean;
};

/**
 * The journals of all account shards, as far as they are not in the archive, shard by shard and chunk by chunk. A chunk is committed in its shard
 * before it is read, written create-once, and then confirmed: broken off anywhere, the next attempt makes the same objects.
 */
export async function compactJournals(period: string, step: StepRunner, ports: CompactPorts): Promise<Compacted> {
  let all: Compacted = { rows: 0, lines: 0, objects: 0, isCut: false };
  let at: Place = { after: null, shard: null };
  for (let page = 1; page <= archiveStepsMax; page++) {
    const from = at;
    const { done, next } = await step(`archive: journals, part ${page}`, () => compactSome(period, from, ports));
    all = { ...all, rows: all.rows + done.rows, lines: all.lines + done.lines, objects: all.objects + done.objects };
    if (next === null) return all;
    at = next;
  }
  return { ...all, isCut: true };
}

/** `shard`: the one that is under way; else the ones after `after` are next. */
type Place = { readonly after: string | null; readonly shard: string | null };
type Done = Omit<Compacted, "isCut">;

async function compactSome(period: string, from: Place, ports: CompactPorts): Promise<{ done: Done; next: Place | null }> {
  const until = ports.wallNow() + archiveStepMs;
  let done: Done = { rows: 0, lines: 0, objects: 0 };
  const names = [...(from.shard === null ? [] : [from.shard]), ...(await ports.shards(from.shard ?? from.after, statisticsShardsPerStep))];
  for (const shard of names) {
    for (;;) {
      if (ports.wallNow() >= until) return { done, next: { after: null, shard } };
      const chunk = await ports.nextChunk(shard, period);
      if (chunk === null) break;
      const objects = await writeChunk(chunk, ports);
      await ports.archived(shard, chunk, objects);
      const lines = objects.reduce((sum, one) => sum + one.lines, 0);
      done = { rows: done.rows + chunk.rows.length, lines: done.lines + lines, objects: done.objects + objects.length };
    }
  }
  const last = names.at(-1);
  return { done, next: last === undefined || names.length < statisticsShardsPerStep ? null : { after: last, shard: null } };
}

async function writeChunk(chunk: JournalChunk, { archive }: CompactPorts): Promise<readonly ArchivedObject[]> {
  const objects: ArchivedObject[] = [];
  for (const [part, accounts] of sortChunk(chunk, isCustomer)) {
    const { rows: _, accounts: __, ...range } = chunk;
    const lines = accounts.reduce((sum, one) => sum + one.lines, 0);
    objects.push({ part, key: await archive.put(range, part, accounts), lines });
  }
  return objects;
}
