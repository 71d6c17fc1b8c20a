import { seededRandom } from "../../scripts/seeded-random.ts";
import { hash32 } from "../../src/domain/hash.ts";
import { type AccountHistory, monthEnds } from "../../src/domain/risk/history.ts";
import type { Outcome } from "../../src/domain/risk/outcome.ts";

/** First instant of November 2026: the back-test of October. */
export const AS_OF = Date.UTC(2026, 10, 1);
const lastDay = AS_OF / 86_400_000 - 1;

type Scores = Readonly<Record<string, number>>;
/** Log odds of a loss within 30 days of an account with these scores, so many ends of months before the last. */
export type LogOdds = (dimensions: Scores, monthsAgo: number, measures: Scores) => number;

/** Measures of each dimension with their weights; a dimension's score is their weighted mean. */
export type Yardstick = Readonly<Record<string, Readonly<Record<string, number>>>>;

export type World = {
  readonly seed: number;
  readonly accounts: number;
  readonly months?: number;
  readonly logOdds: LogOdds;
  readonly segmentOf?: (account: number) => string | null;
  readonly yardstick?: Yardstick;
  /** Share of the accounts of which a measure is not known; 0 where it is not named. */
  readonly unmeasured?: Scores;
};

export const oneEach: Yardstick = { usage: { seat_use: 1 }, support: { weighted_backlog: 1 }, relationship: { two_way_contact: 1 } };

/**
 * Made-up accounts with measures that stay as they are, each of them anywhere from 0 to 100, and a hazard that is known: each day an account is lost
 * with the same odds, by which 30 days give the hazard. So the true probability of a loss within 90 days is 1 − (1 − hazard)³.
 */
export function worldOf(world: World): readonly AccountHistory[] {
  const { seed, accounts, months = 18, logOdds, segmentOf = () => null, yardstick = oneEach, unmeasured = {} } = world;
  const random = seededRandom(seed);
  const ends = monthEnds(AS_OF, months);
  return Array.from({ length: accounts }, (_, account) => {
    const all = Object.values(yardstick).flatMap((measures) => Object.keys(measures));
    const measures = Object.fromEntries(all.map((key) => [key, 100 * random()]));
    const dimensions = Object.fromEntries(Object.entries(yardstick).map(([key, weights]) => [key, meanOf(measures, weights)]));
    const score = meanOf(dimensions, Object.fromEntries(Object.keys(dimensions).map((key) => [key, 1])));
    const lostOn = lossDay(ends, (monthsAgo) => logOdds(dimensions, monthsAgo, measures), random);
    const known = Object.fromEntries(all.flatMap((key) => (hidden(unmeasured, key, account) ? [] : [[key, measures[key] as number]])));
    const own = ends.filter((day) => lostOn === null || day < lostOn);
    return {
      account: `a${account}`,
      segment: segmentOf(account),
      scorecard: "standard",
      features: "f1",
      months: own.map((day) => ({ day, score, band: bandOf(score), dimensions, measures: known, outcome: outcomeOf(day, lostOn) })),
      losses: lostOn === null ? [] : [{ day: lostOn, kind: "churn" as const, warnedDays: score < 60 ? 28 : 0 }],
    };
  });
}

const hidden = (unmeasured: Scores, key: string, account: number): boolean =>
  unmeasured[key] !== undefined && hash32(`${key}/${account}`) / 2 ** 32 < unmeasured[key];

function meanOf(scores: Scores, weights: Scores): number {
  const all = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  return Object.entries(weights).reduce((sum, [key, weight]) => sum + (weight / all) * (scores[key] as number), 0);
}

const bandOf = (score: number) => (score >= 80 ? "healthy" : score >= 60 ? "watch" : score >= 40 ? "at_risk" : "critical");

function lossDay(ends: readonly number[], logOdds: (monthsAgo: number) => number, random: () => number): number | null {
  let monthsAgo = ends.length - 1;
  let perDay = perDayOf(logOdds(monthsAgo));
  for (let day = (ends[0] as number) + 1; day <= lastDay; day++) {
    if (random() < perDay) return day;
    if (day === ends.at(-monthsAgo)) perDay = perDayOf(logOdds(--monthsAgo));
  }
  return null;
}

const perDayOf = (logOdds: number): number => 1 - (1 - 1 / (1 + Math.exp(-logOdds))) ** (1 / 30);

function outcomeOf(day: number, lostOn: number | null): Outcome {
  const knownDays = Math.min(90, lastDay - day);
  return lostOn !== null && lostOn - day <= knownDays
    ? { knownDays, lostAfterDays: lostOn - day, kind: "churn" }
    : { knownDays, lostAfterDays: null, kind: null };
}

export const trueRisk90 = (logOdds: number): number => 1 - (1 - 1 / (1 + Math.exp(-logOdds))) ** 3;
