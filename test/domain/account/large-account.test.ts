import { beforeAll, describe, expect, test } from "vitest";
import { AccountModel, largeAccount, modelDays } from "../../../scripts/bench/account-model.ts";
import { seededRandom } from "../../../scripts/seeded-random.ts";
import { figures } from "../../../src/domain/account/account-change.ts";
import { stateBytes, toHeadPage } from "../../../src/domain/account/account-pages.ts";
import { DayRecord } from "../../../src/domain/account/day-record.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { IdSet } from "../../../src/domain/account/id-set.ts";
import { metricSeries } from "../../../src/domain/account/metrics.ts";
import { assign, shippedConfig } from "../../../src/domain/config/active.ts";
import { onlyConfig } from "../../../src/domain/health/account-health.ts";
import { healthEvaluator } from "../../../src/domain/health/evaluate.ts";
import { idRetentionMs } from "../../../src/domain/limits.ts";
import { DAY_MS, dayOf } from "../../../src/domain/time.ts";
import { NOW, sourcesTo } from "../../support/account-builders.ts";
import { ownMoney } from "../../../src/domain/money/convert.ts";

/** Told in docs/design/accounts.md. */
const MEMORY_BYTES_MAX = 24_000_000;
const DAY_PAGE_BYTES_MAX = 200_000;
/** The platform's bound of one row. */
const ROW_BYTES_MAX = 2_000_000;
/** A day with hours and one without: the others hold the same people. */
const FOLDED_DAYS = [1, 40];

const today = dayOf(NOW);
const eventsPerDay = Math.round(largeAccount.events / modelDays);
let state: FoldedAccount;

/** 5,000 people, 2 million events, 500 names: two days of them folded, the others filled with the same pages. */
beforeAll(() => {
  state = emptyAccount("acme", sourcesTo({ "tok_1/events": NOW }));
  const model = new AccountModel(largeAccount, NOW);
  for (const event of model.relations()) fold(state, event, NOW);
  for (const day of FOLDED_DAYS)
    for (let i = 0; i < eventsPerDay; i++) fold(state, model.usage((today - day) * DAY_MS + Math.floor((i / eventsPerDay) * DAY_MS)), NOW);
  const [recent, old] = FOLDED_DAYS.map((day) => (state.days.get(today - day) as DayRecord).toPage()) as [Uint8Array, Uint8Array];
  for (let day = 0; day < modelDays; day++) {
    const page = day < idRetentionMs / DAY_MS ? recent : old;
    state.days.set(today - day, DayRecord.fromPage(today - day, state.metricNames, page.slice()) as DayRecord);
  }
});

describe("the largest account that is promised", () => {
  test("has days of its people and names, each in a page far below the bound of a row", () => {
    const [day] = [...state.days.values()];
    expect(day?.peopleKept).toBeGreaterThan(largeAccount.users * 0.85);
    expect(state.totals.size + state.features.length).toBeGreaterThan(largeAccount.names);
    for (const record of state.days.values()) expect(record.toPage().byteLength).toBeLessThan(DAY_PAGE_BYTES_MAX);
    expect(toHeadPage(state, { pagedSeq: 1, scoreLine: null }).length).toBeLessThan(ROW_BYTES_MAX / 3);
  });

  test("stays within its memory with today open, and scoring it opens no day", () => {
    const before = stateBytes(state);
    const { health } = figures(state, onlyConfig(shippedConfig), { scoreLine: null, lineDaysMax: 0 }, NOW);
    const evaluate = healthEvaluator(state, assign(shippedConfig, state).scorecard);
    for (const daysAgo of [20, 60]) expect(evaluate(NOW - daysAgo * DAY_MS).score).not.toBeNull();
    metricSeries(state, { metric: "active_users_28d", from: NOW - 10 * DAY_MS, to: NOW, step: "1d" }, NOW, ownMoney);
    metricSeries(state, { metric: "sessions", from: NOW - 10 * DAY_MS, to: NOW, step: "1d" }, NOW, ownMoney);
    expect(health.score).not.toBeNull();
    expect(stateBytes(state)).toBe(before);

    expect(state.days.get(today)?.users.size).toBeGreaterThan(largeAccount.users * 0.85);
    expect(stateBytes(state) + idBytes()).toBeLessThan(MEMORY_BYTES_MAX);
    state.days.get(today)?.close();
  });
});

/** Ids of all events that are still remembered, sealed as they come. */
function idBytes(): number {
  const random = seededRandom(7);
  const word = (): number => Math.floor(random() * 2 ** 32);
  const sealed = new Map<number, Uint8Array>();
  const ids = new IdSet((part) => sealed.get(part) ?? null);
  const remembered = (eventsPerDay * idRetentionMs) / DAY_MS;
  for (let i = 0; i < remembered; i++) {
    ids.add(word(), word(), 1, 1, today);
    if (i % 5_000 === 0) ids.takeChangedPages(today);
  }
  return ids.bytes;
}
