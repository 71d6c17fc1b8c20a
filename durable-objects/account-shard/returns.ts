import { completenessRestMs, heardStreamsMax, sourceBackRestMs } from "../../src/domain/limits.ts";
import type { AccountBook } from "./account-book.ts";
import type { Entry } from "./entry.ts";
import type { MetaStore } from "./meta-store.ts";

const NAME = "sourcesHeard";
/** Of older code: the newest movement of all streams that was heard of. */
const OLDER = "sourcesBackAt";

/** What was last heard of a stream: its last movement, product time, and whether it had ended. */
type Heard = { readonly movedAt: number; readonly isEnded: boolean };
/** JSON. `upTo`: streams that are not listed were heard of as far as this. */
type Stored = { readonly upTo: number; readonly streams: readonly (readonly [stream: string, movedAt: number, isEnded: boolean])[] };

/**
 * Sources that are back after a silence, or have ended, or go on after that, move accounts that brought nothing: what was held is known again, or
 * no more. So does one whose completeness becomes another: all that it told is more or less certain. Each such movement is heard of once, of
 * each stream apart: one may be told of later than a newer one of another. One that follows the last of its stream within `sourceBackRestMs`
 * (`completenessRestMs`, where that is all) is heard of when that is over. What was heard is kept.
 */
export class Returns {
  /** Product time from which one that had to wait is to be heard of; null: none waits. */
  dueAt: number | null = null;
  private readonly book: AccountBook;
  private readonly meta: MetaStore;
  private readonly heard = new Map<string, Heard>();
  private upTo: number;

  constructor(book: AccountBook, meta: MetaStore) {
    this.book = book;
    this.meta = meta;
    const text = meta.text(NAME);
    const stored: Stored = text === null ? { upTo: meta.number(OLDER), streams: [] } : (JSON.parse(text) as Stored);
    this.upTo = stored.upTo;
    for (const [stream, movedAt, isEnded] of stored.streams) this.heard.set(stream, { movedAt, isEnded });
  }

  /** The accounts that are to be scored again for what is new. */
  hear(now: number): readonly Entry[] {
    const moved = new Set<string>();
    let isAdded = false;
    this.dueAt = null;
    for (const [stream, facts] of this.book.sources.streams) {
      const last = this.heard.get(stream);
      const movedAt = facts.movedAt ?? 0;
      if (last === undefined && movedAt <= this.upTo) {
        isAdded = this.addOlder(stream, movedAt, facts.isEnded) || isAdded;
        continue;
      }
      // What was stored before the last was heard does not say whether it has ended since.
      const isKnown = last === undefined || movedAt > last.movedAt || this.book.toldStreams.has(stream);
      const isEnded = isKnown ? facts.isEnded : last.isEnded;
      if (last !== undefined && movedAt <= last.movedAt && isEnded === last.isEnded) continue;
      const restMs = movedAt === facts.completenessMovedAt ? completenessRestMs : sourceBackRestMs;
      if (last !== undefined && now < last.movedAt + restMs) {
        this.dueAt = Math.min(this.dueAt ?? Infinity, last.movedAt + restMs);
        continue;
      }
      this.heard.set(stream, { movedAt: Math.max(movedAt, last?.movedAt ?? 0), isEnded });
      moved.add(stream.slice(0, stream.lastIndexOf("/")));
    }
    if (moved.size > 0 || isAdded) this.keep();
    if (moved.size === 0) return [];
    return [...this.book.byNumber.values()].filter(({ tellers }) => tellers === null || [...tellers].some((teller) => moved.has(teller)));
  }

  /**
   * Older code heard of it: its end is known from now on, so that going on is news.
   * @returns whether that is to be kept: not of more streams than may be, which would be written each time
   */
  private addOlder(stream: string, movedAt: number, isEnded: boolean): boolean {
    if (!isEnded || !this.book.toldStreams.has(stream)) return false;
    this.heard.set(stream, { movedAt, isEnded });
    return this.heard.size <= heardStreamsMax;
  }

  /** Of more streams than may be kept those that moved last. */
  private keep(): void {
    const newestFirst = [...this.heard].sort(([, a], [, b]) => b.movedAt - a.movedAt);
    for (const [stream, { movedAt }] of newestFirst.slice(heardStreamsMax)) {
      this.heard.delete(stream);
      this.upTo = Math.max(this.upTo, movedAt);
    }
    const streams = [...this.heard].map(([stream, { movedAt, isEnded }]) => [stream, movedAt, isEnded] as const);
    this.meta.put(NAME, JSON.stringify({ upTo: this.upTo, streams } satisfies Stored));
  }
}
