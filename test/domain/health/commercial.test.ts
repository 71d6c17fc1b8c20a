import { describe, expect, test } from "vitest";
import { dayKept } from "../../../src/domain/account/buckets.ts";
import type { AccountState } from "../../../src/domain/account/state.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import type { HealthDocument, MeasureResult } from "../../../src/domain/health/document.ts";
import { accountHealth, onlyConfig } from "../../../src/domain/health/account-health.ts";
import { shippedConfig } from "../../../src/domain/config/active.ts";
import type { RatesTable } from "../../../src/domain/money/rates.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { dayOf, isoTime } from "../../../src/domain/time.ts";
import { NOW, anAccount, daysAgo, told, used } from "../../support/health-account.ts";

const documentOf = (state: AccountState, at = NOW): HealthDocument => evaluateHealth(state, standardScorecard, at);
const measureOf = (state: AccountState, key: string, at = NOW): MeasureResult =>
  documentOf(state, at)
    .dimensions.flatMap(({ measures }) => measures)
    .find((measure) => measure.key === key) as MeasureResult;
const dateOf = (at: number): string => isoTime(at).slice(0, 10);

describe("payment standing", () => {
  test("is the days overdue, weighted by what is left to pay, and nothing once it is paid", () => {
    const state = anAccount();
    expect(measureOf(state, "payment_standing").status).toBe("missing");
    told(state, daysAgo(60), "invoice.created", { invoiceId: "1", amount: 30_000, currency: "EUR", due: daysAgo(30) });
    told(state, daysAgo(50), "invoice.created", { invoiceId: "2", amount: 20_000, currency: "eur", due: daysAgo(10) });
    told(state, daysAgo(40), "invoice.created", { invoiceId: "3", amount: 90_000, currency: "EUR", due: daysAgo(-5) });
    expect(measureOf(state, "payment_standing").value).toBe((30 * 30_000 + 10 * 20_000) / 50_000);
    told(state, daysAgo(9), "payment.succeeded", { paymentId: "p", invoiceId: "1", amount: 10_000 });
    expect(measureOf(state, "payment_standing").value).toBe((30 * 20_000 + 10 * 20_000) / 40_000);
    told(state, daysAgo(2), "invoice.paid", { invoiceId: "1" });
    told(state, daysAgo(2), "invoice.voided", { invoiceId: "2" });
    expect(measureOf(state, "payment_standing")).toMatchObject({ value: 0, score: 100 });
    expect(measureOf(state, "payment_standing", daysAgo(20)).value).toBe(10);
  });

  test("weighs several currencies by the rates of the day; without one the worst of them counts, and it says so", () => {
    const state = anAccount();
    told(state, daysAgo(60), "invoice.created", { invoiceId: "1", amount: 1, currency: "EUR", due: daysAgo(30) });
    told(state, daysAgo(60), "invoice.created", { invoiceId: "2", amount: 9_000_000, currency: "JPY", due: daysAgo(3) });
    expect(measureOf(state, "payment_standing")).toMatchObject({
      value: 30,
      note: "2 overdue. No rate of JPY is known for 2026-11-24, so its amounts cannot be compared. The currency with the longest delay counts.",
    });
    // 9,000,000 JPY are 5,625,000 minor units of EUR.
    expect(measuredWith(rates, state, "payment_standing").value).toBeCloseTo((30 + 3 * 5_625_000) / 5_625_001, 12);
  });

  test("takes what names no currency to be in the account's, else in the reporting currency", () => {
    const overdue = (attributes: Readonly<Record<string, unknown>>, currency: string): AccountState => {
      const state = anAccount(attributes);
      told(state, daysAgo(60), "invoice.created", { invoiceId: "1", amount: 1_000, due: daysAgo(30) });
      told(state, daysAgo(60), "invoice.created", { invoiceId: "2", amount: 3_000, currency, due: daysAgo(10) });
      return state;
    };
    // One currency, so that no rates are asked for.
    expect(measureOf(overdue({ currency: "usd" }, "USD"), "payment_standing")).toMatchObject({ value: 15, note: "2 overdue." });
    expect(measureOf(overdue({}, "EUR"), "payment_standing")).toMatchObject({ value: 15, note: "2 overdue." });
    // 1,000 JPY are 625 of EUR.
    const yen = overdue({ currency: "JPY" }, "EUR");
    expect(measuredWith(rates, yen, "payment_standing").value).toBeCloseTo((30 * 625 + 10 * 3_000) / 3_625, 12);
  });
});

