import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import type { AccountState } from "../../../src/domain/account/state.ts";
import { emptyAccount } from "../../../src/domain/account/folded.ts";
import {
  type ActiveConfig,
  activate,
  type Configuration,
  emptyConfiguration,
  shippedConfig,
  versionAt,
  withMoney,
} from "../../../src/domain/config/active.ts";
import type { Scorecard } from "../../../src/domain/config/scorecard.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { accountHealth, type ConfigAt, onlyConfig } from "../../../src/domain/health/account-health.ts";
import type { HealthMove } from "../../../src/domain/health/document.ts";
import { DAY_MS, dayOf } from "../../../src/domain/time.ts";
import { event, sourcesTo } from "../../support/account-builders.ts";
import { NOW, anAccount, daysAgo, ticket, used } from "../../support/health-account.ts";
import { customers } from "../../support/health-customers.ts";

type Document = Configuration["scorecards"][string]["document"];
const standard = ((): Document => {
  const { version: _, configVersion: __, ...own } = structuredClone(standardScorecard);
  return own;
})();
const configOf = (version: number, document: Document, more: Partial<Configuration> = {}): ActiveConfig =>
  activate({ ...emptyConfiguration, version, scorecards: { standard: { version, document } }, ...more });
/** The first configuration up to `since`, then the second. */
const changing = (before: ActiveConfig, after: ActiveConfig, since: number): ConfigAt => {
  const [old, now] = [onlyConfig(before), onlyConfig(after)];
  return (at) => (at < since ? old(at) : now(at));
};
const sum = (moves: readonly HealthMove[]): number => moves.reduce((total, { delta }) => total + delta, 0);
const withMeasures = (change: (measure: Scorecard["dimensions"][number]["measures"][number]) => object | null): Document => ({
  ...standard,
  dimensions: standard.dimensions.flatMap((one) => {
    const measures = one.measures.flatMap((measure) => {
      const changed = change(measure);
      return changed === null ? [] : [{ ...measure, ...changed }];
    });
    return measures.length === 0 ? [] : [{ ...one, measures }];
  }),
});

/** Any scorecard that could be published: weights, anchors, policies, measures left out, caps, the mean. */
const scorecards = fc
  .record({
    seed: fc.array(
      fc.record({
        keep: fc.integer({ min: 0, max: 9 }),
        weight: fc.integer({ min: 0, max: 40 }),
        shift: fc.constantFrom(0, 0, 0.3, -0.2),
        missing: fc.oneof(
          { weight: 60, arbitrary: fc.constant("skip" as const) },
          { weight: 5, arbitrary: fc.constantFrom("neutral" as const, "worst" as const) },
          { weight: 1, arbitrary: fc.constant("required" as const) },
        ),
      }),
      { minLength: 22, maxLength: 22 },
    ),
    dimension: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 6, maxLength: 6 }),
    max: fc.integer({ min: 5, max: 95 }),
    powerMeanExponent: fc.constantFrom(undefined, undefined, 0.5, 1),
  })
  .map(({ seed, dimension, max, powerMeanExponent }): Document => {
    let i = 0;
    const document = withMeasures(({ anchors }) => {
      const { keep, weight, shift, missing } = seed[i++ % seed.length] as (typeof seed)[number];
      return keep === 0
        ? null
        : { weight: weight + 1, missing, anchors: anchors.map(({ value, score }) => ({ value: value + shift, score })) };
    });
    return {
      ...document,
      dimensions: document.dimensions.map((one, d) => ({ ...one, weight: dimension[d] ?? 1 })),
      caps: [{ key: "late", title: "Late", flag: "urgent_ticket_past_sla", max }],
      ...(powerMeanExponent === undefined ? {} : { powerMeanExponent }),
    };
  });

