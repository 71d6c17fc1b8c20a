import type { AccountFields } from "../../src/domain/account/fields/account-fields.ts";
import { foldFieldsAgain } from "../../src/domain/account/fold.ts";
import { emptyAccount } from "../../src/domain/account/folded.ts";
import { analysisShardMs, fieldTrialKeptMs, fieldTrialLinesMax, fieldTrialMsMin } from "../../src/domain/limits.ts";
import { dayOf } from "../../src/domain/time.ts";
import type { AccountBook } from "./account-book.ts";
import type { Entry } from "./entry.ts";
import type { JournalStore } from "./journal-store.ts";
import { timelineLines } from "./read-entry.ts";
import type { Breather, Turns } from "./turns.ts";

/** `newest`: of so many of the account's newest events alone; null: of all. `isCut`: there was no time for more. */
export type FieldTrial = { readonly fields: AccountFields; readonly newest: number | null; readonly isCut: boolean };

type Parts = { readonly book: AccountBook; readonly journal: JournalStore; readonly turns: Turns };

/**
 * Counts fields that nobody counts yet, for a look at a measure that reads them. Writes nothing.
 *
 * It may read `fieldTrialLinesMax` lines, so it takes its turn among the analyses and rests as they do; throws when too many wait. It has
 * `fieldTrialMsMin` for itself however long it has waited, and tells what it has counted when its time is over. Whoever tries a measure changes
 * its text and asks again: the last count that was not cut is kept for `fieldTrialKeptMs`, while no event of the account has come. A key that
 * was released meanwhile is seen after that.
 */
export class FieldTrials {
  private readonly parts: Parts;
  private last: { readonly of: string; readonly counted: Promise<FieldTrial> } | null = null;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Null where there is no such account any more, or where nothing is to be counted. */
  async count(accountId: string, keys: readonly string[], now: number): Promise<FieldTrial | null> {
    const { book, turns } = this.parts;
    const entry = book.byId.get(accountId);
    if (entry === undefined || keys.length === 0) return null;
    const newest = book.refs(entry).reduce((last, { seq }) => Math.max(last, seq), 0);
    const of = JSON.stringify([accountId, newest, dayOf(now), keys.toSorted()]);
    if (this.last?.of === of) return this.last.counted;
    const counted = turns.take((breather) => this.countNow(entry, keys, now, breather), analysisShardMs, fieldTrialMsMin);
    const made = { of, counted };
    this.last = made;
    const forget = (): void => {
      if (this.last === made) this.last = null;
    };
    counted.then(({ isCut }) => (isCut ? forget() : setTimeout(forget, fieldTrialKeptMs)), forget);
    return counted;
  }

  private async countNow(entry: Entry, keys: readonly string[], now: number, breather: Breather): Promise<FieldTrial> {
    const { book, journal } = this.parts;
    const state = emptyAccount(entry.id, undefined, { counted: keys });
    let looked = 0;
    for (const { seq, lines } of book.refs(entry).sort((a, b) => b.seq - a.seq)) {
      const isCut = looked > 0 && breather.leftMs < 0;
      if (isCut || looked + lines > fieldTrialLinesMax) return { fields: state.fields, newest: looked, isCut };
      looked += lines;
      for (const { event, held } of timelineLines(entry, seq, journal)) if (!held) foldFieldsAgain(state, event, now);
      await breather.rest(lines);
    }
    return { fields: state.fields, newest: null, isCut: false };
  }
}
