import type { Event } from "../event.ts";
import { commentIdsPerTicketMax, commentTwinMs } from "../limits.ts";
import { MINUTE_MS } from "../time.ts";
import type { FoldedTicket } from "./folded.ts";

/**
 * One public comment of a ticket, as one event told of it. `at`: the minute by the vendor's clock, epoch ms; null in records of older code,
 * which kept ids alone. `id` null: the event bore none. `author`: who wrote it, as far as told.
 */
export type CommentSeen = { readonly at: number | null; readonly id: string | null; readonly author: string | null };
/** `counted`: those that are remembered no more. */
export type Comments = { readonly counted: number; readonly seen: readonly CommentSeen[] };

/**
 * Counts a public comment once, however many events tell of it: a subscription's event bears the comment's id, a trigger's body that a person
 * wrote bears none, and one comment may fire several triggers. So those with one id are one; those without an id are one where author and
 * minute are the same, and are taken for one with an id that was told of within `commentTwinMs`, by nobody else. Whatever the order, as
 * long as the ticket has no more comments than are remembered.
 *
 * A sender of native events tells of each comment once, under the id of its event.
 */
export function comment(ticket: FoldedTicket, { data, occurredAt, connector, id }: Event): void {
  const told = typeof data["commentId"] === "string" ? data["commentId"] : connector === "native" ? `event:${id}` : null;
  const seen = { at: Math.floor(occurredAt / MINUTE_MS) * MINUTE_MS, id: told, author: authorOf(data["author"]) };
  const known = knownOf(ticket);
  if (known.seen.some((one) => isSame(one, seen))) return;
  const all = [...known.seen, seen];
  const gone = all.slice(0, Math.max(0, all.length - commentIdsPerTicketMax));
  ticket.comments = { counted: known.counted + countOf(gone), seen: all.slice(gone.length) };
  delete ticket.commentIds;
  ticket.publicComments = ticket.comments.counted + countOf(ticket.comments.seen);
}

/** Records of older code kept ids alone, and how many there were with those that had none. */
function knownOf({ comments, commentIds = [], publicComments }: FoldedTicket): Comments {
  return comments ?? { counted: publicComments - commentIds.length, seen: commentIds.map((one) => ({ at: null, id: one, author: null })) };
}

/** Nothing new. */
const isSame = (a: CommentSeen, b: CommentSeen): boolean => a.at === b.at && a.id === b.id && a.author === b.author;

function countOf(seen: readonly CommentSeen[]): number {
  const named = seen.filter(({ id }) => id !== null);
  const ids = new Set(named.map(({ id }) => id)).size;
  return ids + seen.filter((one) => one.id === null && !named.some((other) => isTwin(one, other))).length;
}

const isTwin = (one: CommentSeen, other: CommentSeen): boolean =>
  one.at !== null &&
  other.at !== null &&
  Math.abs(one.at - other.at) <= commentTwinMs &&
  (one.author === null || other.author === null || one.author === other.author);

/** A trigger's body has text, a subscription's event an object. */
function authorOf(told: unknown): string | null {
  if (typeof told === "string") return told.trim().toLowerCase() || null;
  const id = typeof told === "object" && told !== null ? (told as { id?: unknown }).id : undefined;
  return typeof id === "string" || typeof id === "number" ? String(id) : null;
}
