import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromPages, toHeadPage } from "../../../src/domain/account/account-pages.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { nextVerdictChange, standingAt } from "../../../src/domain/account/verdicts.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { healthMoves } from "../../../src/domain/health/moves.ts";
import { nextChangeAt } from "../../../src/domain/health/next-change.ts";
import { verdictsPerAccountMax } from "../../../src/domain/limits.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import { event, NOW } from "../../support/account-builders.ts";
import { anAccount, used } from "../../support/health-account.ts";

let count = 0;
const written = (at: number, data: Readonly<Record<string, unknown>>, id = `w${++count}`) =>
  event({ id, type: "account.updated", connector: "pulseline", occurredAt: at, receivedAt: at, data });
const override = (at: number, value: number | null, expiresAt = at + DAY_MS, id?: string) =>
  written(at, { override: value === null ? { value } : { value, reason: "sponsor called", expiresAt } }, id);

const folded = (events: readonly ReturnType<typeof event>[]): FoldedAccount => {
  const state = emptyAccount("acme");
  for (const one of events) fold(state, one, NOW);
  return state;
};

describe("an override", () => {
  test("stands from when it was said until it expires, is withdrawn, or another follows", () => {
    const { overrides } = folded([
      override(NOW, 20, NOW + 10 * HOUR_MS),
      override(NOW + 2 * HOUR_MS, 30, NOW + 10 * HOUR_MS),
      override(NOW + 4 * HOUR_MS, null),
    ]).verdicts;
    const values = [-1, 0, 1, 2, 3, 4, 20].map((hours) => standingAt(overrides, NOW + hours * HOUR_MS)?.value ?? null);
    expect(values).toEqual([null, 20, 20, 30, 30, null, null]);
    expect(nextVerdictChange(overrides, NOW + HOUR_MS)).toBe(NOW + 2 * HOUR_MS);
  });

  test("is the score and the band, whatever is computed, and ends by the account's timer", () => {
    const state = anAccount({ seats: 10 });
    for (let user = 0; user < 9; user++) used(state, user, NOW);
    const computed = evaluateHealth(state, standardScorecard, NOW).computedScore;
    state.verdicts.overrides.push(...folded([override(NOW, 15, NOW + HOUR_MS)]).verdicts.overrides);
    expect(evaluateHealth(state, standardScorecard, NOW)).toMatchObject({
      score: 15,
      band: "critical",
      computedScore: computed,
      override: { value: 15, reason: "sponsor called", expiresAt: NOW + HOUR_MS },
    });
    expect(nextChangeAt(state, standardScorecard, NOW)).toBe(NOW + HOUR_MS);
    expect(evaluateHealth(state, standardScorecard, NOW + HOUR_MS)).toMatchObject({ override: null });
  });

  test("is a line of the explanation: all lines sum to the difference of the scores, with it or without", () => {
    const state = anAccount({ seats: 10 });
    for (let user = 0; user < 9; user++) used(state, user, NOW - DAY_MS);
    state.verdicts.overrides.push(...folded([override(NOW - HOUR_MS, 15)]).verdicts.overrides);
    const from = evaluateHealth(state, standardScorecard, NOW - DAY_MS);
    const to = evaluateHealth(state, standardScorecard, NOW);
    const moves = healthMoves(from, to);
    expect(moves.find(({ cause }) => cause === "override")).toMatchObject({ measure: "override", from: 0 });
    expect(moves.reduce((sum, { delta }) => sum + delta, 0)).toBeCloseTo((to.score ?? 0) - (from.score ?? 0), 9);
  });

  test("explains a score where nothing is measured", () => {
    const state = anAccount();
    const { overrides } = folded([override(NOW - DAY_MS, 50, NOW + DAY_MS), override(NOW, 70)]).verdicts;
    state.verdicts.overrides.push(...overrides);
    const from = evaluateHealth(state, standardScorecard, NOW - 1);
    const to = evaluateHealth(state, standardScorecard, NOW);
    expect(healthMoves(from, to)).toEqual([
      { measure: "override", title: "Override by a person", delta: 20, from: 50, to: 70, cause: "override" },
    ]);
  });

  test("is taken from our own API alone", () => {
    const foreign = event({ id: "x", type: "account.updated", occurredAt: NOW, data: { override: { value: 90, reason: "please" } } });
    expect(folded([foreign]).verdicts.overrides).toEqual([]);
    expect(folded([written(NOW, { override: { value: 900 } })]).verdicts.overrides).toEqual([]);
  });
});

describe("what people say", () => {
  test("does not depend on the order or the number of arrivals, also when the list is full, and survives its page", () => {
    const said = fc.array(fc.record({ hour: fc.integer({ min: 0, max: 90 }), value: fc.option(fc.integer({ min: 1, max: 5 })) }), {
      maxLength: verdictsPerAccountMax + 20,
    });
    fc.assert(
      fc.property(said, fc.integer({ min: 0, max: 1_000 }), (list, seed) => {
        const events = list.flatMap(({ hour, value }, i) => [
          written(NOW + hour * HOUR_MS, { opinion: { value } }, `o${i}`),
          override(NOW + hour * HOUR_MS, value, NOW + (hour + 5) * HOUR_MS, `p${i}`),
        ]);
        const shuffled = [...events].sort(
          (a, b) => ((a.id.length * 31 + seed) % 7) - ((b.id.length * 31 + seed) % 7) || (a.id < b.id ? 1 : -1),
        );
        const { verdicts } = folded(events);
        expect(folded([...shuffled, ...shuffled.slice(0, 5)]).verdicts).toEqual(verdicts);
        expect(verdicts.opinions.length).toBeLessThanOrEqual(verdictsPerAccountMax);
        const stored = fromPages("acme", { head: toHeadPage(folded(events), { pagedSeq: 1, scoreLine: null }), days: [], records: [] });
        expect(stored?.state.verdicts).toEqual(verdicts);
      }),
      { numRuns: 60 },
    );
  });

  test("an opinion says nothing after 90 days, and never moves the score", () => {
    const state = anAccount();
    state.verdicts.opinions.push(...folded([written(NOW, { opinion: { value: 4, reason: null } })]).verdicts.opinions);
    expect(evaluateHealth(state, standardScorecard, NOW + 89 * DAY_MS)).toMatchObject({ score: null, opinion: { value: 4 } });
    expect(evaluateHealth(state, standardScorecard, NOW + 90 * DAY_MS).opinion).toBeNull();
  });
});
