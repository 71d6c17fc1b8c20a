import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Action } from "../../scripts/demo/company/actions.ts";
import {
  type Customer,
  accountsTotal,
  coreFeatures,
  currencyOf,
  customersCsv,
  customersOf,
  ratesCsv,
} from "../../scripts/demo/company/customers.ts";
import { type Company, actionsOfDays, daysNewestFirst, historyDays } from "../../scripts/demo/company/history.ts";
import { liveEventsPerSecond, liveTraffic } from "../../scripts/demo/company/live.ts";
import type { Story } from "../../scripts/demo/company/stories.ts";
import { newDemoState } from "../../scripts/demo/state.ts";
import { zendeskRequest, zendeskSignature } from "../../scripts/demo/zendesk-sender.ts";
import { mapDelivery } from "../../src/connectors/index.ts";
import { fold } from "../../src/domain/account/fold.ts";
import { type FoldedAccount, emptyAccount } from "../../src/domain/account/folded.ts";
import { standardScorecard } from "../../src/domain/config/standard.ts";
import type { DeliveryHead } from "../../src/domain/delivery.ts";
import type { Event } from "../../src/domain/event.ts";
import { evaluateHealth } from "../../src/domain/health/evaluate.ts";
import { readRates } from "../../src/api/fx-upload.ts";
import { DAY_MS, SECOND_MS, dayOf } from "../../src/domain/time.ts";

const originMs = Date.UTC(2026, 10, 25, 9, 30);
const company: Company = { seed: 7, originMs, customers: customersOf(7, originMs) };
const fromMs = originMs - historyDays * DAY_MS;

function history(of: Company = company, sinceMs: number = fromMs): Action[] {
  const actions: Action[] = [];
  for (const day of actionsOfDays(of, daysNewestFirst(sinceMs, originMs), sinceMs, originMs)) actions.push(...day.actions);
  return actions;
}
const whole = history();
const countBy = (actions: readonly Action[], door: Action["door"]): number => actions.filter((action) => action.door === door).length;

/** What the doors' own mappers make of an action, as if it had been sent at the end of the history. */
function eventsOf(action: Action): Event[] {
  const { connector, form, body, settings } = deliveryOf(action);
  const head = {
    id: `dlv_${idOf(action)}`,
    connectionId: connector,
    connector,
    form,
    receivedAt: originMs,
    lane: "backfill",
    contentEncoding: "identity",
    meta: { invocationId: idOf(action) },
    settings,
    mayCreateAccounts: false,
    accepted: 1,
    rejected: 0,
  } as unknown as DeliveryHead;
  const { items, rejections } = mapDelivery({ head, body: new TextEncoder().encode(body) });
  expect(rejections).toEqual([]);
  return items.flatMap((item) => ("event" in item ? [item.event] : []));
}

function deliveryOf(action: Action): { connector: string; form: string; body: string; settings: Record<string, unknown> } {
  switch (action.door) {
    case "native":
      return { connector: "native", form: "events", body: JSON.stringify(action.event), settings: {} };
    case "mixpanel":
      return { connector: "mixpanel", form: "import", body: JSON.stringify([action.event]), settings: { accountKey: "company_id" } };
    case "zendesk":
      return {
        connector: "zendesk",
        form: "webhook",
        body: zendeskRequest(action.step, { url: "http://h/", secret: "s", seed: 7 }, originMs).body,
        settings: {},
      };
  }
}

function idOf(action: Action): string {
  if (action.door === "zendesk") return `${action.step.ticket.id}-${action.step.number}`;
  return action.door === "native" ? action.event.id : String(action.event.properties["$insert_id"]);
}

const accountOf = (action: Action): string =>
  action.door === "zendesk"
    ? action.step.ticket.customer.id
    : action.door === "native"
      ? action.event.account.id
      : String(action.event.properties["company_id"]);

/** Comparing many thousand objects one by one takes longer than reading them. */
function digestOf(actions: readonly Action[]): string {
  const hash = createHash("sha256");
  for (const action of actions) hash.update(JSON.stringify(action));
  return hash.digest("hex");
}

describe("the simulated company", () => {
  test("has 200 accounts and at least 300,000 events, a third of them Mixpanel's, a twentieth signed webhooks", () => {
    expect(new Set(company.customers.map(({ id }) => id)).size).toBe(accountsTotal);
    expect(whole.length).toBeGreaterThanOrEqual(300_000);
    expect(countBy(whole, "mixpanel") / whole.length).toBeGreaterThanOrEqual(0.3);
    expect(countBy(whole, "zendesk") / whole.length).toBeGreaterThanOrEqual(0.05);
    expect(countBy(whole, "native")).toBeGreaterThan(0);
  });

  test("tells the same history for the same seed, another one for another, and no id twice", () => {
    const sinceMs = originMs - 8 * DAY_MS;
    const told = digestOf(history(company, sinceMs));
    expect(digestOf(history({ ...company, customers: customersOf(7, originMs) }, sinceMs))).toBe(told);
    expect(digestOf(history({ ...company, seed: 8, customers: customersOf(8, originMs) }, sinceMs))).not.toBe(told);
    expect(new Set(whole.map((action) => `${action.door}/${idOf(action)}`)).size).toBe(whole.length);
  });

  test("stays inside its 90 days", () => {
    expect(whole.every(({ at }) => at >= fromMs && at < originMs)).toBe(true);
  });

  test("tells what a pause left out as the same company would have: parts make the whole", () => {
    const middle = originMs - 10.4 * DAY_MS;
    const part = (from: number, to: number): number => {
      let total = 0;
      for (const { actions } of actionsOfDays(company, daysNewestFirst(from, to), from, to)) total += actions.length;
      return total;
    };
    expect(part(originMs - 20 * DAY_MS, middle) + part(middle, originMs)).toBe(part(originMs - 20 * DAY_MS, originMs));
  });

  test("its live traffic is about 20 events a second through all doors, and the same second is the same", () => {
    const traffic = liveTraffic(company);
    const seconds = Array.from({ length: 300 }, (_, i) => traffic(originMs / SECOND_MS + i));
    const actions = seconds.flat();
    expect(actions.length / seconds.length).toBeGreaterThan(0.8 * liveEventsPerSecond);
    expect(actions.length / seconds.length).toBeLessThan(1.3 * liveEventsPerSecond);
    expect(countBy(actions, "mixpanel") / actions.length).toBeGreaterThanOrEqual(0.3);
    expect(countBy(actions, "zendesk")).toBeGreaterThan(0);
    expect(liveTraffic(company)(originMs / SECOND_MS + 42)).toEqual(seconds[42]);
    expect(new Set(actions.map((action) => `${action.door}/${idOf(action)}`)).size).toBe(actions.length);
  });

  test("its table of accounts has a column for each thing that measures need", () => {
    const [header, ...rows] = customersCsv(company.customers).trim().split("\n");
    expect(header?.split(",")).toEqual(
      expect.arrayContaining([
        "id",
        "externalIds.zendesk",
        "owner",
        "segment",
        "plan",
        "seats",
        "slaHours",
        "coreFeatures",
        "entitledFeatures",
        "arr",
        "renewalDate",
      ]),
    );
    expect(rows.every((row) => row.split(",").length === header?.split(",").length)).toBe(true);
  });
});

