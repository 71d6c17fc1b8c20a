import { stateBytes } from "../../src/domain/account/account-pages.ts";
import { CacheBudget } from "./cache-budget.ts";
import type { Entry, Loaded } from "./entry.ts";

const bytesOf = ({ state, ids }: Loaded): number => stateBytes(state) + ids.bytes;

/** Packs its days, as long as nobody looks at them. */
export function closeDays({ state }: Loaded): void {
  for (const record of state.days.values()) record.close();
}

/** Which accounts are in memory, least recently used first, and what they occupy. */
export class AccountMemory {
  private readonly budget = new CacheBudget();
  private readonly entries = new Set<Entry>();
  private newest: Entry | null = null;
  private heldBytes = 0;

  get isExceeded(): boolean {
    return this.budget.isExceeded;
  }

  /** Whoever was used before is measured: what it was used for may have opened its days. */
  use(entry: Entry): void {
    if (this.newest !== entry) this.measureNewest();
    this.entries.delete(entry);
    this.entries.add(entry);
    this.newest = entry;
    entry.isCompact = false;
  }

  /** After a use that no other follows. */
  measureNewest(): void {
    if (this.newest?.loaded != null) this.measure(this.newest);
  }

  /** Counts again what an account occupies: after each use, because days open and ids grow with any. */
  measure(entry: Entry): void {
    const bytes = entry.loaded === null ? 0 : bytesOf(entry.loaded);
    this.budget.add(bytes - entry.bytes);
    entry.bytes = bytes;
  }

  /** Counts what an account that is being made anew occupies beside what it has; null: none is. */
  hold(loaded: Loaded | null): void {
    const bytes = loaded === null ? 0 : bytesOf(loaded);
    this.budget.add(bytes - this.heldBytes);
    this.heldBytes = bytes;
  }

  /** Drops what is in memory of an account: it is read again when it is needed. */
  forget(entry: Entry): void {
    entry.loaded = null;
    entry.headChanged = false;
    this.entries.delete(entry);
    this.measure(entry);
  }

  /**
   * Gives memory back, least recently used accounts first: packs their days, then drops whole accounts.
   *
   * @param mayDrop whether nothing is lost with the account: it writes its pages where it must and may
   */
  evict(mayDrop: (entry: Entry) => boolean): void {
    for (const entry of this.entries) {
      if (!this.isExceeded) return;
      this.compact(entry);
    }
    for (const entry of this.entries) {
      if (!this.isExceeded) return;
      if (mayDrop(entry)) this.forget(entry);
    }
  }

  private compact(entry: Entry): void {
    if (entry.isCompact || entry.loaded === null) return;
    closeDays(entry.loaded);
    entry.isCompact = true;
    this.measure(entry);
  }
}
