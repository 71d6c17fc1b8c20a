import selfServe from "../../../config/scorecards/self-serve.json" with { type: "json" };
import standard from "../../../config/scorecards/standard.json" with { type: "json" };
import strategic from "../../../config/scorecards/strategic.json" with { type: "json" };
import usageSupport from "../../../config/scorecards/usage-support.json" with { type: "json" };
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromPages, toHeadPage } from "../../../src/domain/account/account-pages.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import type { AccountState } from "../../../src/domain/account/state.ts";
import type { Scorecard } from "../../../src/domain/config/scorecard.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { checkScorecard } from "../../../src/domain/health/check-scorecard.ts";
import type { HealthDocument, MeasureResult } from "../../../src/domain/health/document.ts";
import { evaluateHealth, evaluateValues } from "../../../src/domain/health/evaluate.ts";
import type { Event } from "../../../src/domain/event.ts";
import type { DayArrivals } from "../../../src/domain/intake/stream.ts";
import { kindVouchedForMs } from "../../../src/domain/limits.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, dayOf } from "../../../src/domain/time.ts";
import { event, sourcesTo } from "../../support/account-builders.ts";
import { customers } from "../../support/health-customers.ts";
import { NOW, anAccount, daysAgo, ticket, used } from "../../support/health-account.ts";

const measuresOf = (document: HealthDocument): MeasureResult[] => document.dimensions.flatMap(({ measures }) => measures);
const measureOf = (document: HealthDocument, key: string): MeasureResult =>
  measuresOf(document).find((measure) => measure.key === key) as MeasureResult;
const specs = (scorecard: Scorecard): Scorecard["dimensions"][number]["measures"] =>
  scorecard.dimensions.flatMap(({ measures }) => measures);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function steady(attributes: Record<string, unknown> = { seats: 10 }): AccountState {
  const state = anAccount(attributes);
  for (let day = 0; day < 70; day++) for (let user = 0; user < 5; user++) used(state, user, daysAgo(day), ["report", "export"]);
  return state;
}

