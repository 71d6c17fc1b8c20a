import { isOlder, originOf, toEdge, type EdgeRef } from "../account/edge.ts";
import { fold } from "../account/fold.ts";
import type { FoldedAccount } from "../account/folded.ts";
import { fromArchivedText } from "../account/journal-archive.ts";
import { fromLine, type Event } from "../event.ts";
import type { AccountMarks, DaySlice, TailLine } from "./messages.ts";

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

/** What is told of an event that was taken into a state. */
export type Taken = (event: Event, origin: string | undefined) => void;

/** Between which rows lines are taken, both excluded and included. */
export type Rows = { readonly afterSeq: number; readonly upTo: number };

/**
 * Takes an account's lines of one object of the archive into a state, those of `rows` that belong to it. Answers how many lines there are in all,
 * and tells each event that was taken.
 */
export function replayArchived(
  state: FoldedAccount,
  text: string,
  { rows, belonging, now, taken }: { rows: Rows; belonging: Belonging; now: number; taken: Taken },
): number {
  let lines = 0;
  for (const { seq, by, late, event } of fromArchivedText(text)) {
    lines++;
    if (seq <= rows.afterSeq || seq > rows.upTo || !belonging.has(seq, by)) continue;
    const origin = originOf(by);
    fold(state, event, now, late === true, origin);
    taken(event, origin);
  }
  // A long history opens many days; packed they take a twentieth.
  for (const day of state.days.values()) day.close();
  return lines;
}

/** The same for lines that the shard has told. */
export function replayTail(
  state: FoldedAccount,
  tail: readonly TailLine[],
  { afterSeq, belonging, now, taken }: { afterSeq: number; belonging: Belonging; now: number; taken?: Taken },
): void {
  for (const { seq, edge: packed, late, line } of tail) {
    const edge = toEdge(packed);
    if (seq <= afterSeq || !belonging.has(seq, edge)) continue;
    const event = fromLine(line);
    fold(state, event, now, late, originOf(edge));
    taken?.(event, originOf(edge));
  }
}

/** Leaves of a state nothing but these days, and what does not belong to a day. */
export function keepDays(state: FoldedAccount, days: DaySlice | null): void {
  if (days === null) return;
  for (const day of state.days.keys()) if (day < days.first || day > days.last) state.days.delete(day);
}
