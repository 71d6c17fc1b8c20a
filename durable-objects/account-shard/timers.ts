import { timersWriteRestMs } from "../../src/domain/limits.ts";
import { wallNow } from "../../src/platform/clock.ts";
import type { AccountBook } from "./account-book.ts";
import type { ChangeOutbox } from "./change-outbox.ts";
import type { Entry } from "./entry.ts";
import { bandNumber, bandOfNumber, NOT_LEFT, putStoredRules, storedBands, type StoredRules, toStoredRules } from "./held-rules.ts";
import type { MetaStore } from "./meta-store.ts";

const NAME = "timers";
const BANDS = "bands";
const BESIDE = "bandsBeside";
const RULES = "bandRules";
/** Numbers per account in the packed value. */
const BAND_FIELDS = 4;
/** JSON: keys of scorecards, and per band that is held beside an account's own five numbers, the second an index into the keys. */
type StoredBeside = { readonly keys: readonly string[]; readonly bands: readonly (readonly number[])[] };
/** Marks an account whose change has not reached all sinks. */
const UNDELIVERED = -1;
/** Marks one that waits for the background lane. */
const IN_BACKGROUND = -2;

/**
 * Four values. Timers: up to which journal row all changes are delivered, and per account the next instant at which time alone changes its score,
 * or what is still to be done with it.
 * Bands: the one that is held for each account; and apart from them those of the scorecards beside its own, and by which rules they were looked at.
 * Written when everything is delivered, now and then while it is not, and with each paging of the whole shard; what it misses after a crash is
 * found in the journal.
 */
export class Timers {
  private readonly meta: MetaStore;
  private readonly book: AccountBook;
  /** In memory differs from what is written. */
  changed = false;
  private writtenAt = wallNow();

  constructor(meta: MetaStore, book: AccountBook) {
    this.meta = meta;
    this.book = book;
  }

  /** Puts the written instants into the accounts; gives those with something undelivered, and those that wait for the background lane. */
  read(accountsAfter: (seq: number) => Iterable<number>): { readonly undelivered: Set<Entry>; readonly background: Set<Entry> } {
    const stored = this.meta.get(NAME);
    const values = stored instanceof ArrayBuffer ? new Float64Array(stored) : new Float64Array([0]);
    const [undelivered, background] = [new Set<Entry>(), new Set<Entry>()];
    for (let i = 1; i < values.length; i += 2) {
      const entry = this.book.byNumber.get(values[i] as number);
      if (entry === undefined) continue;
      if (values[i + 1] === UNDELIVERED) undelivered.add(entry);
      else if (values[i + 1] === IN_BACKGROUND) background.add(entry);
      else entry.nextAt = values[i + 1] as number;
    }
    this.readBands();
    this.readBeside();
    this.readRules();
    for (const number of accountsAfter(values[0] as number)) {
      const entry = this.book.byNumber.get(number);
      if (entry !== undefined) undelivered.add(entry);
    }
    return { undelivered, background };
  }

  write(lastSeq: number, outbox: ChangeOutbox): void {
    const values = new Float64Array(1 + this.book.byNumber.size * 2);
    values[0] = lastSeq;
    let at = 1;
    for (const entry of this.book.byNumber.values()) {
      values[at++] = entry.number;
      values[at++] = outbox.isUnconfirmed(entry) ? UNDELIVERED : outbox.isInBackground(entry) ? IN_BACKGROUND : entry.nextAt;
    }
    this.meta.put(NAME, new Uint8Array(values.buffer));
    this.writeBands();
    this.writeBeside();
    this.meta.put(RULES, JSON.stringify(toStoredRules(this.book.byNumber.values())));
    this.changed = false;
    this.writtenAt = wallNow();
  }

  /** Whether the last write is long ago. A clock set back binds nobody. */
  get isWriteDue(): boolean {
    const restedMs = wallNow() - this.writtenAt;
    return restedMs < 0 || restedMs >= timersWriteRestMs;
  }

