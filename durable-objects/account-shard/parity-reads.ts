import { fromEdge } from "../../src/domain/account/edge.ts";
import { partsOf } from "../../src/domain/account/journal-row.ts";
import { toWholeLine } from "../../src/domain/event-line.ts";
import { isCustomer } from "../../src/domain/canary.ts";
import { accountHealth, areHad } from "../../src/domain/health/account-health.ts";
import {
  parityAccountBytesMax,
  parityAccountsPerCallMax,
  parityCallBytesMax,
  parityTailLineBytes,
  parityTailRowsMax,
} from "../../src/domain/limits.ts";
import type { FoldedAccount } from "../../src/domain/account/folded.ts";
import { holdBand, holdBeside, shownBeside } from "../../src/domain/health/held-band.ts";
import { daySlice } from "../../src/domain/parity/day-slice.ts";
import { comparedIdDays, digestOf, type IdRange } from "../../src/domain/parity/id-digest.ts";
import type { CheckpointSet, DaySlice, LiveAccount, LivePage, NotChecked, TailLine } from "../../src/domain/parity/messages.ts";
import { isItsTurn, roundOf } from "../../src/domain/parity/report.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { AccountBook } from "./account-book.ts";
import type { ShardConfig, Then } from "./config.ts";
import type { Entry } from "./entry.ts";
import type { JournalArchiving } from "./journal-archiving.ts";
import type { JournalStore } from "./journal-store.ts";
import type { MetaStore } from "./meta-store.ts";

const NAME = "checkpoints";
/** UTC day on which this storage began to mark ids that are filed under another day than that of their receipt; 0: it always did. */
export const idsMarkedSince = "idsMarkedSince";

type Parts = {
  readonly book: AccountBook;
  readonly journal: JournalStore;
  readonly config: ShardConfig;
  readonly meta: MetaStore;
  readonly archiving: JournalArchiving;
  /** What the account shows may be of older code. */
  readonly isOutdated: (entry: Entry) => boolean;
  readonly idKey: readonly [number, number];
};

/** `bytes`: what looking at it took. */
type Found = { readonly bytes: number } & ({ readonly account: LiveAccount } | { readonly why: NotChecked });

/** A text goes over a call with one byte a character, with two where one of them needs it. */
const bytesSent = (text: string): number => (/[\u0100-\uffff]/.test(text) ? 2 : 1) * text.length;

/**
 * The accounts as the nightly check compares them: pages as they are stored and the lines behind them, which is what a shard that wakes would
 * have, and the figures that are served now. Reads only, but for which checkpoints are whole.
 */
export class ParityReads {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  private idsAfter(after: string | null): readonly string[] {
    return [...this.parts.book.byId.keys()].filter((id) => isCustomer(id) && (after === null || id > after)).sort();
  }

  /** Instants beside now of whose rules a page tells: those that its bands were held by. */
  pageInstants(after: string | null): readonly number[] {
    const { byId } = this.parts.book;
    const ids = this.idsAfter(after).slice(0, parityAccountsPerCallMax);
    return [...new Set(ids.flatMap((id) => byId.get(id)?.rulesHeldBy ?? []))];
  }

  page(after: string | null, { now, configAt }: Then): LivePage {
    const { book, config, archiving } = this.parts;
    const ids = this.idsAfter(after);
    const { archivedSeq } = archiving;
    const accounts: LiveAccount[] = [];
    const notChecked: { id: string; why: NotChecked }[] = [];
    let bytes = 0;
    let looked = 0;
    for (const id of ids.slice(0, parityAccountsPerCallMax)) {
      if (bytes > parityCallBytesMax) break;
      looked++;
      const found = this.account(book.byId.get(id) as Entry, archivedSeq, { now, configAt });
      // Also what was read in vain: one call does not do it for many accounts.
      bytes += found.bytes;
      if ("why" in found) notChecked.push({ id, why: found.why });
      else accounts.push(found.account);
    }
    return {
      now,
      archivedSeq,
      configVersion: config.active.version,
      ratesVersion: config.active.money.rates.version,
      sources: book.sources,
      checkpoints: this.checkpoints,
      idKey: this.parts.idKey,
      idDays: this.idDays(now),
      accounts,
      notChecked,
      next: looked < ids.length ? (ids[looked - 1] ?? null) : null,
    };
  }

