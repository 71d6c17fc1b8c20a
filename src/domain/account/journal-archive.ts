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

/** A chunk by partition and account, in the order of both: the same rows give the same text. Accounts that `isKept` refuses are left out. */
export function sortChunk(chunk: JournalChunk, isKept: (accountId: string) => boolean): ReadonlyMap<number, readonly ArchivedAccount[]> {
  const ids = new Map(chunk.accounts.filter(([, id]) => isKept(id)));
  const lines = new Map<string, string[]>();
  for (const row of chunk.rows) {
    for (const part of partsOf(row, (number) => ids.has(number))) {
      const id = ids.get(part.account) as string;
      const known = lines.get(id) ?? [];
      lines.set(id, known);
      for (const one of part.lines) known.push(toArchivedLine(row.seq, part.held, one));
    }
  }
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
