import { fromEdge } from "../../src/domain/account/edge.ts";
import { partsOf } from "../../src/domain/account/journal-row.ts";
import { toWholeLine } from "../../src/domain/event-line.ts";
import { isCustomer } from "../../src/domain/canary.ts";
import { accountHealth, onlyConfig } from "../../src/domain/health/account-health.ts";
import { parityAccountBytesMax, parityAccountsPerCallMax, parityCallBytesMax } from "../../src/domain/limits.ts";
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
};

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
      if (typeof found === "string") notChecked.push({ id, why: found });
      else {
        accounts.push(found.account);
        bytes += found.bytes;
      }
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

  private account(entry: Entry, archivedSeq: number, now: number): NotChecked | { account: LiveAccount; bytes: number } {
    const { book, config } = this.parts;
    if (entry.setAside !== null) return "set_aside";
    if (entry.mergedInto !== null) return "merged";
    if (book.storedBytes(entry) > parityAccountBytesMax) return "too_large";
    const { state } = book.loadForReading(entry, now);
    const stored = book.storedPages(entry);
    // Pages of other code say nothing: what is compared then is what the account is served from, its figures and scores.
    const pagedSeq = stored === "none" ? 0 : stored === "old" ? archivedSeq : stored.pagedSeq;
    const tail = this.tail(entry, Math.min(pagedSeq, archivedSeq));
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
    return { account, bytes: book.storedBytes(entry) + tail.reduce((sum, { line }) => sum + line.length, 0) };
  }

  private tail(entry: Entry, afterSeq: number): TailLine[] {
    const { book, journal } = this.parts;
    return book
      .refs(entry)
      .filter(({ seq }) => seq > afterSeq)
      .flatMap(({ seq }) =>
        [...partsOf(journal.read(seq), (number) => number === entry.number)].flatMap(({ held, lines }) =>
          lines.map(({ line, stamp, edge, late }) => ({ seq, edge: fromEdge(edge), late, held, line: toWholeLine(line, stamp) })),
        ),
      );
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
