import type { AccountBook } from "./account-book.ts";
import type { ChangeOutbox } from "./change-outbox.ts";
import type { Entry } from "./entry.ts";
import type { MetaStore } from "./meta-store.ts";

const NAME = "timers";
/** Marks an account whose change has not reached all sinks. */
const UNDELIVERED = -1;

/**
 * One packed value: up to which journal row all changes are delivered, and per account the next instant at which time alone changes its score.
 * Written when everything is delivered, and with each paging of the whole shard; what it misses after a crash is found in the journal.
 */
export class Timers {
  private readonly meta: MetaStore;
  private readonly book: AccountBook;
  /** In memory differs from what is written. */
  changed = false;

  constructor(meta: MetaStore, book: AccountBook) {
    this.meta = meta;
    this.book = book;
  }

  /** Puts the written instants into the accounts; gives those with something undelivered. */
  read(accountsAfter: (seq: number) => Iterable<number>): Set<Entry> {
    const stored = this.meta.get(NAME);
    const values = stored instanceof ArrayBuffer ? new Float64Array(stored) : new Float64Array([0]);
    const undelivered = new Set<Entry>();
    for (let i = 1; i < values.length; i += 2) {
      const entry = this.book.byNumber.get(values[i] as number);
      if (entry === undefined) continue;
      if (values[i + 1] === UNDELIVERED) undelivered.add(entry);
      else entry.nextAt = values[i + 1] as number;
    }
    for (const number of accountsAfter(values[0] as number)) {
      const entry = this.book.byNumber.get(number);
      if (entry !== undefined) undelivered.add(entry);
    }
    return undelivered;
  }

  write(lastSeq: number, outbox: ChangeOutbox): void {
    const values = new Float64Array(1 + this.book.byNumber.size * 2);
    values[0] = lastSeq;
    let at = 1;
    for (const entry of this.book.byNumber.values()) {
      values[at++] = entry.number;
      values[at++] = outbox.isUnconfirmed(entry) ? UNDELIVERED : entry.nextAt;
    }
    this.meta.put(NAME, new Uint8Array(values.buffer));
    this.changed = false;
  }

  /** Least instant, product time; null without accounts. 0: an account's instant has to be looked for. */
  least(): number | null {
    let least: number | null = null;
    for (const { nextAt } of this.book.byNumber.values()) if (least === null || nextAt < least) least = nextAt;
    return least;
  }

  /** Accounts that are due at `now`, at most `limit`. */
  due(now: number, limit: number): Entry[] {
    const found: Entry[] = [];
    for (const entry of this.book.byNumber.values()) {
      if (entry.nextAt > 0 && entry.nextAt <= now && found.push(entry) >= limit) break;
    }
    return found;
  }

  unknown(limit: number): Entry[] {
    const found: Entry[] = [];
    for (const entry of this.book.byNumber.values()) if (entry.nextAt === 0 && found.push(entry) >= limit) break;
    return found;
  }
}
