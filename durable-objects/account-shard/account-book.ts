import { pagedSeqOf, type StoredPages } from "../../src/domain/account/account-pages.ts";
import { expire } from "../../src/domain/account/buckets.ts";
import { emptyAccount, type FoldedAccount } from "../../src/domain/account/folded.ts";
import type { IdHasher } from "../../src/domain/account/id-hash.ts";
import { IdSet } from "../../src/domain/account/id-set.ts";
import type { JournalRef } from "../../src/domain/account/journal-index.ts";
import { originOf } from "../../src/domain/account/edge.ts";
import { linesOf } from "../../src/domain/account/journal-row.ts";
import { hashId, remember } from "../../src/domain/account/seen.ts";
import type { Event } from "../../src/domain/event.ts";
import { readLine } from "../../src/domain/event-line.ts";
import { furtherFacts, noSources, type SourceReach, type StreamFacts } from "../../src/domain/source-reach.ts";
import { journalAccountBytesMax, journalShardBytesMax, journalTailPerPagedByte } from "../../src/domain/limits.ts";
import type { DaySlice } from "../../src/domain/parity/messages.ts";
import { dayOf } from "../../src/domain/time.ts";
import { reportLine } from "../../src/platform/report.ts";
import { AccountMemory } from "./account-memory.ts";
import { refsOf, writePages } from "./account-paging.ts";
import type { CountedKeys } from "./counted-keys.ts";
import { Entry, type Loaded, type Merged, type SetAside } from "./entry.ts";
import type { JournalStore } from "./journal-store.ts";
import type { MetaStore } from "./meta-store.ts";
import { readPaged } from "./paged-account.ts";
import { PageStore } from "./page-store.ts";
import type { HowTaken, Rebuild } from "./rebuild.ts";
import { Rebuilds } from "./rebuilds.ts";

type Released = { readonly account: number; readonly key: string; readonly version: number };
export type FoldEvent = (state: FoldedAccount, event: Event, now: number, late: boolean, origin?: string) => void;

/**
 * The shard's accounts: loads them from pages and the journal's tail, writes pages, keeps memory bounded.
 *
 * Only what has been committed is ever in memory: after any failure the accounts it touched are forgotten and read again.
 */
export class AccountBook {
  readonly sources: SourceReach = noSources();
  /** Streams that this life of the object was told of; what it knows of others was stored, and may be old. */
  readonly toldStreams = new Set<string>();
  /** What it was told last of all of them. */
  private toldLast: SourceReach | null = null;
  readonly byId = new Map<string, Entry>();
  readonly byNumber = new Map<number, Entry>();
  readonly rebuilds: Rebuilds;
  private readonly memory = new AccountMemory();
  private readonly pages: PageStore;
  private readonly storage: DurableObjectStorage;
  private readonly journal: JournalStore;
  private readonly meta: MetaStore;
  private readonly hasher: IdHasher;
  private readonly counted: CountedKeys;
  private readonly fold: FoldEvent;
  private readonly foldVersion: () => number;
  private tailChars = 0;

  constructor(parts: {
    storage: DurableObjectStorage;
    journal: JournalStore;
    meta: MetaStore;
    hasher: IdHasher;
    counted: CountedKeys;
    fold: FoldEvent;
    foldVersion: () => number;
  }) {
    this.storage = parts.storage;
    this.journal = parts.journal;
    this.meta = parts.meta;
    this.hasher = parts.hasher;
    this.counted = parts.counted;
    this.fold = parts.fold;
    this.foldVersion = parts.foldVersion;
    this.pages = new PageStore(parts.storage.sql);
    this.rebuilds = new Rebuilds({
      storage: parts.storage,
      pages: this.pages,
      journal: parts.journal,
      counted: parts.counted,
      sources: this.sources,
      refs: (entry) => this.refs(entry),
      emptyState: (id) => this.emptyState(id),
      take: (loaded, event, how) => this.take(loaded, event, how),
    });
    this.readAccounts();
    this.readTail();
  }

