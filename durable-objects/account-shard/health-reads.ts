import { toAccountDocument } from "../../src/domain/account/account-change.ts";
import type {
  AccountDocument,
  HealthChanges,
  HealthReading,
  HistoryPoint,
  HistoryQuery,
  MeasureHistory,
  ReadFailure,
} from "../../src/domain/account/messages.ts";
import type { AccountState } from "../../src/domain/account/state.ts";
import type { Assigned } from "../../src/domain/config/active.ts";
import type { Scorecard } from "../../src/domain/config/scorecard.ts";
import { accountHealth, type AccountHealth, onlyConfig } from "../../src/domain/health/account-health.ts";
import { agreementOf } from "../../src/domain/health/agreement.ts";
import type { HealthDocument } from "../../src/domain/health/document.ts";
import { eventsBehind } from "../../src/domain/health/events-behind.ts";
import { type HeldBand, holdBand, holdBeside, shownBeside, waitingBand } from "../../src/domain/health/held-band.ts";
import { historyInstants } from "../../src/domain/health/history-instants.ts";
import { measureHistory } from "../../src/domain/health/measure-history.ts";
import { nextBand } from "../../src/domain/health/next-band.ts";
import { accountRisk } from "../../src/domain/risk/account-risk.ts";
import { DAY_MS } from "../../src/domain/time.ts";
import { lend } from "../../src/domain/statistics/lend.ts";
import type { AccountBook } from "./account-book.ts";
import type { ShardConfig, Then } from "./config.ts";
import type { Entry } from "./entry.ts";
import type { JournalStore } from "./journal-store.ts";
import { invalid, readEntry, timelineLines } from "./read-entry.ts";

type Parts = { readonly book: AccountBook; readonly journal: JournalStore; readonly config: ShardConfig };

/** An account's health at any instants, by what was so then. Writes nothing; what it loads may be dropped again at once. */
export class HealthReads {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  private of<T>(accountId: string, read: (entry: Entry) => T | ReadFailure): T | ReadFailure {
    return readEntry(this.parts.book, accountId, read);
  }

  private state(entry: Entry, now: number) {
    return this.parts.book.loadForReading(entry, now).state;
  }

  account(accountId: string, { now, configAt }: Then): AccountDocument | ReadFailure {
    return this.of(accountId, (entry) => {
      const state = this.state(entry, now);
      const account = accountHealth(state, configAt);
      const { key, scorecard } = account.assignedAt(now);
      const evaluated = account.at(now);
      const { band } = holdBand(entry.heldBand, evaluated, scorecard, account.bandRules(now));
      const health = { ...evaluated, band };
      const setAside =
        entry.setAside === null ? null : { since: entry.setAside.since, reason: entry.setAside.reason, heldEvents: entry.heldEvents };
      const moves = account.moves(account.at(now - DAY_MS), health);
      const sides = account.beside(now);
      const beside = shownBeside(
        holdBeside(entry.heldBeside, sides, (side) => account.bandRules(now, side)),
        sides,
      );
      const parts = { setAside, health, moves, money: account.assignedAt(now).money, scorecard: key, sides: beside };
      return toAccountDocument(state, parts, now);
    });
  }

  /** With `key`, what that scorecard says of the account; marked while a newer configuration cannot be had. */
  health(accountId: string, at: number | null, { now, configAt }: Then, key?: string): HealthReading | ReadFailure {
    return this.of(accountId, (entry) => {
      const instant = at ?? now;
      const state = this.state(entry, now);
      const account = accountHealth(state, configAt, key);
      const rules = account.judgedAt(instant);
      if (rules === null) return notPublished(key);
      const { scorecard } = rules;
      const isShown = at === null && rules.isOwn;
      const evaluated = account.at(instant);
      const held = at === null ? heldFor(entry, rules, account.assignedAt(instant)) : undefined;
      // A past instant has the band of its score, because nobody looked then.
      const bandRules = account.bandRules(now, rules.isOwn ? undefined : key);
      const shown = held === undefined ? null : holdBand(held, evaluated, scorecard, bandRules);
      const health = shown === null ? evaluated : { ...evaluated, band: shown.band };
      const { pending } = this.parts.config;
      return {
        ...health,
        ...(at === null && pending !== null ? { configPending: String(pending) } : {}),
        nextBand: nextBand(health, account.cardAt(scorecard, instant)),
        waitingBand: shown === null ? null : waitingBand(shown, evaluated, scorecard),
        risk90: isShown ? accountRisk(state, rules, health) : null,
        agreement: isShown ? agreementOf(state, health, now, rules.money) : null,
      };
    });
  }

