import { toAccountDocument } from "../../src/domain/account/account-change.ts";
import { compareRestatements } from "../../src/domain/account/lateness.ts";
import { linesOf } from "../../src/domain/account/journal-row.ts";
import type {
  AccountDocument,
  HealthReading,
  HistoryPoint,
  HistoryQuery,
  MeasureHistory,
  MetricQuery,
  MetricSeries,
  ReadFailure,
  RestatementPage,
  RiskHistories,
  RiskPage,
  TimelineEntry,
} from "../../src/domain/account/messages.ts";
import { metricNames, metricSeries } from "../../src/domain/account/metrics.ts";
import { noteList, noteOf, type Note, type NoteKind, type NoteList, type NoteQuery, type Task } from "../../src/domain/account/notes.ts";
import { isOpenStatus, type AccountState, type Restatement, type TicketRecord } from "../../src/domain/account/state.ts";
import { recordPage, type ListedKind, type RecordPage, type RecordView } from "../../src/domain/account/record-view.ts";
import {
  fromCursor,
  readTimeline,
  toCursor,
  toTimelineEntry,
  type TimelineLine,
  type TimelineQuery,
} from "../../src/domain/account/timeline.ts";
import { scorecardIn } from "../../src/domain/config/active.ts";
import type { Scorecard } from "../../src/domain/config/scorecard.ts";
import { fromLine, type Event } from "../../src/domain/event.ts";
import { contactPage, type ContactView } from "../../src/domain/health/contact-page.ts";
import { scorecardFor } from "../../src/domain/health/group-anchors.ts";
import { agreementOf } from "../../src/domain/health/agreement.ts";
import type { HealthDocument, HealthMove } from "../../src/domain/health/document.ts";
import { healthEvaluator } from "../../src/domain/health/evaluate.ts";
import { holdBand, waitingBand } from "../../src/domain/health/held-band.ts";
import { nextBand } from "../../src/domain/health/next-band.ts";
import type { MeasureSource } from "../../src/domain/health/measure.ts";
import { measureHistory } from "../../src/domain/health/measure-history.ts";
import { measures } from "../../src/domain/health/measures/index.ts";
import { healthMoves } from "../../src/domain/health/moves.ts";
import { speaksFor } from "../../src/domain/health/source-events.ts";
import { Gathered, type GatheredJson } from "../../src/domain/statistics/gather.ts";
import { observe } from "../../src/domain/statistics/observe.ts";
import { lend } from "../../src/domain/statistics/lend.ts";
import {
  eventIdsPerMoveMax,
  historyPointsMax,
  riskAccountsPerCallMax,
  statisticsAccountsPerCallMax,
  timelineRowsPerCallMax,
} from "../../src/domain/limits.ts";
import { hash32 } from "../../src/domain/hash.ts";
import { accountRisk } from "../../src/domain/risk/account-risk.ts";
import { accountHistory } from "../../src/domain/risk/history.ts";
import { DAY_MS } from "../../src/domain/time.ts";
import type { AccountBook } from "./account-book.ts";
import type { ShardConfig } from "./config.ts";
import type { Entry } from "./entry.ts";
import type { JournalStore } from "./journal-store.ts";

type Parts = { readonly book: AccountBook; readonly journal: JournalStore; readonly config: ShardConfig };
const HISTORY_DAYS = 90;
const invalid = (field: string, detail: string): ReadFailure => ({ failure: "invalid", field, detail });

/** Everything that only looks. Writes nothing; what it loads may be dropped again at once. */
export class AccountReads {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  private of<T>(accountId: string, read: (entry: Entry) => T | ReadFailure): T | ReadFailure {
    const entry = this.parts.book.byId.get(accountId);
    if (entry === undefined) return { failure: "not_found" };
    return entry.mergedInto === null ? read(entry) : { failure: "moved", to: entry.mergedInto };
  }

  private evaluator(entry: Entry, now: number): (at: number) => HealthDocument {
    return this.evaluatorOf(this.parts.book.loadForReading(entry, now).state);
  }

  private evaluatorOf(state: AccountState): (at: number) => HealthDocument {
    const { scorecard, calendars, ownMeasures } = this.parts.config.assign(state);
    return healthEvaluator(state, scorecard, calendars, ownMeasures);
  }

