import { otherCompleteness } from "../../src/domain/intake/completeness.ts";
import type { DayArrivals } from "../../src/domain/intake/stream.ts";
import { completenessRestMs, heardStreamsMax, sourceBackRestMs } from "../../src/domain/limits.ts";
import type { StreamFacts } from "../../src/domain/source-reach.ts";
import type { AccountBook } from "./account-book.ts";
import type { Entry } from "./entry.ts";
import type { MetaStore } from "./meta-store.ts";

const NAME = "sourcesHeard";
/** Of older code: the newest movement of all streams that was heard of. */
const OLDER = "sourcesBackAt";

/** What was last heard of a stream: its last movement, product time, and whether it had ended. */
type Heard = { readonly movedAt: number; readonly isEnded: boolean };
/** JSON. `upTo`: streams that are not listed were heard of as far as this. `arrivals` as in `Returns.told`. */
type Stored = {
  readonly upTo: number;
  readonly streams: readonly (readonly [stream: string, movedAt: number, isEnded: boolean, arrivals?: readonly DayArrivals[]])[];
};
type Instant = { readonly now: number; readonly wallMs: number };

/**
 * Sources that are back after a silence, or have ended, or go on after that, move accounts that brought nothing: what was held is known again, or
 * no more. So does one whose completeness becomes another: all that it told is more or less certain. Each such movement is heard of once, of
 * each stream apart: one may be told of later than a newer one of another. One that follows the last of its stream within `sourceBackRestMs`
 * (`completenessRestMs`, where that is all) is heard of when that is over, by the product's clock or the wall's, as that may stand. What was heard
 * is kept.
 *
 * Completeness is compared with what all intake shards together had taken when it was last heard of, beside what each of them says of its own
 * part: two that move at one instant are both heard, and so is a share that moves only because their parts weigh otherwise.
 */
export class Returns {
  /** Wall time from which one that had to wait is to be heard of; null: none waits. */
  dueAt: number | null = null;
  private readonly book: AccountBook;
  private readonly meta: MetaStore;
  private readonly wallTimeOf: (productMs: number) => number;
  private readonly heard = new Map<string, Heard>();
  private upTo: number;
  /** What had come through a stream when its completeness was last heard of; of those that it was ever another of. */
  private readonly told = new Map<string, readonly DayArrivals[]>();
  /** When this life last heard of a stream, or first had it wait. */
  private readonly heardAt = new Map<string, Instant>();

  constructor(book: AccountBook, meta: MetaStore, wallTimeOf: (productMs: number) => number) {
    this.book = book;
    this.meta = meta;
    this.wallTimeOf = wallTimeOf;
    const text = meta.text(NAME);
    const stored: Stored = text === null ? { upTo: meta.number(OLDER), streams: [] } : (JSON.parse(text) as Stored);
    this.upTo = stored.upTo;
    for (const [stream, movedAt, isEnded, arrivals] of stored.streams) {
      this.heard.set(stream, { movedAt, isEnded });
      if (arrivals !== undefined) this.told.set(stream, arrivals);
    }
  }

  /** The accounts that are to be scored again for what is new. */
  hear(now: number, wallMs: number): readonly Entry[] {
    const moved = new Set<string>();
    let isAdded = false;
    this.dueAt = null;
    for (const [stream, facts] of this.book.sources.streams) {
      const last = this.heard.get(stream);
      const movedAt = facts.movedAt ?? 0;
      const isMoved = movedAt > (last?.movedAt ?? this.upTo);
      // What was stored before the last was heard does not say whether it has ended since.
      const isKnown = last === undefined || isMoved || this.book.toldStreams.has(stream);
      const isEnded = isKnown ? facts.isEnded : last.isEnded;
      const isOther = isMoved || isEnded !== (last?.isEnded ?? isEnded);
      const arrivals = this.otherArrivals(stream, now);
      if (!isOther && arrivals === null) {
        if (last === undefined) isAdded = this.addOlder(stream, movedAt, facts.isEnded) || isAdded;
        continue;
      }
      const restUntil = isOther ? this.restOf(stream, facts, { now, wallMs }) : this.restOfCompleteness(stream);
      if (restUntil !== null && now < restUntil.now && wallMs < restUntil.wallMs) {
        this.dueAt = Math.min(this.dueAt ?? Infinity, this.wallTimeOf(restUntil.now), restUntil.wallMs);
        continue;
      }
      this.heard.set(stream, { movedAt: Math.max(movedAt, last?.movedAt ?? 0), isEnded });
      this.heardAt.set(stream, { now, wallMs });
      if (arrivals !== null) this.told.set(stream, arrivals);
      moved.add(stream.slice(0, stream.lastIndexOf("/")));
    }
    if (moved.size > 0 || isAdded) this.keep();
    if (moved.size === 0) return [];
    return [...this.book.byNumber.values()].filter(({ tellers }) => tellers === null || [...tellers].some((teller) => moved.has(teller)));
  }

  /** Null also where this life has not been told yet what came. */
  private otherArrivals(stream: string, now: number): readonly DayArrivals[] | null {
    const arrivals = this.book.sources.arrivals.get(stream);
    return arrivals === undefined ? null : otherCompleteness(arrivals, this.told.get(stream), now);
  }

  /** Until when a movement has to wait that follows the last one of its stream. */
  private restOf(stream: string, { movedAt, completenessMovedAt }: StreamFacts, instant: Instant): Instant | null {
    const last = this.heard.get(stream);
    if (last === undefined) return null;
    const restMs = movedAt === completenessMovedAt ? completenessRestMs : sourceBackRestMs;
    const heardAt = this.heardAt.get(stream) ?? instant;
    this.heardAt.set(stream, heardAt);
    return { now: last.movedAt + restMs, wallMs: heardAt.wallMs + restMs };
  }

  private restOfCompleteness(stream: string): Instant | null {
    const heardAt = this.heardAt.get(stream);
    return heardAt === undefined ? null : { now: heardAt.now + completenessRestMs, wallMs: heardAt.wallMs + completenessRestMs };
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
    const streams = [...this.heard].map(([stream, { movedAt, isEnded }]) => {
      const arrivals = this.told.get(stream);
      return arrivals === undefined ? ([stream, movedAt, isEnded] as const) : ([stream, movedAt, isEnded, arrivals] as const);
    });
    this.meta.put(NAME, JSON.stringify({ upTo: this.upTo, streams } satisfies Stored));
  }
}