  healthBy(accountId: string, scorecard: Scorecard, { now, configAt }: Then): HealthDocument | ReadFailure {
    return this.of(accountId, (entry) => {
      const account = accountHealth(this.state(entry, now), configAt);
      const { segment, key } = account.assignedAt(now);
      return account.by(lend(scorecard, key, this.parts.config.active.statistics, segment), now);
    });
  }

  private historyOf(state: AccountState, { configAt }: Then, { config, scorecard }: HistoryQuery): AccountHealth {
    return accountHealth(state, config === "now" ? onlyConfig(this.parts.config.active) : configAt, scorecard);
  }

  /** Whether anybody could be judged by it at any of these instants, or now. */
  private isKnown(key: string | undefined, instants: readonly number[], { configAt }: Then): boolean {
    if (key === undefined || this.parts.config.active.scorecards.has(key)) return true;
    return instants.some((instant) => configAt(instant).config.scorecards.has(key));
  }

  healthHistory(accountId: string, query: HistoryQuery, then: Then): { points: readonly HistoryPoint[] } | ReadFailure {
    return this.of(accountId, (entry) => {
      const instants = this.instantsOf(query, then);
      if ("failure" in instants) return instants;
      const account = this.historyOf(this.state(entry, then.now), then, query);
      return {
        points: instants.map((at) => {
          const { score, band, confidence, scorecard, configVersion, configPending } = account.at(at);
          return { at, score, band, confidence, scorecard, configVersion, ...(configPending === undefined ? {} : { configPending }) };
        }),
      };
    });
  }

  measureHistory(accountId: string, key: string, query: HistoryQuery, then: Then): MeasureHistory | ReadFailure {
    return this.of(accountId, (entry) => {
      const instants = this.instantsOf(query, then);
      if ("failure" in instants) return instants;
      const account = this.historyOf(this.state(entry, then.now), then, query);
      return measureHistory(
        key,
        instants.map((at) => account.at(at)),
      );
    });
  }

  private instantsOf(query: HistoryQuery, then: Then): readonly number[] | ReadFailure {
    const instants = historyInstants(query, then.now);
    if ("failure" in instants) return instants;
    return this.isKnown(query.scorecard, query.config === "now" ? [] : instants, then) ? instants : notPublished(query.scorecard);
  }

  healthChanges(accountId: string, { from, to, scorecard }: Between, then: Then): HealthChanges | ReadFailure {
    return this.of(accountId, (entry) => {
      if (from > to) return invalid("from", "must not be after to");
      if (!this.isKnown(scorecard, [from, to], then)) return notPublished(scorecard);
      const { now, configAt } = then;
      const { book, journal } = this.parts;
      const state = this.state(entry, now);
      const account = accountHealth(state, configAt, scorecard);
      const documents = { from: account.at(from), to: account.at(to) };
      const moves = account.moves(documents.from, documents.to);
      const behind = eventsBehind(
        moves,
        { ...documents, state, config: configAt(to).config },
        { refs: book.refs(entry), read: (seq) => timelineLines(entry, seq, journal) },
      );
      return { ...documents, moves: moves.map((move, i) => ({ ...move, ...(behind[i] ?? nothingBehind) })) };
    });
  }
}

/** What is held for a scorecard; null: nothing yet. Undefined: it is neither the account's own nor beside it, so that nobody holds its band. */
function heldFor(entry: Entry, { key, isOwn }: Assigned, { sides }: Assigned): HeldBand | null | undefined {
  if (isOwn) return entry.heldBand;
  return sides.some((side) => side.key === key) ? (entry.heldBeside.get(key) ?? null) : undefined;
}

type Between = { readonly from: number; readonly to: number; readonly scorecard: string | undefined };

const notPublished = (key: string | undefined): ReadFailure => invalid("scorecard", `no scorecard \`${key}\` is published`);

const nothingBehind = { eventIds: [], eventsTotal: 0, left: null };

/** Instants whose configuration a history needs; none where the query is refused or asks for today's. */
export function seenInstants(query: HistoryQuery, now: number): readonly number[] {
  const instants = query.config === "now" ? [] : historyInstants(query, now);
  return "failure" in instants ? [] : instants;
}
