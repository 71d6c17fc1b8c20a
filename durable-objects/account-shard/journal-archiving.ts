import type { ArchivedObject, JournalChunk } from "../../src/domain/account/journal-archive.ts";
import { journalChunkCharsMax, journalChunkRowsMax } from "../../src/domain/limits.ts";
import type { ArchivedRange } from "../../src/domain/parity/messages.ts";
import type { AccountBook } from "./account-book.ts";
import type { Entry } from "./entry.ts";
import type { JournalStore } from "./journal-store.ts";
import type { MetaStore } from "./meta-store.ts";

const NAME = "compacting";
type Range = { readonly fromSeq: number; readonly toSeq: number };
type Begun = Range & { readonly period: string };
type Row = { readonly from_seq: number; readonly to_seq: number; readonly objects: string };

/**
 * Which rows of the journal are in the archive, and which come next.
 *
 * A range is committed before it is read, so that every attempt makes the same objects under the same keys; rows never change. Ranges follow
 * each other without gaps, but for those whose object was lost: they come first, and are written once more.
 */
export class JournalArchiving {
  private readonly sql: SqlStorage;
  private readonly meta: MetaStore;
  private readonly journal: JournalStore;
  private readonly book: AccountBook;

  constructor(parts: { storage: DurableObjectStorage; meta: MetaStore; journal: JournalStore; book: AccountBook }) {
    this.sql = parts.storage.sql;
    this.meta = parts.meta;
    this.journal = parts.journal;
    this.book = parts.book;
  }

  /** Journal rows up to this one are in the archive, without a gap. */
  get archivedSeq(): number {
    return this.firstGap().fromSeq - 1;
  }

  /** The next rows for the archive; null when all are there. */
  next(period: string): Omit<JournalChunk, "shard" | "incarnation"> | null {
    const begun = this.begun() ?? this.begin(period);
    if (begun === null) return null;
    const rows = this.journal.between(begun.fromSeq, begun.toSeq);
    return { ...begun, rows, accounts: [...this.book.byNumber].map(([number, { id }]) => [number, id]) };
  }

  private begun(): Begun | null {
    const text = this.meta.text(NAME);
    return text === null ? null : (JSON.parse(text) as Begun);
  }

  private begin(period: string): Begun | null {
    const { fromSeq, before } = this.firstGap();
    const toSeq = this.journal.endOfRange(fromSeq, Math.min(before - 1, this.journal.lastSeq), {
      charsMax: journalChunkCharsMax,
      rowsMax: journalChunkRowsMax,
    });
    if (toSeq === null) return null;
    const begun = { period, fromSeq, toSeq };
    this.meta.put(NAME, JSON.stringify(begun));
    return begun;
  }

  /** The first row that is not in the archive, and the first one after it that is (Infinity: none). */
  private firstGap(): { fromSeq: number; before: number } {
    let fromSeq = 1;
    for (const range of this.sql.exec<Omit<Row, "objects">>("SELECT from_seq, to_seq FROM archived ORDER BY from_seq")) {
      if (range.from_seq > fromSeq) return { fromSeq, before: range.from_seq };
      fromSeq = range.to_seq + 1;
    }
    return { fromSeq, before: Number.POSITIVE_INFINITY };
  }

  /** The range is in the archive. What was told before, or was not begun, changes nothing. */
  done({ fromSeq, toSeq }: Range, objects: readonly ArchivedObject[]): void {
    const begun = this.begun();
    if (begun === null || begun.fromSeq !== fromSeq || begun.toSeq !== toSeq) return;
    const packed = JSON.stringify(objects.map(({ part, key, lines }) => [part, key, lines]));
    this.sql.exec("INSERT INTO archived (from_seq, to_seq, objects) VALUES (?, ?, ?)", fromSeq, toSeq, packed);
    this.meta.remove(NAME);
  }

  /** What was in the archive is not to be found there: it is written again by the next run. */
  lost(fromSeq: number): void {
    this.sql.exec("DELETE FROM archived WHERE from_seq = ?", fromSeq);
  }

  /**
   * Where lines of one account lie in the archive, in rows after `afterSeq` up to `upTo`, oldest first. `lines` are those of the account in all of
   * the range, also where it began to be asked for in the middle. Without a key: rows that are in no object.
   */
  rangesOf(entry: Entry, part: number, { afterSeq, upTo }: { afterSeq: number; upTo: number }): ArchivedRange[] {
    const refs = this.book.refs(entry, true).filter(({ seq }) => seq <= upTo);
    const found: ArchivedRange[] = [];
    let at = 0;
    const takeTo = (fromSeq: number, toSeq: number, key: string | null): void => {
      let lines = 0;
      let lastSeq = 0;
      for (let ref = refs[at]; ref !== undefined && ref.seq <= toSeq; ref = refs[++at]) {
        lines += ref.lines;
        lastSeq = ref.seq;
      }
      if (lastSeq > afterSeq) found.push({ fromSeq, toSeq, key, lines });
    };
    let covered = 0;
    for (const { from_seq: fromSeq, to_seq: toSeq, objects } of this.sql.exec<Row>("SELECT * FROM archived ORDER BY from_seq")) {
      if (toSeq > upTo) break;
      takeTo(covered + 1, fromSeq - 1, null);
      takeTo(fromSeq, toSeq, keyOf(objects, part));
      covered = toSeq;
    }
    takeTo(covered + 1, upTo, null);
    return found;
  }
}

const keyOf = (objects: string, part: number): string | null =>
  (JSON.parse(objects) as [number, string, number][]).find(([one]) => one === part)?.[1] ?? null;