  private readAccounts(): void {
    const rows = this.storage.sql.exec<{
      number: number;
      id: string;
      set_aside: string | null;
      merged: string | null;
    }>("SELECT number, id, set_aside, merged FROM account");
    const parsed = (json: string | null): unknown => (json === null ? null : JSON.parse(json));
    for (const row of rows) {
      this.enter(
        new Entry(row.number, row.id, { setAside: parsed(row.set_aside) as SetAside | null, merged: parsed(row.merged) as Merged | null }),
      );
    }
    for (const { account, key, version } of this.storage.sql.exec<Released>("SELECT account, key, version FROM released"))
      this.byNumber.get(account)?.released.set(key, version);
    const { watermarks, streams } = this.sources;
    for (const [stream, at] of JSON.parse(this.meta.text("watermarks") ?? "[]") as [string, number][]) watermarks.set(stream, at);
    for (const [stream, facts] of JSON.parse(this.meta.text("streams") ?? "[]") as [string, StreamFacts][]) streams.set(stream, facts);
  }

  private enter(entry: Entry): void {
    this.byId.set(entry.id, entry);
    this.byNumber.set(entry.number, entry);
  }

  private readTail(): void {
    for (const { seq, head } of this.journal.headsAfter(this.meta.number("tail"))) {
      for (const part of head.parts) {
        const entry = this.byNumber.get(part.account);
        if (entry !== undefined) this.addRef(entry, { seq, lines: part.lines, held: part.held, from: part.from, to: part.to }, part.chars);
      }
      this.learn(head.watermarks);
    }
    for (const entry of this.byNumber.values()) if (entry.setAside !== null) entry.heldEvents = this.countHeld(entry, entry.setAside);
  }

  private countHeld(entry: Entry, { fromSeq }: SetAside): number {
    return this.refs(entry).reduce((sum, { held, seq, lines }) => sum + (held && seq >= fromSeq ? lines : 0), 0);
  }

  learn(watermarks: Readonly<Record<string, number>>): void {
    const known = this.sources.watermarks;
    for (const stream in watermarks) known.set(stream, Math.max(known.get(stream) ?? 0, watermarks[stream] as number));
  }

  /**
   * What the sources' own keepers say of them. What this isolate remembers may be older than what the shard was told. Made anew whenever it is read,
   * so that the same one again tells nothing new, and there may be thousands of streams.
   */
  learnSources(told: SourceReach): void {
    if (told === this.toldLast) return;
    this.toldLast = told;
    const { watermarks, streams, arrivals } = told;
    this.learn(Object.fromEntries(watermarks));
    const known = this.sources.streams;
    for (const [stream, facts] of streams) {
      known.set(stream, furtherFacts(known.get(stream), facts));
      this.toldStreams.add(stream);
    }
    for (const [stream, days] of arrivals) this.sources.arrivals.set(stream, days);
  }

  newEntry(id: string): Entry {
    let number = this.byNumber.size + 1;
    while (this.byNumber.has(number)) number++;
    const entry = new Entry(number, id);
    entry.loaded = {
      state: this.emptyState(id),
      ids: new IdSet((part) => this.pages.readSealedIds(number, part)),
      scoreLine: null,
    };
    this.byId.set(id, entry);
    this.byNumber.set(number, entry);
    this.memory.use(entry);
    return entry;
  }

  /** Of an account all of whose events are about to be folded. */
  private emptyState(id: string): FoldedAccount {
    return emptyAccount(id, this.sources, { counted: this.counted.all });
  }

  /** Undoes `newEntry` when its commit failed. */
  removeNew(entry: Entry): void {
    this.forget(entry);
    this.byId.delete(entry.id);
    this.byNumber.delete(entry.number);
  }

  /** Accounts that are set aside. */
  aside(): Entry[] {
    return [...this.byNumber.values()].filter(({ setAside }) => setAside !== null);
  }

  /** Those set aside by another fold than this code's. */
  outdated(): Entry[] {
    return this.aside().filter(({ setAside }) => setAside?.foldVersion !== this.foldVersion());
  }

  insertRow(entry: Entry): void {
    this.storage.sql.exec("INSERT INTO account (number, id) VALUES (?, ?)", entry.number, entry.id);
  }

  writeRow(entry: Entry): void {
    const setAside = entry.setAside === null ? null : JSON.stringify(entry.setAside);
    const merged = entry.merged === null ? null : JSON.stringify(entry.merged);
    this.storage.sql.exec("UPDATE account SET set_aside = ?, merged = ? WHERE number = ?", setAside, merged, entry.number);
  }

  /** Inside a commit: these keys have left the account, as it says. A row each, as there may be tens of thousands of one account. */
  writeReleased(entry: Entry, keys: Iterable<string>): void {
    for (const key of keys)
      this.storage.sql.exec(
        "INSERT OR REPLACE INTO released (account, key, version) VALUES (?, ?, ?)",
        entry.number,
        key,
        entry.released.get(key) ?? 0,
      );
  }

