import type { Event } from "../event.ts";
import { toWholeLine } from "../event-line.ts";
import { hash32 } from "../hash.ts";
import { journalPartitions } from "../limits.ts";
import { fromEdge, toEdge, type EdgeRef, type PackedEdge } from "./edge.ts";
import { partsOf, type JournalRow, type JournalText } from "./journal-row.ts";

/**
 * The compacted journal: rows of an account shard as they lie in the archive, sorted by account, so that one account is read without the
 * others. An object holds one range of rows, of one partition; in it an account's lines stand together, in the order of the journal.
 *
 * One line an event: `{"seq":…,"edge":[key, version, merges?],"late":true?,"held":true?,"event":{…}}`. `seq` is the row it came in.
 */
export type ArchivedLine = {
  readonly seq: number;
  readonly edge: PackedEdge;
  readonly late?: true;
  readonly held?: true;
  readonly event: Event;
};

/** Rows of a shard from one on, as they are read for the archive. */
export type JournalChunk = {
  readonly shard: string;
  readonly incarnation: string;
  /** The run that has begun it: the day in its key. */
  readonly period: string;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly rows: readonly (JournalRow & { readonly seq: number })[];
  /** Account ids by the numbers that rows call them. */
  readonly accounts: readonly (readonly [number: number, id: string])[];
};

/** An object of the archive with lines of the range `fromSeq..toSeq`; `lines` of all accounts in it. */
export type ArchivedObject = { readonly part: number; readonly key: string; readonly lines: number };

/** One account's lines of a chunk. */
export type ArchivedAccount = { readonly account: string; readonly lines: number; readonly text: string };

export const partitionOf = (accountId: string): number => hash32(accountId) % journalPartitions;

/**
 * `journal/v1/dt=2026-11-29/part=07/shard={name}/{incarnation}-{fromSeq}-{toSeq}.ndjson.gz`: by day of the run and by hash of the account.
 * With `sha256`: the plain key was taken by other content.
 */
export function journalKey(chunk: Omit<JournalChunk, "rows" | "accounts">, part: number, sha256?: string): string {
  const { period, shard, incarnation, fromSeq, toSeq } = chunk;
  const seq = (n: number): string => String(n).padStart(12, "0");
  const suffix = sha256 === undefined ? "" : `.${sha256.slice(0, 16)}`;
  const place = `dt=${period}/part=${String(part).padStart(2, "0")}/shard=${encodeURIComponent(shard)}`;
  return `journal/v1/${place}/${incarnation}-${seq(fromSeq)}-${seq(toSeq)}${suffix}.ndjson.gz`;
}

/** A row that cannot be read, and why. */
export type UnreadableRow = { readonly seq: number; readonly error: string };
export type SortedChunk = {
  readonly partitions: ReadonlyMap<number, readonly ArchivedAccount[]>;
  /** Rows of which nothing is in the partitions. */
  readonly unreadable: readonly UnreadableRow[];
};

/**
 * A chunk by partition and account, in the order of both: the same rows give the same text. Accounts that `isKept` refuses are left out, and so is,
 * as a whole, a row that cannot be read: one row does not keep all that follow it out of the archive.
 */
export function sortChunk(chunk: JournalChunk, isKept: (accountId: string) => boolean): SortedChunk {
  const ids = new Map(chunk.accounts.filter(([, id]) => isKept(id)));
  const lines = new Map<string, string[]>();
  const unreadable: UnreadableRow[] = [];
  for (const row of chunk.rows) {
    try {
      for (const [id, texts] of archivedLinesOf(row, ids)) {
        const known = lines.get(id) ?? [];
        lines.set(id, known);
        for (const text of texts) known.push(text);
      }
    } catch (error) {
      unreadable.push({ seq: row.seq, error: String(error) });
    }
  }
  return { partitions: byPartition(lines), unreadable };
}

/** All of a row's lines that are wanted, by account; throws when one of them cannot be read. */
function archivedLinesOf(row: JournalChunk["rows"][number], ids: ReadonlyMap<number, string>): (readonly [string, readonly string[]])[] {
  return [...partsOf(row, (number) => ids.has(number))].map(({ account, held, lines }) => [
    ids.get(account) as string,
    lines.map((one) => toArchivedLine(row.seq, held, one)),
  ]);
}

function byPartition(lines: ReadonlyMap<string, readonly string[]>): SortedChunk["partitions"] {
  const sorted = [...lines].sort(([a], [b]) => (a < b ? -1 : 1));
  const partitions = new Map<number, ArchivedAccount[]>();
  for (const [account, texts] of sorted) {
    const part = partitionOf(account);
    const one = { account, lines: texts.length, text: texts.join("") };
    const known = partitions.get(part);
    if (known === undefined) partitions.set(part, [one]);
    else known.push(one);
  }
  return new Map([...partitions].sort(([a], [b]) => a - b));
}

/** Ends with a line feed. The event is whole: who reads it needs nothing beside it. */
function toArchivedLine(seq: number, held: boolean, { line, stamp, edge, late }: JournalText): string {
  const head = JSON.stringify({ seq, edge: fromEdge(edge), ...(late && { late }), ...(held && { held }) });
  return `${head.slice(0, -1)},"event":${toWholeLine(line, stamp)}}\n`;
}

/** Lines of our own writing. */
export function* fromArchivedText(text: string): Generator<ArchivedLine & { readonly by: EdgeRef }> {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf("\n", from);
    const to = end < 0 ? text.length : end;
    const line = JSON.parse(text.slice(from, to)) as ArchivedLine;
    yield { ...line, by: toEdge(line.edge) };
    from = to + 1;
  }
}
