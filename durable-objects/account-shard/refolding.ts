import { isOlder, type EdgeRef } from "../../src/domain/account/edge.ts";
import { recomputeAlarmMs, refoldAgainMs } from "../../src/domain/limits.ts";
import { wallNow } from "../../src/platform/clock.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { AccountBook } from "./account-book.ts";
import { closeDays } from "./account-memory.ts";
import type { Entry } from "./entry.ts";
import type { JournalStore } from "./journal-store.ts";
import { JournalTurns } from "./journal-turns.ts";
import type { Leaving } from "./leaving.ts";
import type { Paces } from "./pace.ts";
import type { Rebuild, RebuildOptions, RefoldBounds } from "./rebuild.ts";
import { type Order, type Ordered, RefoldStore } from "./refold-store.ts";

type Parts = {
  readonly storage: DurableObjectStorage;
  readonly book: AccountBook;
  readonly journal: JournalStore;
  readonly leaving: Leaving;
  readonly bounds: () => RefoldBounds;
  readonly foldVersion: () => number;
  readonly now: () => number;
  readonly paces: Paces;
  /** After a commit that made the account another. */
  readonly changed: (entry: Entry) => void;
};

/** `left`: how many events left the account with it; null: it is under way, and will be done. */
export type Refolded = { readonly left: number | null };

/** As it is: nothing leaves. */
const WHOLE: Order = { keys: [] };

/**
 * Accounts made anew from their journal: without what a key brought them, or as a whole after their fold had failed.
 *
 * A small one at once, in one commit. A larger one in steps between which everybody else has their turn, and the account is what it was: its
 * events come in and are read with the rest, its reads show it as of before, and with the last step it is another, in one commit. What is asked
 * for is stored, and now and then what has been made, so that it goes on there after a crash.
 */
export class Refolding {
  private readonly parts: Parts;
  private readonly store: RefoldStore;
  /** Under way in steps. */
  private current: Rebuild | null = null;
  private running: Promise<void> | null = null;
  private notBefore = 0;
  /** Who waits for an account to be done. */
  private readonly asked = new Map<Entry, PromiseWithResolvers<number>>();

  constructor(parts: Parts) {
    this.parts = parts;
    this.store = new RefoldStore(parts.storage.sql);
  }

  /**
   * Takes out of the account what this key brought it below this version, and notes that it is on its way to be resolved again, in one commit;
   * the events themselves follow in bounded steps. A version that was released before, or a lower one, changes nothing.
   */
  release(entry: Entry, key: string, version: number): Promise<Refolded> {
    if ((entry.released.get(key) ?? 0) >= version) return Promise.resolve({ left: 0 });
    return this.make(entry, { keys: [[key, version]] });
  }

  /** Folds the account again from its whole journal. Where that fails it is set aside. */
  refold(entry: Entry): Promise<Refolded> {
    return this.make(entry, WHOLE);
  }

  /** Those that other code has set aside, in steps. */
  refoldLater(entries: readonly Entry[]): void {
    for (const entry of entries) if (!this.store.has(entry)) this.store.order(entry, WHOLE);
  }

  /** Wall time at which it must be looked after; null: nothing is to be done. */
  dueAt(wallMs: number): number | null {
    if (this.store.isEmpty) return null;
    return wallMs + (this.running !== null ? recomputeAlarmMs : this.restMs(wallMs));
  }

  isOrdered(entry: Entry): boolean {
    return this.store.has(entry);
  }

  /** Whether it is to be folded again as it is: what it shows may be of older code. */
  isOutdated(entry: Entry): boolean {
    return this.store.isWhole(entry);
  }

  /** A clock set back binds nobody. */
  private restMs(wallMs: number): number {
    const rest = this.notBefore - wallMs;
    return rest > refoldAgainMs ? 0 : Math.max(0, rest);
  }

  /** Goes on with what is to be done. */
  start(): void {
    if (this.running !== null || this.store.isEmpty || this.restMs(wallNow()) > 0) return;
    this.running = this.run()
      .catch((error: unknown) => {
        // Nothing of what is in memory is known to be stored.
        this.let(null);
        this.notBefore = wallNow() + refoldAgainMs;
        reportLine("refolding_failed", { error: String(error) });
      })
      .finally(() => (this.running = null));
  }