  account(accountId: string, now: number): AccountDocument | ReadFailure {
    return this.of(accountId, (entry) => {
      const { state } = this.parts.book.loadForReading(entry, now);
      const { scorecard, calendars, ownMeasures } = this.parts.config.assign(state);
      const evaluate = healthEvaluator(state, scorecard, calendars, ownMeasures);
      const health = this.shown(entry, evaluate(now), scorecard);
      const setAside =
        entry.setAside === null ? null : { since: entry.setAside.since, reason: entry.setAside.reason, heldEvents: entry.heldEvents };
      return toAccountDocument(state, setAside, health, healthMoves(evaluate(now - DAY_MS), health));
    });
  }

  /** With `key`, what the account would have if that scorecard were its own; marked while a newer configuration cannot be had. */
  health(accountId: string, at: number | null, now: number, key?: string): HealthReading | ReadFailure {
    return this.of(accountId, (entry) => {
      const { config, book } = this.parts;
      const { state } = book.loadForReading(entry, now);
      const assigned = config.assign(state);
      const { scorecard: own, calendars, ownMeasures, segment } = assigned;
      const scorecard = key === undefined ? own : scorecardIn(config.active, key, segment);
      if (scorecard === null) return invalid("scorecard", `no scorecard \`${key}\` is published`);
      const evaluated = healthEvaluator(state, scorecard, calendars, ownMeasures)(at ?? now);
      const shown = at === null && scorecard === own ? holdBand(entry.heldBand, evaluated, own) : null;
      const health = shown === null ? evaluated : { ...evaluated, band: shown.band };
      const pending = config.pending === null ? {} : { configPending: String(config.pending) };
      return {
        ...health,
        ...pending,
        nextBand: nextBand(health, scorecardFor(scorecard, state, health.asOf)),
        waitingBand: shown === null ? null : waitingBand(shown, evaluated, own),
        risk90: at === null && scorecard === own ? accountRisk(state, assigned, health) : null,
        agreement: at === null && scorecard === own ? agreementOf(state, health, now) : null,
      };
    });
  }

  healthBy(accountId: string, scorecard: Scorecard, now: number): HealthDocument | ReadFailure {
    return this.of(accountId, (entry) => {
      const { state } = this.parts.book.loadForReading(entry, now);
      const { active } = this.parts.config;
      const { segment, key } = this.parts.config.assign(state);
      return healthEvaluator(state, lend(scorecard, key, active.statistics, segment), active.calendars, active.ownMeasures)(now);
    });
  }

  /** With the band that is held; a past instant has the one of its score, because nobody looked then. */
  private shown(entry: Entry, health: HealthDocument, scorecard: Scorecard): HealthDocument {
    return { ...health, band: holdBand(entry.heldBand, health, scorecard).band };
  }

  healthHistory(accountId: string, query: HistoryQuery, now: number): { points: readonly HistoryPoint[] } | ReadFailure {
    return this.of(accountId, (entry) => {
      const instants = instantsOf(query, now);
      if ("failure" in instants) return instants;
      const evaluate = this.evaluator(entry, now);
      return {
        points: instants.map(({ at, seenAt }) => {
          const { score, band, confidence } = evaluate(seenAt);
          return { at, score, band, confidence };
        }),
      };
    });
  }

  measureHistory(accountId: string, key: string, query: HistoryQuery, now: number): MeasureHistory | ReadFailure {
    return this.of(accountId, (entry) => {
      const instants = instantsOf(query, now);
      if ("failure" in instants) return instants;
      const evaluate = this.evaluator(entry, now);
      return measureHistory(
        key,
        instants.map(({ at, seenAt }) => ({ at, document: evaluate(seenAt) })),
      );
    });
  }

  healthChanges(
    accountId: string,
    from: number,
    to: number,
    now: number,
  ): { from: HealthDocument; to: HealthDocument; moves: readonly (HealthMove & { eventIds: readonly string[] })[] } | ReadFailure {
    return this.of(accountId, (entry) => {
      if (from > to) return invalid("from", "must not be after to");
      const evaluate = this.evaluator(entry, now);
      const before = evaluate(from);
      const after = evaluate(to);
      const idsOf = new Map<MeasureSource | null, readonly string[]>();
      const eventIds = (measure: string): readonly string[] => {
        const source = measures.get(measure)?.source ?? null;
        let ids = idsOf.get(source);
        if (ids === undefined) idsOf.set(source, (ids = source === null ? [] : this.eventIdsOf(entry, source, from, to)));
        return ids;
      };
      return {
        from: before,
        to: after,
        moves: healthMoves(before, after).map((move) => ({ ...move, eventIds: move.cause === "data" ? eventIds(move.measure) : [] })),
      };
    });
  }

