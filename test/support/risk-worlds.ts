import { seededRandom } from "../../scripts/seeded-random.ts";
import { type AccountHistory, monthEnds } from "../../src/domain/risk/history.ts";
import type { Outcome } from "../../src/domain/risk/outcome.ts";

/** First instant of November 2026: the back-test of October. */
export const AS_OF = Date.UTC(2026, 10, 1);
const lastDay = AS_OF / 86_400_000 - 1;

/** Log odds of a loss within 30 days of an account with these dimension scores, so many ends of months before the last. */
export type LogOdds = (dimensions: Readonly<Record<string, number>>, monthsAgo: number) => number;

export type World = {
  readonly seed: number;
  readonly accounts: number;
  readonly months?: number;
  readonly logOdds: LogOdds;
  readonly segmentOf?: (account: number) => string | null;
};

export const dimensionKeys = ["usage", "support", "relationship"] as const;

/**
 * Made-up accounts with dimension scores that stay as they are, and a hazard that is known: each day an account is lost with the same odds, by
 * which 30 days give the hazard. So the true probability of a loss within 90 days is 1 − (1 − hazard)³.
 */
export function worldOf({ seed, accounts, months = 18, logOdds, segmentOf = () => null }: World): readonly AccountHistory[] {
  const random = seededRandom(seed);
  const ends = monthEnds(AS_OF, months);
  return Array.from({ length: accounts }, (_, account) => {
    const dimensions = Object.fromEntries(dimensionKeys.map((key) => [key, 100 * random()]));
    const score = dimensionKeys.reduce((sum, key) => sum + (dimensions[key] as number) / dimensionKeys.length, 0);
    const lostOn = lossDay(ends, (monthsAgo) => logOdds(dimensions, monthsAgo), random);
    const own = ends.filter((day) => lostOn === null || day < lostOn);
    return {
      account: `a${account}`,
      segment: segmentOf(account),
      scorecard: "standard",
      features: "f1",
      months: own.map((day) => ({ day, score, band: bandOf(score), dimensions, outcome: outcomeOf(day, lostOn) })),
      losses: lostOn === null ? [] : [{ day: lostOn, kind: "churn" as const, warnedDays: score < 60 ? 28 : 0 }],
    };
  });
}

const bandOf = (score: number) => (score >= 80 ? "healthy" : score >= 60 ? "watch" : score >= 40 ? "at_risk" : "critical");

function lossDay(ends: readonly number[], logOdds: (monthsAgo: number) => number, random: () => number): number | null {
  for (let day = (ends[0] as number) + 1; day <= lastDay; day++) {
    const monthsAgo = ends.filter((end) => end >= day).length;
    const perMonth = 1 / (1 + Math.exp(-logOdds(monthsAgo)));
    if (random() < 1 - (1 - perMonth) ** (1 / 30)) return day;
  }
  return null;
}

function outcomeOf(day: number, lostOn: number | null): Outcome {
  if (lostOn !== null && lostOn - day <= 90) return { knownDays: lostOn - day, lostAfterDays: lostOn - day, kind: "churn" };
  return { knownDays: Math.min(90, lastDay - day), lostAfterDays: null, kind: null };
}

export const trueRisk90 = (logOdds: number): number => 1 - (1 - 1 / (1 + Math.exp(-logOdds))) ** 3;
