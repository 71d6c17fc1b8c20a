import { withFieldsOf } from "../../src/domain/account/fields/account-fields.ts";
import { compareRestatements } from "../../src/domain/account/lateness.ts";
import type {
  MetricQuery,
  MetricSeries,
  ReadFailure,
  RestatementList,
  RestatementPage,
  RiskHistories,
  RiskPage,
  TimelineEntry,
  TimelinePage,
} from "../../src/domain/account/messages.ts";
import { metricNames, metricSeries } from "../../src/domain/account/metrics.ts";
import { noteList, noteOf, type Note, type NoteKind, type NoteList, type NoteQuery, type Task } from "../../src/domain/account/notes.ts";
import { type AccountState, isOpenStatus, type TicketRecord } from "../../src/domain/account/state.ts";
import { recordPage, type ListedKind, type RecordPage, type RecordView } from "../../src/domain/account/record-view.ts";
import { cursorOfSession, sessionClosed, SessionEntries } from "../../src/domain/account/session-entries.ts";
import { closedSessions, type ClosedSession, sessionGapMs } from "../../src/domain/account/sessions.ts";
import {
  compareCursors,
  fromCursor,
  readTimeline,
  type TimelineCursor,
  type TimelineQuery,
  toCursor,
  toTimelineEntry,
} from "../../src/domain/account/timeline.ts";
import { isCustomer } from "../../src/domain/canary.ts";
import type { Measure } from "../../src/domain/health/measure.ts";
import { measures } from "../../src/domain/health/measures/index.ts";
import { measuresLookingAt } from "../../src/domain/health/restated-measures.ts";
import { countedFields, type MeasureDocuments } from "../../src/domain/health/custom-measures.ts";
import { type MeasureTrial, tryMeasure } from "../../src/domain/health/measure-trial.ts";
import { callsOf } from "../../src/domain/health/contacts.ts";
import { personOf } from "../../src/domain/account/people.ts";
import { contactPage, type ContactView } from "../../src/domain/health/contact-page.ts";
import { Gathered, type GatheredJson } from "../../src/domain/statistics/gather.ts";
import { observe } from "../../src/domain/statistics/observe.ts";
import {
  riskAccountsPerCallMax,
  statisticsAccountsPerCallMax,
  timelineRowsPerCallMax,
  timelineSessionDaysMax,
} from "../../src/domain/limits.ts";
import { hash32 } from "../../src/domain/hash.ts";
import { DAY_MS } from "../../src/domain/time.ts";
import { accountHistory } from "../../src/domain/risk/history.ts";
import type { AccountBook } from "./account-book.ts";
import type { ShardConfig } from "./config.ts";
import type { Entry } from "./entry.ts";
import type { FieldTrial } from "./field-trials.ts";
import type { JournalStore } from "./journal-store.ts";
import { invalid, readEntry, timelineLines } from "./read-entry.ts";

type Parts = { readonly book: AccountBook; readonly journal: JournalStore; readonly config: ShardConfig };

/** Everything that only looks. Writes nothing; what it loads may be dropped again at once. */
export class AccountReads {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  private of<T>(accountId: string, read: (entry: Entry) => T | ReadFailure): T | ReadFailure {
    return readEntry(this.parts.book, accountId, read);
  }

  metric(accountId: string, query: MetricQuery, now: number): MetricSeries | ReadFailure {
    return this.of(accountId, (entry) => {
      const series = metricSeries(this.parts.book.loadForReading(entry, now).state, query, now, this.parts.config.active.money);
      return series.ok ? series.value : invalid(series.error.field, series.error.detail);
    });
  }

  metricNames(accountId: string, now: number): readonly { metric: string; unit: string; title: string }[] | ReadFailure {
    return this.of(accountId, (entry) => metricNames(this.parts.book.loadForReading(entry, now).state));
  }

  /** Open ones first, then the newest; `after` is the key of the last ticket of the page before. */
  tickets(accountId: string, page: { limit: number; after?: string; status?: string }, now: number): readonly TicketRecord[] | ReadFailure {
    return this.of(accountId, (entry) => {
      const { state } = this.parts.book.loadForReading(entry, now);
      const all = [...state.tickets.values()]
        .filter(({ status }) => page.status === undefined || status === page.status)
        .sort(compareTickets);
      const start = page.after === undefined ? 0 : all.findIndex(({ key }) => key === page.after) + 1;
      if (page.after !== undefined && start === 0) return invalid("cursor", "is not a ticket of this account any more");
      return all.slice(start, start + page.limit).map(toTicketRecord);
    });
  }

  restatements(accountId: string, page: RestatementPage, now: number): RestatementList | ReadFailure {
    return this.of(accountId, (entry) => {
      const { state } = this.parts.book.loadForReading(entry, now);
      const { restatements, restatedEvents } = state;
      const { scorecard, ownMeasures } = this.parts.config.assign(state);
      const measureOf = (key: string): Measure | undefined => measures.get(key) ?? ownMeasures.get(key);
      const { after } = page;
      const left = after === undefined ? restatements : restatements.filter((one) => compareRestatements(after, one) < 0);
      const items = left.slice(0, page.limit).map((one) => ({ ...one, measures: measuresLookingAt(scorecard, measureOf, one, now) }));
      return { items, total: restatedEvents };
    });
  }

