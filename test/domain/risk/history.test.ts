import { describe, expect, test } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { ownMoney } from "../../../src/domain/money/convert.ts";
import { assign, shippedConfig } from "../../../src/domain/config/active.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { accountHistory, AccountHistorySchema, featuresOf, monthEnds } from "../../../src/domain/risk/history.ts";
import { asKnownOn, outcomeAfter, revenueDays } from "../../../src/domain/risk/outcome.ts";
import { rowsOf } from "../../../src/domain/risk/rows.ts";
import { lossesOf } from "../../../src/domain/risk/score-test.ts";
import { dayOf, HOUR_MS, isoTime, startOfDay } from "../../../src/domain/time.ts";
import { event } from "../../support/account-builders.ts";

const day = (text: string): number => dayOf(Date.parse(text));
const at = (text: string): number => Date.parse(text) + 12 * HOUR_MS;

const byShipped = (then: Parameters<typeof assign>[1]) => assign(shippedConfig, then);

type Told = readonly [on: string, type: string, data: Readonly<Record<string, unknown>>, hour?: number];
function account(events: readonly Told[], known = "2026-11-24"): FoldedAccount {
  const state = emptyAccount("acme");
  for (const [on, type, data, hour] of events)
    fold(state, event({ type, data, occurredAt: at(on) + (hour ?? 0) * HOUR_MS, user: { id: "ana" } }), at(known));
  state.watermarks.set("tok_1/events", at(known));
  return state;
}
const paying = (amount: number, more: Readonly<Record<string, unknown>> = {}) => ({
  subscriptionId: "s1",
  amount,
  currency: "EUR",
  interval: "month",
  status: "active",
  ...more,
});
const outcomeOf = (events: readonly Told[], on: string, lastDay = "2026-11-23") =>
  outcomeAfter(revenueDays(account(events), day("2026-01-01"), day(lastDay)), day(on), ownMoney);

describe("what became of an account", () => {
  const began: Told = ["2026-01-10", "subscription.created", paying(10_000)];

  test("it left, after as many days as it paid on", () => {
    expect(outcomeOf([began, ["2026-06-20", "subscription.canceled", { subscriptionId: "s1" }]], "2026-05-31")).toEqual({
      knownDays: 90,
      lostAfterDays: 20,
      kind: "churn",
    });
  });

  test("it pays less; a tremble below one part in a hundred is none", () => {
    const lower = (amount: number): Told => ["2026-06-20", "subscription.updated", paying(amount)];
    expect(outcomeOf([began, lower(9_000)], "2026-05-31")).toMatchObject({ lostAfterDays: 20, kind: "contraction" });
    expect(outcomeOf([began, lower(9_950)], "2026-05-31")).toEqual({ knownDays: 90, lostAfterDays: null, kind: null });
  });

  test("a cancellation that was told ahead is a loss when it ends, not when it is told", () => {
    const told: Told = ["2026-06-01", "subscription.updated", paying(10_000, { status: "canceled", endsAt: at("2026-08-01") })];
    expect(outcomeOf([began, told], "2026-05-31")).toMatchObject({ lostAfterDays: 62, kind: "churn" });
  });

  test("a change of plan by one subscription that ends and another that begins is none", () => {
    const changed: Told[] = [
      ["2026-06-20", "subscription.canceled", { subscriptionId: "s1" }],
      ["2026-06-24", "subscription.created", paying(10_000, { subscriptionId: "s2" })],
    ];
    expect(outcomeOf([began, ...changed], "2026-05-31")).toMatchObject({ lostAfterDays: null, knownDays: 90 });
    const late: Told[] = [changed[0] as Told, ["2026-07-01", "subscription.created", paying(10_000, { subscriptionId: "s2" })]];
    expect(outcomeOf([began, ...late], "2026-05-31")).toMatchObject({ lostAfterDays: 20 });
  });

  test("what cannot be known yet is not known: censored a week before what was told last, and from a change of currency on", () => {
    expect(outcomeOf([began], "2026-10-31", "2026-11-23")).toEqual({ knownDays: 16, lostAfterDays: null, kind: null });
    const other: Told = ["2026-06-20", "subscription.updated", paying(10_000, { currency: "USD" })];
    expect(outcomeOf([began, other], "2026-05-31")).toEqual({ knownDays: 19, lostAfterDays: null, kind: null });
    const beside: Told = ["2026-01-11", "subscription.created", paying(1_000, { subscriptionId: "s2", currency: "USD" })];
    const ended: Told = ["2026-06-20", "subscription.canceled", { subscriptionId: "s1" }];
    expect(outcomeOf([began, beside, ended], "2026-05-31")).toEqual({ knownDays: 19, lostAfterDays: null, kind: null });
  });

  test("who pays nothing has nothing to lose", () => {
    expect(outcomeOf([began], "2026-01-05")).toBeNull();
    expect(outcomeOf([["2026-01-10", "subscription.created", paying(10_000, { status: "trialing" })]], "2026-05-31")).toBeNull();
  });

  test("as known on an earlier day it ends there, and no loss is told before its week is over", () => {
    const lost = { knownDays: 90, lostAfterDays: 20, kind: "churn" } as const;
    expect(asKnownOn(lost, 100, 127)).toEqual({ ...lost, knownDays: 20 });
    expect(asKnownOn(lost, 100, 126)).toEqual({ knownDays: 19, lostAfterDays: null, kind: null });
    expect(asKnownOn({ knownDays: 90, lostAfterDays: null, kind: null }, 100, 103)).toEqual({
      knownDays: 0,
      lostAfterDays: null,
      kind: null,
    });
  });
});

