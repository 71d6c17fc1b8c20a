import { fitHalvingsMax, fitStepsMax, riskHorizonDays, riskPeriodDays } from "../limits.ts";
import { fail, ok, type Result } from "../result.ts";
import { dot, type Matrix, sandwich, solve, times, zeros } from "./matrix.ts";

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

export type Fit = { readonly parameters: Float64Array; readonly gradient: Float64Array; readonly hessian: Matrix };

/** A fall of the objective in one step below this, relative to it, is none. */
const restRatio = 1e-13;
const gradientMax = 1e-7;

/**
 * The parameters with the least penalised negative log-likelihood, by Newton's method; under bounds by projection onto them (Bertsekas 1982,
 * "Projected Newton methods"): a parameter at zero that wants to go below stays out of the step. The objective is convex, so what it comes to
 * rest at is the one minimum. Fails when it has not come to rest after `fitStepsMax` steps.
 */
export function fitLogistic(problem: Problem): Result<Fit, "not_at_rest"> {
  const { size, nonNegativeFrom: bound = size } = problem;
  let parameters = new Float64Array(size);
  let value = objective(problem, parameters);
  for (let step = 0; step < fitStepsMax; step++) {
    const { gradient, hessian } = slopes(problem, parameters);
    const isFree = Array.from(gradient, (g, i) => i < bound || (parameters[i] as number) > 0 || g < 0);
    if (gradient.every((g, i) => !(isFree[i] as boolean) || Math.abs(g) < gradientMax)) return ok({ parameters, gradient, hessian });
    const direction = solve(
      maskedOf(hessian, isFree),
      Float64Array.from(gradient, (g, i) => ((isFree[i] as boolean) ? -g : 0)),
    );
    const next = search(problem, { parameters, value, direction, gradient, bound });
    if (next === null || value - next.value <= restRatio * Math.abs(value)) return ok({ ...slopes(problem, next?.parameters ?? parameters), parameters: next?.parameters ?? parameters }); // prettier-ignore
    parameters = next.parameters;
    value = next.value;
  }
  return fail("not_at_rest");
}

type Search = {
  readonly parameters: Float64Array;
  readonly value: number;
  readonly direction: Float64Array;
  readonly gradient: Float64Array;
  readonly bound: number;
};

/** Along the direction, bent at the bounds, to where the objective has fallen enough (Armijo); null where it falls no more. */
function search(problem: Problem, { parameters, value, direction, gradient, bound }: Search) {
  for (let halving = 0; halving < fitHalvingsMax; halving++) {
    const length = 0.5 ** halving;
    const next = parameters.map((p, i) => {
      const to = p + length * (direction[i] as number);
      return i < bound ? to : Math.max(0, to);
    });
    const found = objective(problem, next);
    const expected = gradient.reduce((sum, g, i) => sum + g * ((next[i] as number) - (parameters[i] as number)), 0);
    if (found <= value + 1e-4 * expected) return { parameters: next, value: found };
  }
  return null;
}

/** Rows and columns of bound parameters are those of the unit matrix, so that they do not move. */
const maskedOf = (matrix: Matrix, isFree: readonly boolean[]): Matrix =>
  matrix.map((row, i) => row.map((value, j) => ((isFree[i] as boolean) && (isFree[j] as boolean) ? value : i === j ? 1 : 0)));

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

function slopes({ periods, penalty, size }: Problem, parameters: Float64Array): { gradient: Float64Array; hessian: Matrix } {
  const gradient = times(penalty, parameters);
  const hessian = penalty.map((row) => Float64Array.from(row));
  for (const one of periods) {
    const hazard = logistic(logOdds(parameters, one));
    addTo(gradient, one, hazard - (one.isLost ? 1 : 0));
    addSquare(hessian, one, hazard * (1 - hazard));
  }
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

/** Adds its square to the lower triangle. */
function addSquare(matrix: Matrix, { period, features }: AccountPeriod, factor: number): void {
  const own = matrix[period] as Float64Array;
  own[period] = (own[period] as number) + factor;
  for (let i = 0; i < features.length; i++) {
    const scaled = factor * (features[i] as number);
    if (scaled === 0) continue;
    const row = matrix[periodCount + i] as Float64Array;
    row[period] = (row[period] as number) + scaled;
    for (let j = 0; j <= i; j++) row[periodCount + j] = (row[periodCount + j] as number) + scaled * (features[j] as number);
  }
}

/**
 * Covariance of the parameters that holds although months of one account are no independent witnesses: the sandwich over accounts
 * (Liang and Zeger 1986).
 */
export function covarianceOf({ periods, size }: Problem, { parameters, hessian }: Fit): Matrix {
  const scores = new Map<number, Float64Array>();
  for (const one of periods) {
    let score = scores.get(one.account);
    if (score === undefined) scores.set(one.account, (score = new Float64Array(size)));
    addTo(score, one, logistic(logOdds(parameters, one)) - (one.isLost ? 1 : 0));
  }
  const middle = zeros(size);
  const correction = scores.size / Math.max(1, scores.size - 1);
  for (const score of scores.values())
    score.forEach((a, i) => {
      if (a === 0) return;
      const row = middle[i] as Float64Array;
      score.forEach((b, j) => (row[j] = (row[j] as number) + correction * a * b));
    });
  return sandwich(hessian, middle);
}
