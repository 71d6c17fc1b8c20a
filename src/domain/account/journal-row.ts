import type { Event } from "../event.ts";
import { journalRowCharsMax } from "../limits.ts";
import { fromStampLine, type Stamp, toStampLine } from "../stamp.ts";
import { fromEdge, toEdge, type EdgeRef, type PackedEdge } from "./edge.ts";

/**
 * Journal row: the fresh events of one call, of all its accounts, with the key by which each was resolved. Those of one account lie together.
 * `head` is JSON and small: which accounts, where their lines begin. `body` is a line of stamps (stamp.ts) and the event lines (event-line.ts),
 * joined by "\n".
 *
 * Rows of older code (layout 1: no `v` in the head, and the accounts' parts under another name) have no stamps; all their lines are whole.
 * Older code in its turn finds no parts in a row of layout 2 and fails, where it would else read nonsense.
 */
export type JournalRow = { readonly head: string; readonly body: string };
export type PackedRow = JournalRow & { readonly parts: readonly JournalPart[] };

/** One account's part of a row. */
export type JournalPart = {
  readonly account: number;
  /** Written while the account was set aside: in no state until it is folded again. */
  readonly held: boolean;
  readonly lines: number;
  readonly chars: number;
  /** Event times of its lines, epoch ms. */
  readonly from: number;
  readonly to: number;
  /** Which of its lines came late, by their position. */
  readonly late: readonly number[];
};

export type JournalHead = {
  readonly parts: readonly JournalPart[];
  readonly edges: readonly PackedEdge[];
  /** Runs of (edge, lines). */
  readonly edgeRuns: readonly number[];
  readonly watermarks: Readonly<Record<string, number>>;
};

export type JournalLine = {
  readonly line: string;
  /** Null: the line is whole. */
  readonly stamp: Stamp | null;
  readonly event: Event;
  readonly edge: EdgeRef;
  /** It came late: known only when it came, so it is kept with the line. */
  readonly late: boolean;
};
export type JournalEntry = { readonly account: number; readonly held: boolean; readonly lines: readonly JournalLine[] };

type PackedPart = readonly [account: number, held: 0 | 1, lines: number, chars: number, from: number, to: number, late?: readonly number[]];
const LAYOUT = 2;
type PackedHead = { v: typeof LAYOUT; a: PackedPart[]; k: PackedEdge[]; e: number[]; w: Readonly<Record<string, number>> };
/** Layout 1, without stamps. */
type OlderHead = Omit<PackedHead, "v" | "a"> & { v?: undefined; p: PackedPart[] };

const toPart = ([account, held, lines, chars, from, to, late = []]: PackedPart): JournalPart => ({
  account,
  held: held === 1,
  lines,
  chars,
  from,
  to,
  late,
});

/** Packs entries into as few rows as their text allows; usually one. */
export function packRows(entries: readonly JournalEntry[], watermarks: Readonly<Record<string, number>>): PackedRow[] {
  const rows: PackedRow[] = [];
  let open = new RowBuilder();
  for (const { account, held, lines } of entries) {
    let from = 0;
    while (from < lines.length) {
      from = open.take(account, held, lines, from);
      if (from < lines.length) {
        rows.push(open.finish(watermarks));
        open = new RowBuilder();
      }
    }
  }
  if (!open.isEmpty) rows.push(open.finish(watermarks));
  return rows;
}

/** Ids have 64 and 128 characters at most. */
const STAMP_CHARS_MAX = 300;
const RUN_CHARS_MAX = 16;

class RowBuilder {
  private readonly head: PackedHead = { v: LAYOUT, a: [], k: [], e: [], w: {} };
  /** By identity: lines of one call share their edges. */
  private readonly edgeIndex = new Map<EdgeRef, number>();
  private readonly lines: string[] = [];
  private readonly stamps: (Stamp | null)[] = [];
  private readonly distinct = new Set<Stamp | null>();
  /** Of the body, at most. */
  private chars = 0;

  get isEmpty(): boolean {
    return this.lines.length === 0;
  }

  /** Takes lines of one account from `start` on until the row is full; gives the index of the first one it did not take. */
  take(account: number, held: boolean, lines: readonly JournalLine[], start: number): number {
    let chars = 0;
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    const late: number[] = [];
    let index = start;
    for (; index < lines.length; index++) {
      const { line, stamp, event, edge, late: isLate } = lines[index] as JournalLine;
      if (!this.isEmpty && this.chars + line.length + STAMP_CHARS_MAX > journalRowCharsMax) break;
      this.lines.push(line);
      this.stamps.push(stamp);
      this.chars += line.length + 1 + this.charsOf(stamp);
      chars += line.length + 1;
      from = Math.min(from, event.occurredAt);
      to = Math.max(to, event.occurredAt);
      this.addEdge(edge);
      if (isLate) late.push(index - start);
    }
    const part = [account, held ? 1 : 0, index - start, chars, from, to] as const;
    if (index > start) this.head.a.push(late.length === 0 ? part : [...part, late]);
    return index;
  }

