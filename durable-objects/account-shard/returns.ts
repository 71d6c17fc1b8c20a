import { sourceBackRestMs } from "../../src/domain/limits.ts";
import type { AccountBook } from "./account-book.ts";
import type { Entry } from "./entry.ts";
import type { MetaStore } from "./meta-store.ts";

const NAME = "sourcesBackAt";

/**
 * Sources that are back after a silence, or have ended, move accounts that brought nothing: what was held is known again. Each such movement is heard
 * of once; one that follows the last of its stream within `sourceBackRestMs` is heard of when that is over.
 */
export class Returns {
  /** Product time from which one that had to wait is to be heard of; null: none waits. */
  dueAt: number | null = null;
  private readonly book: AccountBook;
  private readonly meta: MetaStore;
  /** Per stream its last movement that was heard of in this life of the object, product time. */
  private readonly heard = new Map<string, number>();

  constructor(book: AccountBook, meta: MetaStore) {
    this.book = book;
    this.meta = meta;
  }

  /** The accounts that are to be scored again for what is new. */
  hear(now: number): readonly Entry[] {
    const before = this.meta.number(NAME);
    const moved = new Set<string>();
    let newest = before;
    this.dueAt = null;
    for (const [stream, { movedAt = 0 }] of this.book.sources.streams) {
      const last = this.heard.get(stream);
      if (movedAt <= (last ?? before)) continue;
      if (last !== undefined && now < last + sourceBackRestMs) {
        this.dueAt = Math.min(this.dueAt ?? Infinity, last + sourceBackRestMs);
        continue;
      }
      this.heard.set(stream, movedAt);
      moved.add(stream.slice(0, stream.lastIndexOf("/")));
      newest = Math.max(newest, movedAt);
    }
    if (moved.size === 0) return [];
    this.meta.put(NAME, newest);
    return [...this.book.byNumber.values()].filter(({ tellers }) => tellers === null || [...tellers].some((teller) => moved.has(teller)));
  }
}
