import type { JournalRef } from "../../src/domain/account/journal-index.ts";
import { type JournalLine, type JournalPart, partsOf } from "../../src/domain/account/journal-row.ts";
import type { AccountState } from "../../src/domain/account/state.ts";
import { hash53 } from "../../src/domain/account/id-hash.ts";
import { analyses } from "../../src/domain/analytics/index.ts";
import { beyond, Pace } from "../../src/domain/analytics/pace.ts";
import {
  partForm,
  type AccountProfile,
  type Analysis,
  type AnalysisCall,
  type AnalysisPart,
  type EventCollector,
} from "../../src/domain/analytics/analysis.ts";
import { profileOf } from "../../src/domain/analytics/profile.ts";
import { isCustomer } from "../../src/domain/canary.ts";
import type { Event } from "../../src/domain/event.ts";
import { readLines } from "../../src/domain/event-line.ts";
import { analysisFindAccountsRatio } from "../../src/domain/limits.ts";
import { invariant } from "../../src/domain/result.ts";
import type { AccountBook } from "./account-book.ts";
import type { ShardConfig } from "./config.ts";
import type { Entry } from "./entry.ts";
import type { JournalStore } from "./journal-store.ts";
import type { Breather, Turns } from "./turns.ts";

type Parts = {
  readonly book: AccountBook;
  readonly journal: JournalStore;
  readonly config: ShardConfig;
  readonly turns: Turns;
  readonly now: () => number;
};
/** So much of packed or open days is about as much work as one line. */
const bytesPerLine = 200;
type Wanted = { readonly entry: Entry; readonly profile: AccountProfile };
type Look = {
  readonly wanted: Map<number, Wanted>;
  readonly collector: EventCollector<unknown>;
  readonly from: number;
  readonly to: number;
};
type Seen = { readonly accounts: number; readonly leftOut: number; readonly knownTypes: ReadonlySet<string> };

/**
 * Makes this shard's part of an answer about usage. Writes nothing.
 *
 * A part may look at everything the shard has, so it rests after each few thousand lines or people: events and reads get their turn
 * meanwhile, and what they change may or may not be in the part yet. One part is made at a time; throws when too many wait. Where there is
 * no time for all accounts the part is about some of them, each as a whole, and says how many are left out.
 */
export class ShardAnalyses {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  run(call: AnalysisCall): Promise<AnalysisPart> {
    return this.parts.turns.take((breather) => this.make(call, breather), call.withinMs);
  }

  private async make(call: AnalysisCall, breather: Breather): Promise<AnalysisPart> {
    const analysis = analyses.get(call.kind);
    invariant(analysis !== undefined, `no analysis ${call.kind}`);
    const found =
      analysis.reads === "days" ? await this.fromDays(analysis, call, breather) : await this.fromEvents(analysis, call, breather);
    return { ...found, form: partForm, knownTypes: [...found.knownTypes] };
  }

  private async fromDays(analysis: Extract<Analysis, { reads: "days" }>, call: AnalysisCall, breather: Breather) {
    let part = analysis.empty(call.query);
    const seen = await this.eachAccount(analysis, call, { breather, leaveMs: 0 }, ({ profile, state }) => {
      part = analysis.merge(part, analysis.ofAccount({ ...profile, state }, call.query), call.query);
    });
    return { part, ...seen };
  }

  private async fromEvents(analysis: Extract<Analysis, { reads: "events" }>, call: AnalysisCall, breather: Breather) {
    const collector = analysis.collect(call.query);
    const wanted = new Map<number, Wanted>();
    const leaveMs = breather.leftMs * (1 - analysisFindAccountsRatio);
    const seen = await this.eachAccount(
      analysis,
      call,
      { breather, leaveMs },
      ({ entry, profile }) => void wanted.set(entry.number, { entry, profile }),
    );
    const givenUp = await this.readRows({ wanted, collector, ...analysis.span(call.query) }, breather);
    return { part: collector.part(), ...seen, accounts: seen.accounts - givenUp, leftOut: seen.leftOut + givenUp };
  }

  /** Accounts of the scope, one after the other, while more than `leaveMs` are left; each may leave memory once it was looked at. */
  private async eachAccount(
    analysis: Analysis,
    call: AnalysisCall,
    { breather, leaveMs }: { breather: Breather; leaveMs: number },
    look: (account: { entry: Entry; profile: AccountProfile; state: AccountState }) => void,
  ): Promise<Seen> {
    const { book, config, now } = this.parts;
    const groupedBy = analysis.groupedBy(call.query);
    const knownTypes = new Set<string>();
    const entries = this.inScope(call);
    let accounts = 0;
    for (const [i, entry] of entries.entries()) {
      if (breather.leftMs < leaveMs) return { accounts, leftOut: entries.length - i, knownTypes };
      // Between two of them the account may have been merged away.
      if (entry.mergedInto !== null) continue;
      const { state } = book.loadForReading(entry, now());
      const { segment } = config.assign(state);
      if (call.segment === undefined || call.segment === segment) {
        look({ entry, state, profile: profileOf(state, { number: accounts, segment, groupedBy }) });
        accounts++;
        for (const type of call.strangeTypes) if (state.totals.has(`events.${type}`)) knownTypes.add(type);
      }
      let bytes = 1_000;
      if (analysis.reads === "days") for (const day of state.days.values()) bytes += day.bytes;
      book.measureNewest();
      book.evict(now(), false);
      await breather.rest(bytes / bytesPerLine);
    }
    return { accounts, leftOut: 0, knownTypes };
  }

