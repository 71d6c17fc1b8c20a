import { isOlder, type EdgeRef } from "../../src/domain/account/edge.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { AccountBook, Rebuilt } from "./account-book.ts";
import type { Entry, SetAside } from "./entry.ts";
import type { Leaving } from "./leaving.ts";

/** Accounts made anew from their journal: without what a key brought them, or as a whole after their fold had failed. */
export class Refolding {
  private readonly book: AccountBook;
  private readonly leaving: Leaving;

  constructor(book: AccountBook, leaving: Leaving) {
    this.book = book;
    this.leaving = leaving;
  }

  /**
   * Takes out of the account what this key brought it below this version, and notes that it is on its way to be resolved again, in one commit;
   * the events themselves follow in bounded steps. A version that was released before, or a lower one, changes nothing. Gives the number of events.
   */
  release(entry: Entry, key: string, version: number, { lastSeq, now }: { lastSeq: number; now: number }): number {
    if ((entry.released.get(key) ?? 0) >= version) return 0;
    const leaves = (edge: EdgeRef): boolean => isOlder(edge, (other) => (other === key ? version : 0));
    const { rebuilt, setAside } = this.rebuildWithout(entry, leaves, now);
    const had = new Map(entry.released);
    entry.released.set(key, version);
    try {
      if (rebuilt.left === 0) this.book.writeRow(entry);
      else {
        const rows = { had, afterSeq: entry.merged?.leftSeq ?? 0, upTo: lastSeq };
        this.book.commitRebuilt(entry, rebuilt, now, setAside, () => this.leaving.begin(entry, { key, version }, rows));
      }
    } catch (error) {
      const before = had.get(key);
      if (before === undefined) entry.released.delete(key);
      else entry.released.set(key, before);
      throw error;
    }
    this.leaving.step();
    return rebuilt.left;
  }

  /**
   * Gives an account away to another, or lets it stand for itself again. When it goes, it is empty with this commit, and all it had is on its way
   * to be resolved again, in bounded steps: it resolves to this account as before, and is passed on from here. A version that is not newer
   * changes nothing.
   *
   * @param lastSeq of the newest journal row
   * @returns whether anything has changed
   */
  setMerged(entry: Entry, into: string | null, version: number, { lastSeq, now }: { lastSeq: number; now: number }): boolean {
    const before = entry.merged;
    if (before !== null && before.version >= version) return false;
    const leaves = into !== null && entry.mergedInto === null;
    const afterSeq = before?.leftSeq ?? 0;
    entry.merged = { into, version, leftSeq: leaves ? lastSeq : afterSeq };
    try {
      if (!leaves) this.book.writeRow(entry);
      else {
        const rows = { had: new Map(entry.released), afterSeq, upTo: lastSeq };
        this.book.commitRebuilt(entry, this.book.nothingOf(entry), now, null, () => this.leaving.begin(entry, "all", rows));
      }
    } catch (error) {
      entry.merged = before;
      throw error;
    }
    this.leaving.step();
    return true;
  }

  /** Giving back does not wait for a fold that fails: the account is then, or stays, set aside with what can be shown. */
  private rebuildWithout(entry: Entry, leaves: (edge: EdgeRef) => boolean, now: number): { rebuilt: Rebuilt; setAside: SetAside | null } {
    try {
      return { rebuilt: this.book.rebuild(entry, now, { leaves }), setAside: null };
    } catch (error) {
      return {
        rebuilt: this.book.rebuild(entry, now, { leaves, fold: this.book.tryFold }),
        setAside: this.book.asideFor(entry, error, now),
      };
    }
  }

  /** Folds the account again from its whole journal; false: that failed, and it is set aside. */
  refold(entry: Entry, now: number): boolean {
    try {
      this.book.commitRebuilt(entry, this.book.rebuild(entry, now), now, null, () => {});
      return true;
    } catch (error) {
      reportLine("account_not_refolded", { account: entry.id, error: String(error) });
      this.book.setAside(entry, error, now);
      this.book.writeRow(entry);
      return false;
    }
  }
}
