import { conversationAsTicket } from "./conversation-ticket.ts";
import { type AccountState, type TicketPriority, type TicketRecord, isOpenStatus } from "../account/state.ts";
import { businessMsBetween } from "../calendar/business-clock.ts";
import type { Calendar } from "../config/calendar.ts";
import { DAY_MS, dayOf } from "../time.ts";

/** What the support measures read: the account's tickets and conversations as they stood at one instant. */
export type SupportFacts = {
  readonly at: number;
  /** When the first ticket was made (or first seen). */
  readonly firstAt: number;
  /** Newest change of a ticket up to `at`. */
  readonly newestAt: number;
  readonly open: readonly { readonly since: number; readonly priority: TicketPriority | null; readonly people: readonly string[] }[];
  /** Business time to the last solving, of tickets for which that lies in the `days` days before `at` and which were not opened again since. */
  readonly resolutionsMs: (days: number, calendar: Calendar) => readonly number[];
  /** Tickets solved, and tickets reopened, at least once in the `days` days before `at`. */
  readonly reopens: (days: number) => { readonly solved: number; readonly reopened: number };
  readonly ratings: (days: number) => { readonly good: number; readonly rated: number };
  /** Tickets made in the `days` whole UTC days that end with `lastDay`. */
  readonly created: (lastDay: number, days: number) => number;
  /** Of the tickets made in the `days` days before `at`: how many there are, how many are high or urgent, how many became so only later. */
  readonly severity: (days: number) => { readonly created: number; readonly severe: number; readonly escalated: number };
};

/** Tickets, and conversations seen as tickets. */
export const supportRecords = (state: AccountState): readonly TicketRecord[] => [
  ...state.tickets.values(),
  ...[...(state.records.get("conversation")?.values() ?? [])].map(conversationAsTicket),
];

/** Null when no ticket had been seen by then. */
export function supportFacts(records: readonly TicketRecord[], at: number): SupportFacts | null {
  const tickets: { readonly ticket: TicketRecord; readonly since: number }[] = [];
  let firstAt = Infinity;
  let newestAt = -Infinity;
  for (const ticket of records) {
    const since = beganAt(ticket);
    if (since === null || since > at) continue;
    tickets.push({ ticket, since });
    firstAt = Math.min(firstAt, since);
    newestAt = Math.max(newestAt, newestFact(ticket, since, at));
  }
  if (tickets.length === 0) return null;
  const within = (instant: number, days: number): boolean => instant <= at && instant > at - days * DAY_MS;
  return {
    at,
    firstAt,
    newestAt,
    open: tickets
      .filter(({ ticket }) => wasOpen(ticket, at))
      .map(({ ticket, since }) => ({ since, priority: priorityAt(ticket, at), people: ticket.people })),
    resolutionsMs: (days, calendar) =>
      tickets.flatMap(({ ticket }) => {
        const solvedAt = lastSolvedAt(ticket, at);
        if (ticket.createdAt === null || solvedAt === null || !within(solvedAt, days)) return [];
        return [Math.max(0, businessMsBetween(ticket.createdAt, solvedAt, calendar))];
      }),
    reopens: (days) => ({
      solved: tickets.filter(({ ticket }) => ticket.transitions.some((step) => step.kind === "solved" && within(step.at, days))).length,
      reopened: tickets.filter(({ ticket }) => ticket.transitions.some((step) => step.kind === "reopened" && within(step.at, days))).length,
    }),
    ratings: (days) => {
      const rated = tickets.filter(({ ticket }) => ticket.rating !== null && within(ticket.rating.at, days));
      return { good: rated.filter(({ ticket }) => ticket.rating?.score === "good").length, rated: rated.length };
    },
    created: (lastDay, days) =>
      tickets.filter(
        ({ ticket }) => ticket.createdAt !== null && dayOf(ticket.createdAt) <= lastDay && dayOf(ticket.createdAt) > lastDay - days,
      ).length,
    severity: (days) => {
      const made = tickets.filter(({ since }) => within(since, days));
      const severe = made.filter(({ ticket }) => isSevere(priorityAt(ticket, at)));
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
