import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activeUsers } from "../../../src/domain/account/active-users.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import type { MetricQuery, MetricSeries } from "../../../src/domain/account/messages.ts";
import { metricNames, metricSeries } from "../../../src/domain/account/metrics.ts";
import type { Event } from "../../../src/domain/event.ts";
import { usageFacts } from "../../../src/domain/health/usage-facts.ts";
import { metricPointsMax } from "../../../src/domain/limits.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, dayOf, startOfDay } from "../../../src/domain/time.ts";
import { event, NOW } from "../../support/account-builders.ts";
import { type Money, ownMoney } from "../../../src/domain/money/convert.ts";

const folded = (events: readonly Event[]): FoldedAccount => {
  const state = emptyAccount("acme");
  for (const one of events) fold(state, one, NOW);
  return state;
};
const series = (state: FoldedAccount, query: Partial<MetricQuery> & { metric: string }, money: Money = ownMoney): MetricSeries => {
  const answer = metricSeries(state, { from: null, to: null, step: "1d", ...query }, NOW, money);
  if (!answer.ok) throw new Error(`${answer.error.field} ${answer.error.detail}`);
  return answer.value;
};
const values = (state: FoldedAccount, query: Partial<MetricQuery> & { metric: string }, money: Money = ownMoney): (number | null)[] =>
  series(state, query, money).points.map(({ value }) => value);
const TODAY = startOfDay(dayOf(NOW));

