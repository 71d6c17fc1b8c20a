import { conversationAsTicket } from "./conversation-ticket.ts";
import { type AccountState, type TicketPriority, type TicketRecord, type TicketTransition, isOpenStatus } from "../account/state.ts";
import { businessMsBetween } from "../calendar/business-clock.ts";
import type { Calendar } from "../config/calendar.ts";
import { tellersOfTicket } from "../account/record-tellers.ts";
import { DAY_MS, dayOf } from "../time.ts";
import type { ReadingClock } from "./reading-clock.ts";

/** What the support measures read: the account's tickets and conversations, each as it stood at its `at`, the instant up to which who told of it is known. */
export type SupportFacts = {
  /** When the first ticket was made (or first seen). */
  readonly firstAt: number;
  /** Newest change of a ticket. */
  readonly newestAt: number;
  readonly open: readonly {
    readonly since: number;
    readonly at: number;
    readonly priority: TicketPriority | null;
    readonly people: readonly string[];
  }[];
  /** Business time to the last solving, of tickets for which that lies in the `days` days before their `at` and which were not opened again since. */
  readonly resolutionsMs: (days: number, calendar: Calendar) => readonly number[];
  /** Tickets solved, and tickets reopened, at least once in the `days` days before their `at`. */
  readonly reopens: (days: number) => { readonly solved: number; readonly reopened: number };
  readonly ratings: (days: number) => { readonly good: number; readonly rated: number };
  /** Tickets made in `days` whole UTC days, the last of which is so many days before that of their `at`. */
  readonly created: (daysAgo: number, days: number) => number;
  /** Of the tickets made in the `days` days before their `at`: how many there are, how many are high or urgent, how many became so only later. */
  readonly severity: (days: number) => { readonly created: number; readonly severe: number; readonly escalated: number };
};

/** Tickets, and conversations seen as tickets. */
export const supportRecords = (state: AccountState): readonly TicketRecord[] => [
  ...state.tickets.values(),
  ...[...(state.records.get("conversation")?.values() ?? [])].map(conversationAsTicket),
];

type Ticket = { readonly ticket: TicketRecord; readonly since: number; readonly at: number };
const within = (instant: number, { at }: Ticket, days: number): boolean => instant <= at && instant > at - days * DAY_MS;

/** Null when no ticket had been seen by then. */
export function supportFacts(records: readonly TicketRecord[], clock: ReadingClock): SupportFacts | null {
  const tickets: Ticket[] = [];
  let firstAt = Infinity;
  let newestAt = -Infinity;
  for (const ticket of records) {
    const since = beganAt(ticket);
    const at = clock.of(() => tellersOfTicket(ticket));
    if (since === null || since > at) continue;
    tickets.push({ ticket, since, at });
    firstAt = Math.min(firstAt, since);
    newestAt = Math.max(newestAt, newestFact(ticket, since, at));
  }
  if (tickets.length === 0) return null;
  return {
    firstAt,
    newestAt,
    open: tickets
      .filter(({ ticket, at }) => wasOpen(ticket, at))
      .map(({ ticket, since, at }) => ({ since, at, priority: priorityAt(ticket, at), people: ticket.people })),
    resolutionsMs: (days, calendar) =>
      tickets.flatMap((one) => {
        const { ticket, at } = one;
        const solvedAt = lastSolvedAt(ticket, at);
        if (ticket.createdAt === null || solvedAt === null || !within(solvedAt, one, days)) return [];
        return [Math.max(0, businessMsBetween(ticket.createdAt, solvedAt, calendar))];
      }),
    reopens: (days) => {
      const stepped = (kind: TicketTransition["kind"]): number =>
        tickets.filter((one) => one.ticket.transitions.some((step) => step.kind === kind && within(step.at, one, days))).length;
      return { solved: stepped("solved"), reopened: stepped("reopened") };
    },
    ratings: (days) => {
      const rated = tickets.filter((one) => one.ticket.rating !== null && within(one.ticket.rating.at, one, days));
      return { good: rated.filter(({ ticket }) => ticket.rating?.score === "good").length, rated: rated.length };
    },
    created: (daysAgo, days) =>
      tickets.filter(({ ticket, at }) => {
        const ago = ticket.createdAt === null ? -1 : dayOf(at) - dayOf(ticket.createdAt);
        return ago >= daysAgo && ago < daysAgo + days;
      }).length,
    severity: (days) => {
      const made = tickets.filter((one) => within(one.since, one, days));
      const severe = made.filter(({ ticket, at }) => isSevere(priorityAt(ticket, at)));
      return {
        created: made.length,
        severe: severe.length,
        escalated: severe.filter(({ ticket }) => !isSevere(firstPriority(ticket))).length,
      };
    },
  };
}

/** Its creation, else when it was first heard of: a ticket may be known by changes alone. */
function beganAt({ createdAt, transitions, observations }: TicketRecord): number | null {
  if (createdAt !== null) return createdAt;
  const first = Math.min(transitions[0]?.at ?? Infinity, observations[0]?.at ?? Infinity);
  return Number.isFinite(first) ? first : null;
}

/** The status that was last seen decides: that a ticket was deleted, or is there again, is no transition. Without a status transitions do. */
function wasOpen(ticket: TicketRecord, at: number): boolean {
  const seen = ticket.observations.findLast((one) => one.at <= at && one.status !== undefined);
  const last = ticket.transitions.findLast((step) => step.at <= at);
  if (seen?.status !== undefined && seen.at >= (last?.at ?? -Infinity)) return isOpenStatus(seen.status);
  return last?.kind === "created" || last?.kind === "reopened";
}

/** Before anybody has told one, the first that was told. */
function priorityAt(ticket: TicketRecord, at: number): TicketPriority | null {
  const seen = ticket.observations.findLast(({ at: seenAt, priority }) => seenAt <= at && priority !== undefined);
  return seen === undefined ? firstPriority(ticket) : (seen.priority ?? null);
}

const isSevere = (priority: TicketPriority | null): boolean => priority === "high" || priority === "urgent";
const firstPriority = (ticket: TicketRecord): TicketPriority | null =>
  ticket.observations.find(({ priority }) => priority !== undefined)?.priority ?? null;

function lastSolvedAt(ticket: TicketRecord, at: number): number | null {
  const last = ticket.transitions.findLast((step) => step.at <= at && step.kind !== "closed");
  return last?.kind === "solved" ? last.at : null;
}

function newestFact(ticket: TicketRecord, since: number, at: number): number {
  if (ticket.updatedAt <= at) return Math.max(since, ticket.updatedAt);
  return ticket.transitions.findLast((step) => step.at <= at)?.at ?? since;
}
