import { linesOf } from "../../src/domain/account/journal-row.ts";
import type { ReadFailure } from "../../src/domain/account/messages.ts";
import type { TimelineLine } from "../../src/domain/account/timeline.ts";
import { readLine } from "../../src/domain/event-line.ts";
import type { AccountBook } from "./account-book.ts";
import type { Entry } from "./entry.ts";
import type { JournalStore } from "./journal-store.ts";

/** What all reads of an account share. */

export const invalid = (field: string, detail: string): ReadFailure => ({ failure: "invalid", field, detail });

/** Looks at an account, unless there is none or it was merged into another. */
export function readEntry<T>(book: AccountBook, accountId: string, read: (entry: Entry) => T | ReadFailure): T | ReadFailure {
  const entry = book.byId.get(accountId);
  if (entry === undefined) return { failure: "not_found" };
  return entry.mergedInto === null ? read(entry) : { failure: "moved", to: entry.mergedInto };
}

/** Events of the account in one row of the journal, without those that it has given back. */
export function timelineLines(entry: Entry, seq: number, journal: JournalStore): TimelineLine[] {
  const heldFrom = entry.setAside?.fromSeq ?? Number.POSITIVE_INFINITY;
  const { held, lines } = linesOf(journal.read(seq), entry.number);
  return lines.flatMap(({ line, stamp, edge, late }, index) => {
    if (entry.hasReleased(edge)) return [];
    const event = readLine(line, stamp);
    return [{ at: event.occurredAt, seq, line: index, event, held: held && seq >= heldFrom, restated: late }];
  });
}
