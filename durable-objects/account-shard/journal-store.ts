import { readHead, type JournalHead, type JournalRow, type PackedRow } from "../../src/domain/account/journal-row.ts";
import { reportLine } from "../../src/platform/report.ts";

/** The journal: rows in the order of their commits. */
export class JournalStore {
  /** Of the newest row; 0 when there is none. */
  lastSeq: number;
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
    this.lastSeq = sql.exec<{ seq: number | null }>("SELECT max(seq) AS seq FROM journal").one().seq ?? 0;
  }

  /** Inside a transaction; `committed` follows once it has succeeded. */
  append(rows: readonly PackedRow[]): void {
    for (const [i, { head, body }] of rows.entries())
      this.sql.exec("INSERT INTO journal (seq, head, body) VALUES (?, ?, ?)", this.lastSeq + 1 + i, head, body);
  }

  committed(rows: number): void {
    this.lastSeq += rows;
  }

  read(seq: number): JournalRow {
    return this.sql.exec<JournalRow>("SELECT head, body FROM journal WHERE seq = ?", seq).one();
  }

  /**
   * Heads of the rows after `seq`. One that cannot be read is told of and left out, else the shard could not wake for it: what its accounts had
   * in it is missing until the row is put right and they are folded again, where it was in no page yet.
   */
  headsAfter(seq: number): { seq: number; head: JournalHead }[] {
    return this.sql
      .exec<{ seq: number; head: string }>("SELECT seq, head FROM journal WHERE seq > ? ORDER BY seq", seq)
      .toArray()
      .flatMap((row) => {
        try {
          return [{ seq: row.seq, head: readHead(row.head) }];
        } catch (error) {
          reportLine("journal_row_unreadable", { row: row.seq, error: String(error) });
          return [];
        }
      });
  }

  /** The last row of a range that begins at `fromSeq` and may go as far as `lastSeq`: as many as fit, one at least; null: there is none. */
  endOfRange(fromSeq: number, lastSeq: number, bounds: { charsMax: number; rowsMax: number }): number | null {
    const sql = "SELECT seq, length(body) + length(head) AS chars FROM journal WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT ?";
    let end: number | null = null;
    let chars = 0;
    for (const row of this.sql.exec<{ seq: number; chars: number }>(sql, fromSeq, lastSeq, bounds.rowsMax)) {
      chars += row.chars;
      if (end !== null && chars > bounds.charsMax) break;
      end = row.seq;
    }
    return end;
  }

  /** Rows of a range, in order. */
  between(fromSeq: number, toSeq: number): (JournalRow & { seq: number })[] {
    return this.sql
      .exec<JournalRow & { seq: number }>("SELECT seq, head, body FROM journal WHERE seq >= ? AND seq <= ? ORDER BY seq", fromSeq, toSeq)
      .toArray();
  }
}
