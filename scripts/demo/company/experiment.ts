import { DAY_MS, HOUR_MS, dayOf, startOfDay } from "../../../src/domain/time.ts";
import type { Action } from "./actions.ts";
import type { Customer } from "./customers.ts";
import { type Random, randomOf } from "./random.ts";
import { behaviourOf, featureUse, native } from "./usage.ts";

/**
 * The company's one experiment: half of the people are shown a guided setup. What it does is planted: of those who see it 30 of 100 apply a
 * template within 14 days, of the others 20. People of one account are alike: in half of the accounts it is a half more, in the others
 * a half less. Two of a hundred people are shown both variants.
 */
export const experiment = {
  name: "guided-setup",
  goal: "Template Applied",
  shares: { control: 0.2, guided: 0.3 },
  accountFactors: [0.5, 1.5],
  bothShare: 0.02,
} as const;

/** Days before the simulation began on which people were first shown a variant: everybody's 14 days are over by then. */
const firstDaysAgo = 45;
const lastDaysAgo = 20;
const daysToGoal = 10;

/** What of the experiment falls on one UTC day at one customer. */
export function experimentOn(seed: number, customer: Customer, day: number, originMs: number): Action[] {
  const daysAgo = dayOf(originMs) - day;
  if (daysAgo > firstDaysAgo || daysAgo < lastDaysAgo - daysToGoal - 1) return [];
  return Array.from({ length: customer.seats }, (_, number) => personOn({ seed, customer, day, originMs }, number)).flat();
}

type Setting = { readonly seed: number; readonly customer: Customer; readonly day: number; readonly originMs: number };

/** Everything about a person follows from one row of numbers, whichever day is asked for. */
function personOn({ seed, customer, day, originMs }: Setting, number: number): Action[] {
  const random = randomOf(seed, `experiment/${customer.index}/${number}`);
  const shownOn = dayOf(originMs) - random.between(lastDaysAgo, firstDaysAgo + 1);
  const variant = random.chance(0.5) ? "guided" : "control";
  const seesBoth = random.chance(experiment.bothShare);
  const goalOn = reachesGoal(seed, customer, variant, random) ? shownOn + random.between(1, daysToGoal + 1) : null;
  if (number >= Math.round(customer.seats * behaviourOf(customer, shownOn, originMs).engagedRatio)) return [];
  const at = startOfDay(day) + 6 * HOUR_MS + Math.floor((random.next() * DAY_MS) / 2);
  const shown = (which: string): Action =>
    native(customer, number, at, `x-${customer.index}-${number}-${which}`, "experiment.exposed", {
      experiment: experiment.name,
      variant: which,
    });
  return [
    ...(day === shownOn ? [shown(variant)] : []),
    ...(day === shownOn + 1 && seesBoth ? [shown(variant === "guided" ? "control" : "guided")] : []),
    ...(day === goalOn ? [featureUse(customer, number, at, `g-${customer.index}-${number}`, experiment.goal)] : []),
  ];
}

function reachesGoal(seed: number, customer: Customer, variant: keyof typeof experiment.shares, random: Random): boolean {
  const factor = randomOf(seed, `experiment/${customer.index}`).pick(experiment.accountFactors);
  return random.chance(experiment.shares[variant] * factor);
}
