import { monthEnds } from "../../../src/domain/risk/history.ts";
import { DAY_MS, HOUR_MS, startOfDay } from "../../../src/domain/time.ts";
import { seededRandom } from "../../seeded-random.ts";

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
  readonly segment: string | null;
  /** 0..1: three to eight of its ten seats are used, in the range in which the score of usage is a straight line of it. */
  readonly use: number;
  /** Probability that it is lost within 90 days, at any time. */
  readonly risk90: number;
  readonly lostAt: number | null;
  /** Who uses it: `u0`, `u1`, … */
  readonly people: number;
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
  readonly hazard: (use: number, segment: string | null) => number;
  /** Of the customer with this number, from 0 on. */
  readonly segmentOf?: (index: number) => string;
  readonly nameOf?: (index: number) => string;
};

/**
 * Made-up customers told by events: each uses its product every fourth day as it always does, and pays from the first month's end on, until it
 * leaves. When is a matter of chance, with a probability that is known. (Nobody pays sooner: a month in which nobody can be lost is another
 * world.)
 */
export function customersOf({ seed, accounts, months, asOf, until, hazard, segmentOf, nameOf }: Book): readonly Customer[] {
  const random = seededRandom(seed);
  const first = startOfDay((monthEnds(asOf, months)[0] ?? 0) + 1);
  const start = first - 88 * DAY_MS;
  return Array.from({ length: accounts }, (_, i) => {
    const account = `c${seed}-${i}`;
    const people = 3 + Math.floor(random() * 6);
    const use = (people - 3) / 5;
    const segment = segmentOf?.(i) ?? null;
    const perMonth = hazard(use, segment);
    const daily = 1 - (1 - perMonth) ** (1 / 30);
    // The day of a loss by one draw, so that the same seed tells nearly the same story in any month.
    const days = Math.floor(Math.log(1 - random()) / Math.log(1 - daily));
    const lostAt = first + days * DAY_MS < asOf ? first + days * DAY_MS + 9 * HOUR_MS : null;
    return {
      account,
      segment,
      use,
      risk90: 1 - (1 - perMonth) ** 3,
      lostAt,
      people,
      events: eventsOf(account, people, {
        known: { ...(segment === null ? {} : { segment }), ...(nameOf === undefined ? {} : { name: nameOf(i) }) },
        start,
        paysFrom: first - 12 * HOUR_MS,
        end: lostAt ?? until,
        lostAt,
      }),
    };
  });
}

type Life = {
  /** What is known of the account beside its seats. */
  readonly known: Readonly<Record<string, unknown>>;
  readonly start: number;
  readonly paysFrom: number;
  readonly end: number;
  readonly lostAt: number | null;
};

function eventsOf(account: string, people: number, { known, start, paysFrom, end, lostAt }: Life): Happened[] {
  const paying = { subscriptionId: account, plan: "pro", amount: 10_000, currency: "EUR", interval: "month", status: "active" };
  const events: Happened[] = [
    { account, at: start, type: "account.updated", data: { ...known, attributes: { seats: 10, coreFeatures: ["report", "export"] } } },
    { account, at: paysFrom, type: "subscription.created", data: paying },
  ];
  for (let visit = 0; start + visit * 4 * DAY_MS < end; visit++)
    for (let user = 0; user < people; user++)
      events.push({
        account,
        at: start + visit * 4 * DAY_MS + (8 + (user % 3)) * HOUR_MS,
        type: "feature.used",
        user: `u${user}`,
        data: { feature: (visit + user) % 2 === 0 ? "report" : "export" },
      });
  if (lostAt !== null) events.push({ account, at: lostAt, type: "subscription.canceled", data: { subscriptionId: account } });
  // The last visit's day may not be over yet.
  return events.filter(({ at }) => at <= end);
}
