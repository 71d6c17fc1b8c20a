import { z } from "zod";
import { riskSpreadsMax } from "../limits.ts";
import { learnLevels } from "./levels.ts";
import { pull } from "./matrix.ts";
import { interceptPenalty, logistic, logLoss, logOdds, periodCount, type Problem } from "./logistic.ts";
import { accountsIn, lossesIn, accountPeriodsOf, type Row, scalesOf, seenPerLoss } from "./rows.ts";
import { z95 } from "./skill.ts";

/**
 * What the back-test learned about one segment, or about the whole book: a hazard for each of the three periods of 30 days after an instant, as
 * a function of the dimension scores at that instant.
 */
export const HazardSchema = z.strictObject({
  /** A dimension's score counts as (score − mean) ÷ sd, at most `riskSpreadsMax` of them; one that is not measured as the mean. */
  scales: z.array(z.strictObject({ key: z.string(), mean: z.number(), sd: z.number().positive() })).min(1),
  /** Segments that lie above or below the whole book in what the scores do not say, each with a level of its own. */
  segments: z.array(z.string().nullable()).default([]),
  /** Log odds: an intercept for each period, then a coefficient for each scale, then a level for each segment. */
  parameters: z.array(z.number()),
  covariance: z.array(z.array(z.number())),
  /** Of the level of a segment that is not named, beside those that are. */
  levelVariance: z.number().nonnegative().default(0),
  /** What the dimensions it learned from are made of (`featuresOf`): of others it says nothing. */
  features: z.array(z.string()),
  learnedFrom: z.strictObject({ rows: z.number(), accounts: z.number(), losses: z.number() }),
});
export type Hazard = z.infer<typeof HazardSchema>;

/** The model in force. It travels with the configuration. */
export const RiskModelSchema = z.strictObject({
  layout: z.literal(1),
  /** Month of the back-test, `2026-10`: names the model. */
  period: z.string(),
  /** For every account whose segment is not named below; null: nothing is said of them. */
  all: HazardSchema.nullable(),
  /** Of the segments with too few losses for a test of their own, together. */
  pool: HazardSchema.nullable().default(null),
  /** Which hazard a segment takes; one that takes its own and has none gets no forecast. */
  segments: z.array(
    z.strictObject({
      segment: z.string().nullable(),
      hazard: HazardSchema.nullable(),
      takes: z.enum(["own", "pool", "all"]).default("own"),
    }),
  ),
});
export type RiskModel = z.infer<typeof RiskModelSchema>;

/** The probability of a loss within 90 days, with its interval of 95 % and what it was learned from. */
export type Risk90 = {
  readonly probability: number;
  readonly low: number;
  readonly high: number;
  /** Month of the back-test that it comes from. */
  readonly model: string;
  /** `all`: from the whole book; `pool`: from the small segments together; `segment`: from that segment alone, null: the accounts without one. */
  readonly learnedFrom: {
    readonly scope: "all" | "pool" | "segment";
    readonly segment: string | null;
    readonly rows: number;
    readonly accounts: number;
    readonly losses: number;
  };
};

/**
 * Null where the model says nothing about the account: no hazard for its segment, dimensions made of something else than what was learned
 * from, or none of them measured.
 *
 * @param subject `features` as `featuresOf` names them, scores 0..100 of the dimensions that are measured
 */
export function risk90({ all, pool, segments, period }: RiskModel, subject: Scored & { readonly features: string }): Risk90 | null {
  const own = segments.find(({ segment }) => segment === subject.segment);
  const takes = own?.takes ?? "all";
  const hazard = takes === "all" ? all : takes === "pool" ? pool : (own?.hazard ?? null);
  if (hazard === null || !hazard.features.includes(subject.features)) return null;
  if (!hazard.scales.some(({ key }) => subject.dimensions[key] !== undefined)) return null;
  const found = probabilityOf(hazard, subject);
  const from = takes === "own" ? ({ scope: "segment", segment: subject.segment } as const) : ({ scope: takes, segment: null } as const);
  return { ...found, model: period, learnedFrom: { ...from, ...hazard.learnedFrom } };
}

/** What a hazard looks at. */
type Scored = { readonly segment: string | null; readonly dimensions: Readonly<Record<string, number>> };
type Coefficients = Pick<Hazard, "scales" | "segments" | "parameters">;

