import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccountState } from "../../../src/domain/account/state.ts";
import { activate, assign, emptyConfiguration, parseConfiguration, type Configuration } from "../../../src/domain/config/active.ts";
import { withStatistics } from "../../../src/domain/config/document.ts";
import type { Scorecard } from "../../../src/domain/config/scorecard.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { checkScorecard } from "../../../src/domain/health/check-scorecard.ts";
import { healthEvaluator } from "../../../src/domain/health/evaluate.ts";
import { statisticsSegmentCharsMax, statisticsSegmentsMax } from "../../../src/domain/limits.ts";
import type { Statistics } from "../../../src/domain/statistics/document.ts";
import { drawnAt } from "../../../src/domain/statistics/drawn-at.ts";
import { Gathered, type GatheredJson } from "../../../src/domain/statistics/gather.ts";
import { lend } from "../../../src/domain/statistics/lend.ts";
import { observe, type Observation } from "../../../src/domain/statistics/observe.ts";
import { haveSameEffect } from "../../../src/domain/statistics/same-effect.ts";
import { isoTime } from "../../../src/domain/time.ts";
import { NOW, anAccount, daysAgo, ticket, told, used } from "../../support/health-account.ts";

const stamp = { version: 7, period: "2026-11-23", at: NOW };
const nothingDrawn = () => null;
const through = (gathered: Gathered): GatheredJson => JSON.parse(JSON.stringify(gathered.toJson())) as GatheredJson;
function gatheredOf(observations: readonly Observation[], parts: number): Gathered {
  const shards = Array.from({ length: parts }, () => new Gathered());
  observations.forEach((observation, i) => shards[i % parts]?.add(observation));
  const all = new Gathered();
  for (const shard of shards) all.merge(through(shard));
  return all;
}

const observation = (over: Partial<Observation> = {}): Observation => ({
  segment: null,
  scorecard: "standard",
  tenureDays: null,
  figures: [],
  values: [],
  ...over,
});
const rated = (segment: string | null, hits: number, of: number): Observation =>
  observation({ segment, figures: [{ measure: "csat", contribution: { hits, of } }] });
const reached = (segment: string | null, number: number): Observation =>
  observation({ segment, figures: [{ measure: "time_to_value", contribution: { number } }] });

