import { DAY_MS, HOUR_MS, MINUTE_MS, startOfDay } from "../../../src/domain/time.ts";
import { type Customer, personOf } from "./customers.ts";
import { type Random, randomOf } from "./random.ts";
import { behaviourOf } from "./usage.ts";

type Status = "NEW" | "OPEN" | "PENDING" | "HOLD" | "SOLVED" | "CLOSED";
type Priority = "LOW" | "NORMAL" | "HIGH" | "URGENT";

export type Ticket = {
  /** As the help desk numbers them: digits. */
  readonly id: string;
  readonly customer: Customer;
  readonly subject: string;
  readonly createdAt: number;
  readonly requester: number;
};

/** One change of a ticket: what the help desk tells by one webhook. `status` and `priority` are those after the change. */
export type TicketStep = {
  readonly ticket: Ticket;
  /** Position in the ticket's life. */
  readonly number: number;
  readonly at: number;
  readonly status: Status;
  readonly priority: Priority;
} & (
  | { readonly kind: "created" }
  | { readonly kind: "status_changed"; readonly previous: Status }
  | { readonly kind: "priority_changed"; readonly previous: Priority }
  | { readonly kind: "comment_added"; readonly byStaff: boolean; readonly text: string }
  | { readonly kind: "rated"; readonly score: "good" | "bad" }
);

const subjects = [
  "Export stops at 10,000 rows",
  "Cannot invite a colleague",
  "Dashboard shows yesterday's figures",
  "Alert did not fire",
  "SSO sends me back to the sign-in page",
  "How do I share a report outside the team?",
  "Integration lost its connection",
  "Invoice has the wrong address",
] as const;
const agentWords = [
  "Thanks, we are looking into it.",
  "Could you send us a screenshot?",
  "This is fixed in today's release.",
  "We found the cause and are testing a fix.",
];
const customerWords = ["Any news?", "It happened again this morning.", "Here is the screenshot.", "This blocks our whole team."];

/** Tickets opened by a customer on a UTC day, each with its whole life (which may go on for weeks after). */
export function ticketsOpenedOn(seed: number, customer: Customer, day: number, originMs: number): readonly (readonly TicketStep[])[] {
  const random = randomOf(seed, `tickets/${customer.index}/${day}`);
  const { ticketsPerWeek } = behaviourOf(customer, day, originMs);
  return Array.from({ length: random.poisson(ticketsPerWeek / 7) }, (_, n) => {
    const createdAt = startOfDay(day) + 7 * HOUR_MS + Math.floor(random.next() * 11 * HOUR_MS);
    return lifeOf(
      ticketOf(customer, `${day}${String(customer.index).padStart(3, "0")}${n % 10}`, createdAt, random),
      random,
      behaviourOf(customer, day, originMs),
    );
  });
}

export const ticketOf = (customer: Customer, id: string, createdAt: number, random: Random): Ticket => ({
  id,
  customer,
  subject: random.pick(subjects),
  createdAt,
  requester: random.between(0, Math.max(1, Math.round(customer.seats / 3))),
});

type Care = {
  readonly solveHours: number;
  readonly reopenRatio: number;
  readonly badRatingRatio: number;
  readonly urgentRatio: number;
  readonly unsolvedRatio: number;
};

/** From creation to closing, in the order of time. Solved tickets close by themselves after four days, as help desks do. */
export function lifeOf(ticket: Ticket, random: Random, care: Care): readonly TicketStep[] {
  const steps: TicketStep[] = [];
  let at = ticket.createdAt;
  let status: Status = "NEW";
  let priority: Priority = random.chance(care.urgentRatio) ? "URGENT" : random.pick(["LOW", "NORMAL", "NORMAL", "HIGH"] as const);
  const solveMs = care.solveHours * HOUR_MS * (0.4 + 1.2 * random.next());
  const wait = (part: number): number => (at += Math.max(MINUTE_MS / 4, Math.floor(solveMs * part)));
  const add = (step: { kind: TicketStep["kind"] } & Record<string, unknown>): void =>
    void steps.push({ ticket, number: steps.length, at, status, priority, ...step } as TicketStep);
  const change = (next: Status): void => {
    const previous = status;
    status = next;
    add({ kind: "status_changed", previous });
  };
  const comment = (byStaff: boolean): void =>
    add({ kind: "comment_added", byStaff, text: random.pick(byStaff ? agentWords : customerWords) });

  add({ kind: "created" });
  wait(0.1);
  change("OPEN");
  comment(true);
  if (care.urgentRatio > 0.1 && random.chance(0.3) && priority !== "URGENT") {
    wait(0.1);
    const previous = priority;
    priority = "URGENT";
    add({ kind: "priority_changed", previous });
  }
  if (random.chance(0.7)) {
    change("PENDING");
    wait(0.4);
    comment(false);
    change("OPEN");
  }
  if (random.chance(care.unsolvedRatio)) return steps;
  wait(0.5);
  comment(true);
  change("SOLVED");
  if (random.chance(care.reopenRatio)) {
    wait(0.6);
    comment(false);
    change("OPEN");
    wait(0.8);
    comment(true);
    change("SOLVED");
  }
  if (random.chance(0.6)) {
    wait(0.2);
    add({ kind: "rated", score: random.chance(care.badRatingRatio) ? "bad" : "good" });
  }
  at += 4 * DAY_MS;
  change("CLOSED");
  return steps;
}

export const requesterOf = (ticket: Ticket): { id: string; email: string; name: string } => {
  const { email, name } = personOf(ticket.customer, ticket.requester);
  return { id: `${ticket.customer.organizationId}${String(ticket.requester).padStart(3, "0")}`, email, name };
};
