import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DayRecord } from "../../../src/domain/account/day-record.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import type { MetricQuery, MetricSeries } from "../../../src/domain/account/messages.ts";
import { metricSeries } from "../../../src/domain/account/metrics.ts";
import { hash53 } from "../../../src/domain/account/id-hash.ts";
import { closedSessions, nextSessionEnd } from "../../../src/domain/account/sessions.ts";
import type { Event } from "../../../src/domain/event.ts";
import { sessionsToldPerDayMax, sessionUsersPerDayMax, usersPerDayMax } from "../../../src/domain/limits.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, dayOf, startOfDay } from "../../../src/domain/time.ts";
import { WindowJob, WindowSettingsSchema } from "../../../src/domain/windows/window-job.ts";
import { event, NOW } from "../../support/account-builders.ts";
import { ownMoney } from "../../../src/domain/money/convert.ts";

const TODAY = startOfDay(dayOf(NOW));
const YESTERDAY = TODAY - DAY_MS;

const used = (user: string, at: number, over: Partial<Event> = {}): Event => event({ occurredAt: at, user: { id: user }, ...over });
function folded(events: readonly Event[], attributes: Record<string, unknown> = {}): FoldedAccount {
  const state = emptyAccount("acme");
  if (Object.keys(attributes).length > 0) fold(state, event({ type: "account.updated", data: { attributes } }), NOW);
  for (const one of events) fold(state, one, NOW);
  return state;
}
function series(state: FoldedAccount, query: Partial<MetricQuery> = {}, now = NOW): MetricSeries {
  const answer = metricSeries(state, { metric: "sessions", from: YESTERDAY, to: TODAY, step: "all", ...query }, now, ownMoney);
  if (!answer.ok) throw new Error(answer.error.detail);
  return answer.value;
}
const value = (state: FoldedAccount, query: Partial<MetricQuery> = {}, now = NOW): number | null | undefined =>
  series(state, query, now).points[0]?.value;

