import { describe, expect, test } from "vitest";
import { figureInstants, type Figures, figures } from "../../../src/domain/account/account-change.ts";
import type { ScoreLine } from "../../../src/domain/account/account-pages.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { cleanScores, emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { activate, type Configuration, emptyConfiguration, shippedConfig, withMoney } from "../../../src/domain/config/active.ts";
import { type ConfigAt, onlyConfig } from "../../../src/domain/health/account-health.ts";
import { scoreRules } from "../../../src/domain/health/score-rules.ts";
import { scoreLineDaysLiveMax, scoreLineKeptFromEvaluations } from "../../../src/domain/limits.ts";
import { DAY_MS, dayOf, HOUR_MS, startOfDay } from "../../../src/domain/time.ts";
import { event, NOW, sourcesTo } from "../../support/account-builders.ts";

const used = (state: FoldedAccount, daysAgo: number, person = "ana", now = NOW): void =>
  fold(state, event({ occurredAt: now - daysAgo * DAY_MS, user: { id: person } }), now);
const scored = (state: FoldedAccount, scoreLine: ScoreLine | null, lineDaysMax?: number, now = NOW): Figures =>
  figures(state, onlyConfig(shippedConfig), { scoreLine, lineDaysMax }, now);

/** An account with usage on each of the last 40 days, and its line. */
function known(): { state: FoldedAccount; line: ScoreLine } {
  const state = emptyAccount("acme", sourcesTo({ "tok_1/events": NOW }));
  for (let day = 0; day < 40; day++) used(state, day);
  const { scoreLine } = scored(state, null);
  if (scoreLine === null) throw new Error("all days were to be computed");
  cleanScores(state);
  return { state, line: scoreLine };
}

