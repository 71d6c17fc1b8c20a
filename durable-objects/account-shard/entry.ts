import type { ScoreLine } from "../../src/domain/account/account-pages.ts";
import type { FoldedAccount } from "../../src/domain/account/folded.ts";
import type { IdSet } from "../../src/domain/account/id-set.ts";
import type { JournalRef } from "../../src/domain/account/journal-index.ts";
import { isOlder, type EdgeRef } from "../../src/domain/account/edge.ts";
import { type HeldBand, type HeldBeside, rulesHeldBy } from "../../src/domain/health/held-band.ts";

/** Why an account is set aside. Rows from `fromSeq` on hold events that are in no state yet. */
export type SetAside = { readonly since: number; readonly reason: string; readonly foldVersion: number; readonly fromSeq: number };

/** Which merge this account has come to. `into` null: it has been, and stands for itself again. Rows up to `leftSeq` have been given away. */
export type Merged = { readonly into: string | null; readonly version: number; readonly leftSeq: number };

/** An account in memory. */
export type Loaded = { readonly state: FoldedAccount; readonly ids: IdSet; scoreLine: ScoreLine | null };

const unmarked = { setAside: null, merged: null };

/** An account as the shard knows it while it sleeps: everything that is not in pages. */
export class Entry {
  readonly number: number;
  readonly id: string;
  setAside: SetAside | null;
  merged: Merged | null;
  /** Per key the version below which its events have been given back. */
  readonly released = new Map<string, number>();
  /** Rows that are not in the pages yet. */
  tail: JournalRef[] = [];
  tailChars = 0;
  heldEvents = 0;
  /** The band that was published last; null: none. Written with the timers. */
  heldBand: HeldBand | null = null;
  /** The same for the scorecards beside its own. */
  heldBeside: HeldBeside = new Map();
  /** How it looked when the lists were last sent it (a hash), and when, wall ms; null: nothing in this life of the object. */
  listed: { readonly at: number; readonly look: number } | null = null;
  loaded: Loaded | null = null;
  bytes = 0;
  /** Of its pages, written the last time: a large day is written less often. */
  pagedBytes = 0;
  /** The line of daily scores in memory is worth more than the one in the head page. */
  headChanged = false;
  /** Its pages were written by other code: the account was folded from its journal, and they are all to be written anew. */
  pagesAreOld = false;
  /** Nothing is left to pack without dropping the account. */
  isCompact = false;
  /** Which connections and tokens told of it, as of its last score; null: not known, as before the first in this life of the object. */
  tellers: ReadonlySet<string> | null = null;
  /** Product time as of which its last change was computed; 0: not since this object woke. */
  scoredAt = 0;
  /** Product time at which time alone changes the score; 0 = not known, it must be looked for. */
  nextAt = 0;

  constructor(number: number, id: string, stored: { setAside: SetAside | null; merged: Merged | null } = unmarked) {
    this.number = number;
    this.id = id;
    this.setAside = stored.setAside;
    this.merged = stored.merged;
  }

  /** The account that has everything of this one; null: it stands for itself. */
  get mergedInto(): string | null {
    return this.merged?.into ?? null;
  }

  /** Instants whose rules may have to be looked at for the bands that are held, epoch ms. */
  get rulesHeldBy(): readonly number[] {
    return rulesHeldBy([this.heldBand, ...this.heldBeside.values()]);
  }

  hasReleased(edge: EdgeRef): boolean {
    return this.released.size > 0 && isOlder(edge, (key) => this.released.get(key) ?? 0);
  }
}