  addRef(entry: Entry, ref: JournalRef, chars: number): void {
    entry.tail.push(ref);
    entry.tailChars += chars;
    this.tailChars += chars;
    if (ref.held && entry.setAside !== null && ref.seq >= entry.setAside.fromSeq) entry.heldEvents += ref.lines;
  }

  /**
   * The account in memory, as of now. Throws when an event of its tail cannot be folded any more. An account that is set aside is read as far
   * as that goes: what it shows is old, and it is made anew when it is folded again.
   */
  load(entry: Entry, now: number): Loaded {
    entry.loaded ??= this.readPages(entry, now, entry.setAside !== null);
    this.memory.use(entry);
    return entry.loaded;
  }

  /** For reading, when `load` throws: what can be read, not kept. */
  loadForReading(entry: Entry, now: number): Loaded {
    try {
      return this.load(entry, now);
    } catch (error) {
      reportLine("account_read_in_part", { account: entry.id, error: String(error) });
      return this.readPages(entry, now, true);
    }
  }

  private readPages(entry: Entry, now: number, isTolerant: boolean): Loaded {
    const read = readPaged(entry, entry, { pages: this.pages, sources: this.sources });
    let loaded: Loaded;
    let pagedSeq = 0;
    if (read === "none") {
      const readSealed = (part: number): Uint8Array | null => this.pages.readSealedIds(entry.number, part);
      loaded = { state: this.emptyState(entry.id), ids: new IdSet(readSealed), scoreLine: null };
    } else {
      // Older code that counts no fields may have written its pages since.
      if (read === "useless" || !read.loaded.state.fields.hasAll(this.counted.covered)) {
        entry.pagesAreOld = true;
        return this.rebuilds.atOnce(entry, { isTolerant }, now);
      }
      ({ loaded, pagedSeq } = read);
      loaded.state.fields.keepOnly(this.counted.all);
    }
    this.dropPaged(entry, pagedSeq);
    for (const ref of entry.tail) this.replay(entry, loaded, ref, { now, isTolerant });
    expire(loaded.state, now);
    return loaded;
  }

  /** The shard's tail begins where its slowest account's does: others have rows in it that are in their pages. */
  private dropPaged(entry: Entry, pagedSeq: number): void {
    entry.tail = entry.tail.filter(({ seq }) => seq > pagedSeq);
    if (entry.tail.length === 0) this.paged(entry);
  }

  /** Takes one row's events of an account in again; held ones only into the ids. */
  private replay(entry: Entry, loaded: Loaded, { seq }: JournalRef, { now, isTolerant }: { now: number; isTolerant: boolean }): void {
    passOver(isTolerant, () => {
      const { held, lines } = linesOf(this.journal.read(seq), entry.number);
      for (const { line, stamp, edge, late } of lines) {
        if (entry.hasReleased(edge)) continue;
        passOver(isTolerant, () => this.take(loaded, readLine(line, stamp), { late, origin: originOf(edge), now }, held));
      }
    });
  }

  private take({ state, ids }: Loaded, event: Event, { late, origin, now }: HowTaken, held = false): void {
    hashId(this.hasher, event, origin);
    remember(ids, this.hasher, event, dayOf(now), held);
    if (!held) this.fold(state, event, now, late, origin);
  }

  /** Makes what was made anew the account's state, all in one commit with `also`. */
  commitRebuilt(rebuild: Rebuild, now: number, setAside: SetAside | null, also: () => void): void {
    const { entry, loaded } = rebuild;
    const before = entry.setAside;
    expire(loaded.state, now);
    entry.pagesAreOld = false;
    try {
      this.storage.transactionSync(() => {
        this.rebuilds.put(rebuild);
        entry.loaded = loaded;
        entry.setAside = setAside;
        writePages(this.pages, entry, loaded, this.journal.lastSeq);
        also();
        this.writeRow(entry);
      });
    } catch (error) {
      entry.setAside = before;
      this.forget(entry);
      throw error;
    }
    if (setAside === null) entry.heldEvents = 0;
    this.paged(entry);
    this.memory.use(entry);
  }

  /** Counts in memory what is being made anew of an account; null: nothing is. */
  hold(loaded: Loaded | null): void {
    this.memory.hold(loaded);
  }

  /** Every row with events of the account, oldest first; with `all` also those that it has given away. */
  refs(entry: Entry, all = false): JournalRef[] {
    return refsOf(this.pages, entry, all);
  }

