import { type Fit, fitLogistic, objective, type Problem, spreadOfScores } from "./logistic.ts";
import { logDeterminant, type Matrix, sandwich, zeros } from "./matrix.ts";

/** Parameters with their covariance, and the variance of the level of a segment of which nothing was seen. */
export type Learned = { readonly parameters: Float64Array; readonly covariance: Matrix; readonly levelVariance: number };

/**
 * How far the levels of segments lie apart, as a spread of log odds: nobody knows it beforehand, and of a few segments one learns little. So it
 * is not set: each of these is tried, and counts by how well it explains the losses (below).
 */
const spreads = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2];
/** Before anything is seen half of the spreads are thought to lie below (half Cauchy; Gelman 2006, Bayesian Analysis 1). */
const spreadMiddle = 0.5;
/** What counts for less changes nothing that can be read. */
const partMin = 1e-3;

/**
 * The mean over all spreads, each by its probability given the losses (Laplace's approximation of the likelihood; the grid as in Rue, Martino and
 * Chopin 2009), with a covariance in which both has a part: how sure one is at each spread, and that the spread is not known. A loss that is
 * seen from three ends of months is one witness, so likelihoods count with the `seen`-th part of themselves. Null where no minimum is found.
 *
 * @param problemOf with levels drawn to 0 by a precision
 * @param seen from how many ends of months a loss is seen, on average
 */
export function learnLevels(
  problemOf: (precision: number) => Problem,
  { firstLevel, seen }: { readonly firstLevel: number; readonly seen: number },
): Learned | null {
  const levels = problemOf(1).size - firstLevel;
  let start: Float64Array | undefined;
  const tried = (levels === 0 ? [spreadMiddle] : spreads).map((spread) => {
    const problem = problemOf(seen / spread ** 2);
    const fit = fitLogistic(problem, start);
    if (!fit.ok) return null;
    start = fit.value.parameters;
    const evidence = -objective(problem, start) / seen - levels * Math.log(spread) - logDeterminant(fit.value.hessian) / 2;
    return { spread, problem, fit: fit.value, log: evidence + Math.log(spread / (spread ** 2 + spreadMiddle ** 2)) };
  });
  const found = tried.filter((one) => one !== null);
  if (found.length < tried.length) return null;
  const most = Math.max(...found.map(({ log }) => log));
  const sum = found.reduce((total, { log }) => total + Math.exp(log - most), 0);
  const parts = found.flatMap(({ log, ...one }) => {
    const part = Math.exp(log - most) / sum;
    return part < partMin ? [] : [{ ...one, part }];
  });
  return mixed(parts, { firstLevel, seen });
}

type Part = { readonly spread: number; readonly problem: Problem; readonly fit: Fit; readonly part: number };

function mixed(parts: readonly Part[], { firstLevel, seen }: { readonly firstLevel: number; readonly seen: number }): Learned {
  const whole = parts.reduce((sum, { part }) => sum + part, 0);
  const likeliest = parts.reduce((best, one) => (one.part > best.part ? one : best));
  const slopes = slopesSpread(likeliest, { firstLevel, seen });
  const size = slopes.length;
  const parameters = new Float64Array(size);
  for (const { fit, part } of parts) addTimes(parameters, fit.parameters, part / whole);
  const covariance = zeros(size);
  for (const { spread, fit, part } of parts) {
    // A level that is drawn to the others is not known better for it: its prior is a part of what might be otherwise.
    const prior = (i: number): number => (i < firstLevel ? 0 : (seen / spread) ** 2);
    const own = sandwich(fit.hessian, withDiagonal(slopes, prior));
    const away = fit.parameters.map((value, i) => value - (parameters[i] as number));
    own.forEach((row, i) => {
      addTimes(covariance[i] as Float64Array, row, part / whole);
      addTimes(covariance[i] as Float64Array, away, (part / whole) * (away[i] as number));
    });
  }
  return { parameters, covariance, levelVariance: parts.reduce((sum, { part, spread }) => sum + (part / whole) * spread ** 2, 0) };
}

/**
 * By how much the slopes might be otherwise. A small segment in which few were lost, by luck, would seem to have no luck: where its own slope spreads
 * less than the model itself expects, that counts.
 */
function slopesSpread(
  { problem, fit, spread }: Part,
  { firstLevel, seen }: { readonly firstLevel: number; readonly seen: number },
): Matrix {
  const slopes = spreadOfScores(problem, fit);
  const expected = (i: number): number => seen * ((fit.hessian[i]?.[i] ?? 0) - seen / spread ** 2);
  return withDiagonal(slopes, (i) => (i < firstLevel ? 0 : Math.max(0, expected(i) - (slopes[i]?.[i] ?? 0))));
}

const withDiagonal = (matrix: Matrix, more: (i: number) => number): Matrix =>
  matrix.map((row, i) => row.map((value, j) => (i === j ? value + more(i) : value)));

function addTimes(to: Float64Array, vector: Float64Array, factor: number): void {
  vector.forEach((value, i) => (to[i] = (to[i] as number) + factor * value));
}
