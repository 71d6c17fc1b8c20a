import { expect, test } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { activate, emptyConfiguration, shippedConfig } from "../../../src/domain/config/active.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import type { Event } from "../../../src/domain/event.ts";
import { accountHealth } from "../../../src/domain/health/account-health.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { eventsBehind } from "../../../src/domain/health/events-behind.ts";
import { event, sourcesTo } from "../../support/account-builders.ts";

const NOON = Date.UTC(2026, 10, 24, 12);

/** The account that docs/design/health.md works out by hand; the figures here are those of the page, computed on paper. */
test("the account of docs/design/health.md has the score that was worked out by hand", () => {
  const document = evaluateHealth(acme(), standardScorecard, NOON);

  const rows = document.dimensions.flatMap(({ measures }) =>
    measures.map(({ key, value, score, effectiveWeight, contribution }) => [
      key,
      round(value),
      round(score),
      round(effectiveWeight),
      round(contribution),
    ]),
  );
  expect(rows).toEqual([
    ["seat_use", 0.3, 16.6667, 0.0938, -3.125],
    ["stickiness", 0.2667, 55.5556, 0.0563, 0.3125],
    ["breadth", 0.5, 60, 0.075, 0.75],
    ["depth", 0.3333, 58.3333, 0.0563, 0.4688],
    ["trend", null, null, 0, 0],
    ["recency", 0, 100, 0.0188, 0.9375],
    ["weighted_backlog", 4, 33.3333, 0.0706, -1.1765],
    ["ticket_volume", null, null, 0, 0],
    ["resolution_time", 0.5, 100, 0.0471, 2.3529],
    ["reopen_rate", 0.0727, 88.6364, 0.0235, 0.9091],
    ["csat", 0.8909, 76.3636, 0.0588, 1.5508],
    ["two_way_contact", 1.7143, 64.2857, 0.0525, 0.75],
    ["people_in_touch", 1.5, 16.6667, 0.045, -1.5],
    ["reply_share", 0.3333, 46.6667, 0.0225, -0.075],
    ["meeting_attendance", 0.5, 20, 0.03, -0.9],
    ["nps", 14.2857, 55.3571, 0.05, 0.2679],
    ["success_plan", 0.5, 33.3333, 0.05, -0.8333],
    ["payment_standing", 10, 77.7778, 0.06, 1.6667],
    ["arr_movement", 0.04, 76, 0.05, 1.3],
    ["commitment_use", 0.79, 78.0087, 0.05, 1.4004],
    ["renewal_step", 1, 50, 0.04, 0],
    ["time_to_value", 1.4375, 56.25, 0.05, 0.3125],
  ]);
  expect(document.dimensions.map(({ key, weight, score }) => [key, round(weight), round(score)])).toEqual([
    ["usage", 0.3, 47.8125],
    ["support", 0.2, 68.1818],
    ["relationship", 0.15, 38.5],
    ["outcomes", 0.1, 44.3452],
    ["commercial", 0.2, 71.8355],
    ["lifecycle", 0.05, 56.25],
  ]);
  expect(document).toMatchObject({
    score: expect.closeTo(55.369237013, 8),
    confidence: expect.closeTo(0.91, 12),
    band: "at_risk",
    flags: [],
  });
});

test("the same account six hours later: what the new scorecard did, what the facts did, and what lies behind it", () => {
  const publishedAt = Date.UTC(2026, 10, 24, 15);
  const evening = Date.UTC(2026, 10, 24, 18);
  const state = acme(evening);
  const write = {
    type: "account.updated",
    connector: "pulseline",
    occurredAt: Date.UTC(2026, 10, 24, 16),
    data: { attributes: { seats: 12 } },
  };
  fold(state, event({ ...write, id: "seats" }), evening);
  const { version: _, configVersion: __, ...document } = structuredClone(standardScorecard);
  const weights = new Map([["usage", 40], ["support", 10]]); // prettier-ignore
  const seatUse = [{ value: 0.1, score: 0 }, { value: 0.6, score: 100 }]; // prettier-ignore
  const dimensions = document.dimensions.map((one) => ({
    ...one,
    weight: weights.get(one.key) ?? one.weight,
    measures: one.measures.map((measure) => (measure.key === "seat_use" ? { ...measure, anchors: seatUse } : measure)),
  }));
  const config = activate({
    ...emptyConfiguration,
    version: 1,
    at: publishedAt,
    scorecards: { standard: { version: 1, document: { ...document, dimensions } } },
  });
  const account = accountHealth(state, (at) => ({ config: at < publishedAt ? shippedConfig : config, missing: null }));
  const [from, to] = [account.at(NOON), account.at(evening)];
  const moves = account.moves(from, to);
  const { occurredAt: at } = write;
  const behind = eventsBehind(
    moves,
    { from, to, state, config },
    {
      refs: [{ seq: 1, lines: 1, held: false, from: at, to: at }],
      read: () => [{ at, seq: 1, line: 0, event: event({ ...write, id: "seats" }), held: false, restated: false }],
    },
  );
  const lines = moves.map(({ measure, cause, aspect, delta }, i) => [measure, aspect ?? cause, round(delta), behind[i]?.eventIds ?? []]);
  expect(lines).toEqual([
    ["seat_use", "anchors", 2.5521, []],
    ["seat_use", "data", -1.25, ["seats"]],
    ["resolution_time", "weight", -1.1765, []],
    ["csat", "weight", -0.7754, []],
    ["weighted_backlog", "weight", 0.7353, []],
    ["seat_use", "weight", -0.6771, []],
    ["reopen_rate", "weight", -0.4545, []],
    ["weighted_backlog", "data", -0.4412, ["seats"]],
    ["recency", "weight", 0.3125, []],
    ["breadth", "weight", 0.25, []],
    ["depth", "weight", 0.1563, []],
    ["stickiness", "weight", 0.1042, []],
    ["commitment_use", "data", -0.0171, []],
  ]);
  expect([from.score, to.score, from.configVersion, to.configVersion]).toEqual([
    expect.closeTo(55.369237013, 8),
    expect.closeTo(54.6878, 4),
    "0",
    "1",
  ]);
  const sum = moves.reduce((total, { delta }) => total + delta, 0);
  expect(Math.abs(sum - ((to.score as number) - (from.score as number)))).toBeLessThan(1e-9);
});

