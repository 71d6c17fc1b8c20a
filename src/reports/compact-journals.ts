import { sortChunk, type ArchivedObject, type JournalChunk, type UnreadableRow } from "../domain/account/journal-archive.ts";
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
  /** Says that the archive has nothing of a row. */
  readonly unreadable: (shard: string, row: UnreadableRow) => void;
};

export type Compacted = {
  readonly rows: number;
  readonly lines: number;
  readonly objects: number;
  /** Rows that could not be read; they count among the rows, and nothing of them is in the archive. */
  readonly unreadable: number;
  /** There was more than one run may do. */ readonly isCut: boolean;
};

/**
 * The journals of all account shards, as far as they are not in the archive, shard by shard and chunk by chunk. A chunk is committed in its shard
 * before it is read, written create-once, and then confirmed: broken off anywhere, the next attempt makes the same objects.
 */
export async function compactJournals(period: string, step: StepRunner, ports: CompactPorts): Promise<Compacted> {
  let all: Compacted = { ...nothing, isCut: false };
  let at: Place = { after: null, shard: null };
  for (let page = 1; page <= archiveStepsMax; page++) {
    const from = at;
    const { done, next } = await step(`archive: journals, part ${page}`, () => compactSome(period, from, ports));
    all = { ...all, ...sum(all, done) };
    if (next === null) return all;
    at = next;
  }
  return { ...all, isCut: true };
}

/** `shard`: the one that is under way; else the ones after `after` are next. */
type Place = { readonly after: string | null; readonly shard: string | null };
type Done = Omit<Compacted, "isCut">;
const nothing: Done = { rows: 0, lines: 0, objects: 0, unreadable: 0 };
const sum = (one: Done, other: Done): Done => ({
  rows: one.rows + other.rows,
  lines: one.lines + other.lines,
  objects: one.objects + other.objects,
  unreadable: one.unreadable + other.unreadable,
});

async function compactSome(period: string, from: Place, ports: CompactPorts): Promise<{ done: Done; next: Place | null }> {
  const until = ports.wallNow() + archiveStepMs;
  let done = nothing;
  const names = [...(from.shard === null ? [] : [from.shard]), ...(await ports.shards(from.shard ?? from.after, statisticsShardsPerStep))];
  for (const shard of names) {
    for (;;) {
      if (ports.wallNow() >= until) return { done, next: { after: null, shard } };
      const chunk = await ports.nextChunk(shard, period);
      if (chunk === null) break;
      const { objects, unreadable } = await writeChunk(chunk, ports);
      await ports.archived(shard, chunk, objects);
      const lines = objects.reduce((all, one) => all + one.lines, 0);
      done = sum(done, { rows: chunk.rows.length, lines, objects: objects.length, unreadable });
    }
  }
  const last = names.at(-1);
  return { done, next: last === undefined || names.length < statisticsShardsPerStep ? null : { after: last, shard: null } };
}

async function writeChunk(
  chunk: JournalChunk,
  ports: CompactPorts,
): Promise<{ readonly objects: readonly ArchivedObject[]; readonly unreadable: number }> {
  const { partitions, unreadable } = sortChunk(chunk, isCustomer);
  for (const row of unreadable) ports.unreadable(chunk.shard, row);
  const objects: ArchivedObject[] = [];
  for (const [part, accounts] of partitions) {
    const { rows: _, accounts: __, ...range } = chunk;
    const lines = accounts.reduce((all, one) => all + one.lines, 0);
    objects.push({ part, key: await ports.archive.put(range, part, accounts), lines });
  }
  return { objects, unreadable: unreadable.length };
}
