import type { FoldedAccount } from "../../src/domain/account/folded.ts";
import type { IdHasher } from "../../src/domain/account/id-hash.ts";
import { originOf, type EdgeRef } from "../../src/domain/account/edge.ts";
import { packRows, type JournalEntry, type JournalLine, type PackedRow } from "../../src/domain/account/journal-row.ts";
import { isLate } from "../../src/domain/account/lateness.ts";
import type { ApplyCall, ApplyReply, OlderApplyCall } from "../../src/domain/account/messages.ts";
import { hashId, remember, seen } from "../../src/domain/account/seen.ts";
import type { Event } from "../../src/domain/event.ts";
import { readLines } from "../../src/domain/event-line.ts";
import { heldEventsPerAccountMax } from "../../src/domain/limits.ts";
import { EventOutcome } from "../../src/domain/outcome.ts";
import { type Stamp, WHOLE_LINE } from "../../src/domain/stamp.ts";
import { dayOf } from "../../src/domain/time.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { AccountBook, FoldEvent } from "./account-book.ts";
import type { Entry, Loaded, SetAside } from "./entry.ts";
import type { JournalStore } from "./journal-store.ts";

/** One account's share of a call. `loaded` null: it cannot be read; its events wait. */
type Work = {
  readonly entry: Entry;
  readonly loaded: Loaded | null;
  readonly isNew: boolean;
  readonly lines: JournalLine[];
  readonly indexes: number[];
  readonly setAsideBefore: SetAside | null;
  rowChanged: boolean;
  /** Among the new lines are such that no sender called history. */
  isLive: boolean;
};

type Parts = {
  readonly storage: DurableObjectStorage;
  readonly book: AccountBook;
  readonly journal: JournalStore;
  readonly hasher: IdHasher;
  readonly fold: FoldEvent;
};

export type Applied = {
  readonly reply: ApplyReply;
  /** Accounts with something new, and those of them where not all of it is history. */
  readonly touched: readonly Entry[];
  readonly live: ReadonlySet<Entry>;
};

/**
 * One call: drops what was seen, folds each account, and commits all of it at once, with one journal row. Without an `await`, so that no
 * other call sees it half done. If the commit fails, every account of the call is forgotten and read again: memory is what is stored.
 */
export function applyCall(call: ApplyCall | OlderApplyCall, parts: Parts, now: number): Applied {
  const one = new OneCall("text" in call ? fromOlder(call) : call, parts, now);
  try {
    one.sortOut();
    one.foldAll();
    one.commit();
  } catch (error) {
    one.undo();
    throw error;
  }
  return one.finish();
}

function fromOlder({ text, ...call }: OlderApplyCall): ApplyCall {
  return { ...call, stamps: [], stampOf: call.accountOf.map(() => WHOLE_LINE), lines: text };
}

class OneCall {
  private readonly outcomes: EventOutcome[];
  private readonly reasons: { index: number; reason: string; detail: string }[] = [];
  private readonly elsewhere: ApplyReply["elsewhere"][number][] = [];
  private readonly work: (Work | undefined)[] = [];
  private readonly lines: string[];
  private readonly stamps: readonly (Stamp | null)[];
  private rows: PackedRow[] = [];
  private readonly call: ApplyCall;
  private readonly parts: Parts;
  private readonly now: number;
  private readonly today: number;

  constructor(call: ApplyCall, parts: Parts, now: number) {
    this.call = call;
    this.parts = parts;
    this.now = now;
    this.today = dayOf(now);
    this.lines = call.lines === "" ? [] : call.lines.split("\n");
    this.stamps = this.lines.map((_, i) => call.stamps[call.stampOf[i] as number] ?? null);
    this.outcomes = this.lines.map(() => EventOutcome.waiting);
  }

  /** Decides for each line: seen, elsewhere, or new to its account. */
  sortOut(): void {
    const events = readLines(this.lines, this.stamps);
    for (let i = 0; i < this.lines.length; i++) {
      const event = events[i];
      if (event === undefined) {
        this.outcomes[i] = EventOutcome.quarantined;
        this.reasons.push({ index: i, reason: "unreadable_line", detail: "the event line cannot be read" });
        continue;
      }
      const at = this.call.accountOf[i] as number;
      const edge = this.call.edges[this.call.edgeOf[i] as number] as EdgeRef;
      const work = this.workOf(at);
      if (work === null) this.elsewhere.push({ index: i, why: "unknown" });
      else if (work.entry.hasReleased(edge)) this.elsewhere.push({ index: i, why: "old_edge" });
      else if (work.entry.merged !== null && work.entry.mergedInto !== null)
        this.elsewhere.push({ index: i, why: "moved", to: work.entry.mergedInto, version: work.entry.merged.version });
      else if (work.loaded !== null) this.take(i, event, edge, work, work.loaded);
    }
  }

  private workOf(at: number): Work | null {
    const known = this.work[at];
    if (known !== undefined) return known;
    const { id, mayCreate } = this.call.accounts[at] as ApplyCall["accounts"][number];
    const entry = this.parts.book.byId.get(id);
    if (entry === undefined && !mayCreate) return null;
    const work = entry === undefined ? this.newWork(id) : this.knownWork(entry);
    this.work[at] = work;
    return work;
  }

