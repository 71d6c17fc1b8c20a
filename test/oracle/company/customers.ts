import { actionsOfDays, daysNewestFirst } from "../../../scripts/demo/company/history.ts";
import { type Customer, customersOf } from "../../../scripts/demo/company/customers.ts";
import type { Action } from "../../../scripts/demo/company/actions.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import { clockMs } from "./tell.ts";

const historyDays = 90;
const seed = 7;

const accountsPerStory = { growing: 2, steady: 3, silent: 2, angry: 3, churning: 2 } as const;

/** Twelve customers of the demo, the smallest of each story, so that figures are rich and the events few. */
export const customers: readonly Customer[] = Object.entries(accountsPerStory).flatMap(([story, accounts]) =>
  customersOf(seed, clockMs)
    .filter((customer) => customer.story === story)
    .sort((a, b) => a.seats - b.seats)
    .slice(0, accounts),
);

/** All that happened at these customers in 90 days. */
export function historyOfCustomers(): readonly Action[] {
  const fromMs = clockMs - historyDays * DAY_MS;
  const days = actionsOfDays({ seed, originMs: clockMs, customers }, daysNewestFirst(fromMs, clockMs), fromMs, clockMs);
  return [...days].flatMap(({ actions }) => actions);
}