  /** By hash, so that those for whom there is time are chosen by chance. */
  private inScope({ accountIds }: AnalysisCall): Entry[] {
    const { byId } = this.parts.book;
    const entries = accountIds === null ? [...byId.values()] : accountIds.flatMap((id) => byId.get(id) ?? []);
    return entries
      .filter(({ id }) => isCustomer(id))
      .map((entry) => ({ entry, hash: hash53(entry.id) }))
      .sort((a, b) => a.hash - b.hash)
      .map(({ entry }) => entry);
  }

  /** Reads all rows, each once for all accounts; gives up accounts as soon as not all can be read in time, and says how many. */
  private async readRows(look: Look, breather: Breather): Promise<number> {
    const accounts = look.wanted.size;
    const pace = new Pace(breather.leftMs);
    let unread = this.unreadRows(look, 0);
    for (const seq of [...unread.rows.keys()].sort((a, b) => a - b)) {
      const lines = unread.rows.get(seq);
      if (lines === undefined) continue;
      await this.readRow(seq, look, breather);
      pace.read(lines);
      unread.lines -= lines;
      const linesMax = pace.linesWithin(breather.leftMs);
      if (unread.lines <= linesMax) continue;
      this.giveUp(look, seq, linesMax);
      unread = this.unreadRows(look, seq);
    }
    return accounts - look.wanted.size;
  }

  /** Rows after `seq` that hold events of these accounts from the span, and how many, at most. */
  private unreadRows(look: Look, after: number): { readonly rows: ReadonlyMap<number, number>; lines: number } {
    const rows = new Map<number, number>();
    let lines = 0;
    for (const wanted of look.wanted.values())
      for (const ref of this.unreadOf(wanted, look, after)) {
        rows.set(ref.seq, (rows.get(ref.seq) ?? 0) + ref.lines);
        lines += ref.lines;
      }
    return { rows, lines };
  }

  private unreadOf({ entry }: Wanted, { from, to }: Look, after: number): JournalRef[] {
    return this.parts.book.refs(entry).filter((ref) => ref.seq > after && ref.from < to && ref.to >= from);
  }

  private giveUp(look: Look, after: number, linesMax: number): void {
    const accounts = [...look.wanted.values()].map((wanted) => ({
      ...wanted,
      lines: this.unreadOf(wanted, look, after).reduce((sum, { lines }) => sum + lines, 0),
    }));
    // `wanted` is in the order of the hashes.
    for (const { entry, profile } of beyond(accounts, linesMax)) {
      look.wanted.delete(entry.number);
      look.collector.forget(profile.number);
    }
  }

  private async readRow(seq: number, look: Look, breather: Breather): Promise<void> {
    const { wanted, collector, from, to } = look;
    const row = this.parts.journal.read(seq);
    // Most rows of a long time, and most parts of the others, hold nothing of what is rare.
    if (!collector.mayMatter(row.body)) return breather.rest(row.body.length / bytesPerLine);
    const isWanted = (account: number, part: JournalPart, text: () => string): boolean =>
      wanted.has(account) && part.from < to && part.to >= from && collector.mayMatter(text());
    for (const { account, held, lines } of partsOf(row, isWanted)) {
      const { entry, profile } = wanted.get(account) as Wanted;
      // Held events are in no figure yet; rows that a merge gave away belong to another account.
      if ((held && seq >= (entry.setAside?.fromSeq ?? Number.POSITIVE_INFINITY)) || seq <= (entry.merged?.leftSeq ?? 0)) continue;
      const matter = lines.filter(({ line, edge }) => collector.mayMatter(line) && !entry.hasReleased(edge));
      for (const event of eventsOf(matter)) if (event.occurredAt >= from && event.occurredAt < to) collector.take(profile, event);
      await breather.rest(lines.length);
    }
  }
}

function eventsOf(lines: readonly Pick<JournalLine, "line" | "stamp">[]): readonly Event[] {
  const events = readLines(
    lines.map(({ line }) => line),
    lines.map(({ stamp }) => stamp),
  );
  return events.map((event) => {
    invariant(event !== undefined, "a line of the journal cannot be read");
    return event;
  });
}