const rates: RatesTable = { version: 1, days: [dayOf(daysAgo(370)), dayOf(NOW)], rates: { JPY: [150, 160], USD: [1.25, 1] } };
const measuredWith = (table: RatesTable, state: AccountState, key: string): MeasureResult =>
  accountHealth(state, onlyConfig({ ...shippedConfig, money: { currency: "GBP", rates: table } }))
    .at(NOW)
    .dimensions.flatMap(({ measures }) => measures)
    .find((measure) => measure.key === key) as MeasureResult;

describe("a refused payment", () => {
  test("caps the score at 49 after 30 days, until it is made", () => {
    const state = anAccount();
    told(state, daysAgo(31), "payment.failed", { paymentId: "p1", invoiceId: "1", amount: 500 });
    told(state, daysAgo(20), "payment.failed", { paymentId: "p2", invoiceId: "1", amount: 500 });
    expect(documentOf(state).flags).toEqual([expect.objectContaining({ key: "payment_failed", since: daysAgo(1) })]);
    expect(documentOf(state).caps).toEqual([expect.objectContaining({ max: 49 })]);
    expect(documentOf(state, daysAgo(2)).flags).toEqual([]);
    told(state, daysAgo(0, 2), "payment.succeeded", { paymentId: "p3", invoiceId: "1", amount: 500 });
    expect(documentOf(state).flags).toEqual([]);
  });

  test("is settled too when its invoice is told to be paid", () => {
    const state = anAccount();
    told(state, daysAgo(40), "payment.failed", { paymentId: "p1", invoiceId: "1" });
    told(state, daysAgo(3), "invoice.paid", { invoiceId: "1" });
    expect(documentOf(state).flags).toEqual([]);
  });
});

describe("ARR movement", () => {
  test("is −1 for who pays nothing any more, in however many currencies that was and whichever was told of first", () => {
    const subscriptions = [
      { subscriptionId: "1", amount: 900, currency: "GBP" },
      { subscriptionId: "2", amount: 500, currency: "EUR" },
    ];
    for (const events of [subscriptions, subscriptions.toReversed()]) {
      const state = anAccount();
      for (const one of events) told(state, daysAgo(200), "subscription.created", one);
      expect(measureOf(state, "arr_movement", daysAgo(5))).toMatchObject({ value: 0 });
      for (const { subscriptionId } of events) told(state, daysAgo(1), "subscription.canceled", { subscriptionId });
      expect(measureOf(state, "arr_movement")).toMatchObject({ value: -1, status: "ok" });
    }
  });

  test("weighs several currencies by the rates of the start on both sides, so that a rate that moved is no growth", () => {
    const state = anAccount();
    told(state, daysAgo(400), "subscription.created", { subscriptionId: "1", amount: 1_250, currency: "USD" });
    told(state, daysAgo(400), "subscription.created", { subscriptionId: "2", amount: 1_000, currency: "EUR" });
    expect(measuredWith(rates, state, "arr_movement").value).toBe(0);
    told(state, daysAgo(10), "subscription.updated", { subscriptionId: "1", amount: 2_500 });
    expect(measuredWith(rates, state, "arr_movement").value).toBe(0.5);
    expect(measureOf(state, "arr_movement")).toMatchObject({
      status: "missing",
      note: "No rate of USD is known for 2025-11-24, so its amounts cannot be compared.",
    });
  });

  test("compares with 12 months ago, in any interval of payment", () => {
    const state = anAccount();
    told(state, daysAgo(500), "subscription.created", { subscriptionId: "1", amount: 120_000, currency: "EUR", interval: "year" });
    expect(measureOf(state, "arr_movement").value).toBe(0);
    told(state, daysAgo(100), "subscription.updated", { subscriptionId: "1", amount: 11_000, interval: "month" });
    expect(measureOf(state, "arr_movement").value).toBeCloseTo(0.1, 12);
    told(state, daysAgo(10), "subscription.canceled", { subscriptionId: "1" });
    expect(measureOf(state, "arr_movement").value).toBe(-1);
  });

  test("of a younger customer compares with its first subscription, after 90 days", () => {
    const state = anAccount();
    told(state, daysAgo(89), "subscription.created", { subscriptionId: "1", amount: 1_000, startedAt: daysAgo(89) });
    expect(measureOf(state, "arr_movement")).toMatchObject({ status: "missing", note: "Needs 90 days since the first subscription." });
    told(state, daysAgo(30), "subscription.created", { subscriptionId: "2", amount: 500, startedAt: daysAgo(120) });
    expect(measureOf(state, "arr_movement").value).toBe(2);
  });
});

