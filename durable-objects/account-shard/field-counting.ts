import { beginCounting } from "../../src/domain/account/fields/begin-counting.ts";
import { fromFieldKey } from "../../src/domain/account/fields/counted-field.ts";
import { foldFieldsAgain } from "../../src/domain/account/fold.ts";
import { stepsInText } from "../../src/domain/analytics/query.ts";
import { emptyAccount, type FoldedAccount } from "../../src/domain/account/folded.ts";
import { type JournalText, linesOf, partsOf } from "../../src/domain/account/journal-row.ts";
import { readLine } from "../../src/domain/event-line.ts";
import { fieldCountAccountsPerPass, fieldCountAgainMs, journalLinesPerTurn } from "../../src/domain/limits.ts";
import { wallNow } from "../../src/platform/clock.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { AccountBook } from "./account-book.ts";
import type { CountedKeys } from "./counted-keys.ts";
import type { Entry } from "./entry.ts";
import type { JournalStore } from "./journal-store.ts";
import { JournalTurns } from "./journal-turns.ts";
import type { Paces } from "./pace.ts";

type Parts = {
  readonly book: AccountBook;
  readonly journal: JournalStore;
  readonly keys: CountedKeys;
  readonly now: () => number;
  readonly paces: Paces;
  /** What the configuration in use reads. */
  readonly active: () => ReadonlySet<string>;
  /** All accounts count what was wanted. */
  readonly done: () => void;
};

/**
 * Makes the accounts of a shard count fields of events that nobody asked about before: what is past is read from the journal, each row once
 * for many accounts, some lines at a time; what comes meanwhile is folded as ever and read with the rest. An account counts a field from the
 * commit of its pages on, so a crash loses nothing but time.
 *
 * An account that fails holds up nobody: it is set aside where it cannot be folded, and counts when it is next read, from its whole journal.
 */
export class FieldCounting {
  private readonly parts: Parts;
  private running: Promise<void> | null = null;
  private notBefore = 0;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Something is to be counted, or was tried in vain. */
  get isUndone(): boolean {
    return !this.parts.keys.isCovered(this.parts.keys.all);
  }

  /** Resolves when what is under way has ended. */
  get current(): Promise<void> {
    return this.running ?? Promise.resolve();
  }

  /** Whether every account counts all of these; if not, that is seen to. */
  isReady(keys: ReadonlySet<string>): boolean {
    const { keys: counted, book, active } = this.parts;
    // Also where all are counted: what an older configuration wanted besides, and was taken back, is not to be counted any more.
    counted.want(keys, active());
    if (counted.isCovered(keys)) return true;
    if (book.byNumber.size === 0) counted.cover(keys);
    else this.start(keys);
    return counted.isCovered(keys);
  }

  private start(keys: ReadonlySet<string>): void {
    if (this.running !== null || (wallNow() < this.notBefore && this.notBefore - wallNow() <= fieldCountAgainMs)) return;
    this.parts.keys.begin(keys);
    this.running = this.countAll([...keys])
      .catch((error: unknown) => {
        this.parts.keys.giveUp();
        this.notBefore = wallNow() + fieldCountAgainMs;
        reportLine("fields_not_counted", { error: String(error) });
      })
      .finally(() => {
        this.running = null;
        this.parts.done();
      });
  }

  private async countAll(keys: readonly string[]): Promise<void> {
    const { book } = this.parts;
    const entries = [...book.byNumber.values()];
    const turns = new JournalTurns(this.parts.paces);
    const failed: Entry[] = [];
    for (let from = 0; from < entries.length; from += fieldCountAccountsPerPass)
      failed.push(...(await this.countSome(entries.slice(from, from + fieldCountAccountsPerPass), keys, turns)));
    this.parts.keys.cover(keys);
    // From here on pages without these are made anew when they are read; so is what is in memory.
    for (const entry of failed) book.forget(entry);
  }

  /** Gives those that failed. */
  private async countSome(entries: readonly Entry[], keys: readonly string[], turns: JournalTurns): Promise<Entry[]> {
    const { book, journal } = this.parts;
    const found = new Map<number, Counted>(entries.map((entry) => [entry.number, new Counted(entry, keys)]));
    const upTo = journal.lastSeq;
    const rows = new Set(entries.flatMap((entry) => book.refs(entry).map(({ seq }) => seq)));
    for (const seq of [...rows].filter((one) => one <= upTo).sort((a, b) => a - b)) {
      await turns.looked(this.takeRow(seq, found));
      for (const counted of found.values()) counted.rest();
    }
    const failed: Entry[] = [];
    for (const counted of found.values()) {
      if (!this.tryFinish(counted, upTo, keys)) failed.push(counted.entry);
      await turns.looked(journalLinesPerTurn / 20);
    }
    return failed;
  }

