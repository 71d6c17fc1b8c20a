import { DAY_MS, HOUR_MS, MINUTE_MS, dayOf, startOfDay } from "../../../src/domain/time.ts";
import type { Action } from "./actions.ts";
import { type Customer, coreFeatures, otherFeatures, personOf } from "./customers.ts";
import { type Random, randomOf } from "./random.ts";
import { type Behaviour, behaviourOn } from "./stories.ts";

const weekendPart = 0.2;
const pages = ["/home", "/reports", "/dashboards", "/settings", "/inbox"] as const;

export const behaviourOf = (customer: Customer, day: number, originMs: number): Behaviour =>
  behaviourOn(customer.story, dayOf(originMs) - day, customer.turnDaysAgo);

/** Day 4 of the epoch was a Monday. */
const isWeekend = (day: number): boolean => (day + 3) % 7 >= 5;

/** Numbers of the people who use the product on a day. */
export function peopleActive(seed: number, customer: Customer, day: number, originMs: number): readonly number[] {
  const { engagedRatio, dailyRatio } = behaviourOf(customer, day, originMs);
  const random = randomOf(seed, `people/${customer.index}/${day}`);
  const chance = dailyRatio * (isWeekend(day) ? weekendPart : 1);
  const engaged = Math.round(customer.seats * engagedRatio);
  return Array.from({ length: engaged }, (_, number) => number).filter(() => random.chance(chance));
}

/**
 * What a customer's people did in the product on one UTC day, in no special order: each of them signs in and looks around (the product's
 * own events) and uses features (which the product reports to Mixpanel).
 */
export function usageOn(seed: number, customer: Customer, day: number, originMs: number): Action[] {
  const random = randomOf(seed, `usage/${customer.index}/${day}`);
  const behaviour = behaviourOf(customer, day, originMs);
  let count = 0;
  return peopleActive(seed, customer, day, originMs).flatMap((number) => {
    const began = startOfDay(day) + 6 * HOUR_MS + Math.floor(random.next() * 12 * HOUR_MS);
    const actions = [visit(customer, number, began, `v-${customer.index}-${day}-${count++}`, random)];
    for (let uses = random.between(1, 3); uses > 0; uses--) {
      const at = began + random.between(1, 90) * MINUTE_MS;
      actions.push(featureUse(customer, number, at, `f-${customer.index}-${day}-${count++}`, featureFor(number, behaviour, random)));
    }
    if (random.chance(0.45)) actions.push(pageView(customer, number, began + MINUTE_MS, `p-${customer.index}-${day}-${count++}`, random));
    return actions;
  });
}

/** People keep to their habits: of the features in use each has a few that they use most. */
function featureFor(person: number, { coreFeatures: inUse }: Behaviour, random: Random): string {
  if (random.chance(0.25)) return random.pick(otherFeatures);
  return coreFeatures[(person + random.between(0, 2)) % Math.max(1, inUse)] as string;
}

export function featureUse(customer: Customer, number: number, at: number, insertId: string, feature: string): Action {
  const { id } = personOf(customer, number);
  return {
    door: "mixpanel",
    at,
    event: {
      event: feature,
      properties: { distinct_id: id, time: at, $insert_id: insertId, company_id: customer.id, plan: customer.plan },
    },
  };
}

export function visit(customer: Customer, number: number, at: number, id: string, random: Random): Action {
  const type = random.chance(0.3) ? "user.signed_in" : "session.started";
  return native(customer, number, at, id, type, { device: random.pick(["desktop", "desktop", "mobile"]) });
}

export const pageView = (customer: Customer, number: number, at: number, id: string, random: Random): Action =>
  native(customer, number, at, id, "page.viewed", { page: random.pick(pages) });

export const native = (
  customer: Customer,
  number: number,
  at: number,
  id: string,
  type: string,
  data: Readonly<Record<string, unknown>>,
): Action => ({
  door: "native",
  at,
  event: { id, type, time: new Date(at).toISOString(), account: { id: customer.id }, user: personOf(customer, number), data },
});

export const daysBetween = (fromMs: number, toMs: number): readonly number[] =>
  Array.from({ length: Math.max(0, Math.ceil((toMs - startOfDay(dayOf(fromMs))) / DAY_MS)) }, (_, i) => dayOf(fromMs) + i);