test("use of commitment is measured against the part of the term that has gone, from both sides", () => {
  const state = anAccount();
  const tell = (consumed: number): MeasureResult => {
    const data = { subscriptionId: "1", committed: 1_000, consumed, startedAt: daysAgo(100), endsAt: daysAgo(-100) };
    told(state, daysAgo(1), "subscription.updated", data);
    return measureOf(state, "commitment_use");
  };
  expect(tell(500)).toMatchObject({ value: 1, score: 100 });
  expect(measureOf(anAccount(), "commitment_use").status).toBe("missing");
  const twice = anAccount({ committed: 100, consumed: 135 });
  told(twice, daysAgo(1), "invoice.created", { invoiceId: "1" });
  expect(measureOf(twice, "commitment_use")).toMatchObject({ value: 1.35, score: 50 });
  expect(tell(0)).toMatchObject({ value: 0, score: 0 });
  const unused = anAccount({ committed: 100, consumed: 0 });
  told(unused, daysAgo(1), "invoice.created", { invoiceId: "1" });
  expect(measureOf(unused, "commitment_use")).toMatchObject({ value: 0, score: 0 });
});

describe("the renewal's step", () => {
  const steps = (stage: string | null, daysLeft: number): number | null => {
    const state = anAccount({ renewalDate: dateOf(daysAgo(-daysLeft)) });
    told(state, daysAgo(1), "opportunity.updated", { opportunityId: "1", kind: "Renewal", ...(stage === null ? {} : { stage }) });
    return measureOf(state, "renewal_step").value;
  };

  test("is late by the steps that should be done and are not", () => {
    expect([steps(null, 200), steps(null, 119), steps("Qualification", 119), steps("Qualification", 80)]).toEqual([0, 1, 0, 1]);
    expect([steps("Proposal/Price Quote", 20), steps("Closed Won", 5), steps("a word of their own", 5)]).toEqual([2, 0, 4]);
  });

  test("takes the deal that closes near the renewal where none is marked, and is missing without a deal or a date", () => {
    const state = anAccount({ renewalDate: dateOf(daysAgo(-50)) });
    expect(measureOf(state, "renewal_step").note).toBe("No subscription, invoice or opportunity has been seen yet.");
    told(state, daysAgo(9), "opportunity.created", { opportunityId: "far", stage: "Negotiation", closeDate: daysAgo(-300) });
    expect(measureOf(state, "renewal_step").value).toBe(3);
    told(state, daysAgo(9), "opportunity.created", { opportunityId: "near", stage: "Negotiation", closeDate: daysAgo(-60) });
    expect(measureOf(state, "renewal_step").value).toBe(0);
    const undated = anAccount();
    told(undated, daysAgo(9), "opportunity.created", { opportunityId: "1" });
    expect(measureOf(undated, "renewal_step").note).toContain("renewalDate");
  });

  test("without a date is that of the open renewal that closes first, whichever was told of first", () => {
    const deals = [
      { opportunityId: "later", renewal: true, stage: "Proposal", closeDate: daysAgo(-150) },
      { opportunityId: "sooner", renewal: true, stage: "Qualification", closeDate: daysAgo(-70) },
    ];
    for (const inOrder of [deals, deals.toReversed()]) {
      const state = anAccount();
      for (const deal of inOrder) told(state, daysAgo(9), "opportunity.updated", deal);
      expect(measureOf(state, "renewal_step")).toMatchObject({ value: 0, note: "Step 2 of 4, 2 expected with 70 days left." });
    }
  });
});

