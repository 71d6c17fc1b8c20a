import { expect, test } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import { figures, toAccountChange } from "../../../src/domain/account/account-change.ts";
import { toAccountRow } from "../../../src/domain/account-row.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { activate, type ActiveConfig, emptyConfiguration, shippedConfig } from "../../../src/domain/config/active.ts";
import type { Event } from "../../../src/domain/event.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { type ConfigAt, onlyConfig } from "../../../src/domain/health/account-health.ts";
import { HOUR_MS } from "../../../src/domain/time.ts";
import { event, sourcesTo } from "../../support/account-builders.ts";
import { NOW, daysAgo } from "../../support/health-account.ts";

const stamp = { shard: "1", epoch: 1, number: 1, setAside: false, deleted: false, waitingBand: null };

/** Support counts for more than in the scorecard that ships. */
function heavierSupport(): ActiveConfig {
  const { version: _, configVersion: __, ...document } = structuredClone(standardScorecard);
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

const rowOf = (configAt: ConfigAt) => {
  const state = customer();
  return toAccountRow(toAccountChange(state, figures(state, configAt, { scoreLine: null }, NOW), stamp, NOW));
};

test("a row tells what a publication made of its change apart from what the customer did, and names what the customer did first", () => {
  const [before, after] = [onlyConfig(shippedConfig), onlyConfig(heavierSupport())];
  const row = rowOf((at) => (at < NOW - HOUR_MS ? before(at) : after(at)));
  const alike = rowOf(after);
  expect(row.score).toBe(alike.score);
  expect(Math.abs(row.changeByConfiguration ?? 0)).toBeGreaterThan(1);
  // The facts alone, by the scorecard of today.
  expect((row.change ?? 0) - (row.changeByConfiguration ?? 0)).toBeCloseTo(alike.change ?? Number.NaN, 9);
  expect(row.moves[0]?.cause).not.toBe("configuration");
  expect(alike.changeByConfiguration).toBe(0);
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
