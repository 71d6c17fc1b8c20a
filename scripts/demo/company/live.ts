import { MINUTE_MS, SECOND_MS, dayOf, startOfDay } from "../../../src/domain/time.ts";
import type { Action } from "./actions.ts";
import { type Customer, coreFeatures } from "./customers.ts";
import { type Company, ticketStepsBetween } from "./history.ts";
import { type Random, randomOf } from "./random.ts";
import { relationsOn } from "./relations.ts";
import { type TicketStep, lifeOf, ticketOf } from "./tickets.ts";
import { behaviourOf, featureUse, pageView, peopleActive, visit } from "./usage.ts";

export const liveEventsPerSecond = 20;

/** People who are at work today, by customer: who is quiet stays quiet. */
type Floor = readonly { readonly customer: Customer; readonly people: readonly number[] }[];
/** What is the same for a whole UTC day: who is at work, how the tickets of these weeks go on and what passes between customers and us, by second. */
type Today = { readonly day: number; readonly floor: Floor; readonly told: ReadonlyMap<number, readonly Action[]> };

/**
 * Live traffic: call it with each whole second since the epoch. The customers are those of the history and keep their stories, only life
 * is denser, so that something is to be seen: about 20 events a second, a new ticket a minute that lives minutes instead of days.
 */
export function liveTraffic(company: Company): (second: number) => readonly Action[] {
  let today: Today | null = null;
  const lives = new Map<number, readonly TicketStep[]>();
  const lifeOpenedIn = (minute: number): readonly TicketStep[] => {
    const known = lives.get(minute);
    if (known !== undefined) return known;
    const life = liveTicket(company, minute);
    lives.set(minute, life);
    lives.delete(minute - 2 * liveLifeMinutesMax);
    return life;
  };
  return (second) => {
    const day = dayOf(second * SECOND_MS);
    if (today?.day !== day) today = todayOf(company, day);
    const { floor } = today;
    const random = randomOf(company.seed, `live/${second}`);
    const told = [...(today.told.get(second) ?? []), ...ticketStepsIn(company.originMs, second, lifeOpenedIn).map(toAction)];
    const uses = Math.max(0, liveEventsPerSecond - told.length);
    return [...told, ...Array.from({ length: uses }, (_, n) => useAt({ floor, originMs: company.originMs, second, n }, random)).flat()];
  };
}

function todayOf(company: Company, day: number): Today {
  const told = new Map<number, Action[]>();
  const fromMs = Math.max(startOfDay(day), company.originMs);
  const relations = company.customers.flatMap((customer) => relationsOn(company.seed, customer, day, company.originMs));
  const steps = ticketStepsBetween(company, fromMs, startOfDay(day + 1)).map(toAction);
  for (const action of [...steps, ...relations.filter(({ at }) => at >= fromMs)]) {
    const second = Math.floor(action.at / SECOND_MS);
    told.set(second, [...(told.get(second) ?? []), action]);
  }
  return { day, floor: floorOf(company, day), told };
}

const toAction = (step: TicketStep): Action => ({ door: "zendesk", at: step.at, step });

function floorOf({ seed, originMs, customers }: Company, day: number): Floor {
  return customers.flatMap((customer) => {
    const today = peopleActive(seed, customer, day, originMs);
    return today.length === 0 ? [] : [{ customer, people: today }];
  });
}

function useAt({ floor, originMs, second, n }: { floor: Floor; originMs: number; second: number; n: number }, random: Random): Action[] {
  if (floor.length === 0) return [];
  const { customer, people } = random.pick(floor);
  const person = random.pick(people);
  const at = second * SECOND_MS + random.between(0, SECOND_MS);
  const id = `l-${second}-${n}`;
  const kind = random.next();
  if (kind < 0.45)
    return [
      featureUse(
        customer,
        person,
        at,
        id,
        random.pick(coreFeatures.slice(0, Math.max(1, behaviourOf(customer, dayOf(at), originMs).coreFeatures))),
      ),
    ];
  return [kind < 0.7 ? visit(customer, person, at, id, random) : pageView(customer, person, at, id, random)];
}

/** Tickets of the last quarter of an hour move on; whatever falls into this second is told. */
function ticketStepsIn(originMs: number, second: number, lifeOpenedIn: (minute: number) => readonly TicketStep[]): readonly TicketStep[] {
  const minute = Math.floor((second * SECOND_MS) / MINUTE_MS);
  const minutes = Array.from({ length: liveLifeMinutesMax + 1 }, (_, i) => minute - i).filter((opened) => opened * MINUTE_MS >= originMs);
  return minutes.flatMap((opened) => lifeOpenedIn(opened).filter(({ at }) => Math.floor(at / SECOND_MS) === second));
}

const liveLifeMinutesMax = 15;
/** Comments that keep a ticket's conversation going, so that one request in twenty is a webhook. */
const livelyComments = 75;

function liveTicket({ seed, customers, originMs }: Company, minute: number): readonly TicketStep[] {
  const random = randomOf(seed, `live-ticket/${minute}`);
  const angry = customers.filter(({ story }) => story === "angry" || story === "churning");
  const customer = random.chance(0.5) ? random.pick(angry) : random.pick(customers);
  const behaviour = behaviourOf(customer, dayOf(originMs), originMs);
  const ticket = ticketOf(customer, `9${minute}`, minute * MINUTE_MS + random.between(0, 50) * SECOND_MS, random);
  const life = lifeOf(ticket, random, { ...behaviour, solveHours: 0.07, unsolvedRatio: behaviour.unsolvedRatio / 2 });
  return withComments(life, random).filter(({ at }) => at < ticket.createdAt + liveLifeMinutesMax * MINUTE_MS);
}

/** Adds comments between creation and solving; each takes the status of the step before it. */
function withComments(life: readonly TicketStep[], random: Random): readonly TicketStep[] {
  const created = life[0];
  if (created === undefined) return life;
  const solvedAt = life.find(({ status }) => status === "SOLVED")?.at ?? created.at + 5 * MINUTE_MS;
  const comments = Array.from({ length: livelyComments }, (_, i): TicketStep => {
    const at = created.at + Math.floor(((solvedAt - created.at) * (i + 1)) / (livelyComments + 1));
    const before = life.findLast((step) => step.at <= at) ?? created;
    return { ...before, kind: "comment_added", number: 1_000 + i, at, byStaff: random.chance(0.5), text: "Checking this with the team." };
  });
  return [...life, ...comments];
}
