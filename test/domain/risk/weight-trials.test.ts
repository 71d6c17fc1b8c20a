import { describe, expect, test } from "vitest";
import { cutsOf } from "../../../src/domain/risk/cuts.ts";
import { proposalNote } from "../../../src/domain/risk/proposal-note.ts";
import { proposeWeights } from "../../../src/domain/risk/propose.ts";
import { type Row, rowsOf } from "../../../src/domain/risk/rows.ts";
import { type Gain, objectionTo, type Tried, tryWeights, type WeightTrial } from "../../../src/domain/risk/weight-trials.ts";
import { type LogOdds, worldOf } from "../../support/risk-worlds.ts";

const titled = (key: string, weight: number) => ({ key, title: key, weight });
const card = [
  { ...titled("usage", 20), measures: [titled("seat_use", 1), titled("trend", 3)] },
  { ...titled("support", 80), measures: [titled("weighted_backlog", 1)] },
];
const yardstick = { usage: { seat_use: 1, trend: 3 }, support: { weighted_backlog: 1 } };
const bySeatUse: LogOdds = (_, __, { seat_use = 50 }) => -3 - 0.05 * (seat_use - 50);
const rowsBy = (logOdds: LogOdds, accounts = 200): readonly Row[] => rowsOf(worldOf({ seed: 3, accounts, months: 12, logOdds, yardstick }));
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

describe("weights that are tried again and again", () => {
  const rows = rowsBy(bySeatUse);
  const cuts = cutsOf(rows);
  const { trials, gain } = tryWeights(rows, card, cuts);

  test("are each tried on the months up to the next trial's, which they were not learned from, and on all months once", () => {
    expect(cuts).toHaveLength(4);
    expect(trials.map(({ from }) => from)).toEqual(cuts);
    for (const [i, { from, to }] of trials.entries()) expect([from <= to, to < (cuts[i + 1] ?? Infinity)]).toEqual([true, true]);
    expect(sum(trials.map(({ triedOn }) => triedOn.rows))).toBe(rows.filter(({ day }) => day >= (cuts[0] ?? 0)).length);
    expect(sum(trials.map((one) => one.gain?.rows ?? 0))).toBe(gain?.rows);
    const learnedFrom = trials.map((one) => one.learnedFrom.losses);
    expect(learnedFrom).toEqual([...learnedFrom].sort((a, b) => a - b));
    expect(new Set(learnedFrom).size).toBe(4);
  });

  test("know nothing of what came later: other months and other losses after a trial leave what it learned as it was", () => {
    const [first, second] = cuts as [number, number];
    const until = rows.filter(({ day }) => day < second);
    expect(tryWeights(until, card, [first]).trials).toEqual(trials.slice(0, 1));
    const turned = rows.map((row) => (row.day < first ? row : { ...row, measures: { seat_use: 100 - (row.measures["seat_use"] ?? 0) } }));
    const other = tryWeights(turned, card, cuts).trials[0];
    expect(other?.learned).toEqual(trials[0]?.learned);
    expect(other?.gain?.value).toBeLessThan(0);
  });

  test("gain nothing while nothing can be learned yet, and such a trial is not won", () => {
    const late = rows.map((row) => (row.day < (cuts[0] ?? 0) ? { ...row, measures: {} } : row));
    const [first, ...others] = tryWeights(late, card, cuts).trials;
    expect(first).toMatchObject({ kept: "nothing_measured", learned: null, gain: { value: 0, low: 0, high: 0 } });
    expect(others.at(-1)).toMatchObject({ kept: null });
    expect(proposeWeights({ scorecard: "standard", dimensions: card }, late).tried).toMatchObject({ needed: 3, trials: [{ kept: "nothing_measured" }, {}, {}, {}] }); // prettier-ignore
  });

  test("are not proposed of a history that leaves room for two trials only", () => {
    const burst: LogOdds = (scores, monthsAgo, measures) =>
      monthsAgo === 7 || monthsAgo === 0 ? bySeatUse(scores, monthsAgo, measures) + 2 : -30;
    const short = rowsBy(burst);
    expect(cutsOf(short).length).toBeLessThan(3);
    expect(proposeWeights({ scorecard: "standard", dimensions: card }, short)).toMatchObject({ kept: "history_too_short", tried: null });
  });

  test("say in the draft's note how many trials they won", () => {
    const proposal = proposeWeights({ scorecard: "standard", dimensions: card }, rows);
    expect(proposal).toMatchObject({ kept: null, tried: { won: 4, needed: 3 } });
    expect(proposalNote("2026-10", proposal as unknown as Parameters<typeof proposalNote>[1])).toContain("Better than today's in 4 of 4 trials on later months."); // prettier-ignore
  });
});

describe("what speaks against other weights", () => {
  const gainOf = (value: number, half: number): Gain => ({ value, low: value - half, high: value + half, rows: 900, own: 0.2 });
  const trialOf = (value: number | null, kept: WeightTrial["kept"] = null): WeightTrial => {
    const sample = { rows: 300, accounts: 100, losses: 20 };
    const gain = value === null ? null : gainOf(value, 0.02);
    return { from: 0, to: 30, learnedFrom: sample, triedOn: sample, learned: kept === null ? [] : null, kept, gain };
  };
  const tried = (values: readonly (number | null)[], more: Partial<Tried> = {}): Tried => ({
    trials: values.map((value) => trialOf(value)),
    gain: gainOf(0.01, 0.004),
    latestGain: gainOf(0.01, 0.02),
    ...more,
  });

  test("is nothing where they were better together, in two thirds of the trials, and lately", () => {
    expect(objectionTo(tried([0.01, 0.01, -0.004, 0.02]))).toBeNull();
    expect(objectionTo(tried([0.01, -0.004, 0.02]))).toBeNull();
  });

  test("is that one or two trials made all of the gain", () => {
    expect(objectionTo(tried([-0.001, 0.09, -0.002, 0.001]))).toBe("not_steady");
    expect(objectionTo(tried([0.03, 0, null, 0.02]))).toBe("not_steady");
  });

  test("is that the gain of all together may be chance, or was none lately", () => {
    expect(objectionTo(tried([0.01, 0.01, 0.01, 0.01], { gain: gainOf(0.01, 0.011) }))).toBe("no_better_than_own");
    expect(objectionTo(tried([0.02, 0.02, 0.02, -0.01], { latestGain: gainOf(-0.001, 0.02) }))).toBe("no_better_than_own");
    expect(objectionTo(tried([0.02, 0.02, 0.02, null], { latestGain: null }))).toBe("no_better_than_own");
  });

  test("is that nothing could be learned in any trial, by what was so in the last", () => {
    expect(objectionTo(tried([], { trials: [trialOf(0, "nothing_measured"), trialOf(0, "no_relation")] }))).toBe("no_relation");
  });
});
