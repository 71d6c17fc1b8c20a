import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { metricSeries } from "../../../src/domain/account/metrics.ts";
import type { Figure } from "../../../src/domain/account/state.ts";
import type { Event } from "../../../src/domain/event.ts";
import {
  figuresPerRestatementMax,
  restatedBacklogMs,
  restatementsPerAccountMax,
  subscriptionsPerAccountMax,
} from "../../../src/domain/limits.ts";
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

describe("the revenue that a late event changes", () => {
  const FIELDS = {
    type: fc.constantFrom("subscription.created", "subscription.updated", "subscription.canceled"),
    days: fc.integer({ min: 8, max: 50 }),
    subscriptionId: fc.constantFrom("a", "b"),
    amount: fc.constantFrom(undefined, 1_200, 2_400),
    interval: fc.constantFrom(undefined, "year"),
    status: fc.constantFrom(undefined, "paused", "active"),
    currency: fc.constantFrom("EUR", "EUR", undefined),
    startedDaysAgo: fc.option(fc.integer({ min: 5, max: 60 }), { nil: undefined }),
    endsDaysAgo: fc.option(fc.integer({ min: -5, max: 60 }), { nil: undefined }),
  };
  const subscription = ({ type, days, startedDaysAgo, endsDaysAgo, ...data }: StoryStep, i: number): Event => {
    const times = {
      ...(startedDaysAgo !== undefined && { startedAt: at(startedDaysAgo) }),
      ...(endsDaysAgo !== undefined && { endsAt: at(endsDaysAgo, 30) }),
    };
    return event({ id: `s${i}`, type, occurredAt: at(days), receivedAt: NOW, data: withoutAbsent({ ...data, ...times }) });
  };
  type StoryStep = { readonly [Field in keyof typeof FIELDS]: (typeof FIELDS)[Field] extends fc.Arbitrary<infer Value> ? Value : never };
  const withoutAbsent = (data: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
  const euros = event({ type: "account.updated", occurredAt: at(60), data: { currency: "EUR" } });
  const revenueOf = (state: FoldedAccount, metric: string): number[] => {
    const query = { metric, from: startOfDay(today - 70), to: startOfDay(today), step: "1d" } as const;
    const series = metricSeries(state, query, NOW, ownMoney);
    if (!series.ok) throw new Error(series.error.detail);
    return series.value.points.map(({ value }) => value ?? 0);
  };

  test("is the difference of what the metrics say before and after, whatever was told of a few subscriptions", () => {
    let rows = 0;
    fc.assert(
      fc.property(fc.array(fc.record(FIELDS), { minLength: 1, maxLength: 8 }), (story) => {
        const [late, ...known] = story.map(subscription);
        const state = folded(euros, ...known);
        const before = new Map(["mrr", "arr"].map((metric) => [metric, revenueOf(state, metric)]));
        const figures = ledgerOf(state, late as Event);
        for (const [metric, old] of before) {
          const changes = revenueOf(state, metric).map((value, i) => value - (old[i] ?? 0));
          const own = figures.filter((one) => one.metric === metric);
          rows += own.length;
          const asTold = changes.map((_, i) => own.find(({ day, to = day }) => day <= today - 70 + i && today - 70 + i <= to)?.change ?? 0);
          expect([metric, asTold]).toEqual([metric, changes]);
        }
      }),
      { numRuns: 200 },
    );
    expect(rows).toBeGreaterThan(100);
  });

  const created = (n: number, daysAgo: number, status: string): Event =>
    event({
      id: `c${n}`,
      type: "subscription.created",
      occurredAt: at(daysAgo),
      receivedAt: NOW,
      data: { subscriptionId: `s${n}`, amount: 100, currency: "EUR", status },
    });

  test("counts what a full account gave up for it", () => {
    const kept = Array.from({ length: subscriptionsPerAccountMax - 1 }, (_, n) => created(n, 5, "paused"));
    const gone = { ...created(-1, 30, "active"), id: "gone" };
    const end = event({ type: "subscription.canceled", occurredAt: at(25), data: { subscriptionId: "s-1", endsAt: at(25) } });
    const figures = ledgerOf(folded(gone, end, ...kept), created(999, 20, "active"));
    expect(told(figures, "mrr")).toEqual([
      [30, 26, -100],
      [20, 1, 100],
    ]);
  });

  test("is found by what was changed alone: hundreds of late events of a full account are a matter of moments", () => {
    const state = folded(...Array.from({ length: subscriptionsPerAccountMax }, (_, n) => created(n, 790, "active")));
    const began = performance.now();
    for (let n = 0; n < 300; n++) {
      const paused = { subscriptionId: `s${n}`, status: "paused" };
      const receivedAt = NOW + (n * restatedBacklogMs) / 100;
      fold(state, event({ id: `p${n}`, type: "subscription.updated", occurredAt: at(780), receivedAt, data: paused }), NOW, true);
    }
    // Looking at every subscription on each of the days is a hundred times as much.
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(told(state.restatements[0]?.figures ?? [], "mrr")).toEqual([[780, 1, -100]]);
  });
});

test("where thousands of people were active around a late event, the days are named whose sessions may differ", () => {
  const state = folded(
    ...[21, 20, 19].flatMap((days) => Array.from({ length: 7_000 }, (_, n) => use(days, { who: `u${n}`, id: `${days}/${n}` }))),
  );
  const figures = ledgerOf(state, use(20, { minutes: 300, who: "u1" }));
  expect(["sessions", "session_length_p50", "session_length_p90"].map((metric) => told(figures, metric))).toEqual(
    Array.from({ length: 3 }, () => [[21, 19, null]]),
  );
});

test("of a delivery with more late events than the ledger lists, the further ones name the days that may differ, and the next one is looked up", () => {
  const state = emptyAccount("acme");
  for (let n = 0; n <= restatementsPerAccountMax; n++)
    fold(state, use(20, { id: `e${String(n).padStart(3, "0")}`, who: `u${n}` }), NOW, true);
  const [further, listed] = state.restatements.map(({ figures }) => figures);
  const windows = [told(further ?? [], "active_users_7d"), told(further ?? [], "active_users_28d"), told(further ?? [], "sessions")];
  expect(windows).toEqual([[[20, 14, null]], [[20, 1, null]], [[21, 19, null]]]);
  expect(told(further ?? [], "active_users_1d")).toEqual([[20, 20, 1]]);
  expect(told(listed ?? [], "active_users_7d")).toEqual([[20, 14, 1]]);
  const paused = event({
    id: "z",
    type: "subscription.updated",
    occurredAt: at(20),
    receivedAt: NOW,
    data: { subscriptionId: "a", amount: 5 },
  });
  expect(told(ledgerOf(state, paused), "arr")).toEqual([[20, 1, null]]);
  // One of a subscription that began before it names the days since then.
  const began = { ...paused, id: "zy", data: { subscriptionId: "b", amount: 5, startedAt: at(80) } };
  expect(told(ledgerOf(state, began), "arr")).toEqual([[80, 1, null]]);
  const next = { ...paused, id: "zz", receivedAt: NOW + restatedBacklogMs + 1, data: { subscriptionId: "a", amount: 7 } };
  expect(told(ledgerOf(state, next), "arr")).toEqual([[20, 1, 24]]);
});

test("a backlog that comes in many deliveries is bounded as one that comes in one", () => {
  const state = emptyAccount("acme");
  const late = (n: number): Event => use(20, { id: `e${n}`, who: `u${n}`, receivedAt: NOW + n });
  for (let n = 0; n < restatementsPerAccountMax; n++) fold(state, late(n), NOW, true);
  expect(told(ledgerOf(state, late(restatementsPerAccountMax)), "active_users_7d")).toEqual([[20, 14, null]]);
  expect(told(state.restatements[1]?.figures ?? [], "active_users_7d")).toEqual([[20, 14, 1]]);
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
