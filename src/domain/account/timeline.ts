import type { Event } from "../event.ts";
import { firstDeliveryOf } from "../intake/dead-letter.ts";
import type { JournalRef } from "./journal-index.ts";
import type { TimelineEntry } from "./messages.ts";

/** Where a page of the timeline ended: later ones come strictly after it in the order (time, row, line), newest first. */
export type TimelineCursor = { readonly at: number; readonly seq: number; readonly line: number };

export const toCursor = ({ at, seq, line }: TimelineCursor): string => `${at}.${seq}.${line}`;

/** Null for anything that `toCursor` has not written. */
export function fromCursor(text: string): TimelineCursor | null {
  const parts = /^(-?\d{1,16})\.(\d{1,16})\.(\d{1,9})$/.exec(text);
  return parts === null ? null : { at: Number(parts[1]), seq: Number(parts[2]), line: Number(parts[3]) };
}

/** Newest first. */
export const compareCursors = (a: TimelineCursor, b: TimelineCursor): number => b.at - a.at || b.seq - a.seq || b.line - a.line;

export type TimelineLine = TimelineCursor & { readonly event: Event; readonly held: boolean; readonly restated: boolean };
export type TimelineQuery = {
  readonly limit: number;
  readonly before: TimelineCursor | null;
  readonly from?: number;
  readonly accepts: (event: Event) => boolean;
};

/**
 * Events of an account by their own time, newest first, though the journal is in the order of arrival: rows are read by their newest event,
 * until no unread row can hold anything newer than what was found.
 *
 * @param rowsMax rows after which a page ends early, with a cursor where nothing was missed, if it has come any further
 */
export function readTimeline(
  refs: readonly JournalRef[],
  read: (ref: JournalRef) => readonly TimelineLine[],
  { limit, before, from, accepts }: TimelineQuery,
  rowsMax: number,
): { items: readonly TimelineLine[]; next: TimelineCursor | null } {
  const rows = refs
    .filter((ref) => (before === null || ref.from <= before.at) && (from === undefined || ref.to >= from))
    .sort((a, b) => b.to - a.to || b.seq - a.seq);
  let found: TimelineLine[] = [];
  let index = 0;
  for (; index < rows.length; index++) {
    const ref = rows[index] as JournalRef;
    // Enough read, and a cursor from here comes further than the last one: rows that span long times cannot stop a reader for good.
    if (index >= rowsMax && ref.to < Math.max(before?.at ?? Number.POSITIVE_INFINITY, found[0]?.at ?? Number.NEGATIVE_INFINITY)) break;
    if (found.length > limit && ref.to < (found[limit] as TimelineLine).at) break;
    const fresh = read(ref).filter(
      (line) => (before === null || compareCursors(before, line) < 0) && (from === undefined || line.at >= from) && accepts(line.event),
    );
    if (fresh.length === 0) continue;
    found = [...found, ...fresh].sort(compareCursors).slice(0, limit + 1);
  }
  const unread = rows[index];
  // What is older than an unread row's newest event may have something missing before it.
  const sure = unread === undefined ? found : found.filter(({ at }) => at > unread.to);
  const items = sure.slice(0, limit);
  const last = items.at(-1);
  if (sure.length > limit && last !== undefined) return { items, next: last };
  return { items, next: unread === undefined ? null : { at: unread.to, seq: Number.MAX_SAFE_INTEGER, line: 0 } };
}

export const toTimelineEntry = ({ event, held, restated }: TimelineLine): TimelineEntry => ({
  id: event.id,
  type: event.type,
  occurredAt: event.occurredAt,
  receivedAt: event.receivedAt,
  connectionId: event.connectionId,
  connector: event.connector,
  userId: event.user?.id ?? null,
  userName: event.user?.name ?? event.user?.email ?? null,
  data: event.data,
  outcome: held ? "held" : "applied",
  restated,
  deliveryId: firstDeliveryOf(event),
});
