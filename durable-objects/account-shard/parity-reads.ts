import { fromEdge } from "../../src/domain/account/edge.ts";
import { partsOf } from "../../src/domain/account/journal-row.ts";
import { toWholeLine } from "../../src/domain/event-line.ts";
import { isCustomer } from "../../src/domain/canary.ts";
import { accountHealth, onlyConfig } from "../../src/domain/health/account-health.ts";
import {
  parityAccountBytesMax,
  parityAccountsPerCallMax,
  parityCallBytesMax,
  parityTailLineBytes,
  parityTailRowsMax,
} from "../../src/domain/limits.ts";
import type { CheckpointSet, LiveAccount, LivePage, NotChecked, TailLine } from "../../src/domain/parity/messages.ts";
import type { AccountBook } from "./account-book.ts";
import type { ShardConfig } from "./config.ts";
import type { Entry } from "./entry.ts";
import type { JournalArchiving } from "./journal-archiving.ts";
import type { JournalStore } from "./journal-store.ts";
import type { MetaStore } from "./meta-store.ts";

const NAME = "checkpoints";

type Parts = {
  readonly book: AccountBook;
  readonly journal: JournalStore;
  readonly config: ShardConfig;
  readonly meta: MetaStore;
  readonly archiving: JournalArchiving;
  /** What the account shows may be of older code. */
  readonly isOutdated: (entry: Entry) => boolean;
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

  page(after: string | null, now: number): LivePage {
    const { book, config, archiving } = this.parts;
    const ids = [...book.byId.keys()].filter((id) => isCustomer(id) && (after === null || id > after)).sort();
    const { archivedSeq } = archiving;
    const accounts: LiveAccount[] = [];
    const notChecked: { id: string; why: NotChecked }[] = [];
    let bytes = 0;
    let looked = 0;
    for (const id of ids.slice(0, parityAccountsPerCallMax)) {
      if (bytes > parityCallBytesMax) break;
      looked++;
      const found = this.account(book.byId.get(id) as Entry, archivedSeq, now);
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
      accounts,
      notChecked,
      next: looked < ids.length ? (ids[looked - 1] ?? null) : null,
    };
  }

  private account(entry: Entry, archivedSeq: number, now: number): Found {
    const { book, config, isOutdated } = this.parts;
    if (entry.setAside !== null) return { why: "set_aside", bytes: 0 };
    if (entry.mergedInto !== null) return { why: "merged", bytes: 0 };
    if (isOutdated(entry)) return { why: "left", bytes: 0 };
    const pageBytes = book.storedBytes(entry);
    if (pageBytes > parityAccountBytesMax) return { why: "too_large", bytes: 0 };
    const { state } = book.loadForReading(entry, now);
    const stored = book.storedPages(entry);
    // Pages of other code say nothing: what is compared then is what the account is served from, its figures and scores.
    const pagedSeq = stored === "none" ? 0 : stored === "old" ? archivedSeq : stored.pagedSeq;
    const { tail, bytes } = this.tail(entry, Math.min(pagedSeq, archivedSeq), parityAccountBytesMax - pageBytes);
    if (tail === null) return { why: "too_large", bytes };
    const { score, computedScore, scoreBeforeCaps } = accountHealth(state, onlyConfig(config.active)).at(now);
    const account = {
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
      scores: { score, computedScore, scoreBeforeCaps },
    };
    return { account, bytes: pageBytes + bytes };
  }

  /** Null where it is more than `bytesMax`: the archive is far behind the account, or lacks a range before. `bytes`: of what was read of it. */
  private tail(entry: Entry, afterSeq: number, bytesMax: number): { tail: TailLine[] | null; bytes: number } {
    const { book, journal } = this.parts;
    const rows = book.refs(entry).filter(({ seq }) => seq > afterSeq);
    if (rows.length > parityTailRowsMax) return { tail: null, bytes: 0 };
    const tail: TailLine[] = [];
    let bytes = 0;
    for (const { seq } of rows) {
      for (const { held, lines } of partsOf(journal.read(seq), (number) => number === entry.number)) {
        for (const { line, stamp, edge, late } of lines) {
          const whole = toWholeLine(line, stamp);
          bytes += bytesSent(whole) + parityTailLineBytes;
          tail.push({ seq, edge: fromEdge(edge), late, held, line: whole });
        }
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