describe("notice to leave", () => {
  test("stands when every subscription is canceled, also ahead of its end, and falls when another begins", () => {
    const state = anAccount();
    told(state, daysAgo(90), "subscription.created", { subscriptionId: "1", amount: 1 });
    told(state, daysAgo(80), "subscription.created", { subscriptionId: "2", amount: 1 });
    told(state, daysAgo(7), "subscription.canceled", { subscriptionId: "1", endsAt: daysAgo(-60) });
    expect(documentOf(state).flags).toEqual([]);
    told(state, daysAgo(5), "subscription.updated", { subscriptionId: "2", cancelAtPeriodEnd: true });
    const { flags, caps, score } = documentOf(state);
    expect(flags).toEqual([expect.objectContaining({ key: "notice_to_leave", since: daysAgo(5) })]);
    expect([caps.map(({ max }) => max), (score ?? 100) <= 19]).toEqual([[19], true]);
    told(state, daysAgo(1), "subscription.created", { subscriptionId: "3", amount: 1 });
    expect(documentOf(state).flags).toEqual([]);
  });

  test("stands from a date that a person wrote", () => {
    expect(documentOf(anAccount({ noticeDate: dateOf(daysAgo(3)) })).flags.map(({ key }) => key)).toEqual(["notice_to_leave"]);
    expect(documentOf(anAccount({ noticeDate: dateOf(daysAgo(-3)) })).flags).toEqual([]);
  });
});

describe("time to first value", () => {
  const begun = (startDaysAgo: number, firstEventDaysAgo: number): AccountState => {
    const state = anAccount({ contractStart: dateOf(daysAgo(startDaysAgo)), coreFeatures: ["report"] });
    state.firstEventAt = daysAgo(firstEventDaysAgo);
    return state;
  };

  test("runs until three people used a core feature on one day, then stands", () => {
    const state = begun(45, 44);
    expect(measureOf(state, "time_to_value")).toMatchObject({ value: 1.5, score: 50, note: "No value yet after 45 days." });
    for (const person of [1, 2, 3]) used(state, person, daysAgo(30), ["other"]);
    for (const person of [1, 2]) used(state, person, daysAgo(28), ["report"]);
    for (const person of [1, 2, 3]) used(state, person, daysAgo(9), ["report"]);
    expect(measureOf(state, "time_to_value")).toMatchObject({ value: 36 / 30, note: "First value after 36 days." });
    expect(measureOf(state, "time_to_value", daysAgo(15)).value).toBe(1);
  });

  test("is looked for in twice the usual days, where those are more than 180", () => {
    const reachedOn = (day: number, usualDaysToValue: number) => {
      const state = anAccount({ contractStart: dateOf(daysAgo(400)), coreFeatures: ["report"], usualDaysToValue });
      state.firstEventAt = daysAgo(400);
      for (const person of [1, 2, 3]) used(state, person, daysAgo(400 - day), ["report"]);
      return measureOf(state, "time_to_value");
    };
    expect(reachedOn(179, 90)).toMatchObject({ note: "First value after 179 days." });
    expect(reachedOn(180, 90)).toMatchObject({ score: 0, note: "No value in the first 180 days." });
    expect(reachedOn(299, 150)).toMatchObject({ value: 299 / 150, note: "First value after 299 days." });
    expect(reachedOn(300, 150)).toMatchObject({ score: 0, note: "No value in the first 300 days." });
  });

  test("has nothing to say of who began before anything is known, or of whose start is not", () => {
    expect(measureOf(begun(400, 90), "time_to_value").note).toBe("It began before anything is known of it.");
    expect(measureOf(anAccount(), "time_to_value").note).toContain("contractStart");
  });

  test("is not told of a start of which no days are kept any more: a later day would pass for the first value", () => {
    const began = (days: number) => {
      const state = begun(days, days);
      for (const day of [days - 10, days - 100]) for (const user of [1, 2, 3]) used(state, user, daysAgo(day));
      for (const day of state.days.keys()) if (day < dayKept(state.today)) state.days.delete(day);
      return state;
    };
    expect(measureOf(began(800), "time_to_value")).toMatchObject({ note: "First value after 10 days." });
    expect(measureOf(began(860), "time_to_value")).toMatchObject({
      status: "missing",
      note: expect.stringContaining("more than 800 days ago"),
    });
    expect(measureOf(began(860), "time_to_value", daysAgo(80)).status).toBe("missing");
  });
});
