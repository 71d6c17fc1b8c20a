import type { Event } from "../event.ts";
import { eventAheadMaxMs, observationsPerTicketMax, peoplePerTicketMax, tellersPerKindMax, ticketsPerAccountMax } from "../limits.ts";
import { dayOf } from "../time.ts";
import { addEffect } from "./buckets.ts";
import { comment } from "./comments.ts";
import { dirtyScores, type Effect, type FoldedAccount, type FoldedTicket } from "./folded.ts";
import { personOf } from "./people.ts";
import { nativeScope } from "./record-tellers.ts";
import { slotFor } from "./shelf.ts";
import {
  isOpenStatus,
  type TicketObservation,
  type TicketPriority,
  type TicketRecord,
  type TicketStatus,
  type TicketTransition,
} from "./state.ts";
import { noteTeller } from "./tellers.ts";

/** Metrics that derive from ticket records. `ticket_backlog` in a bucket is the change of the number of open tickets. */
export const ticketMetrics = { created: "tickets_created", solved: "tickets_solved", backlog: "ticket_backlog" } as const;

const STATUSES: ReadonlySet<unknown> = new Set<TicketStatus>(["new", "open", "pending", "hold", "solved", "closed", "deleted"]);
const PRIORITIES: ReadonlySet<unknown> = new Set<TicketPriority>(["low", "normal", "high", "urgent"]);

/**
 * Takes in one `ticket.*` event. The record keeps what was observed, sorted by the vendor's clock; transitions and counts are derived from
 * it anew, and only their difference to the old ones reaches the buckets. So a webhook that comes twice, late, or is seen again by a poll
 * makes one transition, at the earliest time it was seen.
 */
export function foldTicket(state: FoldedAccount, event: Event): void {
  const ticketId = event.data["ticketId"];
  if (typeof ticketId !== "string" || ticketId === "") return;
  noteTeller(state, "support", event);
  const scope = event.connector === "native" ? nativeScope : event.connectionId;
  const key = `${scope}/${ticketId}`;
  let ticket = state.tickets.get(key);
  if (ticket === undefined) {
    const slot = slotFor(state.ticketShelf, event.occurredAt, ticketsPerAccountMax, isNotOpen);
    if (slot === null) return;
    ticket = emptyTicket(key, ticketId, slot);
    state.tickets.set(key, ticket);
  }
  const before = effectsOf(ticket);
  observe(ticket, event);
  if (scope === nativeScope) addToken(ticket, event.connectionId);
  // Before the record is shortened: what it no longer tells stays counted.
  const changedFrom = applyDifference(state, before, effectsOf(ticket));
  trim(ticket);
  derive(ticket);
  state.ticketShelf.changedSlots.add(ticket.slot);
  dirtyScores(state, dayOf(Math.min(changedFrom, event.occurredAt, ticket.createdAt ?? event.occurredAt)));
}

const emptyTicket = (key: string, ticketId: string, slot: number): FoldedTicket => ({
  key,
  ticketId,
  subject: null,
  subjectAt: 0,
  subjectTie: "",
  createdAt: null,
  observations: [],
  transitions: [],
  status: null,
  priority: null,
  rating: null,
  publicComments: 0,
  people: [],
  updatedAt: 0,
  frozen: null,
  slot,
});

function observe(ticket: FoldedTicket, event: Event): void {
  const { type, data, occurredAt, id, user } = event;
  const told = data["createdAt"];
  // A ticket is not made later than something is said of it (clocks apart by a day at most); anything else is no instant to count by.
  const isInstant = typeof told === "number" && told >= 0 && told <= occurredAt + eventAheadMaxMs;
  const createdAt = isInstant ? told : type === "ticket.created" ? occurredAt : null;
  if (createdAt !== null) ticket.createdAt = Math.min(ticket.createdAt ?? createdAt, createdAt);
  const status = impliedStatus(type, STATUSES.has(data["status"]) ? (data["status"] as TicketStatus) : undefined);
  const priority = PRIORITIES.has(data["priority"]) ? (data["priority"] as TicketPriority) : data["priority"] === null ? null : undefined;
  if (status !== undefined || priority !== undefined)
    insert(ticket, { at: occurredAt, tie: id, ...(status !== undefined && { status }), ...(priority !== undefined && { priority }) });
  const subject = data["subject"];
  if (typeof subject === "string" && (occurredAt > ticket.subjectAt || (occurredAt === ticket.subjectAt && id >= ticket.subjectTie))) {
    ticket.subject = subject;
    ticket.subjectAt = occurredAt;
    ticket.subjectTie = id;
  }
  if (type === "ticket.commented" && data["public"] === true) comment(ticket, event);
  addPerson(ticket, personOf(user));
  if (type === "ticket.rated") rate(ticket, data["score"], occurredAt);
  ticket.updatedAt = Math.max(ticket.updatedAt, occurredAt);
}

