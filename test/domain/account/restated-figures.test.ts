import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { metricSeries } from "../../../src/domain/account/metrics.ts";
import type { Figure } from "../../../src/domain/account/state.ts";
import type { Event } from "../../../src/domain/event.ts";
import { figuresPerRestatementMax } from "../../../src/domain/limits.ts";
import { ownMoney } from "../../../src/domain/money/convert.ts";
import { dayOf, HOUR_MS, MINUTE_MS, startOfDay } from "../../../src/domain/time.ts";
import { event, NOW } from "../../support/account-builders.ts";

const today = dayOf(NOW);
const at = (daysAgo: number, minutes = 0): number => startOfDay(today - daysAgo) + 12 * HOUR_MS + minutes * MINUTE_MS;
const use = (daysAgo: number, over: Partial<Event> & { minutes?: number; who?: string } = {}): Event => {
  const { minutes = 0, who = "ana", ...rest } = over;
  return event({ occurredAt: at(daysAgo, minutes), receivedAt: NOW, user: { id: who }, ...rest });
};
const folded = (...events: readonly Event[]): FoldedAccount => {
  const state = emptyAccount("acme");
  for (const one of events) fold(state, one, NOW);
  return state;
};
/** What the ledger says of the last event, which came late. */
function ledgerOf(state: FoldedAccount, late: Event): readonly Figure[] {
  fold(state, late, NOW, true);
  return state.restatements[0]?.figures ?? [];
}
/** Days ago instead of day numbers. */
const told = (figures: readonly Figure[], metric: string): unknown[] =>
  figures.filter((one) => one.metric === metric).map(({ day, to = day, change }) => [today - day, today - to, change]);

describe("the windows that a late event changes", () => {
  test("are those of the days after it in which the person was not active otherwise", () => {
    const figures = ledgerOf(folded(), use(20));
    expect(told(figures, "active_users_7d")).toEqual([[20, 14, 1]]);
    // Today is not over: 28 days end with yesterday.
    expect(told(figures, "active_users_28d")).toEqual([[20, 1, 1]]);
  });

  test("end where the person was active again, and begin where an earlier day has left the window", () => {
    const figures = ledgerOf(folded(use(24), use(17), use(30, { who: "ben" })), use(20));
    // 7 days: the one of 24 days ago is in the window up to 18 days ago, the one of 17 from then on.
    expect(told(figures, "active_users_7d")).toEqual([]);
    expect(told(ledgerOf(folded(use(26), use(17)), use(20)), "active_users_7d")).toEqual([[19, 18, 1]]);
    expect(told(figures, "active_users_28d")).toEqual([]);
  });

  test("are none when the person was active on the day already", () => {
    expect(told(ledgerOf(folded(use(20)), use(20, { minutes: 5 })), "active_users_7d")).toEqual([]);
  });
});

describe("the sessions that a late event changes", () => {
  const session = (minutes: number, daysAgo = 20): Event => use(daysAgo, { minutes });

  test("one more, with its length among the day's", () => {
    const figures = ledgerOf(folded(session(0), session(10)), session(120));
    expect(told(figures, "sessions")).toEqual([[20, 20, 1]]);
    expect(told(figures, "session_length_p50")).toHaveLength(1);
  });

  test("two that it makes one", () => {
    const figures = ledgerOf(folded(session(0), session(40)), session(20));
    expect(told(figures, "sessions")).toEqual([[20, 20, -1]]);
    expect(told(figures, "session_length_p50")).toEqual([[20, 20, 40 * 60]]);
  });

  test("one over midnight counts on the day on which it began", () => {
    const figures = ledgerOf(folded(session(12 * 60 + 10, 20)), session(12 * 60 - 10, 20));
    expect(told(figures, "sessions")).toEqual([
      [20, 20, 1],
      [19, 19, -1],
    ]);
  });

  test("none where it lies within one", () => {
    const figures = ledgerOf(folded(session(0), session(14)), session(7));
    expect(figures.filter(({ metric }) => metric.startsWith("session"))).toEqual([]);
  });
});

test("the number of open tickets is another from a late opening to the closing that was known", () => {
  const ticket = (type: string, daysAgo: number): Event =>
    event({ type, occurredAt: at(daysAgo), receivedAt: NOW, data: { ticketId: "1" } });
  const open = ledgerOf(folded(), ticket("ticket.created", 20));
  expect(told(open, "ticket_backlog")).toEqual([[20, 1, 1]]);
  const closed = ledgerOf(folded(ticket("ticket.solved", 15)), ticket("ticket.created", 20));
  expect(told(closed, "ticket_backlog")).toEqual([[20, 16, 1]]);
});

test("revenue is another from the beginning of a subscription that was told late, in its own currency", () => {
  const state = folded(
    event({ type: "subscription.created", occurredAt: at(40), data: { subscriptionId: "a", amount: 1_000, currency: "EUR" } }),
  );
  const late = event({
    type: "subscription.created",
    occurredAt: at(10),
    receivedAt: NOW,
    data: { subscriptionId: "b", amount: 500, currency: "USD", startedAt: at(12) },
  });
  const figures = ledgerOf(state, late);
  expect(told(figures, "mrr")).toEqual([[12, 1, 500]]);
  expect(told(figures, "arr")).toEqual([[12, 1, 6_000]]);
  expect(figures.find(({ metric }) => metric === "mrr")?.currency).toBe("USD");
});

test("what the ledger says is what the metrics say before and after, of all that happens to a few people", () => {
  const story = fc.array(
    fc.record({
      days: fc.integer({ min: 8, max: 36 }),
      minutes: fc.integer({ min: -700, max: 700 }),
      who: fc.constantFrom("ana", "ben", "cy"),
    }),
    { minLength: 1, maxLength: 12 },
  );
  const metrics = ["active_users_7d", "active_users_28d", "sessions", "session_length_p50", "session_length_p90"];
  const valuesOf = (state: FoldedAccount, metric: string): (number | null)[] => {
    const query = { metric, from: startOfDay(today - 40), to: startOfDay(today), step: "1d" } as const;
    const series = metricSeries(state, query, NOW, ownMoney);
    if (!series.ok) throw new Error(series.error.detail);
    return series.value.points.map(({ value }) => value);
  };
  fc.assert(
    fc.property(story, (uses) => {
      const events = uses.map(({ days, minutes, who }) => use(days, { minutes, who }));
      const state = folded(...events.slice(1));
      const before = new Map(metrics.map((metric) => [metric, valuesOf(state, metric)]));
      const figures = ledgerOf(state, events[0] as Event);
      expect(figures.length).toBeLessThan(figuresPerRestatementMax);
      for (const metric of metrics) {
        const after = valuesOf(state, metric);
        const changed = after.map((value, i) => [today - 40 + i, value, (before.get(metric) ?? [])[i] ?? null] as const);
        const rows = figures.filter((one) => one.metric === metric);
        for (const [day, value, old] of changed) {
          const row = rows.find((one) => one.day <= day && day <= (one.to ?? one.day));
          if (value === old) expect([metric, day, row]).toEqual([metric, day, undefined]);
          else expect([metric, day, row?.change]).toEqual([metric, day, value === null || old === null ? null : value - old]);
        }
      }
    }),
    { numRuns: 60 },
  );
});