describe("the line of daily scores", () => {
  test("costs what is new: an event of today changes today and what had not ended", () => {
    const { state, line } = known();
    used(state, 0, "ben");
    const after = scored(state, line, scoreLineDaysLiveMax);
    expect(after.evaluations()).toBeLessThan(6);
    expect(after.scoreDays).toEqual(scored(state, null).scoreDays);
  });

  test("says how many of its days were computed again, apart from what else was looked at: legs of moves, rules of bands", () => {
    const { state, line } = known();
    const before = [{ version: 0, at: 0 }];
    const turns = Array.from({ length: 6 }, (_, i) => ({ version: i + 1, at: NOW - (6 - i) * HOUR_MS }));
    const configAt: ConfigAt = (at) => {
      const passed = turns.filter((one) => one.at <= at);
      const { version, at: since } = passed.at(-1) ?? { version: 0, at: 0 };
      const scorecards = new Map([...shippedConfig.scorecards].map(([key, one]) => [key, { ...one, version: `${key}-${version}` }]));
      return {
        config: { ...shippedConfig, scorecards, written: version, version, since, before: [...passed.slice(0, -1).reverse(), ...before] },
        missing: null,
      };
    };
    const found = figures(state, configAt, { scoreLine: line }, NOW);
    expect([found.lineEvaluations, found.evaluations() > scoreLineKeptFromEvaluations]).toEqual([1, true]);
    const looked = found.evaluations();
    found.bandRules().former(NOW - HOUR_MS);
    expect(found.evaluations()).toBe(looked + 1);
  });

  test("looks at the instants that it says, no others", () => {
    const { state, line } = known();
    const asked = new Set<number>();
    const configAt: ConfigAt = (at) => {
      if (at !== NOW) asked.add(at);
      return { config: shippedConfig, missing: null };
    };
    const looksAt = (scoreLine: ScoreLine | null, lineDaysMax?: number): number => {
      asked.clear();
      figures(state, configAt, { scoreLine, lineDaysMax }, NOW);
      expect(asked).toEqual(new Set(figureInstants(state, { scoreLine, lineDaysMax }, shippedConfig, NOW)));
      return asked.size;
    };
    used(state, 0, "ben");
    expect(looksAt(line, scoreLineDaysLiveMax)).toBeLessThan(5);
    expect(looksAt(null)).toBeGreaterThan(35);
    used(state, 30, "cem");
    expect([looksAt(line, scoreLineDaysLiveMax), looksAt(line)]).toEqual([1, 31]);
  });

  test("is made anew by this code's rules where older code made it", () => {
    const { state, line } = known();
    const { rules, ...older } = line;
    expect(rules).toBe(scoreRules);
    expect(scored(state, line).evaluations()).toBeLessThan(6);
    expect(scored(state, { ...older, scores: line.scores.map(() => 1) }).scoreDays).toEqual(line.scores);
  });

  test.each<[string, Record<string, unknown>, string, boolean]>([
    ["a first role, which held before too", { role: "CEO" }, "ana@acme.example", true],
    ["a later role, which holds from then on", { role: "Assistant" }, "boss@acme.example", false],
    ["an e-mail that makes two names one person", { email: "boss@acme.example" }, "b1", true],
    ["a name that nothing else bears", { email: "new@acme.example" }, "n1", false],
  ])("is made anew where it may differ when a person is told: %s", (_, data, person, isAll) => {
    const state = emptyAccount("acme", sourcesTo({ "tok_1/events": NOW }));
    for (let day = 0; day < 60; day++) used(state, day);
    const tell = (daysAgo: number, type: string, said: Record<string, unknown>, id: string): void =>
      fold(state, event({ type, occurredAt: NOW - daysAgo * DAY_MS, data: said, user: { id } }), NOW);
    tell(50, "user.identified", { role: "CEO" }, "boss@acme.example");
    for (const [i, asker] of ["ana@acme.example", "boss@acme.example", "b1"].entries())
      tell(40 - 5 * i, "ticket.created", { ticketId: asker, priority: "urgent" }, asker);
    for (const [score, answerer] of [[7, "b1"], [2, "boss@acme.example"], [10, "ana@acme.example"]] as const) tell(45 - score, "survey.answered", { kind: "nps", score }, answerer); // prettier-ignore
    const { scoreLine } = scored(state, null);
    cleanScores(state);
    tell(3, "user.identified", data, person);
    const [after, fresh] = [scored(state, scoreLine), scored(state, null)];
    expect(after.scoreDays).toEqual(fresh.scoreDays);
    if (isAll) expect(fresh.scoreDays).not.toEqual(scoreLine?.scores);
    expect(state.scoreDirtyFrom).toBe(isAll ? 0 : dayOf(NOW) - 3);
  });

  test("is made anew with other rates where segments compare an amount of another currency", () => {
    const { state } = known();
    fold(state, event({ type: "account.updated", occurredAt: NOW - 60 * DAY_MS, data: { arr: 150_000, currency: "USD" } }), NOW);
    const segments: Configuration["segments"] = {
      version: 1,
      document: {
        title: "By revenue",
        scorecard: "standard",
        segments: [{ key: "large", title: "Large", scorecard: "strategic", when: [{ op: "at_least", attribute: "arr", value: 100_000 }] }],
      },
    };
    const config = activate({ ...emptyConfiguration, version: 1, segments });
    const by = (version: number, usd: number): ConfigAt =>
      onlyConfig(withMoney(config, { currency: "EUR", rates: { version, days: [dayOf(NOW) - 90], rates: { USD: [usd] } } }));
    const before = figures(state, by(1, 1), { scoreLine: null }, NOW);
    expect(before.assigned.key).toBe("strategic");
    cleanScores(state);
    const [scoreLine, fresh] = [before.scoreLine, figures(state, by(2, 2), { scoreLine: null }, NOW)];
    const after = figures(state, by(2, 2), { scoreLine }, NOW);
    expect([after.assigned.key, after.scoreDays]).toEqual(["standard", fresh.scoreDays]);
    expect(after.scoreDays).not.toEqual(before.scoreDays);
    expect(figureInstants(state, { scoreLine }, by(2, 2)(NOW).config, NOW).length).toBeGreaterThan(35);
    expect(figureInstants(state, { scoreLine }, by(1, 1)(NOW).config, NOW).length).toBeLessThan(5);
  });

  test("is made anew with other rates where segments of its time compared amounts, though those in force do not", () => {
    const { state } = known();
    fold(state, event({ type: "account.updated", occurredAt: NOW - 60 * DAY_MS, data: { arr: 150_000, currency: "USD" } }), NOW);
    const { since: _, ...old } = activate({
      ...emptyConfiguration,
      version: 1,
      segments: {
        version: 1,
        document: {
          title: "By revenue",
          scorecard: "standard",
          segments: [
            { key: "large", title: "Large", scorecard: "strategic", when: [{ op: "at_least", attribute: "arr", value: 100_000 }] },
          ],
        },
      },
    });
    const since = NOW - 20 * DAY_MS;
    /** Until 20 days ago by the segments, then by none. */
    const by = (version: number, usd: number, byRates?: boolean): ConfigAt => {
      const money = { currency: "EUR", rates: { version, days: [dayOf(NOW) - 90], rates: { USD: [usd] } } };
      const before = [{ version: 1, at: NOW - 200 * DAY_MS, ...(byRates === undefined ? {} : { byRates }) }];
      const then = withMoney({ ...old, since: NOW - 200 * DAY_MS }, money);
      const now = withMoney({ ...activate({ ...emptyConfiguration, version: 2 }), since, before }, money);
      return (at) => ({ config: at < since ? then : now, missing: null });
    };
    const known1 = figures(state, by(1, 1, true), { scoreLine: null }, NOW);
    cleanScores(state);
    const { scoreLine } = known1;
    const fresh = figures(state, by(2, 2, true), { scoreLine: null }, NOW).scoreDays;
    expect(fresh).not.toEqual(known1.scoreDays);
    expect(figures(state, by(2, 2, true), { scoreLine }, NOW).scoreDays).toEqual(fresh);
    // What older code stored does not say whether they did: they may have.
    expect(figures(state, by(2, 2), { scoreLine }, NOW).scoreDays).toEqual(fresh);
    const plain = figures(state, by(1, 1, false), { scoreLine: null }, NOW).scoreLine;
    expect(figureInstants(state, { scoreLine: plain }, by(2, 2, false)(NOW).config, NOW).length).toBeLessThan(5);
    // Nor does what was in force before the first day of the line.
    const long = { ...by(2, 2, true)(NOW).config, since: NOW - 95 * DAY_MS };
    expect(figureInstants(state, { scoreLine: plain }, long, NOW).length).toBeLessThan(5);
  });

  test("keeps the days whose configuration is missing; they are dirty only while it may come", () => {
    const { state, line } = known();
    used(state, 20, "ben");
    const without = (mayCome: boolean): Figures => {
      const configAt: ConfigAt = (at) =>
        at < startOfDay(dayOf(NOW) - 9) ? { config: shippedConfig, missing: 3, mayCome } : { config: shippedConfig, missing: null };
      return figures(state, configAt, { scoreLine: line }, NOW);
    };
    expect(without(true).unsureFromDay).toBe(dayOf(NOW) - 20);
    expect(without(false).unsureFromDay).toBeNull();
    expect(without(false).scoreDays.slice(0, 80)).toEqual(line.scores.slice(0, 80));
    expect(without(false).scoreDays.slice(80)).toEqual(scored(state, null).scoreDays.slice(80));
  });

  test("stays as it was while more days may differ than may be computed, and nothing of it passes for new", () => {
    const { state, line } = known();
    for (const person of ["ben", "cem", "dia", "eva"]) used(state, 30, person);
    const live = scored(state, line, scoreLineDaysLiveMax);
    expect(live.evaluations()).toBe(2);
    expect(live.scoreLine).toBeNull();
    expect(live.scoreDays.slice(0, -1)).toEqual(line.scores.slice(0, -1));
    expect(live.scoreDays.at(-1)).toBe(live.health.score);
    const whole = scored(state, line);
    expect(whole.scoreLine?.scores).toEqual(scored(state, null).scoreDays);
    expect(whole.scoreDays).not.toEqual(line.scores);
  });

  test("of an account that comes with its history is empty until it is computed", () => {
    const { state } = known();
    state.scoreDirtyFrom = 0;
    const { scoreDays, scoreLine, health } = scored(state, null, scoreLineDaysLiveMax);
    expect(scoreLine).toBeNull();
    expect(scoreDays).toEqual([...Array.from({ length: 89 }, () => null), health.score]);
  });

  test("moves up after a long sleep without closing over the days that it missed", () => {
    const { state, line } = known();
    const later = NOW + 20 * DAY_MS;
    const live = scored(state, line, scoreLineDaysLiveMax, later);
    expect(live.scoreLine).toBeNull();
    expect(live.scoreDays.slice(0, 70)).toEqual(line.scores.slice(20));
    expect(live.scoreDays.slice(70, 89)).toEqual(Array.from({ length: 19 }, () => null));
    expect(scored(state, line, undefined, later).scoreLine).toMatchObject({ lastDay: dayOf(later) });
  });
});