function impliedStatus(type: string, given: TicketStatus | undefined): TicketStatus | undefined {
  if (type === "ticket.solved") return given === "closed" ? given : "solved";
  if (type === "ticket.reopened") return given !== undefined && isOpenStatus(given) ? given : "open";
  return type === "ticket.created" ? (given ?? "new") : given;
}

/** Full, the first by name stay, so that the order of arrival does not matter. */
function addPerson(ticket: FoldedTicket, person: string | null): void {
  if (person === null || ticket.people.includes(person)) return;
  ticket.people = [...ticket.people, person].sort().slice(0, peoplePerTicketMax);
}

/** As with people. */
function addToken(ticket: FoldedTicket, token: string): void {
  const known = ticket.tokens ?? [];
  if (!known.includes(token)) ticket.tokens = [...known, token].sort().slice(0, tellersPerKindMax);
}

/** The latest judgement counts; of two at the same instant the bad one. */
function rate(ticket: FoldedTicket, score: unknown, at: number): void {
  if (score !== "good" && score !== "bad") return;
  const known = ticket.rating;
  if (known === null || at > known.at || (at === known.at && score === "bad")) ticket.rating = { score, at };
}

const isAfter = (a: TicketObservation, b: TicketObservation): boolean => a.at > b.at || (a.at === b.at && a.tie > b.tie);

function insert(ticket: FoldedTicket, observation: TicketObservation): void {
  if (ticket.frozen !== null && observation.at <= ticket.frozen.at) return;
  const { observations } = ticket;
  let at = observations.length;
  while (at > 0 && isAfter(observations[at - 1] as TicketObservation, observation)) at--;
  const before = observations[at - 1];
  if (before !== undefined && before.at === observation.at && before.tie === observation.tie) return;
  observations.splice(at, 0, observation);
}

/**
 * Keeps a record bounded: the older half of too many observations is frozen. What it amounted to stays counted; an observation that
 * arrives later but is older than that changes nothing.
 */
function trim(ticket: FoldedTicket): void {
  if (ticket.observations.length <= observationsPerTicketMax) return;
  const kept = ticket.observations.slice(observationsPerTicketMax / 2);
  const given = ticket.observations.slice(0, observationsPerTicketMax / 2);
  const last = given.at(-1) as TicketObservation;
  const walked = walk({ ...ticket, observations: given });
  ticket.frozen = {
    at: last.at,
    status: walked.status,
    transitions: walked.transitions.slice(-observationsPerTicketMax),
    effects: merged(walked.effects),
    isCreationCounted: walked.effects.some(isCreation) || ticket.frozen?.isCreationCounted === true,
  };
  ticket.observations = kept;
  // The latest priority among what goes must survive as an observation of its own only if nothing later says more.
  const priority = given.findLast((one) => one.priority !== undefined)?.priority;
  if (priority !== undefined && !kept.some((one) => one.priority !== undefined))
    ticket.observations[0] = { ...(kept[0] as TicketObservation), priority };
}

/** Sums effects of one metric and day: all that buckets of the past can still show of them. */
function merged(effects: readonly Effect[]): readonly Effect[] {
  const sums = new Map<string, Effect>();
  for (const effect of effects) {
    const name = `${effect.metric}/${dayOf(effect.at)}`;
    const known = sums.get(name);
    sums.set(name, known === undefined ? effect : { ...known, n: known.n + effect.n });
  }
  return [...sums.values()].filter(({ n }) => n !== 0).slice(-observationsPerTicketMax);
}

