import { toHeadPage } from "../../src/domain/account/account-pages.ts";
import type { FoldedAccount } from "../../src/domain/account/folded.ts";
import { IdSet } from "../../src/domain/account/id-set.ts";
import type { JournalRef } from "../../src/domain/account/journal-index.ts";
import type { Event } from "../../src/domain/event.ts";
import type { SourceReach } from "../../src/domain/source-reach.ts";
import { writeFacts } from "./account-paging.ts";
import type { CountedKeys } from "./counted-keys.ts";
import type { Entry, Loaded } from "./entry.ts";
import type { JournalStore } from "./journal-store.ts";
import { readPaged } from "./paged-account.ts";
import { anewNumber, PageKind, type PageStore } from "./page-store.ts";
import { type HowTaken, type Progress, Rebuild, type RebuildOptions } from "./rebuild.ts";

type Parts = {
  readonly storage: DurableObjectStorage;
  readonly pages: PageStore;
  readonly journal: JournalStore;
  readonly counted: CountedKeys;
  readonly sources: SourceReach;
  readonly refs: (entry: Entry) => readonly JournalRef[];
  /** Of an account all of whose events are about to be folded. */
  readonly emptyState: (id: string) => FoldedAccount;
  readonly take: (loaded: Loaded, event: Event, how: HowTaken) => void;
};

/** Begins rebuilds of accounts, and keeps what they have made so far in pages beside those that the accounts have. */
export class Rebuilds {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Nothing of the account is in it yet. Its steps only read. */
  begin(entry: Entry, options: RebuildOptions = {}): Rebuild {
    const place = { number: anewNumber(entry.number) };
    const loaded = { state: this.parts.emptyState(entry.id), ids: new IdSet(this.readSealed(place)), scoreLine: null };
    return this.rebuild(entry, { loaded, place }, options, null);
  }

  /** The account from its whole journal, in one go, where its own pages are of no use: they are to be written anew. */
  atOnce(entry: Entry, options: RebuildOptions, now: number): Loaded {
    const rebuild = this.begin(entry, options);
    rebuild.place.number = entry.number;
    return rebuild.run(now).loaded;
  }

  /** As of its last checkpoint; null: other code made it, or it counts less than accounts do by now, and it is to be begun again. */
  resume(entry: Entry, progress: Progress, options: RebuildOptions): Rebuild | null {
    const place = { number: anewNumber(entry.number) };
    const paged = readPaged(entry, place, this.parts);
    if (paged === "none" || paged === "useless" || !this.countsAll(paged.loaded)) return null;
    const rebuild = this.rebuild(entry, { loaded: { ...paged.loaded, scoreLine: null }, place }, options, progress);
    rebuild.isStored = true;
    return rebuild;
  }

  /** Whether it counts every field of events that accounts are to. */
  countsAll({ state }: { readonly state: FoldedAccount }): boolean {
    return state.fields.hasAll(this.parts.counted.all);
  }

  /**
   * Stores how far it has come, in a commit of its own. When that fails the rebuild is of no use any more, and the one stored before is.
   *
   * @param note inside the commit
   */
  store(rebuild: Rebuild, note: () => void): void {
    const { pages, storage } = this.parts;
    const { entry, loaded } = rebuild;
    storage.transactionSync(() => {
      if (!rebuild.isStored) this.drop(entry);
      const number = anewNumber(entry.number);
      writeFacts(pages, number, loaded);
      pages.write(number, PageKind.head, 0, toHeadPage(loaded.state, { pagedSeq: rebuild.progress.seq, scoreLine: null }));
      note();
    });
    rebuild.isStored = true;
    rebuild.unstoredLines = 0;
  }

  /**
   * Inside a commit: what it has stored takes the place of what the account had; the rest is still to be written. Where it has stored nothing,
   * what another has that was given up is of no use.
   */
  put({ entry, place, isStored }: Rebuild): void {
    const { pages } = this.parts;
    pages.removeDerived(entry.number);
    if (isStored) pages.takeAnew(entry.number);
    else this.drop(entry);
    place.number = entry.number;
  }

  /** Inside a commit: nothing is kept of a rebuild. */
  drop(entry: Entry): void {
    this.parts.pages.removeDerived(anewNumber(entry.number));
  }

  private rebuild(
    entry: Entry,
    made: { loaded: Loaded; place: { number: number } },
    options: RebuildOptions,
    from: Progress | null,
  ): Rebuild {
    const { journal, refs, take } = this.parts;
    return new Rebuild({ entry, journal, ...made, refs: () => refs(entry), take }, options, from);
  }

  private readSealed(place: { readonly number: number }): (part: number) => Uint8Array | null {
    return (part) => this.parts.pages.readSealedIds(place.number, part);
  }
}