  /** The newest events between two instants of the kind that a source's measures read. */
  private eventIdsOf(entry: Entry, source: MeasureSource, from: number, to: number): readonly string[] {
    const query = {
      limit: eventIdsPerMoveMax,
      before: { at: to, seq: Number.MAX_SAFE_INTEGER, line: Number.MAX_SAFE_INTEGER },
      from,
      accepts: ({ type }: Event) => speaksFor(source, type),
    };
    return this.lines(entry, query).items.map(({ event }) => event.id);
  }

  metric(accountId: string, query: MetricQuery, now: number): MetricSeries | ReadFailure {
    return this.of(accountId, (entry) => {
      const series = metricSeries(this.parts.book.loadForReading(entry, now).state, query, now);
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

  restatements(accountId: string, page: RestatementPage, now: number): { items: readonly Restatement[]; total: number } | ReadFailure {
    return this.of(accountId, (entry) => {
      const { restatements, restatedEvents } = this.parts.book.loadForReading(entry, now).state;
      const { after } = page;
      const left = after === undefined ? restatements : restatements.filter((one) => compareRestatements(after, one) < 0);
      return { items: left.slice(0, page.limit), total: restatedEvents };
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
      if (entry.setAside !== null || entry.mergedInto !== null) continue;
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
          setAside === null && mergedInto === null && (after === null || id > after) && hash32(id, riskSeed) < accountsShare * 2 ** 32,
      )
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const page = chosen.slice(0, riskAccountsPerCallMax);
    const found = page.map((entry) => {
      const { state } = book.loadForReading(entry, now);
      return accountHistory(state, config.assign(state), asOf);
    });
    const histories = found.filter((history) => history !== null);
    return {
      histories,
      accounts: page.length,
      withoutSubscription: page.length - histories.length,
      next: chosen.length > page.length ? (page.at(-1)?.id ?? null) : null,
    };
  }

  timeline(
    accountId: string,
    page: { limit: number; before?: string; type?: string },
  ): { items: readonly TimelineEntry[]; next: string | null } | ReadFailure {
    return this.of(accountId, (entry) => {
      const before = page.before === undefined ? null : fromCursor(page.before);
      if (page.before !== undefined && before === null) return invalid("cursor", "is no cursor of the timeline");
      const { items, next } = this.lines(entry, {
        limit: page.limit,
        before,
        accepts: ({ type }) => page.type === undefined || type === page.type,
      });
      return { items: items.map(toTimelineEntry), next: next === null ? null : toCursor(next) };
    });
  }

  private lines(entry: Entry, query: TimelineQuery): ReturnType<typeof readTimeline> {
    const { book, journal } = this.parts;
    const heldFrom = entry.setAside?.fromSeq ?? Number.POSITIVE_INFINITY;
    const read = ({ seq }: { seq: number }): TimelineLine[] => {
      const { held, lines } = linesOf(journal.read(seq), entry.number);
      return lines.flatMap(({ line, edge, late }, index) => {
        if (entry.hasReleased(edge)) return [];
        const event = fromLine(line);
        return [{ at: event.occurredAt, seq, line: index, event, held: held && seq >= heldFrom, restated: late }];
      });
    };
    return readTimeline(book.refs(entry), read, query, timelineRowsPerCallMax);
  }
}

/** The end of each whole step and of the range, each with the last instant before it: at midnight itself another day begins. */
function instantsOf(query: HistoryQuery, now: number): readonly { readonly at: number; readonly seenAt: number }[] | ReadFailure {
  const { stepMs } = query;
  const to = query.to ?? now;
  const from = query.from ?? to - HISTORY_DAYS * DAY_MS;
  if (!(stepMs > 0)) return invalid("step", "must be positive");
  if (from > to) return invalid("from", "must not be after to");
  if ((to - from) / stepMs > historyPointsMax) return invalid("step", `at most ${historyPointsMax} points`);
  const instants: { at: number; seenAt: number }[] = [];
  for (let at = Math.ceil(from / stepMs) * stepMs; at < to; at += stepMs) instants.push({ at, seenAt: at - 1 });
  instants.push({ at: to, seenAt: to });
  return instants.slice(-historyPointsMax);
}

const riskSeed = 90;

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