describe("sessions", () => {
  test("are those that session windows over the same usage give, in any order", () => {
    const minutes = fc.integer({ min: 0, max: 3 * 24 * 60 });
    const usage = fc.array(fc.tuple(fc.constantFrom("ana", "ben"), minutes), { maxLength: 60 });
    fc.assert(
      fc.property(usage, fc.func(fc.integer()), fc.constantFrom(15, 30, 45), (list, shuffle, gapMinutes) => {
        const events = list.map(([user, minute], i) => used(user, YESTERDAY - 2 * DAY_MS + minute * MINUTE_MS, { id: `${i}` }));
        const order = [...events].sort((a, b) => shuffle(a.id) - shuffle(b.id));
        const state = folded(order, { sessionGapMinutes: gapMinutes });
        const job = new WindowJob(WindowSettingsSchema.parse({ window: { type: "session", gap: gapMinutes * MINUTE_MS } }), {
          of: () => 1,
          merge: (a, b) => a + b,
        });
        const windows = job.start();
        for (const { user, occurredAt } of events) job.take(windows, { key: user?.id ?? "", at: occurredAt, item: null });
        const told = job.advance(windows, Number.POSITIVE_INFINITY);
        const days = series(state, { from: YESTERDAY - 2 * DAY_MS, to: TODAY + DAY_MS, step: "1d" }, TODAY + 2 * DAY_MS);
        for (const { from, to, value: count } of days.points)
          expect(count).toBe(told.filter(({ window }) => window.startMs >= from && window.startMs < to).length);
        const later = TODAY + 2 * DAY_MS;
        const closed = closedSessions(state.days, gapMinutes * MINUTE_MS, { from: YESTERDAY - 3 * DAY_MS, to: later }, later);
        expect(closed.map(({ user, startMs, closedAt }) => [user, startMs, closedAt])).toEqual(
          told.map(({ key, window }) => [hash53(key), window.startMs, window.endMs] as const).sort((a, b) => b[2] - a[2] || b[0] - a[0]),
        );
        for (const { occurredAt } of events) {
          const ends = told.map(({ window }) => window.endMs).filter((end) => end > occurredAt);
          expect(nextSessionEnd(state.days, gapMinutes * MINUTE_MS, occurredAt)).toBe(Math.min(...ends));
        }
      }),
      { numRuns: 150 },
    );
  });

  test("count from the instant at which they are over", () => {
    const state = folded([used("ana", TODAY + HOUR_MS), used("ana", TODAY + HOUR_MS + 20 * MINUTE_MS)]);
    const today = { from: TODAY, to: TODAY + DAY_MS };
    expect(value(state, today, TODAY + HOUR_MS + 50 * MINUTE_MS - 1)).toBe(0);
    expect(value(state, today, TODAY + HOUR_MS + 50 * MINUTE_MS)).toBe(1);
    expect(value(state, { ...today, metric: "session_length_p50" }, NOW)).toBe(20 * 60);
  });

  test("go on over midnight and lie where they began", () => {
    const state = folded([used("ana", TODAY - 10 * MINUTE_MS), used("ana", TODAY + 10 * MINUTE_MS), used("ana", TODAY + 30 * MINUTE_MS)]);
    expect(series(state, { from: YESTERDAY, to: TODAY + DAY_MS, step: "1d" }).points.map(({ value: count }) => count)).toEqual([1, 0]);
    expect(value(state, { metric: "session_length_p90" })).toBe(40 * 60);
  });

  test("are restated by usage that comes late: one that lies between two makes them one", () => {
    const state = folded([used("ana", YESTERDAY), used("ana", YESTERDAY + 50 * MINUTE_MS)]);
    expect([value(state), value(state, { metric: "session_length_p50" })]).toEqual([2, 0]);
    fold(state, used("ana", YESTERDAY + 25 * MINUTE_MS), NOW + 10 * DAY_MS);
    expect([value(state), value(state, { metric: "session_length_p50" })]).toEqual([1, 50 * 60]);
  });

  test("are each person's own, and end after the account's own gap", () => {
    const events = [used("ana", YESTERDAY), used("ben", YESTERDAY + MINUTE_MS), used("ana", YESTERDAY + 40 * MINUTE_MS)];
    expect(value(folded(events))).toBe(3);
    expect(value(folded(events, { sessionGapMinutes: 40 }))).toBe(2);
    expect(value(folded(events, { sessionGapMinutes: 1 }))).toBe(3);
  });

  test("are told one by one once they are over: of each day the last hundred, from wherever one begins to look", () => {
    const state = folded(Array.from({ length: 130 }, (_, i) => used(`p${i}`, YESTERDAY + i * MINUTE_MS)));
    const gap = 30 * MINUTE_MS;
    const told = (from: number, to: number, now = NOW) =>
      closedSessions(state.days, gap, { from, to }, now).map(({ closedAt }) => closedAt);
    const last = Array.from({ length: sessionsToldPerDayMax }, (_, i) => YESTERDAY + gap + (129 - i) * MINUTE_MS);
    expect(told(YESTERDAY, NOW)).toEqual(last);
    expect(told(YESTERDAY, YESTERDAY + 2 * HOUR_MS)).toEqual(last.filter((at) => at <= YESTERDAY + 2 * HOUR_MS));
    expect(told(YESTERDAY + 90 * MINUTE_MS, YESTERDAY + 2 * HOUR_MS)).toHaveLength(30);
    // At that time these were the last ones.
    expect(told(YESTERDAY, YESTERDAY + 40 * MINUTE_MS, YESTERDAY + 40 * MINUTE_MS)).toHaveLength(11);
  });

  test("of days that are not kept are not known; without any, lengths are not", () => {
    const state = folded([]);
    expect(value(state, { from: NOW - 900 * DAY_MS, to: NOW - 899 * DAY_MS })).toBeNull();
    expect([value(state), value(state, { metric: "session_length_p50" })]).toEqual([0, null]);
  });
});

describe("with more people than sessions are kept of", () => {
  const people = sessionUsersPerDayMax * 3;
  const state = emptyAccount("acme");
  for (let user = 0; user < people; user++)
    for (let visit = 0; visit <= user % 3; visit++) fold(state, used(`user-${user}`, YESTERDAY + visit * 2 * HOUR_MS), NOW);

  test("their number is estimated with the error that the answer states", () => {
    const answer = series(state);
    expect(answer.approximate).toBe(true);
    expect(answer.errorRatio).toBeLessThan(0.03);
    expect(Math.abs((answer.points[0]?.value ?? 0) / (people * 2) - 1)).toBeLessThan(3 * (answer.errorRatio ?? 0));
  });

  test("it is the same after the day was written and read", () => {
    const record = state.days.get(dayOf(YESTERDAY)) as DayRecord;
    const read = DayRecord.fromPage(record.day, state.metricNames, record.toPage()) as DayRecord;
    expect(series({ ...state, days: new Map([[read.day, read]]) })).toEqual(series(state));
  });
});

test("the fullest day of people and sessions fits a page", () => {
  const day = folded([used("ana", YESTERDAY)]).days.get(dayOf(YESTERDAY)) as DayRecord;
  const spans = Array.from({ length: 96 }, (_, i) => [i * 900, i * 900]).flat();
  for (let i = 0; i < usersPerDayMax; i++) day.user(2 ** 40 + i * 1_000_003, 0)?.spans.push(...spans);
  expect(day.toPage().length).toBeLessThan(2_000_000);
});