  private newWork(id: string): Work {
    const entry = this.parts.book.newEntry(id);
    return { entry, loaded: entry.loaded, isNew: true, lines: [], indexes: [], setAsideBefore: null, rowChanged: false, isLive: false };
  }

  /** An account whose tail cannot be folded by this code is set aside at once, so that its events do not wait for it. */
  private knownWork(entry: Entry): Work {
    const { book } = this.parts;
    const work = { entry, isNew: false, lines: [], indexes: [], setAsideBefore: entry.setAside, rowChanged: false, isLive: false };
    try {
      return { ...work, loaded: book.load(entry, this.now) };
    } catch (error) {
      if (entry.setAside === null) this.setAside(entry, error);
    }
    try {
      return { ...work, loaded: book.load(entry, this.now), rowChanged: work.setAsideBefore === null };
    } catch (error) {
      reportLine("account_not_readable", { account: entry.id, error: String(error) });
      return { ...work, loaded: null };
    }
  }

  private setAside(entry: Entry, error: unknown): void {
    this.parts.book.setAside(entry, error, this.now);
    reportLine("account_set_aside", { account: entry.id, error: String(error) });
  }

  private take(i: number, event: Event, edge: EdgeRef, work: Work, loaded: Loaded): void {
    const { hasher } = this.parts;
    hashId(hasher, event, originOf(edge));
    const known = seen(loaded.ids, hasher, event, this.today);
    if (known !== null) {
      this.outcomes[i] = known;
      if (known === EventOutcome.quarantined) {
        this.reasons.push({ index: i, reason: "id_conflict", detail: `the id ${event.id} came before with other content` });
      }
      return;
    }
    const isHeld = work.entry.setAside !== null;
    if (isHeld && work.entry.heldEvents + work.lines.length >= heldEventsPerAccountMax) return;
    remember(loaded.ids, hasher, event, this.today, isHeld);
    const late = isLate(event, this.parts.book.sources.watermarks, this.now);
    work.lines.push({ line: this.lines[i] as string, stamp: this.stamps[i] ?? null, event, edge, late });
    work.indexes.push(i);
    if (event.lane === "live") work.isLive = true;
  }

  /** Folds each account's new events. One that throws is set aside, its events held; the others know nothing of it. */
  foldAll(): void {
    for (const work of this.work) {
      if (work === undefined || work.loaded === null || work.lines.length === 0) continue;
      if (work.entry.setAside === null && !this.foldOne(work, work.loaded.state)) work.rowChanged = true;
      const outcome = work.entry.setAside === null ? EventOutcome.applied : EventOutcome.held;
      for (const index of work.indexes) this.outcomes[index] = outcome;
    }
  }

  private foldOne({ entry, lines }: Work, state: FoldedAccount): boolean {
    try {
      for (const { event, edge, late } of lines) this.parts.fold(state, event, this.now, late, originOf(edge));
      return true;
    } catch (error) {
      this.setAside(entry, error);
      return false;
    }
  }

  commit(): void {
    const { storage, book, journal } = this.parts;
    const entries = this.work.flatMap((work): JournalEntry[] =>
      work === undefined || work.lines.length === 0
        ? []
        : [{ account: work.entry.number, held: work.entry.setAside !== null, lines: work.lines }],
    );
    this.rows = packRows(entries, this.call.watermarks);
    const changed = this.work.filter((work) => work !== undefined && (work.isNew || work.rowChanged)) as Work[];
    if (this.rows.length === 0 && changed.length === 0) return;
    storage.transactionSync(() => {
      for (const { entry, isNew, rowChanged } of changed) {
        if (isNew) book.insertRow(entry);
        if (rowChanged) book.writeRow(entry);
      }
      journal.append(this.rows);
    });
  }

  finish(): Applied {
    const { book, journal } = this.parts;
    const firstSeq = journal.lastSeq + 1;
    journal.committed(this.rows.length);
    for (const [i, { parts }] of this.rows.entries()) {
      for (const part of parts) {
        const entry = book.byNumber.get(part.account) as Entry;
        book.addRef(entry, { seq: firstSeq + i, lines: part.lines, held: part.held, from: part.from, to: part.to }, part.chars);
      }
    }
    book.learn(this.call.watermarks);
    const touched = this.work.flatMap((work) => (work !== undefined && work.lines.length > 0 ? [work.entry] : []));
    const live = new Set(this.work.flatMap((work) => (work?.isLive === true ? [work.entry] : [])));
    const created = this.work.flatMap((work) => (work?.isNew === true ? [work.entry.id] : []));
    return {
      reply: { outcomes: this.outcomes, reasons: this.reasons, elsewhere: this.elsewhere, created, appliedAt: this.now },
      touched,
      live,
    };
  }

  undo(): void {
    for (const work of this.work) {
      if (work === undefined) continue;
      if (work.isNew) this.parts.book.removeNew(work.entry);
      else {
        work.entry.setAside = work.setAsideBefore;
        this.parts.book.forget(work.entry);
      }
    }
  }
}