describe("its stories can be read off the scores", () => {
  const perStory = 6;
  const chosen = company.customers.filter(
    (customer, _, all) => all.filter(({ story }) => story === customer.story).indexOf(customer) < perStory,
  );
  const states = new Map(chosen.map((customer) => [customer.id, accountOfCustomer(customer)]));
  for (const action of whole) {
    const state = states.get(accountOf(action));
    if (state === undefined) continue;
    for (const event of eventsOf(action)) fold(state, event, originMs);
  }
  const average = (story: Story, at: number): number => {
    const scores = chosen
      .filter((customer) => customer.story === story)
      .map(({ id }) => evaluateHealth(states.get(id) as FoldedAccount, standardScorecard, at).score ?? Number.NaN);
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  };

  test("every chosen account is scored, with enough known of it for a band", () => {
    for (const { id } of chosen)
      expect(evaluateHealth(states.get(id) as FoldedAccount, standardScorecard, originMs).confidence).toBeGreaterThan(0.5);
  });

  test("growing customers end highest, then steady ones, far above those in trouble", () => {
    const now = {
      growing: average("growing", originMs),
      steady: average("steady", originMs),
      silent: average("silent", originMs),
      angry: average("angry", originMs),
      churning: average("churning", originMs),
    };
    expect(now.growing).toBeGreaterThan(now.steady);
    for (const trouble of [now.silent, now.angry, now.churning]) expect(now.steady - trouble).toBeGreaterThan(10);
    expect(now.growing).toBeGreaterThan(75);
    expect(Math.min(now.silent, now.churning)).toBeLessThan(40);
  });

  test("those in trouble were well once, and the steady stayed so", () => {
    for (const story of ["silent", "angry"] as const)
      expect(average(story, originMs - 36 * DAY_MS) - average(story, originMs)).toBeGreaterThan(10);
    expect(Math.abs(average("steady", originMs - 28 * DAY_MS) - average("steady", originMs))).toBeLessThan(10);
  });
});

function accountOfCustomer(customer: Customer): FoldedAccount {
  const state = emptyAccount(customer.id);
  const known = {
    seats: customer.seats,
    slaHours: customer.slaHours,
    cadenceDays: customer.cadenceDays,
    contractStart: customer.contractStart,
    renewalDate: customer.renewalDate,
    currency: currencyOf(customer),
    coreFeatures: [...coreFeatures],
    entitledFeatures: customer.entitledFeatures,
  };
  for (const [name, value] of Object.entries(known)) state.attributes.set(name, { value, source: "person:demo", asOf: originMs });
  state.watermarks.set("native/events", originMs).set("mixpanel/track", originMs).set("zendesk/webhook", originMs);
  return state;
}

test("its customers pay in several currencies, of which the demo uploads rates that the product takes", () => {
  const told = new Set(company.customers.map(currencyOf));
  expect([...told].sort((a, b) => (a < b ? -1 : 1))).toEqual(["EUR", "JPY", "USD"]);
  const rates = readRates(ratesCsv(originMs), dayOf(originMs));
  if (!rates.ok) throw new Error(JSON.stringify(rates.error));
  expect(new Set(rates.value.map(({ currency }) => currency))).toEqual(new Set(["USD", "JPY"]));
  expect(Math.max(...rates.value.map(({ day }) => day))).toBe(dayOf(originMs));
});

describe("the requests of the simulated help desk", () => {
  const step = whole.find((action) => action.door === "zendesk");
  if (step?.door !== "zendesk") throw new Error("no ticket in the history");
  const request = zendeskRequest(
    step.step,
    { url: "http://h/webhooks/zendesk/c", secret: newDemoState(originMs, 0).webhookSecret, seed: 7 },
    originMs,
  );

  test("are signed with the time of sending and bear the time of the change", () => {
    expect(request.headers["x-zendesk-webhook-signature-timestamp"]).toBe("2026-11-25T09:30:00Z");
    expect(request.body).toContain(new Date(step.at).toISOString().slice(0, 19));
  });

  test("have the signature of the vendor's scheme", () => {
    const secret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==";
    expect(zendeskSignature(secret, "2021-03-25T05:09:27Z", '{"event":"ticket.updated","id":123}')).toBe(
      "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM=",
    );
  });
});
