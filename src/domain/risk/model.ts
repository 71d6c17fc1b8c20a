import { z } from "zod";
import { type Matrix, zeros } from "./matrix.ts";
import { covarianceOf, fitLogistic, logistic, logOdds, periodCount, type Problem } from "./logistic.ts";
import { accountsIn, lossesIn, accountPeriodsOf, type Row, type Scale, scalesOf } from "./rows.ts";
import { z95 } from "./skill.ts";

/**
 * What the back-test learned about one segment, or about the whole book: a hazard for each of the three periods of 30 days after an instant, as
 * a function of the dimension scores at that instant.
 */
export const HazardSchema = z.strictObject({
  /** A dimension's score counts as (score − mean) ÷ sd; one that is not measured as the mean. */
  scales: z.array(z.strictObject({ key: z.string(), mean: z.number(), sd: z.number().positive() })).min(1),
  /** Log odds: an intercept for each period, then a coefficient for each scale. */
  parameters: z.array(z.number()),
  covariance: z.array(z.array(z.number())),
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
  /** Segments with enough losses for a test of their own; one that failed it has no hazard, and its accounts no forecast. */
  segments: z.array(z.strictObject({ segment: z.string().nullable(), hazard: HazardSchema.nullable() })),
});
export type RiskModel = z.infer<typeof RiskModelSchema>;

/** The probability of a loss within 90 days, with its interval of 95 % and what it was learned from. */
export type Risk90 = {
  readonly probability: number;
  readonly low: number;
  readonly high: number;
  /** Month of the back-test that it comes from. */
  readonly model: string;
  /** `all`: from the whole book; `segment`: from that segment alone, null: the accounts without one. */
  readonly learnedFrom: {
    readonly scope: "all" | "segment";
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
export function risk90(
  { all, segments, period }: RiskModel,
  subject: { readonly segment: string | null; readonly features: string; readonly dimensions: Readonly<Record<string, number>> },
): Risk90 | null {
  const own = segments.find(({ segment }) => segment === subject.segment);
  const hazard = own === undefined ? all : own.hazard;
  if (hazard === null || !hazard.features.includes(subject.features)) return null;
  if (!hazard.scales.some(({ key }) => subject.dimensions[key] !== undefined)) return null;
  const found = probabilityOf(hazard, subject.dimensions);
  const scope = own === undefined ? "all" : "segment";
  return { ...found, model: period, learnedFrom: { scope, segment: own?.segment ?? null, ...hazard.learnedFrom } };
}

/** 1 − Π (1 − hazard), with an interval by the delta method on the logit scale. */
export function probabilityOf(
  { scales, parameters: raw, covariance }: Pick<Hazard, "scales" | "parameters" | "covariance">,
  dimensions: Readonly<Record<string, number>>,
): { readonly probability: number; readonly low: number; readonly high: number } {
  const parameters = Float64Array.from(raw);
  const features = standardised(scales, dimensions);
  const slope = new Float64Array(parameters.length);
  let kept = 1;
  for (let period = 0; period < periodCount; period++) {
    const hazard = logistic(logOdds(parameters, { period, features }));
    kept *= 1 - hazard;
    slope[period] = hazard;
    features.forEach((feature, i) => (slope[periodCount + i] = (slope[periodCount + i] as number) + hazard * feature));
  }
  const probability = 1 - kept;
  // d logit(1 − kept) = Σ hazard·x ÷ probability.
  const variance = slope.reduce((sum, a, i) => sum + slope.reduce((own, b, j) => own + a * b * (covariance[i]?.[j] ?? 0), 0), 0);
  const half = (z95 * Math.sqrt(Math.max(0, variance))) / probability;
  const logit = Math.log(probability / kept);
  return { probability, low: logistic(logit - half), high: logistic(logit + half) };
}

const standardised = (scales: readonly Scale[], dimensions: Readonly<Record<string, number>>): Float64Array =>
  Float64Array.from(scales, ({ key, mean, sd }) => ((dimensions[key] ?? mean) - mean) / sd);

/** Prior on a coefficient per spread of its dimension: normal around 0 with spread 1, as worth as one unit of information. */
const coefficientPrecision = 1;
/** Keeps an intercept finite where a period has no loss. */
const interceptPrecision = 1e-3;

/** The hazard that fits the rows best; null where no dimension varies in enough of them, or no minimum is found. */
export function learnHazard(rows: readonly Row[]): Hazard | null {
  const scales = scalesOf(rows);
  if (scales.length === 0) return null;
  const problem = hazardProblem(rows, scales);
  const fit = fitLogistic(problem);
  if (!fit.ok) return null;
  return {
    scales: [...scales],
    parameters: [...fit.value.parameters],
    covariance: covarianceOf(problem, fit.value).map((row) => [...row]),
    features: [...new Set(rows.map(({ features }) => features))].sort(),
    learnedFrom: { rows: rows.length, accounts: accountsIn(rows), losses: lossesIn(rows) },
  };
}

function hazardProblem(rows: readonly Row[], scales: readonly Scale[]): Problem {
  const size = periodCount + scales.length;
  return {
    periods: accountPeriodsOf(rows, ({ dimensions }) => standardised(scales, dimensions)),
    size,
    penalty: diagonal(size, (i) => (i < periodCount ? interceptPrecision : coefficientPrecision)),
  };
}

/** Hazard of each period at which a row was under observation, by the model, beside what happened. */
export function foretold({ scales, parameters: raw }: Pick<Hazard, "scales" | "parameters">, rows: readonly Row[]) {
  const parameters = Float64Array.from(raw);
  return accountPeriodsOf(rows, ({ dimensions }) => standardised(scales, dimensions)).map((period) => {
    const odds = logOdds(parameters, period);
    return { odds, hazard: logistic(odds), isLost: period.isLost, account: period.account };
  });
}

/** What one would say without knowing anything of an account: the share of losses in each period. */
export function baseHazard(rows: readonly Row[]): Pick<Hazard, "scales" | "parameters"> {
  const periods = accountPeriodsOf(rows, () => new Float64Array(0));
  return {
    scales: [],
    parameters: Array.from({ length: periodCount }, (_, period) => {
      const own = periods.filter((one) => one.period === period);
      const lost = own.filter(({ isLost }) => isLost).length;
      // Half a loss more and half a kept one: log odds of nothing are infinite.
      return Math.log((lost + 0.5) / (own.length - lost + 0.5));
    }),
  };
}

const diagonal = (size: number, value: (i: number) => number): Matrix => {
  const matrix = zeros(size);
  matrix.forEach((row, i) => (row[i] = value(i)));
  return matrix;
};
