import { dayOf, startOfDay } from "../../../src/domain/time.ts";
import type { Action } from "./actions.ts";
import type { Customer } from "./customers.ts";
import { experimentOn } from "./experiment.ts";
import { relationsOn } from "./relations.ts";
import { type TicketStep, ticketsOpenedOn } from "./tickets.ts";
import { daysBetween, usageOn } from "./usage.ts";

export const historyDays = 90;

export type Company = {
  readonly seed: number;
  /** When the simulation began: the history ends and the live traffic starts. Epoch ms. */
  readonly originMs: number;
  readonly customers: readonly Customer[];
};

/** UTC days of a span, newest first: the present is right early, the past only makes it deeper. */
export const daysNewestFirst = (fromMs: number, toMs: number): readonly number[] => daysBetween(fromMs, toMs).toReversed();

/**
 * Everything that happened from `fromMs` up to (without) `toMs`, one UTC day at a time, in the order that `days` says.
 *
 * Pure: the same company and the same span give the same actions with the same ids, so that playing a day again is a repeat.
 */
export function* actionsOfDays(
  company: Company,
  days: readonly number[],
  fromMs: number,
  toMs: number,
): Generator<{ readonly day: number; readonly actions: readonly Action[] }> {
  const steps = stepsByDay(company, fromMs, toMs);
  for (const day of days) {
    const told = company.customers.flatMap((customer) => [
      ...usageOn(company.seed, customer, day, company.originMs),
      ...relationsOn(company.seed, customer, day, company.originMs),
      ...experimentOn(company.seed, customer, day, company.originMs),
    ]);
    const within = told.filter(({ at }) => at >= fromMs && at < toMs);
    yield { day, actions: [...within, ...(steps.get(day) ?? [])] };
  }
}

/** The lives of all tickets, by the day on which each step falls. */
function stepsByDay(company: Company, fromMs: number, toMs: number): Map<number, Action[]> {
  const byDay = new Map<number, Action[]>();
  for (const step of ticketStepsBetween(company, fromMs, toMs)) {
    const day = dayOf(step.at);
    const known = byDay.get(day);
    const action: Action = { door: "zendesk", at: step.at, step };
    if (known === undefined) byDay.set(day, [action]);
    else known.push(action);
  }
  return byDay;
}

/** Every step of a ticket's life in a span; a ticket that was opened before the span lives on in it. */
export function ticketStepsBetween({ seed, originMs, customers }: Company, fromMs: number, toMs: number): TicketStep[] {
  const firstDay = Math.max(dayOf(fromMs) - ticketLifeDaysMax, dayOf(originMs) - historyDays);
  return customers.flatMap((customer) =>
    daysBetween(startOfDay(firstDay), toMs).flatMap((day) =>
      ticketsOpenedOn(seed, customer, day, originMs)
        .flat()
        .filter(({ at }) => at >= fromMs && at < toMs),
    ),
  );
}

/** Longer than any ticket of the company lives. */
const ticketLifeDaysMax = 30;