  private account(entry: Entry, archivedSeq: number, then: Then): Found {
    const { book, isOutdated } = this.parts;
    const { now } = then;
    if (entry.setAside !== null) return { why: "set_aside", bytes: 0 };
    if (entry.mergedInto !== null) return { why: "merged", bytes: 0 };
    if (isOutdated(entry)) return { why: "left", bytes: 0 };
    const turn = isItsTurn(entry.id, now);
    const part = this.partOf(entry, turn ? roundOf(now) : null);
    if (part === null) return { why: "too_large", bytes: 0 };
    const { state, ids, scoreLine } = book.loadForReading(entry, now);
    const stored = book.storedPages(entry, part.days);
    // Pages of other code say nothing: what is compared then is what the account is served from, its figures and scores.
    const pagedSeq = stored === "none" ? 0 : stored === "old" ? archivedSeq : stored.pagedSeq;
    const { tail, bytes } = this.tail(entry, Math.min(pagedSeq, archivedSeq), parityAccountBytesMax - part.bytes);
    if (tail === null) return { why: "too_large", bytes };
    const account: LiveAccount = {
      id: entry.id,
      marks: {
        released: [...entry.released].sort(([a], [b]) => (a < b ? -1 : 1)),
        leftSeq: entry.merged?.leftSeq ?? 0,
        ...(state.fields.keys.size > 0 && { counted: [...state.fields.keys].sort() }),
      },
      pages: typeof stored === "string" ? null : stored.pages,
      pagedSeq: stored === "old" ? null : pagedSeq,
      tail,
      events: state.events,
      ...served(entry, state, then),
      scoreLine: turn && scoreLine !== null ? { ...scoreLine, dirtyFrom: state.scoreDirtyFrom } : null,
      ids: turn ? digestOf(ids, this.idDays(now)) : null,
      days: part.days,
    };
    return { account, bytes: part.bytes + bytes };
  }

  /** What of its pages one call carries: all, or in its turn some of the days. Null: not even those. */
  private partOf(entry: Entry, round: number | null): { readonly bytes: number; readonly days: DaySlice | null } | null {
    const { book } = this.parts;
    const all = book.storedBytes(entry);
    if (all <= parityAccountBytesMax) return { bytes: all, days: null };
    if (round === null) return null;
    const stored = book.storedDays(entry);
    const days = daySlice(stored, round);
    const bytes = stored.reduce((sum, one) => (one.day >= days.first && one.day <= days.last ? sum : sum - one.bytes), all);
    return bytes > parityAccountBytesMax ? null : { bytes, days };
  }

  private idDays(now: number): IdRange {
    return comparedIdDays(now, this.parts.meta.number(idsMarkedSince));
  }

  /** Null where it is more than `bytesMax`: the archive is far behind the account, or lacks a range before. `bytes`: of what was read of it. */
  private tail(entry: Entry, afterSeq: number, bytesMax: number): { tail: TailLine[] | null; bytes: number } {
    const { book, journal } = this.parts;
    const rows = book.refs(entry).filter(({ seq }) => seq > afterSeq);
    if (rows.length > parityTailRowsMax) return { tail: null, bytes: 0 };
    const tail: TailLine[] = [];
    let bytes = 0;
    for (const { seq } of rows) {
      for (const line of tailLines(entry, seq, journal)) {
        bytes += bytesSent(line.line) + parityTailLineBytes;
        tail.push(line);
      }
      if (bytes > bytesMax) return { tail: null, bytes };
    }
    return { tail, bytes };
  }

  private get checkpoints(): CheckpointSet | null {
    const text = this.parts.meta.text(NAME);
    return text === null ? null : (JSON.parse(text) as CheckpointSet);
  }

  /** From now on these are the ones to begin with. An older generation changes nothing. */
  keep(set: CheckpointSet): void {
    if ((this.checkpoints?.generation ?? 0) < set.generation) this.parts.meta.put(NAME, JSON.stringify(set));
  }
}

/** Scores and bands, of the account's own scorecard and of those beside it. */
function served(
  { heldBand, heldBeside, rulesHeldBy }: Entry,
  state: FoldedAccount,
  { now, configAt }: Then,
): Pick<LiveAccount, "scores" | "band" | "sides" | "areRulesHad"> {
  const account = accountHealth(state, configAt);
  const health = account.at(now);
  const { score, computedScore, scoreBeforeCaps } = health;
  const sides = account.beside(now);
  const beside = holdBeside(heldBeside, sides, (side) => account.bandRules(now, side));
  return {
    scores: { score, computedScore, scoreBeforeCaps },
    band: { held: heldBand, shown: holdBand(heldBand, health, account.assignedAt(now).scorecard, account.bandRules(now)).band },
    sides: shownBeside(beside, sides).map((side) => ({
      scorecard: side.key,
      score: side.health.score,
      held: heldBeside.get(side.key) ?? null,
      shown: side.health.band,
    })),
    areRulesHad: areHad(rulesHeldBy, configAt),
  };
}

/** Of a row that cannot be read none: the others are compared, and what is served from it differs. */
function tailLines(entry: Entry, seq: number, journal: JournalStore): readonly TailLine[] {
  try {
    return [...partsOf(journal.read(seq), (number) => number === entry.number)].flatMap(({ held, lines }) =>
      lines.map(({ line, stamp, edge, late }) => ({ seq, edge: fromEdge(edge), late, held, line: toWholeLine(line, stamp) })),
    );
  } catch (error) {
    reportLine("journal_row_unreadable", { row: seq, error: String(error) });
    return [];
  }
}
