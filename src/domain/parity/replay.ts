import { isOlder, originOf, toEdge, type EdgeRef } from "../account/edge.ts";
import { fold } from "../account/fold.ts";
import type { FoldedAccount } from "../account/folded.ts";
import { fromArchivedText } from "../account/journal-archive.ts";
import { fromLine, type Event } from "../event.ts";
import type { AccountMarks, TailLine } from "./messages.ts";

/** What has left the account is no part of it: the same rule by which the account itself is folded again. */
export class Belonging {
  private readonly released: ReadonlyMap<string, number>;
  private readonly leftSeq: number;

  constructor({ released, leftSeq }: AccountMarks) {
    this.released = new Map(released);
    this.leftSeq = leftSeq;
  }

  has(seq: number, edge: EdgeRef): boolean {
    return seq > this.leftSeq && (this.released.size === 0 || !isOlder(edge, (key) => this.released.get(key) ?? 0));
  }
}

/** Between which rows lines are taken, both excluded and included. */
export type Rows = { readonly afterSeq: number; readonly upTo: number };

/**
 * Takes an account's lines of one object of the archive into a state, those of `rows` that belong to it. Answers how many lines there are in all,
 * and tells each event that was taken.
 */
export function replayArchived(
  state: FoldedAccount,
  text: string,
  { rows, belonging, now, taken }: { rows: Rows; belonging: Belonging; now: number; taken: (event: Event) => void },
): number {
  let lines = 0;
  for (const { seq, by, late, event } of fromArchivedText(text)) {
    lines++;
    if (seq <= rows.afterSeq || seq > rows.upTo || !belonging.has(seq, by)) continue;
    fold(state, event, now, late === true, originOf(by));
    taken(event);
  }
  // A long history opens many days; packed they take a twentieth.
  for (const day of state.days.values()) day.close();
  return lines;
}

/** The same for lines that the shard has told. */
export function replayTail(
  state: FoldedAccount,
  tail: readonly TailLine[],
  { afterSeq, belonging, now }: { afterSeq: number; belonging: Belonging; now: number },
): void {
  for (const { seq, edge: packed, late, line } of tail) {
    const edge = toEdge(packed);
    if (seq > afterSeq && belonging.has(seq, edge)) fold(state, fromLine(line), now, late, originOf(edge));
  }
}