describe("laws of the health document", () => {
  test("contributions + 50 are the score before caps, shares sum to 1, everything stays in range", () => {
    fc.assert(
      fc.property(customers, fc.integer({ min: -5, max: 100 }), (state, day) => {
        const document = evaluateHealth(state, standardScorecard, daysAgo(day));
        const measures = measuresOf(document);
        expect(document.confidence).toBeGreaterThanOrEqual(0);
        expect(document.confidence).toBeLessThanOrEqual(1 + 1e-12);
        if (document.scoreBeforeCaps === null) {
          expect(measures.every(({ effectiveWeight }) => effectiveWeight === 0)).toBe(true);
          return;
        }
        expect(Math.abs(50 + sum(measures.map(({ contribution }) => contribution)) - document.scoreBeforeCaps)).toBeLessThan(1e-9);
        expect(Math.abs(sum(measures.map(({ effectiveWeight }) => effectiveWeight)) - 1)).toBeLessThan(1e-9);
        expect(document.scoreBeforeCaps).toBeGreaterThanOrEqual(0);
        expect(document.scoreBeforeCaps).toBeLessThanOrEqual(100);
        for (const { score, contribution, effectiveWeight, possible } of measures) {
          if (score !== null) expect(Math.abs(contribution - effectiveWeight * (score - 50))).toBeLessThan(1e-9);
          else expect(contribution).toBe(0);
          expect(possible).toBe(effectiveWeight * 50);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("fresh and complete dimensions are weighed as configured", () => {
    const state = steady();
    ticket(state, { id: "1", at: daysAgo(1) });
    const document = evaluateHealth(state, standardScorecard, NOW);
    const measured = document.dimensions.filter(({ score }) => score !== null);
    expect(measured.map(({ key }) => key)).toEqual(["usage", "support"]);
    const weighed = sum(measured.map(({ weight, score }) => weight * (score ?? NaN))) / sum(measured.map(({ weight }) => weight));
    expect(document.score).toBeCloseTo(weighed, 9);
  });
});

describe("what is not known", () => {
  test("an account without any event has no score", () => {
    const document = evaluateHealth(anAccount({ seats: 10 }), standardScorecard, NOW);
    expect(document).toMatchObject({ score: null, computedScore: null, scoreBeforeCaps: null, band: "not_enough_data", confidence: 0 });
  });

  test("before its first event an account has no score either, though it has one now", () => {
    expect(evaluateHealth(steady(), standardScorecard, daysAgo(80)).score).toBeNull();
  });

  test("one ticket is enough for a score, and too thin for a band", () => {
    const state = anAccount();
    ticket(state, { id: "1", at: daysAgo(0, 1), priority: "urgent" });
    const document = evaluateHealth(state, standardScorecard, NOW);
    expect(document.score).not.toBeNull();
    expect(document.band).toBe("not_enough_data");
    expect(measureOf(document, "seat_use")).toMatchObject({
      status: "missing",
      value: null,
      score: null,
      contribution: 0,
      note: "No usage has been seen yet.",
    });
  });

  test("an open urgent ticket is worth less than a low one, and less the older it is", () => {
    const scoreWith = (priority: "low" | "urgent", hours: number): number => {
      const state = anAccount();
      ticket(state, { id: "1", at: daysAgo(0, hours), priority });
      return evaluateHealth(state, standardScorecard, NOW).score as number;
    };
    expect(scoreWith("urgent", 1)).toBeLessThan(scoreWith("low", 1));
    expect(scoreWith("urgent", 40)).toBeLessThan(scoreWith("urgent", 1));
  });

  test("seats that nobody told are named as the reason, and their weight is shared out", () => {
    const without = evaluateHealth(steady({}), standardScorecard, NOW);
    expect(measureOf(without, "seat_use").note).toContain("seats");
    expect(measureOf(without, "stickiness").effectiveWeight).toBeGreaterThan(
      measureOf(evaluateHealth(steady(), standardScorecard, NOW), "stickiness").effectiveWeight,
    );
  });

  test("policies: worst counts as 0, neutral as 50, required takes the score away", () => {
    const withPolicy = (missing: "skip" | "neutral" | "worst" | "required"): HealthDocument => {
      const scorecard = structuredClone(standardScorecard);
      (specs(scorecard)[0] as { missing: string }).missing = missing;
      return evaluateHealth(steady({}), scorecard, NOW);
    };
    const weight = measureOf(evaluateHealth(steady(), standardScorecard, NOW), "seat_use").effectiveWeight;
    expect(measureOf(withPolicy("neutral"), "seat_use").effectiveWeight).toBeCloseTo(weight, 9);
    expect(measureOf(withPolicy("neutral"), "seat_use").contribution).toBe(0);
    expect(measureOf(withPolicy("worst"), "seat_use").contribution).toBeCloseTo(-50 * weight, 9);
    expect(withPolicy("required").score).toBeNull();
    expect(withPolicy("worst").score).toBeLessThan(withPolicy("neutral").score as number);
  });
});

describe("silence and outage", () => {
  const goneQuiet = (): AccountState => {
    const state = anAccount({ seats: 10 });
    for (let day = 10; day < 80; day++) for (let user = 0; user < 8; user++) used(state, user, daysAgo(day));
    return state;
  };

  test("a silent account whose source is up to date falls", () => {
    const document = evaluateHealth(goneQuiet(), standardScorecard, NOW);
    expect(measureOf(document, "recency")).toMatchObject({ value: 10, status: "ok", freshness: 1 });
    expect(document.score).toBeLessThan(evaluateHealth(goneQuiet(), standardScorecard, daysAgo(10)).score as number);
  });

  test("an account whose source stopped keeps its values, which age", () => {
    const state = goneQuiet();
    state.watermarks.set("mix/track", daysAgo(10) + HOUR_MS);
    const before = evaluateHealth(state, standardScorecard, daysAgo(10) + HOUR_MS);
    const later = evaluateHealth(state, standardScorecard, daysAgo(8));
    expect(measureOf(later, "recency").value).toBe(measureOf(before, "recency").value);
    expect(measureOf(later, "seat_use")).toMatchObject({ value: measureOf(before, "seat_use").value, status: "stale" });
    expect(measureOf(later, "seat_use").freshness).toBeCloseTo(2 ** (-(2 * DAY_MS - HOUR_MS - 15 * MINUTE_MS) / (3 * DAY_MS)), 9);
    expect(later.confidence).toBeLessThan(before.confidence);
    expect(measureOf(evaluateHealth(state, standardScorecard, NOW + 30 * DAY_MS), "seat_use")).toMatchObject({
      freshness: 0,
      effectiveWeight: 0,
      note: "Too old to count.",
    });
  });
});

describe("a source of which a part cannot be counted", () => {
  const arrived = (state: AccountState, stream: string, ...days: readonly DayArrivals[]): void =>
    void (state.arrivals as Map<string, readonly DayArrivals[]>).set(stream, days);
  const today = dayOf(NOW);
  const busy = (): AccountState => {
    const state = anAccount({ seats: 10 });
    for (let user = 0; user < 8; user++) used(state, user, daysAgo(1));
    ticket(state, { id: "1", at: daysAgo(3), solvedAt: daysAgo(2) });
    return state;
  };

  test("makes the score less certain, by as much as its measures weigh, and moves no score", () => {
    const whole = evaluateHealth(busy(), standardScorecard, NOW);
    const state = busy();
    arrived(state, "zen/webhook", [today - 1, 30, 0], [today, 10, 8]);
    const partial = evaluateHealth(state, standardScorecard, NOW);
    const ofSupport = whole.dimensions
      .filter(({ key }) => key === "support")
      .flatMap(({ weight, measures }) => measures.map((measure) => (measure.value === null ? 0 : weight * measure.weight)));
    expect(ofSupport.filter((weight) => weight > 0).length).toBeGreaterThan(1);
    // 8 of 40 are lost, and 30 count as though they had come beside.
    expect(partial.confidence).toBeCloseTo(whole.confidence - (8 / 70) * sum(ofSupport), 12);
    expect(partial.score).toBe(whole.score);
    expect(measureOf(partial, "weighted_backlog").completeness).toBe(62 / 70);
    expect(measureOf(partial, "seat_use").completeness).toBe(1);
  });

  test("tells of the days around the instant that is asked for, and of the one up to which a value is held", () => {
    const state = busy();
    arrived(state, "mix/track", [today - 1, 10, 5], [today, 10, 0]);
    const at = (instant: number) => measureOf(evaluateHealth(state, standardScorecard, instant), "seat_use").completeness;
    expect([at(NOW - DAY_MS), at(NOW), at(NOW + 0.4 * DAY_MS)]).toEqual([35 / 40, 45 / 50, 45 / 50]);
    state.watermarks.set("mix/track", NOW - DAY_MS);
    expect(measureOf(evaluateHealth(state, standardScorecard, NOW), "seat_use")).toMatchObject({ status: "stale", completeness: 35 / 40 });
    expect(measureOf(evaluateHealth(state, standardScorecard, NOW - 30 * DAY_MS), "seat_use").completeness).toBe(1);
  });

  test("brings the band to `not enough data` where too little of it is left", () => {
    const state = busy();
    const scorecard = { ...standardScorecard, dimensions: standardScorecard.dimensions.filter(({ key }) => key === "usage") };
    expect(evaluateHealth(state, scorecard, NOW).band).not.toBe("not_enough_data");
    arrived(state, "mix/track", [today, 10, 7]);
    expect(evaluateHealth(state, scorecard, NOW)).toMatchObject({ band: "not_enough_data" });
  });
});

describe("several sources of usage", () => {
  type Said = Partial<Pick<Event, "connector" | "connectionId" | "type" | "data">>;
  const mixpanel: Said = { connector: "mixpanel", connectionId: "mix" };
  const say = (state: FoldedAccount, days: number, said: Said): void =>
    fold(state, event({ ...said, occurredAt: daysAgo(days), user: { id: "ana" } }), NOW);
  /** Used by Mixpanel's word each day from 40 days ago to so many days ago. */
  const usedUntil = (days: number): FoldedAccount => {
    const state = emptyAccount("acme", sourcesTo({ "tok_1/events": NOW }));
    for (let day = 40; day >= days; day--) say(state, day, mixpanel);
    return state;
  };
  const recency = (state: AccountState): MeasureResult => measureOf(evaluateHealth(state, standardScorecard, NOW), "recency");

  test("native invoices and tickets say nothing of a Mixpanel that is down: held, no zero", () => {
    const state = usedUntil(3);
    state.watermarks.set("mix/track", daysAgo(3)).set("mix/engage", NOW).set("mix/groups", NOW);
    say(state, 0, { type: "invoice.paid", data: { invoiceId: "i1", amount: 500 } });
    say(state, 0, { type: "ticket.created", data: { ticketId: "1" } });
    expect(recency(state)).toMatchObject({ value: 0, status: "stale" });
    state.watermarks.set("mix/track", NOW);
    expect(recency(state)).toMatchObject({ value: 3, status: "ok" });
  });

  test("of two the one that is down holds the measure, though the other brings newer usage", () => {
    const state = usedUntil(3);
    say(state, 0, {});
    state.watermarks.set("mix/track", daysAgo(3));
    const down = measureOf(evaluateHealth(state, standardScorecard, NOW), "stickiness");
    const then = measureOf(evaluateHealth(state, standardScorecard, daysAgo(3)), "stickiness");
    expect([down.status, down.value, then.status]).toEqual(["stale", then.value, "ok"]);
    expect(recency(state)).toMatchObject({ value: 0, status: "stale" });
    state.watermarks.set("mix/track", NOW);
    expect(recency(state).status).toBe("ok");
  });

  test("a silent account of sources that are well is truly silent", () => {
    const state = usedUntil(10);
    say(state, 12, {});
    state.watermarks.set("mix/track", NOW);
    expect(recency(state)).toMatchObject({ value: 10, status: "ok", freshness: 1 });
  });

  test("an outage of one does not become a silence by lasting: what it held grows too old to count, and nothing falls", () => {
    const state = usedUntil(20);
    for (let day = 20; day >= 4; day--) say(state, day, {});
    const stopped = daysAgo(20);
    state.watermarks.set("mix/track", stopped);
    state.streams.set("mix/track", { kinds: { usage: stopped }, liveAt: stopped, isEnded: false });
    for (const days of [19, 12, 0]) {
      const held = measureOf(evaluateHealth(state, standardScorecard, daysAgo(days)), "recency");
      expect(held).toMatchObject({ value: 0, status: "stale" });
    }
    expect(recency(state)).toMatchObject({ freshness: 0, effectiveWeight: 0, note: "Too old to count." });
  });

  test("of two tokens the one that is silent holds the measure, until it is revoked", () => {
    const state = emptyAccount("acme", sourcesTo({ "tok_1/events": NOW, "tok_2/events": daysAgo(9) }));
    for (let day = 40; day >= 9; day--) say(state, day, { connectionId: "tok_2" });
    for (let day = 40; day >= 4; day--) say(state, day, {});
    expect(recency(state)).toMatchObject({ value: 0, status: "stale" });
    state.streams.set("tok_2/events", { kinds: { usage: daysAgo(9) }, liveAt: daysAgo(9), isEnded: true });
    expect(recency(state)).toMatchObject({ value: 4, status: "ok" });
  });

  test("tickets of one token say nothing of those that another brings to this account", () => {
    const state = emptyAccount("acme", sourcesTo({ "tok_1/events": NOW, "tok_2/events": daysAgo(3) }));
    say(state, 5, { connectionId: "tok_2", type: "ticket.created", data: { ticketId: "1" } });
    say(state, 0, {});
    const backlog = (): MeasureResult => measureOf(evaluateHealth(state, standardScorecard, NOW), "weighted_backlog");
    state.streams.set("tok_1/events", { kinds: { usage: NOW, support: NOW }, liveAt: NOW, isEnded: false });
    state.streams.set("tok_2/events", { kinds: { support: daysAgo(3) }, liveAt: daysAgo(3), isEnded: false });
    expect(backlog().status).toBe("stale");
    // Even where both bring some: what the silent one would have told is not known.
    say(state, 1, { type: "ticket.created", data: { ticketId: "2" } });
    expect(backlog()).toMatchObject({ status: "stale", waitsFor: [{ connectionId: "tok_2", knownTo: daysAgo(3) }] });
  });

  test("one whose connection was removed or paused, and one that was only an import, hold nothing at any time", () => {
    const state = usedUntil(8);
    say(state, 4, {});
    state.watermarks.set("mix/track", daysAgo(3));
    for (const facts of [
      { liveAt: daysAgo(3), isEnded: true },
      { liveAt: null, isEnded: false },
    ]) {
      state.streams.set("mix/track", { kinds: { usage: daysAgo(3) }, ...facts });
      expect(recency(state)).toMatchObject({ value: 4, status: "ok" });
    }
  });

  test("native usage that stops is held, though native invoices go on by the same token", () => {
    const state = emptyAccount("acme", sourcesTo({ "tok_1/events": NOW }));
    for (let day = 40; day >= 3; day--) say(state, day, {});
    say(state, 0, { type: "invoice.paid", data: { invoiceId: "i1", amount: 500 } });
    expect(recency(state)).toMatchObject({ value: 3, status: "ok" });
    state.streams.set("tok_1/events", { kinds: { usage: daysAgo(3), revenue: NOW }, liveAt: NOW, isEnded: false });
    expect(recency(state)).toMatchObject({ value: 0, status: "stale" });
    expect(measureOf(evaluateHealth(state, standardScorecard, NOW), "payment_standing").status).toBe("ok");
  });

  test("a kind that comes rarely is vouched for by its stream for a while, and then no more", () => {
    const state = emptyAccount("acme", sourcesTo({ "tok_1/events": NOW }));
    say(state, 45, { type: "invoice.created", data: { invoiceId: "i1", amount: 500 } });
    const payment = (newestInvoice: number): MeasureResult => {
      state.streams.set("tok_1/events", { kinds: { usage: NOW, revenue: newestInvoice }, liveAt: NOW, isEnded: false });
      return measureOf(evaluateHealth(state, standardScorecard, NOW), "payment_standing");
    };
    expect(payment(NOW - kindVouchedForMs.revenue).status).toBe("ok");
    expect(payment(NOW - kindVouchedForMs.revenue - DAY_MS)).toMatchObject({ status: "stale", value: 0 });
  });

  test("an account of which older code did not note who brought usage is known as far as the furthest stream", () => {
    const state = usedUntil(5);
    const page = JSON.parse(toHeadPage(state, { pagedSeq: 1, scoreLine: null })) as { toldBy: [string, string[]][] };
    expect(page.toldBy).toEqual([["usage", ["mix"]]]);
    state.watermarks.set("mix/track", daysAgo(5));
    const reopened = fromPages(
      "acme",
      { head: JSON.stringify({ ...page, toldBy: [] }), days: [], records: [] },
      sourcesTo(Object.fromEntries(state.watermarks)),
    )?.state;
    if (reopened === undefined) throw new Error("a page of older code does not open");
    for (const [day, record] of state.days) reopened.days.set(day, record);
    expect([recency(state).status, recency(reopened).status]).toEqual(["stale", "ok"]);
    say(reopened, 5, mixpanel);
    expect(recency(reopened).status).toBe("stale");
  });
});

describe("scorecards are data", () => {
  test.each([
    ["standard", standard],
    ["self-serve", selfServe],
    ["strategic", strategic],
    ["usage and support", usageSupport],
  ])("the profile %s ships, is accepted with all its measures, and its weights sum to 100", (_, document) => {
    expect(checkScorecard(structuredClone(document))).toMatchObject({ ok: true });
    expect(sum(document.dimensions.map(({ weight }) => weight))).toBe(100);
    for (const { measures } of document.dimensions) expect(sum(measures.map(({ weight }) => weight))).toBe(100);
  });

  test("what this code cannot do is refused, with the place", () => {
    const scorecard = structuredClone(standardScorecard);
    (specs(scorecard)[0] as { key: string }).key = "vibes";
    (specs(scorecard)[1] as { settings: unknown }).settings = { windowDays: -1 };
    scorecard.caps = [{ key: "late", title: "Late", flag: "no_such_flag", max: 59 }];
    const result = checkScorecard(scorecard);
    expect(result.ok ? [] : result.error.map(({ pointer }) => pointer)).toEqual([
      "/dimensions/0/measures/0/key",
      "/dimensions/0/measures/1/settings/windowDays",
      "/caps/0/flag",
    ]);
  });

  test("numbers beyond sense are refused, with the place", () => {
    const scorecard = structuredClone(standardScorecard);
    Object.assign(scorecard.dimensions[0] ?? {}, { weight: 1e308 });
    const [first, second, third] = specs(scorecard);
    Object.assign(first ?? {}, { weight: 2e9, halfLifeMs: 3_600_000 });
    Object.assign(second ?? {}, { anchors: [{ value: -1e308, score: 0 }, { value: 1e308, score: 100 }] }); // prettier-ignore
    Object.assign(third ?? {}, { groups: [{ accounts: 1, anchors: (third?.anchors ?? []).map(({ score }, i) => ({ score, value: i === 0 ? -2e15 : 1 })) }] }); // prettier-ignore
    Object.assign(specs(scorecard).find(({ key }) => key === "nps")?.settings ?? {}, { halfLifeDays: 0.3 });
    const result = checkScorecard(scorecard);
    expect(result.ok ? [] : result.error.map(({ pointer }) => pointer)).toEqual([
      "/dimensions/0/weight",
      "/dimensions/0/measures/0/weight",
      "/dimensions/0/measures/0/halfLifeMs",
      "/dimensions/0/measures/1/anchors/0/value",
      "/dimensions/0/measures/1/anchors/1/value",
      "/dimensions/0/measures/2/groups/0/anchors/0/value",
      "/dimensions/3/measures/0/settings/halfLifeDays",
    ]);
  });

  test("a stored one with numbers beyond sense leaves the measure without a value, and the score a number", () => {
    const scorecard = structuredClone(standardScorecard);
    Object.assign(specs(scorecard)[0] ?? {}, { anchors: [{ value: -1.7e308, score: 0 }, { value: 1.7e308, score: 100 }] }); // prettier-ignore
    const document = evaluateHealth(steady(), scorecard, NOW);
    expect(document.dimensions[0]?.measures[0]).toMatchObject({ value: null, score: null, status: "missing", note: "It gives no number." });
    expect(document.score).toBeGreaterThan(0);
    const given = evaluateValues(scorecard, { measures: { seat_use: 0.5, stickiness: 0.2 }, flags: [] }, NOW);
    expect(given.dimensions[0]?.measures.slice(0, 2)).toMatchObject([{ note: "It gives no number.", freshness: 0 }, { value: 0.2 }]);
  });

  test("a cap holds the score down while its flag stands, and is shown", () => {
    const state = steady();
    ticket(state, { id: "1", at: daysAgo(2), priority: "urgent" });
    const scorecard = {
      ...structuredClone(standardScorecard),
      caps: [{ key: "urgent", title: "Urgent ticket is late", flag: "urgent_ticket_past_sla", max: 19 }],
    };
    const document = evaluateHealth(state, scorecard, NOW);
    expect(document).toMatchObject({
      score: 19,
      caps: [{ key: "urgent", max: 19 }],
      flags: [{ key: "urgent_ticket_past_sla", since: daysAgo(1) }],
    });
    expect(document.scoreBeforeCaps).toBeGreaterThan(19);
  });
});