describe("an account at the ends of months", () => {
  const asOf = Date.UTC(2026, 10, 1);
  const use = (from: string, to: string): Told[] => {
    const days: Told[] = [];
    for (let one = day(from); one <= day(to); one += 2)
      days.push([isoTime(startOfDay(one)).slice(0, 10), "feature.used", { feature: "report" }]);
    return days;
  };
  const story: Told[] = [
    ["2026-03-10", "subscription.created", paying(10_000)],
    ...use("2026-03-10", "2026-06-20"),
    ["2026-09-15", "subscription.canceled", { subscriptionId: "s1" }],
  ];

  test("are the calendar's, in UTC, before the instant", () => {
    expect(monthEnds(asOf, 3).map((one) => isoTime(startOfDay(one)).slice(0, 10))).toEqual(["2026-08-31", "2026-09-30", "2026-10-31"]);
    expect(monthEnds(Date.UTC(2024, 2, 1), 1).map((one) => isoTime(startOfDay(one)).slice(0, 10))).toEqual(["2024-02-29"]);
  });

  test("has a row for each month in which it paid, with its scores of then and what came", () => {
    const found = accountHistory(account(story), byShipped, asOf);
    expect(found?.months.map((one) => isoTime(startOfDay(one.day)).slice(0, 10))).toEqual([
      "2026-03-31",
      "2026-04-30",
      "2026-05-31",
      "2026-06-30",
      "2026-07-31",
      "2026-08-31",
    ]);
    expect(found?.months.map(({ outcome }) => outcome.lostAfterDays)).toEqual([null, null, null, 77, 46, 15]);
    const usage = found?.months.map(({ dimensions }) => dimensions["usage"] ?? 0) ?? [];
    expect(usage[2]).toBeGreaterThan(usage[5] as number);
    const [first] = found?.months ?? [];
    // Only what is measured and has a part in the score.
    expect(Object.keys(first?.measures ?? {})).toContain("recency");
    expect(Object.keys(first?.measures ?? {})).not.toContain("csat");
    expect(found?.losses).toEqual([{ day: day("2026-09-15"), kind: "churn", warnedDays: expect.any(Number) }]);
    expect(found).toMatchObject({ account: "acme", segment: null, scorecard: "standard", features: featuresOf(standardScorecard) });
  });

  test("is judged by the segment of then: one that is moved to another because it left leaves no loss there", () => {
    const bySegment = (then: Parameters<typeof assign>[1]) =>
      assign(
        {
          ...shippedConfig,
          segments: {
            title: "By stage",
            scorecard: "standard",
            segments: [{ key: "former", title: "Former", scorecard: "self_serve", when: [{ op: "is", attribute: "stage", values: ["churned"] }] }], // prettier-ignore
          },
        },
        then,
      );
    const state = account([
      ["2026-03-01", "account.updated", { attributes: { stage: "active", segment: "smb" } }],
      ...story,
      ["2026-09-16", "account.updated", { attributes: { stage: "churned" } }],
    ]);
    const found = accountHistory(state, bySegment, asOf);
    expect(found?.segment).toBe("former");
    const rows = rowsOf(found === null ? [] : [found]);
    expect(rows.map(({ segment, scorecard, features }) => [segment, scorecard, features])).toEqual(
      rows.map(() => ["smb", "standard", featuresOf(standardScorecard)]),
    );
    expect(lossesOf(found === null ? [] : [found])).toEqual([
      { kind: "churn", warnedDays: expect.any(Number), segment: "smb", account: 0 },
    ]);
    expect(AccountHistorySchema.parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
  });

  test("knows nothing of what came after the month of the back-test", () => {
    const found = accountHistory(account(story), byShipped, Date.UTC(2026, 8, 1));
    expect(found?.months.at(-1)).toMatchObject({ day: day("2026-08-31"), outcome: { knownDays: 0, lostAfterDays: null } });
    expect(found?.losses).toEqual([]);
  });

  test("is not taken to have stayed while the source of its revenue is silent", () => {
    const state = account(story.slice(0, -1), "2026-11-24");
    state.watermarks.clear();
    const found = accountHistory(state, byShipped, asOf);
    // The last that was ever told of money is the subscription of 10 March: of no month's end after it anything is known.
    expect(found?.months).toEqual([]);
  });

  test("what a person put in the score's place is not tested", () => {
    const plain = account(story);
    const overridden = account(story);
    overridden.verdicts.overrides.push({
      at: at("2026-04-01"),
      tie: "1",
      value: 99,
      reason: null,
      author: "t",
      expiresAt: at("2027-01-01"),
    });
    expect(accountHistory(overridden, byShipped, asOf)).toEqual(accountHistory(plain, byShipped, asOf));
  });

  test("without a subscription it has no history", () => {
    const state = account(use("2026-03-10", "2026-06-20"));
    expect(accountHistory(state, byShipped, asOf)).toBeNull();
  });
});

describe("what dimensions are made of", () => {
  test("weights of dimensions and titles are no part of it, anchors and weights of measures are", () => {
    const [first, ...rest] = standardScorecard.dimensions;
    if (first === undefined) throw new Error("no dimension");
    const [measure, ...others] = first.measures;
    if (measure === undefined) throw new Error("no measure");
    const name = featuresOf(standardScorecard);
    expect(featuresOf({ ...standardScorecard, title: "Other", dimensions: [{ ...first, weight: 1, title: "Other" }, ...rest] })).toBe(name);
    const heavier = { ...first, measures: [{ ...measure, weight: measure.weight + 1 }, ...others] };
    expect(featuresOf({ ...standardScorecard, dimensions: [heavier, ...rest] })).not.toBe(name);
  });
});

test("what was read before measures were part of it opens, with none", () => {
  const found = accountHistory(account([["2026-03-10", "subscription.created", paying(10_000)]]), byShipped, Date.UTC(2026, 10, 1)); // prettier-ignore
  const stored = { ...found, months: (found?.months ?? []).map((month) => ({ ...month, measures: undefined })) };
  expect(AccountHistorySchema.parse(stored).months.map(({ measures }) => measures)).toEqual(stored.months.map(() => ({})));
});

test("a stored history keeps the very records of scores that it was parsed from, and takes nothing else for scores", () => {
  const outcome = { knownDays: 90, lostAfterDays: null, kind: null };
  const month = { day: 20_000, score: 50, band: "watch", dimensions: { usage: 40 }, measures: { seat_use: 40.25 }, outcome };
  const stored = (changed: object) => ({ account: "acme", segment: null, scorecard: "standard", features: "f1", months: [{ ...month, ...changed }], losses: [] }); // prettier-ignore
  const [opened] = AccountHistorySchema.parse(stored({})).months;
  // A copy by key after key takes thrice the memory, and a back-test holds tens of thousands.
  expect(opened?.measures).toBe(month.measures);
  expect(opened?.dimensions).toBe(month.dimensions);
  for (const wrong of [null, [1], "40", { usage: "40" }, { usage: null }, { usage: Number.NaN }])
    expect(AccountHistorySchema.safeParse(stored({ dimensions: wrong })).error?.issues[0]?.path).toEqual(["months", 0, "dimensions"]);
});