describe("what is gathered", () => {
  test("is the same however the book is cut into parts and in whatever order it is read", () => {
    const segments = fc.constantFrom(null, "smb", "enterprise", "trial");
    const one = fc.oneof(
      fc
        .record({ segment: segments, hits: fc.nat(5), more: fc.nat(5) })
        .map(({ segment, hits, more }) => rated(segment, hits, hits + more + 1)),
      fc.record({ segment: segments, days: fc.integer({ min: 1, max: 800 }) }).map(({ segment, days }) => reached(segment, days)),
    );
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 400 }), fc.integer({ min: 1, max: 7 }), (observations, parts) => {
        const whole = gatheredOf(observations, 1).toStatistics(stamp, nothingDrawn, null);
        expect(gatheredOf(observations.toReversed(), parts).toStatistics(stamp, nothingDrawn, null)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  test("is the share of all ratings, not the mean of shares, and the median of days; each names its accounts", () => {
    const observations = [
      rated("smb", 1, 1),
      rated("smb", 0, 9),
      rated(null, 10, 10),
      reached("smb", 10),
      reached("smb", 30),
      reached("smb", 50),
    ];
    expect(gatheredOf(observations, 2).toStatistics(stamp, nothingDrawn, null)).toEqual({
      ...stamp,
      accounts: 6,
      figures: {
        csat: { all: { value: 11 / 20, accounts: 3 }, segments: { smb: { value: 0.1, accounts: 2 } } },
        time_to_value: { all: { value: 30, accounts: 3 }, segments: { smb: { value: 30, accounts: 3 } } },
      },
      anchors: {},
    });
    expect(new Gathered().toStatistics(stamp, nothingDrawn, null)).toBeNull();
  });

  test("has a bound in segments: accounts of more count among all", () => {
    const many = Array.from({ length: statisticsSegmentsMax + 40 }, (_, i) => rated(`s${i}`, 1, 1));
    const figures = gatheredOf(many, 3).toStatistics(stamp, nothingDrawn, null)?.figures["csat"];
    expect([Object.keys(figures?.segments ?? {}).length, figures?.all.accounts]).toEqual([statisticsSegmentsMax, many.length]);
  });
});

test("a segment of a name that is too long counts among all, wherever it was gathered: what is published can be read again", () => {
  const [longest, longer] = ["x".repeat(statisticsSegmentCharsMax), "x".repeat(statisticsSegmentCharsMax + 1)];
  const statistics = gatheredOf([rated(longest, 1, 1), rated(longer, 0, 1), reached(longer, 5)], 2).toStatistics(stamp, nothingDrawn, null);
  expect(Object.keys(statistics?.figures["csat"]?.segments ?? {})).toEqual([longest]);
  expect(statistics?.figures["csat"]?.all).toEqual({ value: 0.5, accounts: 2 });
  const older = new Gathered();
  older.merge({ accounts: 1, rates: [["csat", longer, 1, 1, 1]], numbers: [], groups: [] });
  expect(older.toStatistics(stamp, nothingDrawn, null)?.figures).toEqual({});
  const next = withStatistics(null, statistics as Statistics);
  expect(next.ok && parseConfiguration(JSON.stringify(next.value)).ok).toBe(true);
});

const statisticsOf = (over: Partial<Statistics>): Statistics => ({ ...stamp, accounts: 100, figures: {}, anchors: {}, ...over });
const specOf = (scorecard: Scorecard, key: string) =>
  scorecard.dimensions.flatMap(({ measures }) => measures).find((spec) => spec.key === key);
const settingOf = (scorecard: Scorecard, key: string, setting: string) => specOf(scorecard, key)?.settings[setting];

describe("what is lent", () => {
  const csat = (accountsOfAll: number, accountsOfSegment: number): Statistics =>
    statisticsOf({
      figures: { csat: { all: { value: 0.6, accounts: accountsOfAll }, segments: { smb: { value: 0.9, accounts: accountsOfSegment } } } },
    });

  test("a figure of 30 accounts or more takes the place of the scorecard's; a fewer one is drawn towards all, and that towards the scorecard's", () => {
    const lentTo = (statistics: Statistics, segment: string | null) =>
      settingOf(lend(standardScorecard, "standard", statistics, segment), "csat", "priorRate");
    expect(lentTo(csat(200, 30), "smb")).toBe(0.9);
    expect(lentTo(csat(200, 30), "enterprise")).toBe(0.6);
    expect(lentTo(csat(200, 10), "smb")).toBeCloseTo((10 * 0.9 + 30 * 0.6) / 40, 12);
    const all = (20 * 0.6 + 30 * 0.88) / 50;
    expect(lentTo(csat(20, 10), null)).toBeCloseTo(all, 12);
    expect(lentTo(csat(20, 10), "smb")).toBeCloseTo((10 * 0.9 + 30 * all) / 40, 12);
  });

  test.each(["constructor", "toString", "valueOf", "__proto__"])(
    "to accounts of a segment called %s is what all accounts lend",
    (segment) => {
      const lentTo = (one: string | null) => settingOf(lend(standardScorecard, "standard", csat(20, 10), one), "csat", "priorRate");
      expect(lentTo(segment)).toBe(lentTo(null));
    },
  );

  test("is another content: the scorecard's version names it, and without statistics it is the very scorecard", () => {
    expect(lend(standardScorecard, "standard", csat(1, 1), null).version).toBe(`${standardScorecard.version}+statistics.7`);
    expect(lend(standardScorecard, "standard", null, "smb")).toBe(standardScorecard);
  });

  test("is left where the scorecard wants its own figure", () => {
    const own = structuredClone(standardScorecard);
    Object.assign(specOf(own, "csat") ?? {}, { fromOthers: { figure: false } });
    expect(checkScorecard(own)).toMatchObject({ ok: true });
    expect(settingOf(lend(own, "standard", csat(200, 200), "smb"), "csat", "priorRate")).toBe(0.88);
  });

  test("is told with the measure: which figure, of whom, and how many they were", () => {
    const state = anAccount({ segment: "smb" });
    ticket(state, { id: "1", at: daysAgo(3), solvedAt: daysAgo(2), rating: { score: "bad", at: daysAgo(1) } });
    const { scorecard } = assign(activate({ ...emptyConfiguration, version: 9, statistics: csat(200, 40) }), state);
    const measured = healthEvaluator(state, scorecard)(NOW).dimensions.flatMap(({ measures }) => measures);
    expect(measured.find(({ key }) => key === "csat")).toMatchObject({
      value: (0 + 10 * 0.9) / (1 + 10),
      fromOthers: { figure: { setting: "priorRate", value: 0.9, segment: "smb", accounts: 40 } },
    });
    expect(measured.find(({ key }) => key === "reopen_rate")).not.toHaveProperty("fromOthers");
  });
});

/** The standard scorecard whose seat use has its anchors drawn at a tenth and nine tenths of the accounts. */
function drawing(tenureDays?: readonly number[]): Scorecard {
  const scorecard = structuredClone(standardScorecard);
  Object.assign(specOf(scorecard, "seat_use") ?? {}, {
    fromOthers: { anchors: { shares: [0.1, 0.9], ...(tenureDays === undefined ? {} : { tenureDays }) } },
  });
  return scorecard;
}
const drawnBy = (scorecard: Scorecard) => (_: string, measure: string) => drawnAt(scorecard, measure);
function configured(scorecard: Scorecard, statistics: Statistics | null = null): Configuration {
  const { version: _, configVersion: __, ...document } = scorecard;
  return { ...emptyConfiguration, version: 8, scorecards: { standard: { version: 1, document } }, statistics };
}
/** So many of ten seats are used by an account of a segment that began so long ago. */
function seated(people: number, attributes: Readonly<Record<string, unknown>> = {}, began = 400): AccountState {
  const state = anAccount({ seats: 10, segment: "smb", contractStart: isoTime(daysAgo(began)).slice(0, 10), ...attributes });
  for (let person = 0; person < people; person++) used(state, person, daysAgo(1));
  return state;
}
function drawnFrom(scorecard: Scorecard, states: readonly AccountState[]): Statistics {
  const config = activate(configured(scorecard));
  const statistics = gatheredOf(
    states.map((state) => observe(state, assign(config, state), NOW)),
    3,
  ).toStatistics(stamp, drawnBy(scorecard), null);
  expect(statistics).not.toBeNull();
  return statistics as Statistics;
}
const seatUse = (scorecard: Scorecard, statistics: Statistics, state: AccountState) => {
  const own = assign(activate(configured(scorecard, statistics)), state).scorecard;
  return healthEvaluator(state, own)(NOW).dimensions[0]?.measures[0];
};

describe("drawn anchors", () => {
  test("lie where the scorecard's shares of the segment's accounts lie", () => {
    const scorecard = drawing();
    expect(checkScorecard(scorecard)).toMatchObject({ ok: true });
    // Seats used: 1 of 10 to 5 of 10, twenty accounts each.
    const states = Array.from({ length: 100 }, (_, i) => seated(1 + (i % 5)));
    const statistics = drawnFrom(scorecard, states);
    expect(statistics.anchors["standard/seat_use"]).toEqual(
      [null, "smb"].map((segment) => ({
        segment,
        tenureDaysFrom: null,
        tenureDaysTo: null,
        accounts: 100,
        values: [expect.closeTo(0.1, 3), expect.closeTo(0.5, 3)],
      })),
    );
    expect(seatUse(scorecard, statistics, seated(3))).toMatchObject({
      score: expect.closeTo(50, 0),
      fromOthers: { anchors: { segment: "smb", accounts: 100, tenureDaysFrom: null, tenureDaysTo: null } },
    });
  });

  test("stand for tenures apart where the scorecard names them", () => {
    const scorecard = drawing([90]);
    const states = [
      ...Array.from({ length: 40 }, (_, i) => seated(1 + (i % 2), {}, 30)),
      ...Array.from({ length: 40 }, (_, i) => seated(5 + (i % 4), {}, 300)),
    ];
    const statistics = drawnFrom(scorecard, states);
    expect(seatUse(scorecard, statistics, seated(2, {}, 30))).toMatchObject({
      score: expect.closeTo(100, 0),
      fromOthers: { anchors: { segment: "smb", accounts: 40, tenureDaysFrom: 0, tenureDaysTo: 90 } },
    });
    expect(seatUse(scorecard, statistics, seated(5, {}, 300))).toMatchObject({
      score: expect.closeTo(0, 0),
      fromOthers: { anchors: { tenureDaysFrom: 90, tenureDaysTo: null } },
    });
  });

  test("of accounts that are all alike are not used once they stand alone: nothing in them says what is good", () => {
    const scorecard = drawing();
    const statistics = drawnFrom(
      scorecard,
      Array.from({ length: 40 }, () => seated(4)),
    );
    expect(seatUse(scorecard, statistics, seated(5))).toMatchObject({ score: expect.closeTo(50, 9) });
    expect(seatUse(scorecard, statistics, seated(5))).not.toHaveProperty("fromOthers.anchors");
  });

  test("are drawn from what accounts are, not from what others lent them yesterday", () => {
    const scorecard = drawing();
    const states = Array.from({ length: 50 }, (_, i) => seated(1 + (i % 5)));
    const first = drawnFrom(scorecard, states);
    const config = activate(configured(scorecard, first));
    const second = gatheredOf(
      states.map((state) => observe(state, assign(config, state), NOW)),
      2,
    ).toStatistics(stamp, drawnBy(scorecard), null);
    expect(second).toEqual(first);
  });

  test("of a measure whose line is changed while they are gathered stay as they were: part of the book is no mean", () => {
    const [before, after] = [drawing(), drawing()];
    Object.assign(specOf(after, "seat_use") ?? {}, {
      anchors: [
        { value: 0.4, score: 0 },
        { value: 0.6, score: 100 },
      ],
    });
    const states = Array.from({ length: 100 }, (_, i) => seated(1 + (i % 5)));
    const heard = (scorecard: Scorecard) => {
      const config = activate(configured(scorecard));
      return states.map((state) => observe(state, assign(config, state), NOW));
    };
    const part = gatheredOf([...heard(before).slice(0, 50), ...heard(after).slice(50)], 2);
    const inForce = drawnFrom(before, states.slice(0, 40));
    expect(part.toStatistics(stamp, drawnBy(after), inForce)?.anchors).toEqual(inForce.anchors);
    expect(part.toStatistics(stamp, drawnBy(after), null)?.anchors).toEqual({});
    expect(gatheredOf(heard(after), 2).toStatistics(stamp, drawnBy(after), inForce)?.anchors["standard/seat_use"]).not.toEqual(
      inForce.anchors["standard/seat_use"],
    );
  });

  test.each([
    ["one share too few", { shares: [0.1] }],
    ["shares that fall", { shares: [0.9, 0.1] }],
    ["tenures that fall", { shares: [0.1, 0.9], tenureDays: [90, 30] }],
  ])("with %s are refused where it is written", (_, anchors) => {
    const scorecard = drawing();
    Object.assign(specOf(scorecard, "seat_use") ?? {}, { fromOthers: { anchors } });
    const checked = checkScorecard(scorecard);
    expect(checked.ok ? [] : checked.error.map(({ pointer }) => pointer)[0]).toMatch(/^\/dimensions\/0\/measures\/0\/fromOthers\/anchors/);
  });
});

describe("what accounts have to say", () => {
  test("comes by the rules of their own scorecard: ratings and reopened tickets in its window, days to the first value once it is reached", () => {
    const state = anAccount({ segment: "smb", contractStart: isoTime(daysAgo(50)).slice(0, 10), coreFeatures: ["report"] });
    Object.assign(state, { firstEventAt: daysAgo(50) });
    ticket(state, { id: "1", at: daysAgo(30), solvedAt: daysAgo(20), reopenedAt: daysAgo(10), rating: { score: "good", at: daysAgo(9) } });
    ticket(state, { id: "2", at: daysAgo(30), solvedAt: daysAgo(20), rating: { score: "bad", at: daysAgo(100) } });
    const before = observe(state, assign(activate({ ...emptyConfiguration, version: 1 }), state), NOW);
    expect(before).toEqual({
      segment: "smb",
      scorecard: "standard",
      tenureDays: 50,
      figures: [
        { measure: "reopen_rate", contribution: { hits: 1, of: 2 } },
        { measure: "csat", contribution: { hits: 1, of: 1 } },
      ],
      values: [],
    });
    for (let person = 0; person < 3; person++) used(state, person, daysAgo(20));
    const after = observe(state, assign(activate({ ...emptyConfiguration, version: 1 }), state), NOW);
    expect(after.figures).toContainEqual({ measure: "time_to_value", contribution: { number: 30 } });
  });

  test("is nothing where nothing is known", () => {
    const state = anAccount();
    told(state, daysAgo(1), "message.sent");
    expect(observe(state, assign(activate({ ...emptyConfiguration, version: 1 }), state), NOW).figures).toEqual([]);
  });
});

describe("statistics that would make no difference", () => {
  const scorecards = activate({ ...emptyConfiguration, version: 1 }).scorecards;
  const csat = (value: number, accounts = 50): Statistics =>
    statisticsOf({ figures: { csat: { all: { value: 0.8, accounts: 200 }, segments: { smb: { value, accounts } } } } });

  test.each([
    ["none and none", null, null, true],
    ["none and some", null, csat(0.9), false],
    ["a rate that moved by less than half a point", csat(0.9), csat(0.904), true],
    ["a rate that moved by more", csat(0.9), csat(0.906), false],
    ["more accounts behind the same rate", csat(0.9, 50), csat(0.9, 90), true],
    ["so few accounts that it is drawn towards all", csat(0.9, 50), csat(0.9, 5), false],
    ["a segment that is gone", csat(0.9), statisticsOf({ figures: { csat: { all: { value: 0.8, accounts: 200 }, segments: {} } } }), false],
  ])("%s", (_, one, other, same) => {
    expect(haveSameEffect(one, other, scorecards)).toBe(same);
    expect(haveSameEffect(other, one, scorecards)).toBe(same);
  });

  test("a median of days may move by two in a hundred, an anchor by one in a hundred of the measure's span", () => {
    const days = (value: number): Statistics =>
      statisticsOf({ figures: { time_to_value: { all: { value, accounts: 200 }, segments: {} } } });
    expect([haveSameEffect(days(50), days(50.9), scorecards), haveSameEffect(days(50), days(52), scorecards)]).toEqual([true, false]);
    const own = activate(configured(drawing())).scorecards;
    const anchored = (target: number): Statistics =>
      statisticsOf({
        anchors: {
          "standard/seat_use": [{ segment: null, tenureDaysFrom: null, tenureDaysTo: null, accounts: 90, values: [0.1, target] }],
        },
      });
    expect([haveSameEffect(anchored(0.5), anchored(0.503), own), haveSameEffect(anchored(0.5), anchored(0.51), own)]).toEqual([
      true,
      false,
    ]);
  });
});
