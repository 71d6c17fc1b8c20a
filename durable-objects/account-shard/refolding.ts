import { isOlder, type EdgeRef } from "../../src/domain/account/edge.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { AccountBook, Rebuilt } from "./account-book.ts";
import type { Entry, SetAside } from "./entry.ts";
import type { GiveBackOutbox } from "./give-back-outbox.ts";

/** Accounts made anew from their journal: without what a key brought them, or as a whole after their fold had failed. */
export class Refolding {
  private readonly book: AccountBook;
  private readonly givenBack: GiveBackOutbox;

  constructor(book: AccountBook, givenBack: GiveBackOutbox) {
    this.book = book;
    this.givenBack = givenBack;
  }

  /**
   * Takes out of the account what this key brought it below this version, and puts it on its way to be resolved again, in one commit. A
   * version that was released before, or a lower one, changes nothing. Gives the number of events.
   */
  release(entry: Entry, key: string, version: number, now: number): number {
    if ((entry.released.get(key) ?? 0) >= version) return 0;
    const leaves = (edge: EdgeRef): boolean => isOlder(edge, (other) => (other === key ? version : 0));
    const { rebuilt, setAside } = this.rebuildWithout(entry, leaves, now);
    const before = entry.released.get(key);
    entry.released.set(key, version);
    try {
      if (rebuilt.given.length === 0) this.book.writeRow(entry);
      else this.book.commitRebuilt(entry, rebuilt, now, setAside, () => this.givenBack.add(rebuilt.given));
    } catch (error) {
      if (before === undefined) entry.released.delete(key);
      else entry.released.set(key, before);
      throw error;
    }
    this.givenBack.added();
    return rebuilt.given.length;
  }

  /**
   * Gives an account away to another, or lets it stand for itself again. When it goes, all it has is put on its way to be resolved again, in
   * the same commit: it resolves to this account as before, and is passed on from here. A version that is not newer changes nothing.
   *
   * @param lastSeq of the newest journal row
   * @returns whether anything has changed
   */
  setMerged(entry: Entry, into: string | null, version: number, { lastSeq, now }: { lastSeq: number; now: number }): boolean {
    const before = entry.merged;
    if (before !== null && before.version >= version) return false;
    const leaves = into !== null && entry.mergedInto === null;
    const rebuilt = leaves ? this.book.rebuild(entry, now, { leaves: () => true }) : null;
    entry.merged = { into, version, leftSeq: leaves ? lastSeq : (before?.leftSeq ?? 0) };
    try {
      if (rebuilt === null) this.book.writeRow(entry);
      else this.book.commitRebuilt(entry, rebuilt, now, null, () => this.givenBack.add(rebuilt.given));
    } catch (error) {
      entry.merged = before;
      throw error;
    }
    this.givenBack.added();
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
