import { fitHalvingsMax, fitStepsMax } from "../limits.ts";
import { fail, ok, type Result } from "../result.ts";
import { type Matrix, solve } from "./matrix.ts";

/** A convex function with its slopes. */
export type Convex = {
  readonly size: number;
  /** From this parameter on none is negative; `size`: all are free. */
  readonly nonNegativeFrom: number;
  readonly value: (parameters: Float64Array) => number;
  readonly slopes: (parameters: Float64Array) => Slopes;
};
export type Slopes = { readonly gradient: Float64Array; readonly hessian: Matrix };
export type Rest = Slopes & { readonly parameters: Float64Array };

/** A fall of the value in one step below this, relative to it, is none. */
const restRatio = 1e-13;
const gradientMax = 1e-7;

/**
 * Where a convex function is least, by Newton's method; under bounds by projection onto them (Bertsekas 1982, "Projected Newton methods"): a
 * parameter at zero that wants to go below stays out of the step. What it comes to rest at is the one minimum. Fails when it has not come to
 * rest after `fitStepsMax` steps.
 *
 * @param start within the bounds
 */
export function leastOf(convex: Convex, start: Float64Array): Result<Rest, "not_at_rest"> {
  const { nonNegativeFrom: bound } = convex;
  let parameters = start;
  let value = convex.value(parameters);
  for (let step = 0; step < fitStepsMax; step++) {
    const { gradient, hessian } = convex.slopes(parameters);
    const isFree = Array.from(gradient, (g, i) => i < bound || (parameters[i] as number) > 0 || g < 0);
    if (gradient.every((g, i) => !(isFree[i] as boolean) || Math.abs(g) < gradientMax)) return ok({ parameters, gradient, hessian });
    const direction = solve(
      maskedOf(hessian, isFree),
      Float64Array.from(gradient, (g, i) => ((isFree[i] as boolean) ? -g : 0)),
    );
    const next = search(convex, { parameters, value, direction, gradient });
    if (next === null || value - next.value <= restRatio * Math.abs(value)) {
      const last = next?.parameters ?? parameters;
      return ok({ ...convex.slopes(last), parameters: last });
    }
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
};

/** Along the direction, bent at the bounds, to where the value has fallen enough (Armijo); null where it falls no more. */
function search(convex: Convex, { parameters, value, direction, gradient }: Search) {
  for (let halving = 0; halving < fitHalvingsMax; halving++) {
    const length = 0.5 ** halving;
    const next = parameters.map((p, i) => {
      const to = p + length * (direction[i] as number);
      return i < convex.nonNegativeFrom ? to : Math.max(0, to);
    });
    const found = convex.value(next);
    const expected = gradient.reduce((sum, g, i) => sum + g * ((next[i] as number) - (parameters[i] as number)), 0);
    if (found <= value + 1e-4 * expected) return { parameters: next, value: found };
  }
  return null;
}

/** Rows and columns of bound parameters are those of the unit matrix, so that they do not move. */
const maskedOf = (matrix: Matrix, isFree: readonly boolean[]): Matrix =>
  matrix.map((row, i) => row.map((value, j) => ((isFree[i] as boolean) && (isFree[j] as boolean) ? value : i === j ? 1 : 0)));