  records(accountId: string, kind: ListedKind, page: RecordPage, now: number): readonly RecordView[] | ReadFailure {
    return this.of(accountId, (entry) => {
      const { state } = this.parts.book.loadForReading(entry, now);
      const items = recordPage(state.records.get(kind)?.values() ?? [], page, kind === "opportunity" ? "stage" : "status");
      return items ?? invalid("cursor", `is no ${kind} of this account any more`);
    });
  }

  notes(accountId: string, query: NoteQuery, now: number): NoteList | ReadFailure {
    return this.of(accountId, (entry) => {
      const list = noteList(this.parts.book.loadForReading(entry, now).state, query);
      return list ?? invalid("cursor", `is no ${query.kind} of this account any more`);
    });
  }

  note(accountId: string, kind: NoteKind, id: string, now: number): { note: Note | Task | null } | ReadFailure {
    return this.of(accountId, (entry) => ({ note: noteOf(this.parts.book.loadForReading(entry, now).state, kind, id) }));
  }

  contacts(accountId: string, page: RecordPage, now: number): readonly ContactView[] | ReadFailure {
    return this.of(accountId, (entry) => {
      const items = contactPage(this.parts.book.loadForReading(entry, now).state, page, now);
      return items ?? invalid("cursor", "is no person of this account any more");
    });
  }

  observations(after: string | null, now: number): { gathered: GatheredJson; next: string | null } {
    const { book, config } = this.parts;
    const ids = [...book.byId.keys()].filter((id) => after === null || id > after).sort();
    const page = ids.slice(0, statisticsAccountsPerCallMax);
    const gathered = new Gathered();
    for (const id of page) {
      const entry = book.byId.get(id) as Entry;
      if (!isCustomer(id) || entry.setAside !== null || entry.mergedInto !== null) continue;
      const { state } = book.loadForReading(entry, now);
      gathered.add(observe(state, config.assign(state), now));
    }
    return { gathered: gathered.toJson(), next: ids.length > page.length ? (page.at(-1) ?? null) : null };
  }

  /** A part of the accounts is chosen by a hash of their ids, with a seed of its own: shards are filled by the hash without one. */
  riskHistories({ asOf, accountsShare, after }: RiskPage, now: number): RiskHistories {
    const { book, config } = this.parts;
    const chosen = [...book.byId.values()]
      .filter(
        ({ id, setAside, mergedInto }) =>
          isCustomer(id) &&
          setAside === null &&
          mergedInto === null &&
          (after === null || id > after) &&
          hash32(id, riskSeed) < accountsShare * 2 ** 32,
      )
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const page = chosen.slice(0, riskAccountsPerCallMax);
    const found = page.map((entry) => {
      const { state } = book.loadForReading(entry, now);
      return accountHistory(state, (then) => config.assign(then), asOf);
    });
    const histories = found.filter((history) => history !== null);
    return {
      histories,
      accounts: page.length,
      withoutSubscription: page.length - histories.length,
      next: chosen.length > page.length ? (page.at(-1)?.id ?? null) : null,
    };
  }

  timeline(accountId: string, page: TimelinePage, now: number): { items: readonly TimelineEntry[]; next: string | null } | ReadFailure {
    return this.of(accountId, (entry) => {
      const before = page.before === undefined ? null : fromCursor(page.before);
      if (page.before !== undefined && before === null) return invalid("cursor", "is no cursor of the timeline");
      const isWanted = (type: string): boolean => page.type === undefined || type === page.type;
      const read = this.lines(entry, { limit: page.limit, before, accepts: ({ type }) => isWanted(type) });
      const events: TimelinePart = { items: read.items.map((line) => ({ at: line, entry: toTimelineEntry(line) })), next: read.next };
      const { items, next } =
        page.sessions === true && isWanted(sessionClosed) ? this.withSessions(entry, events, { before, limit: page.limit }, now) : events;
      const entries = items.map((item) => item.entry);
      return { items: this.withNames(entry, entries, now), next: next === null ? null : toCursor(next) };
    });
  }

  private withNames(entry: Entry, entries: readonly TimelineEntry[], now: number): readonly TimelineEntry[] {
    if (entries.every(({ userId }) => userId === null)) return entries;
    const called = callsOf(this.parts.book.loadForReading(entry, now).state);
    return entries.map((one) => {
      const name = called.get(personOf(one.userId) ?? "");
      return name === undefined ? one : { ...one, userName: name };
    });
  }

