import { isOlder, type EdgeRef } from "../../src/domain/account/edge.ts";
import { type JournalText, linesOf } from "../../src/domain/account/journal-row.ts";
import { type LeavingNote, LeftBefore, type Versions, type What } from "../../src/domain/account/left-before.ts";
import { toWholeLine } from "../../src/domain/event-line.ts";
import {
  leavingCharsPerStepMax,
  leavingLinesPerStepMax,
  leavingPacksUnsettledMax,
  leavingRowsPerStepMax,
} from "../../src/domain/limits.ts";
import type { Stamp } from "../../src/domain/stamp.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { AccountBook } from "./account-book.ts";
import type { Entry } from "./entry.ts";
import type { GiveBackOutbox } from "./give-back-outbox.ts";
import type { JournalStore } from "./journal-store.ts";

type Taken = Omit<LeavingNote, "number">;
type Row = {
  readonly number: number;
  readonly account: number;
  readonly taken: string;
  readonly to_seq: number;
  readonly next_seq: number;
  readonly next_line: number;
};
type Step = { readonly lines: readonly string[]; readonly next: { readonly seq: number; readonly line: number } | null };

/**
 * Lines of the journal on their way out of accounts, a bounded number at a time: where they lie is committed together with the account's new state,
 * and with each step's lines how far it has come. So none is lost or given twice, wherever it breaks off, and an account of any size can go.
 */
export class Leaving {
  private readonly storage: DurableObjectStorage;
  private readonly book: AccountBook;
  private readonly journal: JournalStore;
  private readonly givenBack: GiveBackOutbox;
  /** Kept, because every call asks. */
  private rows: number;
  private readonly leftBefore = new LeftBefore();

  constructor(parts: { storage: DurableObjectStorage; book: AccountBook; journal: JournalStore; givenBack: GiveBackOutbox }) {
    this.storage = parts.storage;
    this.book = parts.book;
    this.journal = parts.journal;
    this.givenBack = parts.givenBack;
    this.rows = this.count();
  }

  /** After a commit in which something began to leave. */
  begun(): void {
    this.rows = this.count();
  }

  private count(): number {
    return this.storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM leaving").one().n;
  }

  /** Something is to leave, and not too much is under way. */
  get isDue(): boolean {
    return this.rows > 0 && this.givenBack.packs < leavingPacksUnsettledMax;
  }

  /** Something is on its way out of this account. */
  isFrom({ number }: Entry): boolean {
    if (this.rows === 0) return false;
    return this.storage.sql.exec("SELECT 1 FROM leaving WHERE account = ? LIMIT 1", number).toArray().length > 0;
  }

  /**
   * Inside the commit that takes the events out of the account's state, for each key that it releases: also for one that brought nothing, while
   * other lines are on their way, or it would be taken to have had them.
   *
   * @param before below which version the key had left the account before this
   */
  begin(entry: Entry, what: What, { before, afterSeq, upTo }: { before: number; afterSeq: number; upTo: number }): void {
    const taken: Taken = { what, before };
    this.storage.sql.exec(
      "INSERT INTO leaving (account, taken, to_seq, next_seq, next_line) VALUES (?, ?, ?, ?, 0)",
      entry.number,
      JSON.stringify(taken),
      upTo,
      afterSeq + 1,
    );
  }

  /** After that commit, and whenever something is due: one step, in a commit of its own. */
  step(): void {
    this.rows = this.count();
    if (!this.isDue) return;
    const row = this.storage.sql.exec<Row>("SELECT * FROM leaving ORDER BY number LIMIT 1").one();
    const { lines, next } = this.linesFrom(row);
    this.storage.transactionSync(() => {
      this.givenBack.add(lines);
      if (next === null) this.storage.sql.exec("DELETE FROM leaving WHERE number = ?", row.number);
      else this.storage.sql.exec("UPDATE leaving SET next_seq = ?, next_line = ? WHERE number = ?", next.seq, next.line, row.number);
    });
    if (next === null) this.leftBefore.done(row.account, row.number);
    this.givenBack.added();
    this.rows = this.count();
  }

  private linesFrom(row: Row): Step {
    const entry = this.book.byNumber.get(row.account);
    const lines: string[] = [];
    if (entry === undefined) return { lines, next: null };
    const leaves = leavesBy((JSON.parse(row.taken) as Taken).what, this.hadBefore(row, entry));
    const refs = this.book.refs(entry, true).filter(({ seq }) => seq >= row.next_seq && seq <= row.to_seq);
    let chars = 0;
    for (const [looked, { seq }] of refs.entries()) {
      if (looked >= leavingRowsPerStepMax) return { lines, next: { seq, line: 0 } };
      const all = this.read(seq, entry);
      for (let at = seq === row.next_seq ? row.next_line : 0; at < all.length; at++) {
        const { line: text, stamp, edge } = all[at] as (typeof all)[number];
        if (!leaves(edge)) continue;
        const line = wholeLine(entry, text, stamp);
        if (line === null) continue;
        if (lines.length > 0 && (lines.length >= leavingLinesPerStepMax || chars + line.length > leavingCharsPerStepMax))
          return { lines, next: { seq, line: at } };
        lines.push(line);
        chars += line.length;
      }
    }
    return { lines, next: null };
  }

  private hadBefore({ account, number }: Row, entry: Entry): Versions {
    return this.leftBefore.of(account, number, entry.released, () =>
      this.storage.sql
        .exec<Pick<Row, "number" | "taken">>(
          "SELECT number, taken FROM leaving WHERE account = ? AND number >= ? ORDER BY number DESC",
          account,
          number,
        )
        .toArray()
        .map((row): LeavingNote => ({ number: row.number, ...(JSON.parse(row.taken) as Taken) })),
    );
  }

  /** A row that cannot be read stays behind, and holds up nobody. */
  private read(seq: number, entry: Entry): readonly JournalText[] {
    try {
      return linesOf(this.journal.read(seq), entry.number).lines;
    } catch (error) {
      reportLine("journal_row_not_given_back", { account: entry.id, row: seq, error: String(error) });
      return [];
    }
  }
}

function wholeLine(entry: Entry, text: string, stamp: Stamp | null): string | null {
  try {
    return toWholeLine(text, stamp);
  } catch (error) {
    reportLine("journal_line_not_given_back", { account: entry.id, error: String(error) });
    return null;
  }
}

function leavesBy(what: What, had: Versions): (edge: EdgeRef) => boolean {
  const isGone = (edge: EdgeRef): boolean => had.size > 0 && isOlder(edge, (key) => had.get(key) ?? 0);
  const goes = (edge: EdgeRef): boolean => what === "all" || isOlder(edge, (key) => (key === what.key ? what.version : 0));
  return (edge) => !isGone(edge) && goes(edge);
}
