import { riskHorizonDays, riskPeriodDays } from "../limits.ts";
import type { Result } from "../result.ts";
import { leastOf, type Rest, type Slopes } from "./least.ts";
import { dot, type Matrix, pull, sandwich, times, zeros } from "./matrix.ts";

/** Periods of the horizon, each with a hazard of its own. */
export const periodCount = riskHorizonDays / riskPeriodDays;

/** One account that is under observation in one period after a month's end, and whether it was lost in it. */
export type AccountPeriod = {
  /** 0 for the first 30 days. */
  readonly period: number;
  /** Shared by the periods of one month's end. */
  readonly features: Float64Array;
  readonly isLost: boolean;
  /** Number of the account: what happens to one account at one time is not independent of what happens to it at another. */
  readonly account: number;
};

/**
 * A logistic regression of losses: parameters are one intercept for each period, one coefficient for each feature, and any further ones that
 * only the penalty knows.
 */
export type Problem = {
  readonly periods: readonly AccountPeriod[];
  readonly size: number;
  /** Q of the penalty ½·θᵀQθ. */
  readonly penalty: Matrix;
  /** From this parameter on none is negative; absent: all are free. */
  readonly nonNegativeFrom?: number;
};

/**
 * Penalty that holds only the intercepts, for so many parameters: each to the one before by a spread of 1, so that a period of which nothing is known
 * is as the one before it, and the first hardly at all.
 */
export function interceptPenalty(size: number): Matrix {
  const penalty = zeros(size);
  pull(penalty, 0, hardlyPrecision);
  for (let period = 1; period < periodCount; period++) pull(penalty, period, 1, { to: period - 1, times: 1 });
  return penalty;
}

/** Keeps what is not pinned down otherwise in place. */
export const hardlyPrecision = 1e-3;

/** Parameters at rest, with the slopes there. */
export type Fit = Rest;

/** The parameters with the least penalised negative log-likelihood. The objective is convex. */
export const fitLogistic = (problem: Problem): Result<Fit, "not_at_rest"> =>
  leastOf(
    {
      size: problem.size,
      nonNegativeFrom: problem.nonNegativeFrom ?? problem.size,
      value: (parameters) => objective(problem, parameters),
      slopes: (parameters) => slopes(problem, parameters),
    },
    new Float64Array(problem.size),
  );

/** log odds of a loss in a period. */
export function logOdds(parameters: Float64Array, { period, features }: Pick<AccountPeriod, "period" | "features">): number {
  let sum = parameters[period] as number;
  for (let i = 0; i < features.length; i++) sum += (parameters[periodCount + i] as number) * (features[i] as number);
  return sum;
}

export const logistic = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/** −log of the probability of what happened. */
export const logLoss = (odds: number, isLost: boolean): number =>
  Math.max(0, isLost ? -odds : odds) + Math.log1p(Math.exp(-Math.abs(odds)));

export function objective({ periods, penalty }: Problem, parameters: Float64Array): number {
  let sum = dot(parameters, times(penalty, parameters)) / 2;
  for (const one of periods) sum += logLoss(logOdds(parameters, one), one.isLost);
  return sum;
}

function slopes({ periods, penalty, size }: Problem, parameters: Float64Array): Slopes {
  const gradient = times(penalty, parameters);
  const hessian = penalty.map((row) => Float64Array.from(row));
  let shared: AccountPeriod["features"] | null = null;
  let weight = 0;
  for (const one of periods) {
    const hazard = logistic(logOdds(parameters, one));
    addTo(gradient, one, hazard - (one.isLost ? 1 : 0));
    addIntercept(hessian, one, hazard * (1 - hazard));
    // The square of the features is most of the work: once for all periods of a month's end.
    if (shared !== one.features) {
      if (shared !== null) addSquare(hessian, shared, weight);
      shared = one.features;
      weight = 0;
    }
    weight += hazard * (1 - hazard);
  }
  if (shared !== null) addSquare(hessian, shared, weight);
  // The other triangle.
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) (hessian[j] as Float64Array)[i] = (hessian[i] as Float64Array)[j] as number;
  return { gradient, hessian };
}

/** Adds a period's vector (1 at its intercept, then the features), times a factor. */
function addTo(vector: Float64Array, { period, features }: AccountPeriod, factor: number): void {
  vector[period] = (vector[period] as number) + factor;
  for (let i = 0; i < features.length; i++)
    vector[periodCount + i] = (vector[periodCount + i] as number) + factor * (features[i] as number);
}

/** Adds to the lower triangle, of the square of a period's vector, times a factor: what has its intercept in it. */
function addIntercept(matrix: Matrix, { period, features }: AccountPeriod, factor: number): void {
  const own = matrix[period] as Float64Array;
  own[period] = (own[period] as number) + factor;
  for (let i = 0; i < features.length; i++) {
    const row = matrix[periodCount + i] as Float64Array;
    row[period] = (row[period] as number) + factor * (features[i] as number);
  }
}

/** The same of what has only features in it. */
function addSquare(matrix: Matrix, features: Float64Array, factor: number): void {
  for (let i = 0; i < features.length; i++) {
    const scaled = factor * (features[i] as number);
    if (scaled === 0) continue;
    const row = matrix[periodCount + i] as Float64Array;
    for (let j = 0; j <= i; j++) row[periodCount + j] = (row[periodCount + j] as number) + scaled * (features[j] as number);
  }
}

/**
 * Covariance of the parameters that holds although months of one account are no independent witnesses: the sandwich over accounts
 * (Liang and Zeger 1986).
 *
 * @param prior spread of the slopes that the penalty stands for, where it is to count as something that might be otherwise
 */
export function covarianceOf(problem: Problem, fit: Fit, prior: Matrix): Matrix {
  const spread = spreadOfScores(problem, fit).map((row, i) => row.map((value, j) => value + (prior[i]?.[j] ?? 0)));
  return sandwich(fit.hessian, spread);
}

/** What the sandwich is filled with: how far the slopes of the likelihood at these parameters differ from account to account, summed. */
export function spreadOfScores({ periods, size }: Problem, { parameters }: Pick<Fit, "parameters">): Matrix {
  const scores = new Map<number, Float64Array>();
  for (const one of periods) {
    let score = scores.get(one.account);
    if (score === undefined) scores.set(one.account, (score = new Float64Array(size)));
    addTo(score, one, logistic(logOdds(parameters, one)) - (one.isLost ? 1 : 0));
  }
  const spread = zeros(size);
  const correction = scores.size / Math.max(1, scores.size - 1);
  for (const score of scores.values())
    score.forEach((a, i) => {
      if (a === 0) return;
      const row = spread[i] as Float64Array;
      score.forEach((b, j) => (row[j] = (row[j] as number) + correction * a * b));
    });
  return spread;
}
