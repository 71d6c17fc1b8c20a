import { normalsOf } from "./draws.ts";
import { leastOf } from "./least.ts";
import { type Fit, type Problem, spreadOfScores } from "./logistic.ts";
import { cholesky, dot, times } from "./matrix.ts";

/**
 * Parameters that the losses and the scorecard together leave possible: the objective near its minimum, with its slope
 * moved as it would be by other accounts (the spread of scores over accounts) and by another scorecard (the penalty as a prior), made least again
 * under the bounds. Without bounds their covariance is the inverse of the information of both, also where a loss is seen several times.
 *
 * @param seen from how many ends of months a loss is seen, on average
 */
export function drawsOf(
  problem: Problem,
  fit: Fit,
  { seen, draws }: { readonly seen: number; readonly draws: number },
): readonly Float64Array[] {
  const { penalty, size, nonNegativeFrom = size } = problem;
  const lower = cholesky(
    spreadOfScores(problem, fit).map((row, i) => row.map((value, j) => value + seen * (penalty[i]?.[j] ?? 0) + (i === j ? ridge : 0))),
  );
  const { parameters, gradient, hessian } = fit;
  return Array.from({ length: draws }, (_, draw) => {
    const slope = times(lower, normalsOf(draw, size)).map((one, i) => one + (gradient[i] as number));
    const away = (at: Float64Array): Float64Array => at.map((one, i) => one - (parameters[i] as number));
    const least = leastOf(
      {
        size,
        nonNegativeFrom,
        value: (at) => dot(slope, away(at)) + dot(away(at), times(hessian, away(at))) / 2,
        slopes: (at) => ({ gradient: times(hessian, away(at)).map((one, i) => one + (slope[i] as number)), hessian }),
      },
      parameters,
    );
    return least.ok ? [least.value.parameters] : [];
  }).flat();
}

/** So that what neither pins down does not make the spread singular. */
const ridge = 1e-3;