  /** The sessions that closed between the beginning of a page and its end, in their places; it may end earlier for them. */
  private withSessions(
    entry: Entry,
    events: TimelinePart,
    { before, limit }: { before: TimelineCursor | null; limit: number },
    now: number,
  ): TimelinePart {
    const { state } = this.parts.book.loadForReading(entry, now);
    const to = Math.min(before?.at ?? now, now);
    // Before its first event an account has no sessions, but it may have been told of: nothing is cut there.
    const oldest = state.firstEventAt ?? to;
    const cut = to - timelineSessionDaysMax * DAY_MS;
    const page = oldest <= cut ? cutAt(events, cut) : events;
    const range = { from: Math.max(page.next?.at ?? oldest, oldest) - 1, to };
    const sessions = closedSessions(state.days, sessionGapMs(state), range, now).filter((session) =>
      isWithin(cursorOfSession(session), before, page.next),
    );
    const told = [...page.items.map(({ at }) => at), ...sessions.map(cursorOfSession)].sort(compareCursors).slice(0, limit);
    const shown = sessions.filter((session) => told.some((at) => compareCursors(at, cursorOfSession(session)) === 0));
    const entries = this.sessionEntries(entry, shown);
    const items = [...page.items, ...shown.map((session, i) => ({ at: cursorOfSession(session), entry: entries[i] as TimelineEntry }))]
      .sort((a, b) => compareCursors(a.at, b.at))
      .slice(0, limit);
    const isCut = page.items.length + sessions.length > limit;
    return { items, next: isCut ? (items.at(-1)?.at ?? page.next) : page.next };
  }

  /** In the order of the sessions. Their events are looked for in so many rows as a page may read. */
  private sessionEntries(entry: Entry, sessions: readonly ClosedSession[]): readonly TimelineEntry[] {
    const { book, journal } = this.parts;
    const entries = new SessionEntries(sessions);
    const refs = book.refs(entry).filter((ref) => entries.mayBeIn(ref));
    for (const { seq } of refs.slice(-timelineRowsPerCallMax)) for (const line of timelineLines(entry, seq, journal)) entries.take(line);
    return entries.entries(refs.length <= timelineRowsPerCallMax);
  }

  /** Keys of the fields that these documents read and nobody counts yet. */
  uncounted(accountId: string, documents: MeasureDocuments, now: number): readonly string[] | ReadFailure {
    return this.of(accountId, (entry) => {
      const { fields } = this.parts.book.loadForReading(entry, now).state;
      return [...countedFields(documents)].filter((one) => !fields.keys.has(one));
    });
  }

  /** `counted`: the fields that nobody counts yet, for this answer alone. */
  measureBy(
    accountId: string,
    { key, documents, counted }: { key: string; documents: MeasureDocuments; counted: FieldTrial | null },
    now: number,
  ): MeasureTrial | ReadFailure {
    return this.of(accountId, (entry) => {
      const { state } = this.parts.book.loadForReading(entry, now);
      const seen: AccountState = counted === null ? state : { ...state, fields: withFieldsOf(state.fields, counted.fields) };
      const { calendars, money } = this.parts.config.active;
      const trial = tryMeasure(seen, { key, documents, calendars, money }, now);
      if (counted === null || counted.newest === null) return trial;
      const newest = `Of its newest events alone (${counted.newest.toLocaleString("en")}).`;
      return { ...trial, note: trial.note === undefined ? newest : `${trial.note} ${newest}` };
    });
  }

  private lines(entry: Entry, query: TimelineQuery): ReturnType<typeof readTimeline> {
    const { book, journal } = this.parts;
    return readTimeline(book.refs(entry), ({ seq }) => timelineLines(entry, seq, journal), query, timelineRowsPerCallMax);
  }
}

const riskSeed = 90;

/** Entries of a page with their places, newest first. */
type TimelinePart = {
  readonly items: readonly { readonly at: TimelineCursor; readonly entry: TimelineEntry }[];
  readonly next: TimelineCursor | null;
};

/** Without what is not newer than an instant, where the page goes on if anything may lie there. */
function cutAt({ items, next }: TimelinePart, at: number): TimelinePart {
  const kept = items.filter((item) => item.at.at > at);
  const isWhole = kept.length === items.length && (next === null || next.at > at);
  return isWhole ? { items, next } : { items: kept, next: { at, seq: Number.MAX_SAFE_INTEGER, line: 0 } };
}

/** Strictly after one place, and not after another. */
const isWithin = (at: TimelineCursor, before: TimelineCursor | null, last: TimelineCursor | null): boolean =>
  (before === null || compareCursors(before, at) < 0) && (last === null || compareCursors(at, last) <= 0);

const isOpen = ({ status }: TicketRecord): number => (status !== null && isOpenStatus(status) ? 1 : 0);
const compareTickets = (a: TicketRecord, b: TicketRecord): number =>
  isOpen(b) - isOpen(a) || b.updatedAt - a.updatedAt || (a.key < b.key ? -1 : 1);

const toTicketRecord = ({
  key,
  ticketId,
  subject,
  createdAt,
  observations,
  transitions,
  status,
  priority,
  rating,
  publicComments,
  people,
  updatedAt,
}: TicketRecord): TicketRecord => ({
  key,
  ticketId,
  subject,
  createdAt,
  observations,
  transitions,
  status,
  priority,
  rating,
  publicComments,
  people,
  updatedAt,
});
