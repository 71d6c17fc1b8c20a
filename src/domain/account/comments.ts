import type { Event } from "../event.ts";
import { commentsSeenPerTicketMax, commentTwinMs } from "../limits.ts";
import { byText } from "../text-order.ts";
import { MINUTE_MS } from "../time.ts";
import type { FoldedTicket } from "./folded.ts";

/**
 * One public comment of a ticket, as one event told of it. `at`: the minute by the vendor's clock, epoch ms. `id` null: the event bore none. `author`: who wrote it, as far as told. `isCounted`: what told of it with an id is
 * remembered no more, and counted.
 */
export type CommentSeen = {
  readonly at: number;
  readonly id: string | null;
  readonly author: string | null;
  readonly isCounted?: true;
};
/** `counted`: those that are remembered no more. `seen`: oldest first by the vendor's clock, at most `commentsSeenPerTicketMax`. */
export type Comments = { readonly counted: number; readonly seen: readonly CommentSeen[] };

/**
 * Counts a public comment once, however many events tell of it: a subscription's event bears the comment's id, a trigger's body that a person
 * wrote bears none, and one comment may fire several triggers. So those with one id are one; those without an id are one where author and
 * minute are the same, and are taken for one with an id that was told of within `commentTwinMs`, by nobody else.
 *
 * In any order the same is remembered: the latest by the vendor's clock. What is forgotten stays counted, once as well, unless something
 * tells of that comment anew: it comes so late that more than are remembered are younger, and counts again.
 *
 * A sender of native events tells of each comment once, under the id of its event.
 */
export function comment(ticket: FoldedTicket, { data, occurredAt, connector, id }: Event): void {
  const told = typeof data["commentId"] === "string" ? data["commentId"] : connector === "native" ? `event:${id}` : null;
  const seen = { at: Math.floor(occurredAt / MINUTE_MS) * MINUTE_MS, id: told, author: authorOf(data["author"]) };
  // Of a ticket that older code stored the number alone is known, until its account has been folded again.
  const known = ticket.comments ?? { counted: ticket.publicComments, seen: [] };
  if (known.seen.some((one) => isSame(one, seen))) return;
  let comments: Comments = { ...known, seen: [...known.seen, seen].sort(compare) };
  while (comments.seen.length > commentsSeenPerTicketMax) comments = withoutOldest(comments);
  ticket.comments = comments;
  ticket.publicComments = comments.counted + countOf(comments.seen);
}

/** The number of comments stays: what is counted with the oldest is not counted with what is left. */
function withoutOldest({ counted, seen: [oldest, ...rest] }: Comments): Comments {
  if (oldest === undefined) return { counted, seen: rest };
  const isToldAgain = oldest.id === null ? oldest.isCounted === true || hasTwin(oldest, rest) : rest.some(({ id }) => id === oldest.id);
  const left = oldest.id === null ? rest : rest.map((one): CommentSeen => (isTwin(one, oldest) ? { ...one, isCounted: true } : one));
  return { counted: counted + (isToldAgain ? 0 : 1), seen: left };
}

/** Nothing new. */
const isSame = (a: CommentSeen, b: CommentSeen): boolean => a.at === b.at && a.id === b.id && a.author === b.author;

/** By time, then in a fixed order: which one arrived first must not be seen. */
const compare = (a: CommentSeen, b: CommentSeen): number =>
  a.at - b.at || byText(a.id ?? "", b.id ?? "") || byText(a.author ?? "", b.author ?? "");

function countOf(seen: readonly CommentSeen[]): number {
  const ids = new Set(seen.flatMap(({ id }) => id ?? [])).size;
  return ids + seen.filter((one) => one.id === null && one.isCounted !== true && !hasTwin(one, seen)).length;
}

const hasTwin = (one: CommentSeen, others: readonly CommentSeen[]): boolean => others.some((other) => isTwin(one, other));

/** Whether one without an id tells of the same comment as another with an id. */
const isTwin = (one: CommentSeen, other: CommentSeen): boolean =>
  one.id === null &&
  other.id !== null &&
  Math.abs(one.at - other.at) <= commentTwinMs &&
  (one.author === null || other.author === null || one.author === other.author);

/** A trigger's body has text, a subscription's event an object. */
function authorOf(told: unknown): string | null {
  if (typeof told === "string") return told.trim().toLowerCase() || null;
  const id = typeof told === "object" && told !== null ? (told as { id?: unknown }).id : undefined;
  return typeof id === "string" || typeof id === "number" ? String(id) : null;
}
