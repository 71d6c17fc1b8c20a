import { describe, expect, test } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import { figures, toAccountChange, toAccountDocument } from "../../../src/domain/account/account-change.ts";
import { configurationsPart, toAccountRow } from "../../../src/domain/account-row.ts";
import { cleanScores, emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { activate, type ActiveConfig, emptyConfiguration, shippedConfig } from "../../../src/domain/config/active.ts";
import type { Event } from "../../../src/domain/event.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { accountHealth, type ConfigAt, onlyConfig } from "../../../src/domain/health/account-health.ts";
import { DAY_MS, dayOf, HOUR_MS, startOfDay } from "../../../src/domain/time.ts";
import { event, sourcesTo } from "../../support/account-builders.ts";
import { NOW, daysAgo } from "../../support/health-account.ts";

const stamp = { shard: "1", epoch: 1, number: 1, setAside: false, deleted: false, waitingBand: null };

function shipped() {
  const { version: _, configVersion: __, ...document } = structuredClone(standardScorecard);
  return document;
}

/** Support counts for more than in the scorecard that ships. */
function heavierSupport(): ActiveConfig {
  const document = shipped();
  const dimensions = document.dimensions.map((one) => (one.key === "support" ? { ...one, weight: 60 } : one));
  return activate({ ...emptyConfiguration, version: 2, scorecards: { standard: { version: 2, document: { ...document, dimensions } } } });
}

const told = (type: string, occurredAt: number, more: Parameters<typeof event>[0] = {}) => event({ type, occurredAt, ...more });

function customer(): FoldedAccount {
  const state = emptyAccount("acme", sourcesTo({ "tok_1/native": NOW }));
  const tell = (one: Event): void => fold(state, one, NOW);
  tell(told("account.updated", daysAgo(69), { data: { attributes: { seats: 100, slaHours: 24 } } }));
  for (let day = 0; day < 70; day++) for (const id of ["ana", "ben", "cia"]) tell(told("feature.used", daysAgo(day), { user: { id } }));
  for (const day of [3, 8]) tell(told("ticket.created", daysAgo(day), { data: { ticketId: `t${day}`, priority: "normal" } }));
  tell(told("ticket.created", NOW - 6 * HOUR_MS, { data: { ticketId: "late", priority: "urgent" } }));
  return state;
}

const rowOf = (configAt: ConfigAt, ...more: readonly Event[]) => {
  const state = customer();
  for (const one of more) fold(state, one, NOW);
  return toAccountRow(toAccountChange(state, figures(state, configAt, { scoreLine: null }, NOW), stamp, NOW));
};

/** By what ships, then by heavier support from `publishedAt` on, and again by what ships from `rolledBackAt` on. */
function publishing(publishedAt: number, rolledBackAt = Infinity): ConfigAt {
  const [trial, back] = [
    heavierSupport(),
    activate({ ...emptyConfiguration, version: 4, scorecards: { standard: { version: 3, document: shipped() } } }),
  ];
  const first = { version: 1, at: NOW - 90 * DAY_MS };
  const before = { ...shippedConfig, version: 1, since: first.at };
  const [published, returned] = [
    { ...trial, since: publishedAt, before: [first] },
    { ...back, since: rolledBackAt, before: [{ version: 2, at: publishedAt }, first] },
  ];
  return (at) => ({ config: at >= rolledBackAt ? returned : at >= publishedAt ? published : before, missing: null });
}
const byCustomer = ({ change, changeByConfiguration }: ReturnType<typeof rowOf>): number =>
  (change ?? NaN) - (changeByConfiguration ?? NaN);
const linesOf = ({ moves }: ReturnType<typeof rowOf>) =>
  moves.map(({ measure, cause, aspect, delta }) => [measure, aspect ?? cause, delta] as const);

test("a row tells what a publication made of its change apart from what the customer did, and names what the customer did first", () => {
  const [never, row] = [rowOf(onlyConfig(shippedConfig)), rowOf(publishing(NOW))];
  expect(row.score).toBe(rowOf(onlyConfig(heavierSupport())).score);
  expect(Math.abs(row.changeByConfiguration ?? 0)).toBeGreaterThan(1);
  expect(row.moves[0]?.cause).not.toBe("configuration");
  expect(never.changeByConfiguration).toBe(0);
  expect(Math.abs(byCustomer(never))).toBeGreaterThan(1);
});

test("what a person says in the place of the score is no doing of the customer's", () => {
  const data = { override: { value: 12, reason: "They leave", expiresAt: NOW + DAY_MS } };
  const said = told("account.updated", NOW - HOUR_MS, { connector: "pulseline", data });
  const [never, row] = [rowOf(onlyConfig(shippedConfig)), rowOf(onlyConfig(shippedConfig), said)];
  expect(row.score).toBe(12);
  expect(byCustomer(row)).toBeCloseTo(byCustomer(never), 9);
  expect(row.changeByConfiguration).toBeCloseTo(12 - (never.score as number), 9);
  expect(row.moves[0]?.cause).not.toBe("override");
});

test("what the customer did does not move with a publication: what was before it is told by the scorecard of then", () => {
  const [never, atOnce] = [rowOf(onlyConfig(shippedConfig)), rowOf(publishing(NOW))];
  expect(byCustomer(atOnce)).toBeCloseTo(byCustomer(never), 9);
  // The urgent ticket came six hours ago: only what it did since weighs more.
  const [before, after] = [rowOf(publishing(NOW - 7 * HOUR_MS)), rowOf(publishing(NOW - HOUR_MS))];
  expect(Math.abs(byCustomer(before))).toBeGreaterThan(Math.abs(byCustomer(after)) + 1);
});

test("a publication that was rolled back leaves a row as if it had never been", () => {
  const [never, row] = [rowOf(onlyConfig(shippedConfig)), rowOf(publishing(NOW - 7 * HOUR_MS, NOW - HOUR_MS))];
  expect(row.configVersion).toBe("4");
  expect(row.score).toBeCloseTo(never.score as number, 9);
  expect(row.changeByConfiguration).toBeCloseTo(0, 9);
  expect(linesOf(row)).toEqual(linesOf(never).map(([measure, cause, delta]) => [measure, cause, expect.closeTo(delta, 9)]));
});

test("an account's own document tells the same as its row: the same lines first, and the same part for the configuration", () => {
  const [state, configAt] = [customer(), publishing(NOW - HOUR_MS)];
  const found = figures(state, configAt, { scoreLine: null }, NOW);
  const { assigned, health, moves, sides } = found;
  const parts = { setAside: null, health, moves, scorecard: assigned.key, sides, money: assigned.money };
  const document = toAccountDocument(state, parts, NOW);
  const row = toAccountRow(toAccountChange(state, found, stamp, NOW));
  expect(document.moves.slice(0, row.moves.length)).toEqual(row.moves);
  expect(document.moves.findIndex(({ cause }) => cause === "configuration")).toBeGreaterThan(0);
  expect(configurationsPart(document.moves)).toBe(row.changeByConfiguration);
});

test("a row says which band waits while steadiness holds another one", () => {
  const state = customer();
  const found = figures(state, onlyConfig(shippedConfig), { scoreLine: null }, NOW);
  const held = { ...stamp, waitingBand: { band: "watch", at: NOW + HOUR_MS } as const };
  expect(toAccountRow(toAccountChange(state, found, held, NOW)).waitingBand).toEqual({
    band: "watch",
    at: new Date(NOW + HOUR_MS).toISOString(),
  });
  expect(toAccountRow(toAccountChange(state, found, stamp, NOW)).waitingBand).toBeNull();
});

describe("the change of a week", () => {
  const week = (configAt: ConfigAt, ...more: readonly Event[]) => {
    const { changeWeek, changeWeekByConfiguration: ours } = rowOf(configAt, ...more);
    return { ours: ours as number, customers: (changeWeek as number) - (ours as number) };
  };
  const never = week(onlyConfig(shippedConfig));

  test("tells what a publication did apart from what the customer did, however many days ago", () => {
    expect([never.ours, Math.abs(never.customers) > 1]).toEqual([0, true]);
    for (const at of [NOW, NOW - 20 * HOUR_MS, daysAgo(5)]) expect(Math.abs(week(publishing(at)).ours)).toBeGreaterThan(0.1);
    expect(week(publishing(NOW)).customers).toBeCloseTo(never.customers, 9);
    expect(week(publishing(daysAgo(9))).ours).toBe(0);
  });

  test("is the same in two parts as by all lines of what moved it", () => {
    for (const publishedAt of [NOW - HOUR_MS, daysAgo(2), daysAgo(6)]) {
      const [configAt, account] = [publishing(publishedAt), accountHealth(customer(), publishing(publishedAt))];
      const moves = account.moves(account.at(startOfDay(dayOf(NOW) - 6) - 1), account.at(NOW));
      expect(week(configAt).ours).toBeCloseTo(configurationsPart(moves), 9);
    }
  });

  test("is as if a publication had never been that was rolled back", () => {
    const back = week(publishing(daysAgo(5), daysAgo(3)));
    expect([back.ours, back.customers]).toEqual([expect.closeTo(0, 9), expect.closeTo(never.customers, 2)]);
  });

  test("takes a person's override of now for ours, and one that ended since", () => {
    const override = (at: number, value: number | null) =>
      told("account.updated", at, { connector: "pulseline", data: { override: { value, reason: "Ours", expiresAt: NOW + DAY_MS } } });
    const now = week(onlyConfig(shippedConfig), override(NOW - HOUR_MS, 12));
    expect(now.customers).toBeCloseTo(never.customers, 9);
    const ended = week(onlyConfig(shippedConfig), override(daysAgo(9), 12), override(daysAgo(1), null));
    expect([ended.ours > 10, ended.customers]).toEqual([true, expect.closeTo(never.customers, 2)]);
  });

  test("costs no evaluation for publications of days that nothing has touched since, and is told anew where something has", () => {
    const [state, configAt] = [customer(), publishing(daysAgo(4), daysAgo(3))];
    const other = publishing(daysAgo(4));
    const first = figures(state, other, { scoreLine: null }, NOW);
    cleanScores(state);
    const again = figures(state, other, { scoreLine: first.scoreLine }, NOW);
    const plain = figures(state, onlyConfig(shippedConfig), { scoreLine: first.scoreLine }, NOW);
    // One of the last day is looked at twice, for the day and for the week, and evaluated once.
    const ofToday = figures(state, publishing(NOW - HOUR_MS), { scoreLine: first.scoreLine }, NOW);
    expect(ofToday.evaluations()).toBe(plain.evaluations() + 2);
    expect(first.scoreLine?.jumps).toEqual([[daysAgo(4), expect.any(Number)]]);
    expect([again.weekByConfiguration, again.evaluations()]).toEqual([first.weekByConfiguration, plain.evaluations()]);
    fold(state, told("ticket.created", daysAgo(5), { data: { ticketId: "found late", priority: "urgent" } }), NOW);
    const touched = figures(state, other, { scoreLine: first.scoreLine }, NOW);
    expect(touched.weekByConfiguration).toBe(figures(state, other, { scoreLine: null }, NOW).weekByConfiguration);
    expect(touched.weekByConfiguration).not.toBeCloseTo(first.weekByConfiguration, 3);
    // A roll-back in the days that are kept: what it undid is no part of the week any more.
    expect(figures(state, configAt, { scoreLine: first.scoreLine }, NOW).weekByConfiguration).toBeCloseTo(0, 9);
  });
});