describe("what a change of configuration did", () => {
  test("sums with everything else to the difference, to 1e-9, for any two scorecards, states and instants; lines of a measure are chained", () => {
    let compared = 0;
    fc.assert(
      fc.property(
        customers,
        scorecards,
        scorecards,
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        (state, one, other, a, b) => {
          const [from, to] = [Math.max(a, b) + 1, Math.min(a, b)].map((day) => daysAgo(day)) as [number, number];
          const account = accountHealth(state, changing(configOf(1, one), configOf(2, other), to));
          const [before, after] = [account.at(from), account.at(to)];
          const moves = account.moves(before, after);
          if (before.score === null || after.score === null) {
            expect(moves).toEqual([]);
            return;
          }
          compared++;
          expect(Math.abs(sum(moves) - (after.score - before.score))).toBeLessThan(1e-9);
          for (const move of moves) expect(Math.abs(move.delta - ((move.to ?? 0) - (move.from ?? 0)))).toBeLessThan(1e-9);
          expect(moves.every((move) => (move.cause === "configuration") === (move.aspect !== undefined))).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  test("is all of it where nothing else happened, and none of it where the same scorecard got another number", () => {
    fc.assert(
      fc.property(customers, scorecards, (state, other) => {
        const account = accountHealth(state, changing(configOf(1, standard), configOf(2, other), NOW + 2));
        const [before, after] = [account.at(NOW + 1), account.at(NOW + 2)];
        const facts = account.moves(before, after).filter(({ cause }) => cause !== "configuration");
        expect(Math.abs(sum(facts))).toBeLessThan(0.01);
      }),
      { numRuns: 100 },
    );
    const state = anAccount({ seats: 10 });
    for (let day = 0; day < 70; day++) used(state, day % 5, daysAgo(day));
    const shadowed = activate({ ...emptyConfiguration, version: 3, shadows: { standard: { version: 9, since: 3, document: standard } } });
    const account = accountHealth(state, changing(shippedConfig, shadowed, daysAgo(0, 6)));
    const moves = account.moves(account.at(daysAgo(3)), account.at(NOW));
    expect(moves.map(({ cause }) => cause)).not.toContain("configuration");
    expect(account.at(NOW).configVersion).toBe("3");
  });

  test("is told measure by measure: weight, anchors, what it measures, what came, what went, caps", () => {
    const state = anAccount({ seats: 10, slaHours: 24 });
    for (let day = 0; day < 70; day++) for (const user of [1, 2, 3]) used(state, user, daysAgo(day));
    used(state, 4, daysAgo(3));
    ticket(state, { id: "1", at: daysAgo(2), priority: "urgent" });
    const aspects = (document: Document): string[] => {
      const account = accountHealth(state, changing(configOf(1, standard), configOf(2, document), NOW));
      const moves = account.moves(account.at(NOW - 1), account.at(NOW)).filter(({ cause }) => cause === "configuration");
      return moves.map(({ measure, aspect }) => `${measure} ${aspect}`);
    };
    const only = (key: string, change: object | null) => withMeasures((measure) => (measure.key === key ? change : {}));
    expect(aspects(standard)).toEqual([]);
    expect(aspects(only("seat_use", { weight: 80 }))).toContain("seat_use weight");
    expect(aspects(only("seat_use", { anchors: [{ value: 0, score: 0 }, { value: 1, score: 100 }] }))).toEqual(["seat_use anchors"]); // prettier-ignore
    expect(aspects(only("seat_use", { settings: { windowDays: 1 } }))).toEqual(["seat_use definition"]);
    expect(aspects(only("seat_use", null))).toContain("seat_use removed");
    const without = only("seat_use", null);
    const back = accountHealth(state, changing(configOf(1, without), configOf(2, standard), NOW));
    const added = back.moves(back.at(NOW - 1), back.at(NOW)).find(({ measure }) => measure === "seat_use");
    expect(added).toMatchObject({ cause: "configuration", aspect: "added", from: null });
    expect(aspects({ ...standard, caps: [{ key: "late", title: "Late", flag: "urgent_ticket_past_sla", max: 10 }] })).toEqual([
      "caps caps",
    ]);
  });

  test("includes another segment's scorecard, by the attributes of each instant", () => {
    const document = {
      title: "Sizes",
      scorecard: "standard",
      segments: [
        { key: "large", title: "Large", scorecard: "strategic", when: [{ op: "at_least" as const, attribute: "seats", value: 4 }] },
      ],
    };
    const config = activate({ ...emptyConfiguration, version: 1, segments: { version: 1, document } });
    const state = emptyAccount("acme", sourcesTo({ "tok_1/events": NOW }));
    const seats = (at: number, value: number) =>
      event({ type: "account.updated", connector: "pulseline", occurredAt: at, data: { attributes: { seats: value } } });
    fold(state, seats(daysAgo(20), 2), NOW);
    fold(state, seats(daysAgo(1), 5), NOW);
    for (let day = 0; day < 30; day++) fold(state, event({ occurredAt: daysAgo(day), user: { id: "ana" } }), NOW);
    fold(state, event({ type: "ticket.created", data: { ticketId: "1" }, occurredAt: daysAgo(5) }), NOW);
    const account = accountHealth(state, onlyConfig(config));
    expect([daysAgo(2), NOW].map((at) => account.assignedAt(at).segment)).toEqual([null, "large"]);
    const [before, after] = [account.at(daysAgo(2)), account.at(NOW)];
    expect([before.scorecard, after.scorecard]).toEqual(["standard-2", "strategic-1"]);
    const moves = account.moves(before, after);
    expect(moves.find(({ cause, aspect }) => cause === "configuration" && aspect === "weight")).toBeDefined();
    expect(moves.find(({ measure, cause }) => measure === "seat_use" && cause === "data")?.delta).toBeLessThan(0);
    expect(Math.abs(sum(moves) - ((after.score as number) - (before.score as number)))).toBeLessThan(1e-9);
  });

  test("says so where nobody wrote anything and only what other accounts lend is another", () => {
    const lends = (version: number, value: number): ReturnType<typeof configOf> => {
      const figure = { value, accounts: 100 };
      const statistics = {
        version,
        period: "2026-11-01",
        at: 1,
        accounts: 100,
        figures: { csat: { all: figure, segments: {} } },
        anchors: {},
      };
      return activate({ ...emptyConfiguration, version, statistics });
    };
    const state = anAccount({ seats: 10 });
    for (let day = 0; day < 70; day++) used(state, day % 5, daysAgo(day));
    ticket(state, { id: "1", at: daysAgo(9), solvedAt: daysAgo(8), rating: { score: "good", at: daysAgo(7) } });
    const account = accountHealth(state, changing(lends(4, 0.5), lends(5, 0.9), NOW));
    const moves = account.moves(account.at(NOW - 1), account.at(NOW)).filter(({ cause }) => cause === "configuration");
    expect(moves.map(({ measure, aspect }) => `${measure} ${aspect}`)).toEqual(["csat statistics"]);
  });

  test("keeps saying so after a publication and its roll-back that came later", () => {
    const figure = (value: number) => ({ all: { value, accounts: 100 }, segments: {} });
    const statistics = (version: number, value: number) => ({
      version,
      period: "2026-11-01",
      at: 1,
      accounts: 100,
      figures: { csat: figure(value) },
      anchors: {},
    });
    const heavy = withMeasures(({ key }) => (key === "seat_use" ? { weight: 80 } : {}));
    const [renewed, tried, undone] = [daysAgo(0, 6), daysAgo(0, 4), daysAgo(0, 2)];
    // In force since when, numbered from 1: others lend anew, people publish another scorecard and take it back.
    const parts = [
      { at: daysAgo(50), document: standard, lent: statistics(1, 0.5) },
      { at: renewed, document: standard, lent: statistics(2, 0.9) },
      { at: tried, document: heavy, lent: statistics(2, 0.9) },
      { at: undone, document: standard, lent: statistics(2, 0.9) },
    ];
    const configs = parts.map(({ at, document, lent }, i) =>
      configOf(i + 1, document, {
        at,
        before: parts
          .slice(0, i)
          .map((one, j) => ({ version: j + 1, at: one.at }))
          .reverse(),
        scorecards: { standard: { version: [1, 1, 2, 3][i] ?? 0, document } },
        statistics: lent,
      }),
    );
    const configAt: ConfigAt = (at) => ({
      config: configs.findLast(({ since }) => since <= at) ?? (configs[0] as ActiveConfig),
      missing: null,
    });
    const state = anAccount({ seats: 10 });
    for (let day = 0; day < 70; day++) used(state, day % 5, daysAgo(day));
    ticket(state, { id: "1", at: daysAgo(9), solvedAt: daysAgo(8), rating: { score: "good", at: daysAgo(7) } });
    const account = accountHealth(state, configAt);
    const told = (to: number) =>
      account
        .moves(account.at(renewed - 1), account.at(to))
        .flatMap(({ measure, aspect, delta }) => (aspect === undefined ? [] : [`${measure} ${aspect} ${delta.toFixed(6)}`]));
    expect(told(renewed)).toEqual([expect.stringMatching(/^csat statistics/)]);
    expect(told(tried)).toEqual(expect.arrayContaining([...told(renewed), expect.stringMatching(/^depth weight/)]));
    expect(told(NOW)).toEqual(told(renewed));
  });

  test("is told at its own instant: facts before it by the rules before, those after it by the rules after, and all sums", () => {
    fc.assert(
      fc.property(customers, fc.array(scorecards, { minLength: 1, maxLength: 4 }), fc.nat(3), (state, documents, again) => {
        const all = [standard, ...documents, documents[again % documents.length] as Document];
        const since = (i: number): number => daysAgo(40 - 5 * i);
        const configs = all.map((document, i) =>
          configOf(i + 1, document, {
            at: since(i),
            before: all
              .slice(0, i)
              .map((_, j) => ({ version: j + 1, at: since(j) }))
              .reverse(),
          }),
        );
        const configAt: ConfigAt = (at) => ({
          config: configs.findLast((one) => one.since <= at) ?? (configs[0] as ActiveConfig),
          missing: null,
        });
        const account = accountHealth(state, configAt);
        const [before, after] = [account.at(daysAgo(39)), account.at(NOW)];
        const moves = account.moves(before, after);
        if (before.score === null || after.score === null) {
          expect(moves).toEqual([]);
          return;
        }
        expect(Math.abs(sum(moves) - (after.score - before.score))).toBeLessThan(1e-9);
        for (const move of moves) expect(Math.abs(move.delta - ((move.to ?? 0) - (move.from ?? 0)))).toBeLessThan(1e-9);
      }),
      { numRuns: 100 },
    );
  });

  test("does not change an overridden score: what the configuration did, the override takes back", () => {
    const state = anAccount({ seats: 10 });
    for (let day = 0; day < 70; day++) used(state, day % 5, daysAgo(day));
    state.verdicts.overrides.push({ at: daysAgo(9), tie: "e1", value: 80, reason: null, author: "t", expiresAt: NOW + DAY_MS });
    const heavy = withMeasures(({ key }) => (key === "seat_use" ? { weight: 500 } : {}));
    const account = accountHealth(state, changing(configOf(1, standard), configOf(2, heavy), NOW));
    const moves = account.moves(account.at(NOW - 1), account.at(NOW));
    expect(moves.map(({ cause }) => cause)).toEqual(expect.arrayContaining(["configuration", "override"]));
    expect(Math.abs(sum(moves))).toBeLessThan(1e-9);
  });
});

describe("an account by a scorecard beside its own", () => {
  const { dimensions: _all, ...rest } = standard;
  const support: Document = { ...rest, title: "Support", dimensions: standard.dimensions.filter(({ key }) => key === "support") };
  const withSides = activate({
    ...emptyConfiguration,
    version: 2,
    scorecards: { support: { version: 1, document: support } },
    segments: { version: 1, document: { title: "s", scorecard: "standard", sideScorecards: ["support", "strategic"], segments: [] } },
  });
  const told = (): AccountState => {
    const state = anAccount({ seats: 10 });
    for (let day = 0; day < 70; day++) used(state, day % 5, daysAgo(day));
    ticket(state, { id: "1", at: daysAgo(9), priority: "urgent" });
    state.verdicts.overrides.push({ at: daysAgo(5), tie: "e1", value: 90, reason: null, author: "t", expiresAt: NOW + DAY_MS });
    return state;
  };

  test("has its own score, band and confidence, which an override of the account's score does not touch", () => {
    const state = told();
    const account = accountHealth(state, onlyConfig(withSides));
    const sides = account.beside(NOW);
    expect(sides.map(({ key }) => key)).toEqual(["support", "strategic"]);
    expect(account.at(NOW)).toMatchObject({ score: 90, override: { value: 90 } });
    for (const { key, health } of sides) {
      expect(health).toEqual(accountHealth(state, onlyConfig(withSides), key).at(NOW));
      expect([health.override, health.score]).toEqual([null, health.computedScore]);
    }
    expect(sides[0]?.health.dimensions.map(({ key }) => key)).toEqual(["support"]);
    expect(accountHealth(state, onlyConfig(withSides), "standard").at(NOW)).toEqual(account.at(NOW));
  });

  test("is explained by that scorecard: lines sum to the difference between any two instants", () => {
    fc.assert(
      fc.property(customers, fc.constantFrom("support", "strategic"), fc.nat(60), fc.nat(60), (state, key, a, b) => {
        const account = accountHealth(state, changing(configOf(1, standard), withSides, daysAgo(30)), key);
        const [from, to] = [daysAgo(Math.max(a, b)), daysAgo(Math.min(a, b))];
        const [before, after] = [account.at(from), account.at(to)];
        if (key === "support" && from < daysAgo(30)) expect(before).toMatchObject({ score: null, band: "not_enough_data", dimensions: [] });
        const moves = account.moves(before, after);
        if (before.score === null || after.score === null) expect(moves).toEqual([]);
        else expect(Math.abs(sum(moves) - (after.score - before.score))).toBeLessThan(1e-9);
      }),
      { numRuns: 100 },
    );
  });
});

describe("an account by a configuration that there could be", () => {
  test("is compared by computed scores: of the scorecard that it has, of another segment, of a measure and a calendar", () => {
    const state = anAccount({ seats: 10, calendar: "office" });
    for (let day = 0; day < 70; day++) used(state, day % 5, daysAgo(day));
    ticket(state, { id: "1", at: daysAgo(9), priority: "urgent" });
    state.verdicts.overrides.push({ at: daysAgo(5), tie: "e1", value: 90, reason: null, author: "t", expiresAt: NOW + DAY_MS });
    const account = accountHealth(state, onlyConfig(shippedConfig));
    const heavy = withMeasures(({ key }) => (key === "seat_use" ? { weight: 500 } : {}));
    const config = configOf(2, heavy);
    const compared = account.compared({ kind: "scorecards", key: "standard", config }, NOW);
    expect(compared).toMatchObject({ publishedScore: account.at(NOW).computedScore, score: accountHealth(state, onlyConfig(config)).at(NOW).computedScore }); // prettier-ignore
    expect(compared?.score).not.toBe(compared?.publishedScore);
    expect(account.compared({ kind: "scorecards", key: "strategic", config }, NOW)).toBeNull();

    const segments = { version: 1, document: { title: "s", scorecard: "strategic", segments: [] } };
    const bySegment = account.compared({ kind: "segments", key: "segments", config: activate({ ...emptyConfiguration, version: 3, segments }) }, NOW); // prettier-ignore
    expect(bySegment?.score).toBe(accountHealth(state, onlyConfig(shippedConfig), "strategic").at(NOW).computedScore);
    expect(bySegment?.publishedScore).toBe(compared?.publishedScore);
  });

  test("has the rates of the one in force, so that the same segments of amounts find it the same", () => {
    const segments: Configuration["segments"] = {
      version: 1,
      document: {
        title: "By revenue",
        scorecard: "standard",
        segments: [{ key: "large", title: "Large", scorecard: "strategic", when: [{ op: "at_least", attribute: "arr", value: 100_000 }] }],
      },
    };
    // 200,000 dollars are 100,000 euro; 150,000 are less, which they would not be if they were read as they stand.
    const rates = { version: 1, days: [dayOf(NOW) - 1], rates: { USD: [2] } };
    const config = activate({ ...emptyConfiguration, version: 3, segments });
    for (const [arr, key] of [
      [200_000, "strategic"],
      [150_000, "standard"],
    ] as const) {
      // prettier-ignore
      const state = anAccount({ seats: 10, arr, currency: "USD" });
      for (let day = 0; day < 70; day++) used(state, day % 5, daysAgo(day));
      ticket(state, { id: "1", at: daysAgo(9), priority: "urgent" });
      const account = accountHealth(state, onlyConfig(withMoney(config, { currency: "EUR", rates })));
      expect(account.assignedAt(NOW).key).toBe(key);
      const compared = account.compared({ kind: "segments", key: "segments", config }, NOW);
      expect(compared).toMatchObject({ score: account.at(NOW).computedScore, publishedScore: account.at(NOW).computedScore });
      expect(account.compared({ kind: "scorecards", key, config }, NOW)).toEqual(compared);
    }
  });
});

describe("the configuration of an instant", () => {
  const config = { version: 5, since: 500, before: [{ version: 4, at: 400 }, { version: 3, at: 300 }] }; // prettier-ignore
  test("is the one in force then; before the oldest that is remembered that one, before the first ever what ships", () => {
    expect([600, 500, 499, 300, 299, -1].map((at) => versionAt(config, at))).toEqual([5, 5, 4, 3, 3, 3]);
    const whole = { ...config, version: 3, since: 300, before: [{ version: 2, at: 200 }, { version: 1, at: 100 }] }; // prettier-ignore
    expect([300, 299, 150, 99].map((at) => versionAt(whole, at))).toEqual([3, 2, 1, 0]);
    expect(versionAt({ version: 1, since: 100, before: [] }, 99)).toBe(0);
    expect(versionAt(shippedConfig, -Infinity)).toBe(0);
  });

  test("stored by older code, without its time, is the configuration of all time", () => {
    const { version, since, before } = activate({ ...emptyConfiguration, version: 7 });
    expect([NOW, 0, -1e12].map((at) => versionAt({ version, since, before }, at))).toEqual([7, 7, 7]);
  });
});
