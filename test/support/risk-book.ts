import { seededRandom } from "../../scripts/seeded-random.ts";
import { monthEnds } from "../../src/domain/risk/history.ts";
import { DAY_MS, HOUR_MS, startOfDay } from "../../src/domain/time.ts";

/** What happened to an account, as an event tells it. */
export type Happened = {
  readonly account: string;
  readonly at: number;
  readonly type: string;
  readonly user?: string;
  readonly data: Readonly<Record<string, unknown>>;
};

export type Customer = {
  readonly account: string;
  /** 0..1: how many of its ten seats are used. */
  readonly use: number;
  /** Probability that it is lost within 90 days, at any time. */
  readonly risk90: number;
  readonly lostAt: number | null;
  readonly events: readonly Happened[];
};

export type Book = {
  readonly seed: number;
  readonly accounts: number;
  readonly months: number;
  /** First instant of the month after the last one; nobody is lost later, and who is still there goes on until `until`. */
  readonly asOf: number;
  readonly until: number;
  /** Probability of a loss within 30 days of a customer who uses so much. */
  readonly hazard: (use: number) => number;
};

/**
 * Made-up customers told by events: each pays from the first month on and uses its product every fourth day as it always does, until it leaves.
 * When is a matter of chance, with a probability that is known.
 */
export function customersOf({ seed, accounts, months, asOf, until, hazard }: Book): readonly Customer[] {
  const random = seededRandom(seed);
  const start = startOfDay(monthEnds(asOf, months)[0] ?? 0) - 30 * DAY_MS;
  return Array.from({ length: accounts }, (_, i) => {
    const account = `c${seed}-${i}`;
    const use = random();
    const daily = 1 - (1 - hazard(use)) ** (1 / 30);
    let lostAt: number | null = null;
    for (let day = start + 60 * DAY_MS; day < asOf && lostAt === null; day += DAY_MS) if (random() < daily) lostAt = day + 9 * HOUR_MS;
    return {
      account,
      use,
      risk90: 1 - (1 - hazard(use)) ** 3,
      lostAt,
      events: eventsOf(account, use, { start, end: lostAt ?? until, lostAt }),
    };
  });
}

function eventsOf(account: string, use: number, { start, end, lostAt }: { start: number; end: number; lostAt: number | null }): Happened[] {
  const paying = { subscriptionId: account, plan: "pro", amount: 10_000, currency: "EUR", interval: "month", status: "active" };
  const people = 1 + Math.round(use * 9);
  const events: Happened[] = [
    { account, at: start, type: "account.updated", data: { attributes: { seats: 10, coreFeatures: ["report", "export"] } } },
    { account, at: start, type: "subscription.created", data: paying },
  ];
  for (let day = start; day < end; day += 4 * DAY_MS)
    for (let user = 0; user < people; user++)
      events.push({ account, at: day + (8 + (user % 3)) * HOUR_MS, type: "feature.used", user: `u${user}`, data: { feature: user % 2 === 0 ? "report" : "export" } }); // prettier-ignore
  if (lostAt !== null) events.push({ account, at: lostAt, type: "subscription.canceled", data: { subscriptionId: account } });
  return events;
}
