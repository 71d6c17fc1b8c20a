import { type JournalLine, type JournalPart, partsOf } from "../../src/domain/account/journal-row.ts";
import type { AccountState } from "../../src/domain/account/state.ts";
import { analyses } from "../../src/domain/analytics/index.ts";
import type { AccountProfile, Analysis, AnalysisCall, AnalysisPart, EventCollector } from "../../src/domain/analytics/analysis.ts";
import { profileOf } from "../../src/domain/analytics/profile.ts";
import { isCustomer } from "../../src/domain/canary.ts";
import type { Event } from "../../src/domain/event.ts";
import { readLines } from "../../src/domain/event-line.ts";
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

/**
 * Makes this shard's part of an answer about usage. Writes nothing.
 *
 * A part may look at everything the shard has, so it rests after each few thousand lines or people: events and reads get their turn
 * meanwhile, and what they change may or may not be in the part yet. One part is made at a time. Throws when it takes too long, or when
 * too many wait.
 */
export class ShardAnalyses {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  run(call: AnalysisCall): Promise<AnalysisPart> {
    return this.parts.turns.take((breather) => this.make(call, breather));
  }

  private async make(call: AnalysisCall, breather: Breather): Promise<AnalysisPart> {
    const analysis = analyses.get(call.kind);
    invariant(analysis !== undefined, `no analysis ${call.kind}`);
    const found =
      analysis.reads === "days" ? await this.fromDays(analysis, call, breather) : await this.fromEvents(analysis, call, breather);
    return { part: found.part, accounts: found.accounts, knownTypes: [...found.knownTypes] };
  }

  private async fromDays(analysis: Extract<Analysis, { reads: "days" }>, call: AnalysisCall, breather: Breather) {
    let part = analysis.empty(call.query);
    const seen = await this.eachAccount(analysis, call, breather, ({ profile, state }) => {
      part = analysis.merge(part, analysis.ofAccount({ ...profile, state }, call.query), call.query);
    });
    return { part, ...seen };
  }

  private async fromEvents(analysis: Extract<Analysis, { reads: "events" }>, call: AnalysisCall, breather: Breather) {
    const collector = analysis.collect(call.query);
    const wanted = new Map<number, Wanted>();
    const seen = await this.eachAccount(
      analysis,
      call,
      breather,
      ({ entry, profile }) => void wanted.set(entry.number, { entry, profile }),
    );
    const { from, to } = analysis.span(call.query);
    for (const seq of this.rowsOf(wanted.values(), from, to)) await this.readRow(seq, { wanted, collector, from, to }, breather);
    return { part: collector.part(), ...seen };
  }

  /** Accounts of the scope, one after the other; each may leave memory once it was looked at. */
  private async eachAccount(
    analysis: Analysis,
    call: AnalysisCall,
    breather: Breather,
    look: (account: { entry: Entry; profile: AccountProfile; state: AccountState }) => void,
  ): Promise<{ accounts: number; knownTypes: ReadonlySet<string> }> {
    const { book, config, now } = this.parts;
    const groupedBy = analysis.groupedBy(call.query);
    const knownTypes = new Set<string>();
    let accounts = 0;
    for (const entry of this.inScope(call)) {
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
      await breather.looked(bytes / bytesPerLine);
    }
    return { accounts, knownTypes };
  }

  private inScope({ accountIds }: AnalysisCall): Entry[] {
    const { byId } = this.parts.book;
    const entries = accountIds === null ? [...byId.values()] : accountIds.flatMap((id) => byId.get(id) ?? []);
    return entries.filter(({ id }) => isCustomer(id));
  }

  /** Rows that hold events of these accounts from the span, each once. */
  private rowsOf(accounts: Iterable<{ entry: Entry }>, from: number, to: number): readonly number[] {
    const rows = new Set<number>();
    for (const { entry } of accounts) for (const ref of this.parts.book.refs(entry)) if (ref.from < to && ref.to >= from) rows.add(ref.seq);
    return [...rows].sort((a, b) => a - b);
  }

  private async readRow(
    seq: number,
    look: { wanted: ReadonlyMap<number, Wanted>; collector: EventCollector<unknown>; from: number; to: number },
    breather: Breather,
  ): Promise<void> {
    const { wanted, collector, from, to } = look;
    const row = this.parts.journal.read(seq);
    // Most rows of a long time, and most parts of the others, hold nothing of what is rare.
    if (!collector.mayMatter(row.body)) return breather.looked(row.body.length / bytesPerLine);
    const isWanted = (account: number, part: JournalPart, text: () => string): boolean =>
      wanted.has(account) && part.from < to && part.to >= from && collector.mayMatter(text());
    for (const { account, held, lines } of partsOf(row, isWanted)) {
      const { entry, profile } = wanted.get(account) as Wanted;
      // Held events are in no figure yet; rows that a merge gave away belong to another account.
      if ((held && seq >= (entry.setAside?.fromSeq ?? Number.POSITIVE_INFINITY)) || seq <= (entry.merged?.leftSeq ?? 0)) continue;
      const matter = lines.filter(({ line, edge }) => collector.mayMatter(line) && !entry.hasReleased(edge));
      for (const event of eventsOf(matter)) if (event.occurredAt >= from && event.occurredAt < to) collector.take(profile, event);
      await breather.looked(lines.length);
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
