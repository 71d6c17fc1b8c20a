import { readHead, type JournalHead, type JournalRow, type PackedRow } from "../../src/domain/account/journal-row.ts";

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

  /** Heads of the rows after `seq`. */
  headsAfter(seq: number): { seq: number; head: JournalHead }[] {
    return this.sql
      .exec<{ seq: number; head: string }>("SELECT seq, head FROM journal WHERE seq > ? ORDER BY seq", seq)
      .toArray()
      .map((row) => ({ seq: row.seq, head: readHead(row.head) }));
  }
}
