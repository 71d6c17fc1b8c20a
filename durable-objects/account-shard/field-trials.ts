import type { AccountFields } from "../../src/domain/account/fields/account-fields.ts";
import { foldFieldsAgain } from "../../src/domain/account/fold.ts";
import { emptyAccount } from "../../src/domain/account/folded.ts";
import { fieldTrialKeptMs, fieldTrialLinesMax } from "../../src/domain/limits.ts";
import { dayOf } from "../../src/domain/time.ts";
import type { AccountBook } from "./account-book.ts";
import type { Entry } from "./entry.ts";
import type { JournalStore } from "./journal-store.ts";
import { timelineLines } from "./read-entry.ts";
import type { Breather, Turns } from "./turns.ts";

/** `isWhole`: of all of the account's events, not of the newest alone. */
export type FieldTrial = { readonly fields: AccountFields; readonly isWhole: boolean };

type Parts = { readonly book: AccountBook; readonly journal: JournalStore; readonly turns: Turns };

/**
 * Counts fields that nobody counts yet, for a look at a measure that reads them. Writes nothing.
 *
 * It may read `fieldTrialLinesMax` lines, so it takes its turn among the analyses and rests as they do; throws when it takes too long, or when
 * too many wait. Whoever tries a measure changes its text and asks again: the last count is kept for `fieldTrialKeptMs`, while no event of the
 * account has come. A key that was released meanwhile is seen after that.
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
    const made = { of, counted: turns.take((breather) => this.countNow(entry, keys, now, breather)) };
    this.last = made;
    const forget = (): void => {
      if (this.last === made) this.last = null;
    };
    made.counted.then(() => setTimeout(forget, fieldTrialKeptMs), forget);
    return made.counted;
  }

  private async countNow(entry: Entry, keys: readonly string[], now: number, breather: Breather): Promise<FieldTrial> {
    const { book, journal } = this.parts;
    const state = emptyAccount(entry.id, undefined, { counted: keys });
    let left = fieldTrialLinesMax;
    for (const { seq, lines } of book.refs(entry).sort((a, b) => b.seq - a.seq)) {
      left -= lines;
      if (left < 0) return { fields: state.fields, isWhole: false };
      for (const { event, held } of timelineLines(entry, seq, journal)) if (!held) foldFieldsAgain(state, event, now);
      await breather.looked(lines);
    }
    return { fields: state.fields, isWhole: true };
  }
}