  /** Gives the lines that were looked at. Of a row that cannot be read nobody knows whose it is: all that have events in it fail. */
  private takeRow(seq: number, found: ReadonlyMap<number, Counted>): number {
    const { book, journal, now } = this.parts;
    let looked = 0;
    try {
      for (const { account, lines } of partsOf(journal.read(seq), (one) => found.has(one))) {
        (found.get(account) as Counted).tryTake(seq, lines, now());
        looked += lines.length;
      }
    } catch (error) {
      for (const counted of found.values())
        if (book.refs(counted.entry).some((ref) => ref.seq === seq)) counted.fail(new Error(`row ${seq} of the journal: ${String(error)}`));
    }
    return looked;
  }

  private tryFinish(counted: Counted, upTo: number, keys: readonly string[]): boolean {
    const { entry } = counted;
    try {
      this.finish(counted, upTo, keys);
      return true;
    } catch (error) {
      reportLine("account_fields_not_counted", { account: entry.id, error: String(error) });
      this.parts.book.forget(entry);
      this.setAsideIfBroken(entry, counted.error);
      return false;
    }
  }

  /** An account whose journal cannot be read or folded by this code, as when an event comes for it. */
  private setAsideIfBroken(entry: Entry, uncounted: Error | null): void {
    const { book, now } = this.parts;
    try {
      if (uncounted !== null) throw uncounted;
      book.load(entry, now());
    } catch (error) {
      if (entry.setAside !== null) return;
      book.setAside(entry, error, now());
      try {
        book.writeRow(entry);
      } catch (notWritten) {
        entry.setAside = null;
        throw notWritten;
      }
      reportLine("account_set_aside", { account: entry.id, error: String(error) });
    }
  }

  /** In one go: what came since, the account's state, and its pages. */
  private finish(counted: Counted, upTo: number, keys: readonly string[]): void {
    const { book, journal, now } = this.parts;
    const { entry } = counted;
    // These are made anew when they come back, and count everything then.
    if (entry.setAside !== null || entry.mergedInto !== null) return;
    if (counted.error !== null) throw counted.error;
    const { state } = book.load(entry, now());
    if (state.fields.hasAll(keys)) return;
    for (const { seq } of book.refs(entry).filter((ref) => ref.seq > upTo))
      counted.take(seq, linesOf(journal.read(seq), entry.number).lines, now());
    beginCounting(state, counted.state, keys, now());
    state.fields.keepOnly(this.parts.keys.all);
    entry.headChanged = true;
    if (!book.page(entry, now())) throw new Error(`the pages of ${entry.id} could not be written`);
    book.evict(now(), true);
  }
}

/** What was counted of one account so far. */
class Counted {
  readonly entry: Entry;
  /** Null while no event bore any of the fields. */
  state: FoldedAccount | null = null;
  /** What could not be counted; nothing more of it is. */
  error: Error | null = null;
  private readonly keys: readonly string[];
  private readonly mayMatter: (line: string) => boolean;

  constructor(entry: Entry, keys: readonly string[]) {
    this.entry = entry;
    this.keys = keys;
    this.mayMatter = stepsInText(keys.map((key) => ({ type: fromFieldKey(key).type })));
  }

  tryTake(seq: number, lines: readonly JournalText[], now: number): void {
    if (this.error !== null) return;
    try {
      this.take(seq, lines, now);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  fail(error: Error): void {
    this.error ??= error;
  }

  take(seq: number, lines: readonly JournalText[], now: number): void {
    // Rows that a merge gave away belong to another account.
    if (seq <= (this.entry.merged?.leftSeq ?? 0)) return;
    for (const { line, stamp, edge } of lines) {
      if (!this.mayMatter(line) || this.entry.hasReleased(edge)) continue;
      this.state ??= emptyAccount(this.entry.id, undefined, { counted: this.keys });
      foldFieldsAgain(this.state, readLine(line, stamp), now);
    }
  }

  rest(): void {
    if (this.state !== null) for (const record of this.state.days.values()) record.close();
  }
}