  /** The pages as they are stored, with all days or these, without a look into them but for how far they go. `old`: other code wrote them, or they cannot be read. */
  storedPages(entry: Entry, days: DaySlice | null): { pages: StoredPages; pagedSeq: number } | "none" | "old" {
    const pages = days === null ? this.pages.readAccount(entry.number).pages : this.pages.readSome(entry.number, days);
    if (pages === null) return "none";
    const pagedSeq = pagedSeqOf(pages.head);
    return pagedSeq === null ? "old" : { pages, pagedSeq };
  }

  /** Bytes of those pages, and of single days among them. */
  storedBytes(entry: Entry): number {
    return this.pages.derivedBytes(entry.number);
  }

  storedDays(entry: Entry): readonly { readonly day: number; readonly bytes: number }[] {
    return this.pages.dayBytes(entry.number);
  }

  private paged(entry: Entry): void {
    this.tailChars -= entry.tailChars;
    entry.tail = [];
    entry.tailChars = 0;
    entry.headChanged = false;
    entry.pagesAreOld = false;
    this.measure(entry);
  }

  /** Writes the pages of one account in a commit of their own. A failure costs nothing but the attempt: the journal has it all. */
  page(entry: Entry, now: number): boolean {
    if (entry.tail.length === 0 && !entry.headChanged && !entry.pagesAreOld) return true;
    try {
      const loaded = this.load(entry, now);
      entry.pagedBytes = this.storage.transactionSync(() => writePages(this.pages, entry, loaded, this.journal.lastSeq));
      this.paged(entry);
      return true;
    } catch (error) {
      this.forget(entry);
      reportLine("account_pages_not_written", { account: entry.id, error: String(error) });
      return false;
    }
  }

  /** After a commit: pages of what has grown too long a tail, of everything when the shard's tail has. */
  pageWhatIsDue(touched: Iterable<Entry>, now: number): "some" | "all" {
    if (this.tailChars > journalShardBytesMax) {
      this.pageAll(now);
      return "all";
    }
    for (const entry of touched) if (entry.tailChars > tailMax(entry)) this.page(entry, now);
    return "some";
  }

  private pageAll(now: number): void {
    let from = this.journal.lastSeq;
    for (const entry of this.byNumber.values()) {
      if (!this.page(entry, now)) from = Math.min(from, (entry.tail[0]?.seq ?? from + 1) - 1);
      if (this.memory.isExceeded) this.evict(now, true);
    }
    this.meta.put("tail", from);
    this.meta.put("watermarks", JSON.stringify([...this.sources.watermarks]));
    this.meta.put("streams", JSON.stringify([...this.sources.streams]));
  }

  /** After a read, which may have opened much of the account it was about. */
  measureNewest(): void {
    this.memory.measureNewest();
  }

  measure(entry: Entry): void {
    this.memory.measure(entry);
  }

  /** Drops what is in memory of an account: it is read again when it is needed. */
  forget(entry: Entry): void {
    this.memory.forget(entry);
  }

  /**
   * Gives memory back, least recently used accounts first. Without `mayWrite` only those that need no page written are dropped, and those that
   * were folded from their whole journal: each look at them would do it again.
   */
  evict(now: number, mayWrite: boolean): void {
    const isWritten = ({ tail, headChanged }: Entry): boolean => tail.length === 0 && !headChanged;
    this.memory.evict((entry) => (mayWrite || entry.pagesAreOld ? this.page(entry, now) : isWritten(entry)));
  }

  /** Takes the account out of the path after its fold failed, or leaves it there after it failed again. The caller commits the row. */
  setAside(entry: Entry, error: unknown, now: number): void {
    if (entry.setAside === null) entry.heldEvents = 0;
    entry.setAside = this.asideFor(entry, error, now);
    this.forget(entry);
  }

  asideFor({ setAside }: Entry, error: unknown, now: number): SetAside {
    const failed = { reason: String(error), foldVersion: this.foldVersion() };
    return setAside === null ? { since: now, fromSeq: this.journal.lastSeq + 1, ...failed } : { ...setAside, ...failed };
  }
}

/** Does the work; where that is tolerant, what cannot be read or folded is left out. Known and shown: the account is set aside for it. */
function passOver(isTolerant: boolean, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isTolerant) throw error;
  }
}

/** Text of events after which an account's pages are written: the more they cost, the later, so that an event costs no more of it in a large account. */
const tailMax = ({ pagedBytes }: Entry): number => Math.max(journalAccountBytesMax, pagedBytes * journalTailPerPagedByte);