/** 1 − Π (1 − hazard), with an interval by the delta method on the logit scale. */
export function probabilityOf(
  hazardOf: Coefficients & Pick<Hazard, "covariance" | "levelVariance">,
  subject: Scored,
): { readonly probability: number; readonly low: number; readonly high: number } {
  const { covariance, segments, levelVariance } = hazardOf;
  const parameters = Float64Array.from(hazardOf.parameters);
  const features = vectorOf(hazardOf, subject);
  const slope = new Float64Array(parameters.length);
  // By logarithms: of an account that is as good as safe, 1 − hazard is 1 to the last bit, and its odds would be those of nothing.
  let logKept = 0;
  for (let period = 0; period < periodCount; period++) {
    const odds = logOdds(parameters, { period, features });
    const hazard = logistic(odds);
    logKept -= logLoss(odds, false);
    slope[period] = hazard;
    features.forEach((feature, i) => (slope[periodCount + i] = (slope[periodCount + i] as number) + hazard * feature));
  }
  const probability = -Math.expm1(logKept);
  // d logit(1 − kept) = Σ hazard·x ÷ probability.
  const known = slope.reduce((sum, a, i) => sum + slope.reduce((own, b, j) => own + a * b * (covariance[i]?.[j] ?? 0), 0), 0);
  const isStranger = segments.length > 0 && !segments.includes(subject.segment);
  const ofLevel = slope.reduce((sum, hazard, i) => (i < periodCount ? sum + hazard : sum), 0);
  const variance = known + (isStranger ? ofLevel ** 2 * levelVariance : 0);
  const half = (z95 * Math.sqrt(Math.max(0, variance))) / probability;
  const logit = Math.log(probability) - logKept;
  return { probability, low: logistic(logit - half), high: logistic(logit + half) };
}

/** Scores in spreads from the mean, no further than `riskSpreadsMax`, then 1 at the place of the segment. */
function vectorOf({ scales, segments }: Pick<Coefficients, "scales" | "segments">, { dimensions, segment }: Scored): Float64Array {
  const vector = new Float64Array(scales.length + segments.length);
  scales.forEach(({ key, mean, sd }, i) => {
    const spreads = ((dimensions[key] ?? mean) - mean) / sd;
    vector[i] = Math.max(-riskSpreadsMax, Math.min(riskSpreadsMax, spreads));
  });
  const at = segments.indexOf(segment);
  if (at >= 0) vector[scales.length + at] = 1;
  return vector;
}

/** Prior on a coefficient per spread of its dimension: normal around 0 with spread 1, as worth as one unit of information. */
const coefficientPrecision = 1;

/**
 * The hazard that fits the rows best; null where no dimension varies in enough of them, or no minimum is found.
 *
 * @param segments that get a level of their own, drawn to that of all (`learnLevels`)
 */
export function learnHazard(rows: readonly Row[], segments: Hazard["segments"] = []): Hazard | null {
  const scales = [...scalesOf(rows)];
  if (scales.length === 0) return null;
  const periods = accountPeriodsOf(rows, (row) => vectorOf({ scales, segments }, row));
  const seen = seenPerLoss(rows, periods);
  const firstLevel = periodCount + scales.length;
  const found = learnLevels(problemOf(periods, firstLevel, firstLevel + segments.length), { firstLevel, seen });
  if (found === null) return null;
  return {
    scales,
    segments,
    parameters: [...found.parameters],
    covariance: found.covariance.map((row) => [...row]),
    levelVariance: found.levelVariance,
    features: [...new Set(rows.map(({ features }) => features))].sort(),
    learnedFrom: { rows: rows.length, accounts: accountsIn(rows), losses: lossesIn(rows) },
  };
}

const problemOf =
  (periods: Problem["periods"], firstLevel: number, size: number) =>
  (levelPrecision: number): Problem => {
    const penalty = interceptPenalty(size);
    for (let i = periodCount; i < size; i++) pull(penalty, i, i < firstLevel ? coefficientPrecision : levelPrecision);
    return { periods, size, penalty };
  };

/** Hazard of each period at which a row was under observation, by the model, beside what happened. */
export function foretold(hazard: Coefficients, rows: readonly Row[]) {
  const parameters = Float64Array.from(hazard.parameters);
  return accountPeriodsOf(rows, (row) => vectorOf(hazard, row)).map((period) => {
    const odds = logOdds(parameters, period);
    return { odds, hazard: logistic(odds), isLost: period.isLost, account: period.account };
  });
}

/** What one would say without knowing anything of an account: the share of losses in each period, in all where nothing is known of one. */
export function baseHazard(rows: readonly Row[]): Coefficients {
  const periods = accountPeriodsOf(rows, () => new Float64Array(0));
  return {
    scales: [],
    segments: [],
    parameters: Array.from({ length: periodCount }, (_, period) => {
      const own = periods.filter((one) => one.period === period);
      const of = own.length === 0 ? periods : own;
      const lost = of.filter(({ isLost }) => isLost).length;
      // Half a loss more and half a kept one: log odds of nothing are infinite.
      return Math.log((lost + 0.5) / (of.length - lost + 0.5));
    }),
  };
}