  private async make(entry: Entry, order: Order): Promise<Refolded> {
    // It does not queue behind what was ordered before: after an upgrade that is every account.
    if (this.current?.entry !== entry) {
      const whole = this.store.with(entry, order);
      const rebuild = this.parts.book.rebuilds.begin(entry, optionsOf(whole));
      if (rebuild.fits(this.parts.bounds())) return { left: this.makeAtOnce(rebuild, whole) };
    }
    if (!this.store.order(entry, order)) return { left: null };
    // Waited for before it begins: a small one is done at once.
    const ended = this.ended(entry);
    this.start();
    return { left: await ended };
  }

  private makeAtOnce(rebuild: Rebuild, order: Order): number {
    try {
      rebuild.step(this.parts.bounds(), this.parts.now());
      this.finish(rebuild, order);
    } catch (error) {
      if (order.keys.length > 0) throw error;
      this.fail(rebuild.entry, error);
    }
    return rebuild.left;
  }

  private async ended(entry: Entry): Promise<number | null> {
    let waiting = this.asked.get(entry);
    if (waiting === undefined) this.asked.set(entry, (waiting = Promise.withResolvers()));
    let timer: ReturnType<typeof setTimeout> | null = null;
    const timeout = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), this.parts.bounds().waitMs)));
    return Promise.race([waiting.promise, timeout]).finally(() => {
      if (timer !== null) clearTimeout(timer);
    });
  }

  /** Unless there is more to be done with it. */
  private tell(entry: Entry, left: number): void {
    if (this.store.has(entry)) return;
    this.asked.get(entry)?.resolve(left);
    this.asked.delete(entry);
  }

  private async run(): Promise<void> {
    const turns = new JournalTurns(this.parts.paces);
    for (let ordered = this.store.first(); ordered !== null; ordered = this.store.first()) {
      try {
        await this.runOne(ordered, turns);
        // After an upgrade many small accounts follow each other.
        await turns.rest();
      } catch (error) {
        // The others go first, after a while.
        this.store.postpone(ordered.account);
        throw error;
      }
    }
  }

  /** One account, until it is done, or not to be done any more. */
  private async runOne(ordered: Ordered, turns: JournalTurns): Promise<void> {
    const { book, bounds, foldVersion, now } = this.parts;
    const entry = book.byNumber.get(ordered.account);
    const begun = entry === undefined ? null : this.takeUp(entry, ordered);
    if (entry === undefined || begun === null) return;
    const { rebuild, order } = begun;
    this.let(rebuild);
    for (;;) {
      const { isDone, error } = this.stepSafely(rebuild, bounds());
      if (error !== null) return this.fail(entry, error);
      // What accounts are to count besides has been asked for meanwhile.
      if (!book.rebuilds.countsAll(rebuild.loaded)) return this.forget(entry);
      if (isDone) return this.finish(rebuild, order);
      if (rebuild.unstoredLines >= bounds().linesPerCheckpoint)
        book.rebuilds.store(rebuild, () => this.store.keep(entry, { ...order, foldVersion: foldVersion(), progress: rebuild.progress }));
      closeDays(rebuild.loaded);
      book.hold(rebuild.loaded);
      book.evict(now(), true);
      await turns.rest();
      if (this.current !== rebuild) return;
    }
  }

  /** What was begun goes on as it was stored: for the keys of then; those that came since have their turn afterwards. */
  private takeUp(entry: Entry, { order, pass }: Ordered): { rebuild: Rebuild; order: Order } {
    const { rebuilds } = this.parts.book;
    const resumed = pass?.foldVersion === this.parts.foldVersion() ? rebuilds.resume(entry, pass.progress, optionsOf(pass)) : null;
    if (pass !== null && resumed !== null) return { rebuild: resumed, order: pass };
    return { rebuild: rebuilds.begin(entry, optionsOf(order)), order };
  }

  /** Small accounts are made anew while another is on its way: that goes on. */
  private letGo(entry: Entry): void {
    if (this.current?.entry === entry) this.let(null);
  }

  private let(rebuild: Rebuild | null): void {
    this.current = rebuild;
    this.parts.book.hold(rebuild?.loaded ?? null);
  }

  private stepSafely(rebuild: Rebuild, bounds: RefoldBounds): { isDone: boolean; error: unknown } {
    try {
      return { isDone: rebuild.step(bounds, this.parts.now()).isDone, error: null };
    } catch (error) {
      return { isDone: false, error };
    }
  }

  /** In one commit the account is what was made, and what leaves it is noted. */
  private finish(rebuild: Rebuild, { keys }: Order): void {
    const { book, leaving, now } = this.parts;
    const { entry, error, left } = rebuild;
    const had = new Map(entry.released);
    const isRemembered = keys.length > 0 && left === 0 && !this.store.has(entry) && !leaving.isFrom(entry);
    for (const [key, version] of keys) entry.released.set(key, Math.max(version, had.get(key) ?? 0));
    const names = keys.map(([key]) => key);
    try {
      // Keys that brought nothing change nothing but what is remembered. What was made in steps may have been asked for besides.
      if (isRemembered) this.parts.storage.transactionSync(() => book.writeReleased(entry, names));
      else {
        // Giving back does not wait for a fold that fails: the account is then, or stays, set aside with what can be shown.
        book.commitRebuilt(rebuild, now(), error === null ? null : book.asideFor(entry, error, now()), () => {
          book.writeReleased(entry, names);
          this.leave(entry, keys, had);
          this.store.finish(entry, { keys });
        });
      }
    } catch (failed) {
      entry.released.clear();
      for (const [key, version] of had) entry.released.set(key, version);
      throw failed;
    } finally {
      this.store.changed(entry);
    }
    this.letGo(entry);
    if (!isRemembered) leaving.begun();
    if (left > 0) leaving.step();
    if (!isRemembered) this.parts.changed(entry);
    this.tell(entry, left);
  }

  /** A line that one key takes along does not leave with the next as well. */
  private leave(entry: Entry, keys: Order["keys"], had: ReadonlyMap<string, number>): void {
    const rows = { afterSeq: entry.merged?.leftSeq ?? 0, upTo: this.parts.journal.lastSeq };
    for (const [key, version] of keys) this.parts.leaving.begin(entry, { key, version }, { ...rows, before: had.get(key) ?? 0 });
  }

  /** It could not be folded, and is or stays set aside. */
  private fail(entry: Entry, error: unknown): void {
    const { book, storage, now } = this.parts;
    reportLine("account_not_refolded", { account: entry.id, error: String(error) });
    const before = entry.setAside;
    book.setAside(entry, error, now());
    try {
      storage.transactionSync(() => {
        book.writeRow(entry);
        book.rebuilds.drop(entry);
        this.store.finish(entry, WHOLE);
      });
    } catch (failed) {
      entry.setAside = before;
      throw failed;
    } finally {
      this.store.changed(entry);
    }
    this.letGo(entry);
    this.tell(entry, 0);
  }

  /** What has been made of it is of no use; it is begun again. */
  private forget(entry: Entry): void {
    this.let(null);
    this.parts.storage.transactionSync(() => {
      this.parts.book.rebuilds.drop(entry);
      this.store.again(entry);
    });
  }

  /**
   * Gives an account away to another, or lets it stand for itself again. When it goes, it is empty with this commit, and all it had is on its way
   * to be resolved again, in bounded steps: it resolves to this account as before, and is passed on from here. A version that is not newer
   * changes nothing.
   */
  setMerged(entry: Entry, into: string | null, version: number): void {
    const { book, leaving, journal, now } = this.parts;
    const before = entry.merged;
    if (before !== null && before.version >= version) return;
    const leaves = into !== null && entry.mergedInto === null;
    const afterSeq = before?.leftSeq ?? 0;
    entry.merged = { into, version, leftSeq: leaves ? journal.lastSeq : afterSeq };
    try {
      if (!leaves) book.writeRow(entry);
      else {
        const rows = { before: 0, afterSeq, upTo: journal.lastSeq };
        book.commitRebuilt(book.rebuilds.begin(entry), now(), null, () => {
          leaving.begin(entry, "all", rows);
          this.store.remove(entry);
        });
      }
    } catch (error) {
      entry.merged = before;
      throw error;
    } finally {
      this.store.changed(entry);
    }
    if (leaves) this.letGo(entry);
    // Whoever asks again what a key brought hears where it went.
    if (leaves) this.tell(entry, 0);
    leaving.step();
    this.parts.changed(entry);
  }
}

/** What leaves by its keys; giving back passes over what cannot be folded. */
function optionsOf({ keys }: Order): RebuildOptions {
  if (keys.length === 0) return {};
  const versions = new Map(keys);
  const leaves = (edge: EdgeRef): boolean => isOlder(edge, (key) => versions.get(key) ?? 0);
  return { leaves, isTolerant: true };
}