test("a tenth of two days that cannot be counted takes a fifteenth of the confidence, and nothing of the score", () => {
  const today = Math.floor(NOON / 86_400_000);
  const partial = evaluateHealth(
    acme(NOON, new Map([["tok_1/events", [[today - 1, 45, 5] as const, [today, 15, 1] as const]]])),
    standardScorecard,
    NOON,
  );
  expect(partial).toMatchObject({
    score: expect.closeTo(55.369237013, 8),
    confidence: expect.closeTo((0.91 * (54 + 30)) / (60 + 30), 12),
    band: "at_risk",
  });
});

/** To four places, halves up as on paper: the last bit of a double must not decide. */
const round = (value: number | null): number | null => (value === null ? null : Math.round(Number((value * 1e4).toFixed(6))) / 1e4);

function acme(watermark = NOON, arrivals: FoldedAccount["arrivals"] = new Map()): FoldedAccount {
  const state = emptyAccount("acme", { ...sourcesTo({ "tok_1/events": watermark }), arrivals: new Map(arrivals) });
  const tell = (time: string, type: string, data: Record<string, unknown>, user?: string): void => {
    const occurredAt = Date.parse(`${time}Z`);
    const over: Partial<Event> = { type, data, occurredAt, ...(user === undefined ? {} : { user: { id: user } }) };
    fold(state, event(over), NOON);
  };
  tell("2026-08-01T00:00", "account.updated", {
    seats: 10,
    slaHours: 24,
    coreFeatures: ["report", "export"],
    cadenceDays: 7,
    renewalDate: "2027-02-01",
    usualDaysToValue: 80,
  });
  const term = { startedAt: Date.UTC(2026, 7, 1), endsAt: Date.UTC(2027, 7, 1), currency: "EUR", committed: 1_200 };
  tell("2026-08-01T00:00", "subscription.created", { subscriptionId: "s", ...term, amount: 100_000 });
  tell("2026-08-26T09:00", "survey.answered", { kind: "nps", score: 6 }, "ben");
  tell("2026-10-01T09:00", "subscription.updated", { subscriptionId: "s", amount: 104_000, consumed: 300 });
  tell("2026-10-31T09:00", "invoice.created", { invoiceId: "i", amount: 104_000, currency: "EUR", due: Date.UTC(2026, 10, 14) });
  tell("2026-11-02T09:00", "opportunity.created", {
    opportunityId: "o",
    renewal: true,
    stage: "Qualification",
    closeDate: Date.UTC(2027, 1, 1),
  });
  tell("2026-11-02T09:00", "user.identified", { role: "Champion" }, "dee");
  tell("2026-11-05T09:00", "meeting.held", {}, "ben");
  tell("2026-11-09T09:00", "goal.updated", { goalId: "1", due: Date.UTC(2026, 10, 10), status: "done" });
  tell("2026-11-09T09:00", "goal.updated", { goalId: "2", due: Date.UTC(2026, 10, 20), status: "open" });
  tell("2026-11-10T09:00", "message.sent", {}, "ana");
  tell("2026-11-12T09:00", "message.replied", {}, "ana");
  tell("2026-11-17T09:00", "message.sent", {}, "ana");
  tell("2026-11-19T09:00", "meeting.missed", {}, "ana");
  tell("2026-11-20T09:00", "message.sent", {}, "ana");
  for (const feature of ["report", "export"]) tell("2026-11-20T12:00", "feature.used", { feature }, "ana");
  tell("2026-11-22T12:00", "ticket.created", { ticketId: "1", priority: "low" });
  tell("2026-11-23T00:00", "ticket.created", { ticketId: "2", priority: "normal" });
  tell("2026-11-23T12:00", "ticket.solved", { ticketId: "2" });
  tell("2026-11-23T16:00", "ticket.rated", { ticketId: "2", score: "good" });
  tell("2026-11-24T08:00", "survey.answered", { kind: "nps", score: 9 }, "ana");
  tell("2026-11-24T08:00", "survey.answered", { kind: "nps", score: 8, role: "VP Finance" }, "cy");
  for (const person of ["ana", "ben", "cy"]) tell("2026-11-24T10:00", "feature.used", { feature: "report" }, person);
  return state;
}
