import { invariant } from "../result.ts";

/** Square, by rows. Small: as many rows as a model has parameters. */
export type Matrix = readonly Float64Array[];

export const zeros = (size: number): Matrix => Array.from({ length: size }, () => new Float64Array(size));

/** Adds ½ · strength · (θ_i − times · θ_to)² to ½·θᵀQθ; without `towards` towards zero. */
export function pull(penalty: Matrix, i: number, strength: number, towards?: { readonly to: number; readonly times: number }): void {
  const add = (row: number, column: number, value: number): void => {
    const cells = penalty[row] as Float64Array;
    cells[column] = (cells[column] as number) + value;
  };
  add(i, i, strength);
  if (towards === undefined) return;
  add(i, towards.to, -strength * towards.times);
  add(towards.to, i, -strength * towards.times);
  add(towards.to, towards.to, strength * towards.times ** 2);
}

/** Lower triangle L with L·Lᵀ = A, of a symmetric positive definite A. */
export function cholesky(a: Matrix): Matrix {
  const l = zeros(a.length);
  a.forEach((row, i) => {
    const li = l[i] as Float64Array;
    for (let j = 0; j <= i; j++) {
      const lj = l[j] as Float64Array;
      let sum = row[j] as number;
      for (let k = 0; k < j; k++) sum -= (li[k] as number) * (lj[k] as number);
      if (i === j) invariant(sum > 0, "the matrix is positive definite");
      li[j] = i === j ? Math.sqrt(sum) : sum / (lj[j] as number);
    }
  });
  return l;
}

/** x with A·x = b, for a symmetric positive definite A. */
export function solve(a: Matrix, b: Float64Array): Float64Array {
  return substitute(cholesky(a), b);
}

function substitute(l: Matrix, b: Float64Array): Float64Array {
  const size = l.length;
  const x = Float64Array.from(b);
  for (let i = 0; i < size; i++) {
    const row = l[i] as Float64Array;
    for (let k = 0; k < i; k++) x[i] = (x[i] as number) - (row[k] as number) * (x[k] as number);
    x[i] = (x[i] as number) / (row[i] as number);
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i] = (x[i] as number) - ((l[k] as Float64Array)[i] as number) * (x[k] as number);
    x[i] = (x[i] as number) / ((l[i] as Float64Array)[i] as number);
  }
  return x;
}

/** Of a symmetric positive definite matrix. */
export const logDeterminant = (a: Matrix): number => cholesky(a).reduce((sum, row, i) => sum + 2 * Math.log(row[i] as number), 0);

/** A⁻¹·B·A⁻¹ for symmetric A and B: the sandwich. */
export function sandwich(a: Matrix, b: Matrix): Matrix {
  const l = cholesky(a);
  const left = b.map((row) => substitute(l, row));
  return transposed(left).map((row) => substitute(l, row));
}

const transposed = (a: Matrix): Matrix => a.map((_, i) => Float64Array.from(a, (row) => row[i] as number));

export function times(a: Matrix, x: Float64Array): Float64Array {
  return Float64Array.from(a, (row) => dot(row, x));
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