  /** Per account its number, the band held, since when, and since when it is being left. */
  private writeBands(): void {
    const entries = [...this.book.byNumber.values()].filter(({ heldBand }) => heldBand !== null);
    const values = entries.flatMap(({ number, heldBand }) =>
      heldBand === null ? [] : [number, bandNumber(heldBand), heldBand.since, heldBand.leftAt ?? NOT_LEFT],
    );
    this.meta.put(BANDS, new Uint8Array(new Float64Array(values).buffer));
  }

  private readBands(): void {
    const stored = this.meta.get(BANDS);
    const values = stored instanceof ArrayBuffer ? new Float64Array(stored) : new Float64Array();
    for (let i = 0; i + BAND_FIELDS <= values.length; i += BAND_FIELDS) {
      const [number, index, since, leftAt] = values.subarray(i, i + BAND_FIELDS) as unknown as [number, number, number, number];
      const entry = this.book.byNumber.get(number);
      const band = bandOfNumber(index);
      if (entry !== undefined && band !== undefined) entry.heldBand = { ...band, since, leftAt: leftAt === NOT_LEFT ? null : leftAt };
    }
  }

  /** Nothing is written while there never were any. */
  private writeBeside(): void {
    const keys = new Map<string, number>();
    const numbered = (key: string): number => keys.get(key) ?? (keys.set(key, keys.size), keys.size - 1);
    const held = [...this.book.byNumber.values()].flatMap(({ number, heldBeside }) =>
      [...heldBeside].map(([key, { band, since, leftAt }]) => [
        number,
        numbered(key),
        storedBands.indexOf(band),
        since,
        leftAt ?? NOT_LEFT,
      ]),
    );
    if (held.length === 0 && this.meta.get(BESIDE) === null) return;
    this.meta.put(BESIDE, JSON.stringify({ keys: [...keys.keys()], bands: held } satisfies StoredBeside));
  }

  private readBeside(): void {
    const stored = JSON.parse(this.meta.text(BESIDE) ?? '{"keys":[],"bands":[]}') as StoredBeside;
    for (const values of stored.bands) {
      const [number, index, at, since, leftAt] = values as [number, number, number, number, number];
      const entry = this.book.byNumber.get(number);
      const [key, band] = [stored.keys[index], storedBands[at]];
      if (entry === undefined || key === undefined || band === undefined) continue;
      entry.heldBeside = new Map([...entry.heldBeside, [key, { band, since, leftAt: leftAt === NOT_LEFT ? null : leftAt }]]);
    }
  }

  /** Older code has stored none: a band is then taken to have been looked at by the rules that are in force when it is next. */
  private readRules(): void {
    const stored = this.meta.text(RULES);
    if (stored !== null) putStoredRules(JSON.parse(stored) as StoredRules, this.book.byNumber.values());
  }

  /**
   * Least instant, product time; null without one. 0: an account's instant has to be looked for. That of an account under way is not: it is
   * another with the next score.
   */
  least(outbox: ChangeOutbox): number | null {
    let least: number | null = null;
    for (const entry of this.book.byNumber.values()) {
      if ((least === null || entry.nextAt < least) && !isUnderWay(entry, outbox)) least = entry.nextAt;
    }
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

  /** Accounts whose instant has to be looked for, at most `limit`: who was scored longest ago first, so that busy ones leave no quiet one out. */
  unknown(limit: number, outbox: ChangeOutbox, isWanted: (entry: Entry) => boolean = () => true): Entry[] {
    const found = [...this.book.byNumber.values()].filter((entry) => this.isUnknown(entry, outbox) && isWanted(entry));
    return found.sort((a, b) => a.scoredAt - b.scoredAt).slice(0, limit);
  }

  isUnknown(entry: Entry, outbox: ChangeOutbox): boolean {
    return entry.nextAt === 0 && !outbox.isUnconfirmed(entry);
  }
}

const isUnderWay = (entry: Entry, outbox: ChangeOutbox): boolean => entry.nextAt === 0 && outbox.isUnconfirmed(entry);
