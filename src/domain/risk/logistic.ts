import { riskHorizonDays, riskPeriodDays } from "../limits.ts";
import type { Result } from "../result.ts";
import { leastOf, type Rest, type Slopes } from "./least.ts";
import { dot, type Matrix, pull, solve, times, zeros } from "./matrix.ts";

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

/**
 * The parameters with the least penalised negative log-likelihood. The objective is convex.
 *
 * @param start where they are looked for first
 */
export const fitLogistic = (problem: Problem, start: Float64Array = new Float64Array(problem.size)): Result<Fit, "not_at_rest"> =>
  leastOf(
    {
      size: problem.size,
      nonNegativeFrom: problem.nonNegativeFrom ?? problem.size,
      value: (parameters) => objective(problem, parameters),
      slopes: (parameters) => slopes(problem, parameters),
    },
    start,
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
 * What the sandwich is filled with, as months of one account are no independent witnesses (Liang and Zeger 1986): how far the slopes of the
 * likelihood differ from account to account, summed. A fit bends to each account that
 * it is made of, and most to the few that were lost, so that their slopes look smaller than they are; each counts as it would at the
 * parameters without it, in one step (Mancl and DeRouen 2001, Biometrics 57). With 50 losses it matters, with thousands it does not.
 */
export function spreadOfScores({ periods, size }: Problem, { parameters, hessian }: Pick<Fit, "parameters" | "hessian">): Matrix {
  const spread = zeros(size);
  for (const own of byAccount(periods)) {
    const { gradient, hessian: information } = slopes({ periods: own, size, penalty: zeros(size) }, parameters);
    const without = hessian.map((row, i) => row.map((value, j) => value - ((information[i] as Float64Array)[j] as number)));
    const score = times(hessian, solve(without, gradient));
    score.forEach((a, i) => {
      const row = spread[i] as Float64Array;
      score.forEach((b, j) => (row[j] = (row[j] as number) + a * b));
    });
  }
  return spread;
}

function byAccount(periods: readonly AccountPeriod[]): Iterable<readonly AccountPeriod[]> {
  return Map.groupBy(periods, ({ account }) => account).values();
}