  private addEdge(edge: EdgeRef): void {
    const { k, e } = this.head;
    let index = this.edgeIndex.get(edge);
    if (index === undefined) this.edgeIndex.set(edge, (index = k.push(fromEdge(edge)) - 1));
    if (e.at(-2) === index) e[e.length - 1] = (e.at(-1) as number) + 1;
    else e.push(index, 1);
  }

  /** What a line's stamp adds to the line of stamps: itself where it is new, and its run. */
  private charsOf(stamp: Stamp | null): number {
    if (this.distinct.has(stamp)) return RUN_CHARS_MAX;
    this.distinct.add(stamp);
    return STAMP_CHARS_MAX;
  }

  finish(watermarks: Readonly<Record<string, number>>): PackedRow {
    return {
      head: JSON.stringify({ ...this.head, w: watermarks }),
      body: `${toStampLine(this.stamps)}\n${this.lines.join("\n")}`,
      parts: this.head.a.map(toPart),
    };
  }
}

type ReadHead = JournalHead & { readonly isStamped: boolean };

export function readHead(head: string): ReadHead {
  const packed = JSON.parse(head) as PackedHead | OlderHead;
  const { k, e, w } = packed;
  const parts = packed.v === LAYOUT ? packed.a : packed.p;
  return { parts: parts.map(toPart), edges: k, edgeRuns: e, watermarks: w, isStamped: packed.v === LAYOUT };
}

export type JournalText = Pick<JournalLine, "line" | "stamp" | "edge" | "late">;

/** Lines of one account in a row, in the order in which they were taken in. */
export function linesOf(row: JournalRow, account: number): { held: boolean; lines: JournalText[] } {
  let held = false;
  const lines: JournalText[] = [];
  for (const part of partsOf(row, (one) => one === account)) {
    held = part.held;
    for (const line of part.lines) lines.push(line);
  }
  return { held, lines };
}

/**
 * The parts of a row that are wanted, in order, each with its lines.
 *
 * @param isWanted by the account, by its event times, or by the text of its lines, which is cut out of the row when it is asked for
 */
export function* partsOf(
  row: JournalRow,
  isWanted: (account: number, part: JournalPart, text: () => string) => boolean,
): Generator<{ readonly account: number; readonly held: boolean; readonly lines: readonly JournalText[] }> {
  const head = readHead(row.head);
  const edges = new EdgeRuns(head);
  let charAt = head.isStamped ? row.body.indexOf("\n") + 1 : 0;
  const stamps = head.isStamped ? fromStampLine(row.body.slice(0, charAt)) : [];
  let lineAt = 0;
  for (const part of head.parts) {
    const { account, held, chars, late, lines: count } = part;
    const from = charAt;
    const text = (): string => {
      // Cut off between two lines, what is left would look whole.
      if (row.body.length < from + chars - 1) throw new RangeError("a journal row ends before its lines do");
      return row.body.slice(from, from + chars - 1);
    };
    if (isWanted(account, part, text)) {
      const isLate = new Set(late);
      const texts = text().split("\n");
      const first = lineAt;
      yield {
        account,
        held,
        lines: texts.map((line, i) => ({ line, stamp: stamps[first + i] ?? null, edge: edges.next(), late: isLate.has(i) })),
      };
    } else edges.skip(count);
    charAt += chars;
    lineAt += count;
  }
}

/** Edges of the lines of a row, one after the other: each is made once for its run. */
class EdgeRuns {
  private readonly head: JournalHead;
  private at = -2;
  private left = 0;
  private edge: EdgeRef | null = null;

  constructor(head: JournalHead) {
    this.head = head;
  }

  next(): EdgeRef {
    this.skip(1);
    const { edges, edgeRuns } = this.head;
    return (this.edge ??= toEdge(edges[edgeRuns[this.at] as number] as PackedEdge));
  }

  skip(lines: number): void {
    for (let rest = lines; rest > 0;) {
      if (this.left === 0) this.enterRun();
      const taken = Math.min(rest, this.left);
      this.left -= taken;
      rest -= taken;
    }
  }

  private enterRun(): void {
    this.at += 2;
    const lines = this.head.edgeRuns[this.at + 1];
    if (lines === undefined) throw new RangeError("a journal row has more lines than edges");
    this.left = lines;
    this.edge = null;
  }
}