const isCreation = ({ metric }: Effect): boolean => metric === ticketMetrics.created;

type Walked = { status: TicketStatus | null; transitions: TicketTransition[]; effects: Effect[] };

const isDone = (status: TicketStatus | null): boolean => status === "solved" || status === "closed";

/** Goes through the observations in order of time. A known creation is an observation too: new, not later than the first one. */
function walk(ticket: FoldedTicket): Walked {
  const walked: Walked = { status: null, transitions: [], effects: [] };
  const { createdAt, frozen, observations } = ticket;
  if (frozen !== null) {
    walked.status = frozen.status;
    walked.transitions.push(...frozen.transitions);
    walked.effects.push(...frozen.effects);
  }
  if (createdAt !== null) {
    if (frozen === null) {
      walked.transitions.push({ at: createdAt, kind: "created" });
      walked.effects.push({ metric: ticketMetrics.created, at: createdAt, n: 1 });
      step(walked, Math.min(createdAt, observations[0]?.at ?? createdAt), "new");
    } else if (!frozen.effects.some(isCreation) && frozen.isCreationCounted !== true) {
      walked.transitions.unshift({ at: createdAt, kind: "created" });
      walked.effects.push({ metric: ticketMetrics.created, at: createdAt, n: 1 });
    }
  }
  for (const { at, status } of observations) if (status !== undefined) step(walked, at, status);
  return walked;
}

function step(walked: Walked, at: number, status: TicketStatus): void {
  const before = walked.status;
  if (status === before) return;
  const wasOpen = before !== null && isOpenStatus(before);
  const isOpen = isOpenStatus(status);
  if (isOpen !== wasOpen) walked.effects.push({ metric: ticketMetrics.backlog, at, n: isOpen ? 1 : -1 });
  if (isOpen && isDone(before)) walked.transitions.push({ at, kind: "reopened" });
  if (isDone(status) && !isDone(before) && before !== "deleted") {
    // Seen closed without having been seen solved: it was solved at some time, and that counts once.
    walked.transitions.push({ at, kind: "solved" });
    walked.effects.push({ metric: ticketMetrics.solved, at, n: 1 });
  }
  if (status === "closed") walked.transitions.push({ at, kind: "closed" });
  walked.status = status;
}

function derive(ticket: FoldedTicket): void {
  const { status, transitions } = walk(ticket);
  ticket.status = status;
  ticket.transitions = transitions;
  ticket.priority = ticket.observations.findLast((one) => one.priority !== undefined)?.priority ?? null;
}

const effectsOf = (ticket: FoldedTicket): readonly Effect[] => walk(ticket).effects;

/** Brings the buckets from the old effects to the new ones. Gives the earliest instant touched; Infinity when nothing was. */
function applyDifference(state: FoldedAccount, before: readonly Effect[], after: readonly Effect[]): number {
  let shared = 0;
  while (shared < before.length && shared < after.length && isSame(before[shared] as Effect, after[shared] as Effect)) shared++;
  let earliest = Number.POSITIVE_INFINITY;
  for (const [effects, sign] of [
    [before, -1],
    [after, 1],
  ] as const) {
    for (const { metric, at, n } of effects.slice(shared)) {
      addEffect(state, metric, at, sign * n);
      earliest = Math.min(earliest, at);
    }
  }
  return earliest;
}

const isSame = (a: Effect, b: Effect): boolean => a.metric === b.metric && a.at === b.at && a.n === b.n;

/** For room goes the one that changed longest ago among those that are not open; its counts stay. With nothing but open tickets there is none. */
const isNotOpen = ({ status }: FoldedTicket): boolean => status === null || !isOpenStatus(status);

export const openTickets = (tickets: Iterable<TicketRecord>): number => {
  let open = 0;
  for (const { status } of tickets) if (status !== null && isOpenStatus(status)) open++;
  return open;
};
