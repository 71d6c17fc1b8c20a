import { originOf, type EdgeRef } from "../../src/domain/account/edge.ts";
import type { JournalRef } from "../../src/domain/account/journal-index.ts";
import { type JournalText, linesOf } from "../../src/domain/account/journal-row.ts";
import type { Event } from "../../src/domain/event.ts";
import { readLine } from "../../src/domain/event-line.ts";
import { refoldLinesPerCheckpoint, refoldLinesPerStep, refoldRowsPerStep, refoldWaitMs } from "../../src/domain/limits.ts";
import type { Entry, Loaded } from "./entry.ts";
import type { JournalStore } from "./journal-store.ts";

export type StepBounds = { readonly linesPerStep: number; readonly rowsPerStep: number };

/** How much one step may look at, after how many lines what was made is stored, and how long (wall) whoever asked waits for the end. */
export type RefoldBounds = StepBounds & { readonly linesPerCheckpoint: number; readonly waitMs: number };

export const refoldBounds: RefoldBounds = {
  linesPerStep: refoldLinesPerStep,
  rowsPerStep: refoldRowsPerStep,
  linesPerCheckpoint: refoldLinesPerCheckpoint,
  waitMs: refoldWaitMs,
};

/** `leaves`: lines by these edges are left out, and counted. `isTolerant`: what cannot be read or folded is passed over and noted, else thrown. */
export type RebuildOptions = { readonly leaves?: (edge: EdgeRef) => boolean; readonly isTolerant?: boolean };

/** How far a rebuild has come: the line that is next, how many were left out, and what could not be taken in first. */
export type Progress = { readonly seq: number; readonly line: number; readonly left: number; readonly error: string | null };

export type HowTaken = { readonly late: boolean; readonly origin: string | undefined; readonly now: number };

type Parts = {
  readonly entry: Entry;
  readonly journal: JournalStore;
  readonly loaded: Loaded;
  /** Under which number its pages lie. */
  readonly place: { number: number };
  /** Every row with events of the account, oldest first, as of now. */
  readonly refs: () => readonly JournalRef[];
  /** Takes an event into the account that is made. */
  readonly take: (loaded: Loaded, event: Event, how: HowTaken) => void;
};

/**
 * An account on the way of being made anew from its whole journal, held events included, without what it has given back.
 *
 * It goes in steps and may rest between them: what the account takes in meanwhile is read with the rest.
 */
export class Rebuild {
  readonly entry: Entry;
  readonly loaded: Loaded;
  readonly place: { number: number };
  /** Its pages lie beside those of the account, as of the last checkpoint. */
  isStored = false;
  /** Lines since then. */
  unstoredLines = 0;
  private readonly parts: Parts;
  private readonly options: RebuildOptions;
  private at: { seq: number; line: number };
  private leftLines: number;
  private firstError: string | null;
  private refs: readonly JournalRef[] = [];
  private nextRef = 0;

  constructor(parts: Parts, options: RebuildOptions, from: Progress | null) {
    this.parts = parts;
    this.entry = parts.entry;
    this.loaded = parts.loaded;
    this.place = parts.place;
    this.options = options;
    this.at = from === null ? { seq: 0, line: 0 } : { seq: from.seq, line: from.line };
    this.leftLines = from?.left ?? 0;
    this.firstError = from?.error ?? null;
  }

  get progress(): Progress {
    return { ...this.at, left: this.leftLines, error: this.firstError };
  }

  /** How many lines were left out. */
  get left(): number {
    return this.leftLines;
  }

  /** The first thing that could not be taken in. */
  get error(): string | null {
    return this.firstError;
  }

  /** Whether one step does it all. */
  fits({ linesPerStep, rowsPerStep }: StepBounds): boolean {
    const refs = this.parts.refs();
    return refs.length <= rowsPerStep && refs.reduce((sum, { lines }) => sum + lines, 0) <= linesPerStep;
  }

  /** One step; gives whether the account is made as of now, and how many lines were looked at. */
  step(bounds: StepBounds, now: number): { readonly isDone: boolean; readonly lines: number } {
    let lines = 0;
    for (let rows = 0; ; rows++) {
      const ref = this.ref();
      if (ref === undefined) return { isDone: true, lines };
      if (rows >= bounds.rowsPerStep || lines >= bounds.linesPerStep) return { isDone: false, lines };
      lines += this.takeFrom(ref, bounds.linesPerStep - lines, now);
    }
  }

  /** All that is left, in one go. */
  run(now: number): this {
    this.step({ linesPerStep: Infinity, rowsPerStep: Infinity }, now);
    return this;
  }

  /** The row that is next. Those that came since are looked for once all known ones have been read. */
  private ref(): JournalRef | undefined {
    if (this.nextRef >= this.refs.length) {
      this.refs = this.parts.refs().filter(({ seq }) => seq >= this.at.seq);
      this.nextRef = 0;
    }
    return this.refs[this.nextRef];
  }

  private takeFrom({ seq }: JournalRef, linesMax: number, now: number): number {
    const texts = this.read(seq);
    const from = seq === this.at.seq ? this.at.line : 0;
    const to = Math.min(texts.length, from + linesMax);
    for (let line = from; line < to; line++) this.take(texts[line] as JournalText, now);
    if (to < texts.length) this.at = { seq, line: to };
    else {
      this.at = { seq: seq + 1, line: 0 };
      this.nextRef++;
    }
    this.unstoredLines += to - from;
    return to - from;
  }

  private read(seq: number): readonly JournalText[] {
    return this.attempt(() => linesOf(this.parts.journal.read(seq), this.entry.number).lines) ?? [];
  }

  private take({ line, stamp, edge, late }: JournalText, now: number): void {
    if (this.entry.hasReleased(edge)) return;
    if (this.options.leaves?.(edge) === true) this.leftLines++;
    else this.attempt(() => this.parts.take(this.loaded, readLine(line, stamp), { late, origin: originOf(edge), now }));
  }

  private attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (this.options.isTolerant !== true) throw error;
      this.firstError ??= String(error);
      return undefined;
    }
  }
}