describe("a series", () => {
  test("without a range is the 30 UTC days that end with today, zeros included", () => {
    const { points, unit, asOf } = series(folded([event({ occurredAt: TODAY }), event({ occurredAt: TODAY - 1 })]), { metric: "events" });
    expect(points).toHaveLength(30);
    expect(points.map(({ value }) => value).slice(-3)).toEqual([0, 1, 1]);
    expect(points[0]).toEqual({ from: TODAY - 29 * DAY_MS, to: TODAY - 28 * DAY_MS, value: 0 });
    expect({ unit, asOf }).toEqual({ unit: "events", asOf: NOW });
  });

  test("is half-open: what happens at `from` counts, at `to` not", () => {
    const state = folded([event({ occurredAt: TODAY }), event({ occurredAt: TODAY + HOUR_MS })]);
    for (const step of ["5m", "1h", "all"] as const) {
      expect(
        values(state, { metric: "events", from: TODAY, to: TODAY + HOUR_MS, step }).reduce<number>((sum, n) => sum + (n ?? 0), 0),
      ).toBe(1);
    }
  });

  test("sums by steps of every width to what a count over the events themselves gives", () => {
    const at = fc.integer({ min: 0, max: 35 * 24 * 60 }).map((minutes) => NOW - minutes * MINUTE_MS);
    const some = fc.uniqueArray(
      fc.record({ id: fc.uuid(), occurredAt: at, type: fc.constantFrom("feature.used", "ticket.created", "odd.thing") }),
      { maxLength: 30, selector: ({ id }) => id },
    );
    fc.assert(
      fc.property(
        some,
        fc.integer({ min: 0, max: 34 }),
        fc.integer({ min: 1, max: 34 }),
        fc.constantFrom("1h" as const, "1d" as const, "all" as const),
        (list, back, length, step) => {
          const state = folded(list.map((over) => event(over)));
          const from = TODAY - back * DAY_MS;
          const to = from + length * DAY_MS;
          const inRange = list.filter(({ occurredAt }) => occurredAt >= from && occurredAt < to);
          const sum = (metric: string): number =>
            values(state, { metric, from, to, step }).reduce<number>((total, n) => total + (n ?? 0), 0);
          expect(sum("events")).toBe(inRange.length);
          expect(sum("product_events")).toBe(inRange.filter(({ type }) => type === "feature.used").length);
          expect(sum("events.odd.thing")).toBe(inRange.filter(({ type }) => type === "odd.thing").length);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("over everything is what was ever counted, however old", () => {
    const state = folded([event({ occurredAt: NOW - 799 * DAY_MS }), event({ occurredAt: NOW - 1_500 * DAY_MS }), event()]);
    expect(values(state, { metric: "events", step: "all" })).toEqual([3]);
  });

  test("says null where buckets that fine are no longer kept, and counts the day there", () => {
    const from = TODAY - 40 * DAY_MS;
    const state = folded([event({ occurredAt: from + HOUR_MS })]);
    expect(values(state, { metric: "events", from, to: from + DAY_MS, step: "1h" })).toEqual(Array.from({ length: 24 }, () => null));
    expect(values(state, { metric: "events", from, to: from + DAY_MS, step: "1d" })).toEqual([1]);
    expect(values(state, { metric: "events", from: TODAY - 10 * DAY_MS, to: TODAY - 10 * DAY_MS + HOUR_MS, step: "5m" })).toEqual(
      Array.from({ length: 12 }, () => null),
    );
  });

  test("cut inside a bucket takes the finest buckets that are kept whole there, and stays dense", () => {
    const from = TODAY - 10 * DAY_MS + HOUR_MS / 2;
    const state = folded([event({ occurredAt: from - 60_000 }), event({ occurredAt: from + HOUR_MS })]);
    const { points } = series(state, { metric: "events", from, to: from + HOUR_MS, step: "1h" });
    expect(points).toEqual([
      { from, to: from + HOUR_MS / 2, value: 1 },
      { from: from + HOUR_MS / 2, to: from + HOUR_MS, value: 1 },
    ]);
  });

  test("of an unknown metric, an empty range or too many points is refused by name", () => {
    const state = folded([]);
    const refusal = (query: MetricQuery): string | null => {
      const answer = metricSeries(state, query, NOW, ownMoney);
      return answer.ok ? null : answer.error.field;
    };
    expect(refusal({ metric: "nonsense", from: null, to: null, step: "1d" })).toBe("metric");
    expect(refusal({ metric: "events", from: NOW, to: NOW, step: "1d" })).toBe("from");
    expect(refusal({ metric: "events", from: NOW - (metricPointsMax + 2) * 300_000, to: NOW, step: "5m" })).toBe("step");
  });
});

test("the backlog is what was open at each bucket's end", () => {
  const ticket = (type: string, ticketId: string, occurredAt: number): Event => event({ type, occurredAt, data: { ticketId } });
  const state = folded([
    ticket("ticket.created", "1", TODAY - 3 * DAY_MS + HOUR_MS),
    ticket("ticket.created", "2", TODAY - 2 * DAY_MS + HOUR_MS),
    ticket("ticket.solved", "1", TODAY - DAY_MS + HOUR_MS),
    ticket("ticket.created", "3", NOW - MINUTE_MS),
  ]);
  expect(values(state, { metric: "ticket_backlog" }).slice(-5)).toEqual([0, 1, 2, 1, 2]);
  expect(values(state, { metric: "ticket_backlog", step: "all" })).toEqual([2]);
  expect(values(state, { metric: "ticket_backlog", from: TODAY - DAY_MS, to: TODAY - DAY_MS + 3 * HOUR_MS, step: "1h" })).toEqual([
    2, 1, 1,
  ]);
});

test("active users are the distinct ones of the window that ends with the bucket, to the hour", () => {
  const at = fc.integer({ min: 0, max: 10 * 24 }).map((hours) => TODAY + 9 * HOUR_MS - hours * HOUR_MS);
  fc.assert(
    fc.property(
      fc.array(fc.record({ occurredAt: at, user: fc.record({ id: fc.constantFrom("a", "b", "c", "d") }) }), { maxLength: 25 }),
      (list) => {
        const state = folded(list.map((over, i) => event({ ...over, id: `${i}` })));
        for (const [metric, window] of [
          ["active_users_1d", 1],
          ["active_users_7d", 7],
        ] as const) {
          for (const { to, value } of series(state, { metric, from: TODAY - 3 * DAY_MS, to: TODAY + DAY_MS, step: "1h" }).points) {
            const inWindow = list.filter(({ occurredAt }) => occurredAt >= to - window * DAY_MS && occurredAt < to);
            expect(value).toBe(new Set(inWindow.map(({ user }) => user.id)).size);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("revenue is the attribute in minor units, not known before its time, and zero without one", () => {
  expect(values(folded([]), { metric: "arr" }).slice(-2)).toEqual([0, 0]);
  for (const arr of [120_000, "120000", " 1.2e5"]) {
    const state = folded([event({ type: "account.updated", occurredAt: TODAY + HOUR_MS, data: { attributes: { arr } } })]);
    expect(values(state, { metric: "arr" }).slice(-2)).toEqual([null, 120_000]);
  }
});

test("recurring revenue is what the subscriptions earn at the end of each bucket, by the rates of that day, rounded once; a person's word stands above", () => {
  const tell = (daysAgo: number, type: string, data: Record<string, unknown>) =>
    event({ type, occurredAt: TODAY - daysAgo * DAY_MS, data });
  const state = folded([
    tell(3, "subscription.created", {
      subscriptionId: "1",
      amount: 24_000,
      currency: "EUR",
      interval: "year",
      startedAt: TODAY - 90 * DAY_MS,
    }),
    tell(2, "subscription.created", { subscriptionId: "2", amount: 500, currency: "EUR", interval: "week" }),
    tell(2, "subscription.created", { subscriptionId: "3", amount: 99_999, currency: "EUR", status: "trialing" }),
    tell(2, "subscription.created", { subscriptionId: "4", amount: 9, currency: "JPY", interval: "year" }),
    tell(1, "subscription.canceled", { subscriptionId: "1" }),
  ]);
  const yesterday = dayOf(TODAY) - 1;
  const rates = { version: 1, days: [yesterday, yesterday + 1], rates: { JPY: [180, 100] } };
  const inEuro = (metric: string) => values(state, { metric }, { currency: "EUR", rates }).slice(-5);
  expect(inEuro("mrr")).toEqual([2_000, 2_000, null, 2_167, 2_167]);
  expect(inEuro("arr")).toEqual([24_000, 24_000, null, 26_005, 26_009]);
  const [point] = series(state, { metric: "arr", from: TODAY - 2 * DAY_MS, to: TODAY - DAY_MS }).points;
  expect(point).toMatchObject({ value: null, noRate: { currency: "JPY", day: yesterday - 1 } });
  expect(series(state, { metric: "arr" }).currency).toBe("EUR");
  fold(
    state,
    event({ type: "account.updated", connector: "pulseline", occurredAt: TODAY - DAY_MS, data: { attributes: { arr: 1 } } }),
    TODAY + 12 * HOUR_MS,
  );
  expect(values(state, { metric: "arr" }).slice(-2)).toEqual([1, 1]);
});

test("people active in 28 days are as many in the metric of today, in lists and in measures, and more up to an instant within today", () => {
  const used = (person: string, occurredAt: number): Event => event({ type: "feature.used", occurredAt, user: { id: person } });
  const state = folded([
    used("ann", TODAY),
    used("bob", TODAY - 27 * DAY_MS),
    // On the day before the 28 whole ones, but less than 28 times 24 hours ago.
    used("cy", TODAY - HOUR_MS - 27 * DAY_MS),
  ]);
  expect(values(state, { metric: "active_users_28d", from: TODAY, to: TODAY + DAY_MS })).toEqual([2]);
  expect(activeUsers(state.days, 28, dayOf(NOW)).value).toBe(2);
  expect(usageFacts(state)?.window(dayOf(NOW), 28).activeUsers).toBe(2);
  expect(values(state, { metric: "active_users_28d", from: TODAY, to: NOW })).toEqual([3]);
});

test("an account lists the metrics that every account has and one for each type it has seen", () => {
  const names = metricNames(folded([event({ type: "deal.imagined" })])).map(({ metric }) => metric);
  expect(names).toEqual(
    expect.arrayContaining([
      "events",
      "product_events",
      "active_users_28d",
      "tickets_created",
      "tickets_solved",
      "ticket_backlog",
      "mrr",
      "arr",
      "events.deal.imagined",
    ]),
  );
});
