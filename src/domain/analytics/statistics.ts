/**
 * The few distributions and estimators that comparing variants needs. People of one account are not independent, so variances are taken over
 * accounts: the cluster-robust (sandwich) estimator for a regression on variant dummies, which is the delta method for a ratio of sums
 * (Cameron and Miller 2015, "A Practitioner's Guide to Cluster-Robust Inference", J. Human Resources 50(2); Deng, Knoblich and Lu 2018,
 * "Applying the Delta Method in Metric Analytics", KDD, section 2.2).
 */

import { clustersMin } from "../limits.ts";

/** Complementary error function, to 1.2e-7 of itself (Chebyshev fit; Press et al., Numerical Recipes, 6.2). */
function erfc(x: number): number {
  const z = Math.abs(x);
  const t = 1 / (1 + 0.5 * z);
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368, -1.26551223,
  ];
  const tail = t * Math.exp(-z * z + coefficients.reduce((sum, c) => sum * t + c, 0));
  return x >= 0 ? tail : 2 - tail;
}

/** The z that a standard normal value exceeds in size with the given chance, both sides together: 0.05 → 1.96. */
export function normalQuantile(twoSided: number): number {
  let low = 0;
  let high = 40;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (erfc(middle / Math.SQRT2) > twoSided) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The same for Student's t (Abramowitz and Stegun 26.7.5): within 0.3 % from 4 degrees of freedom on, at 5 %. */
export function studentQuantile(twoSided: number, freedom: number): number {
  const z = normalQuantile(twoSided);
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160,
  ];
  return terms.reduce((sum, term, i) => sum + term / freedom ** (i + 1), z);
}

/** The chance of a chi-square value of at least `x` (Abramowitz and Stegun 26.4.4 and 26.4.5). */
export function chiSquareTail(x: number, freedom: number): number {
  if (x <= 0) return 1;
  const half = x / 2;
  const isOdd = freedom % 2 === 1;
  let sum = isOdd ? erfc(Math.sqrt(half)) : 0;
  let term = isOdd ? Math.exp(-half) * Math.sqrt(half / Math.PI) * 2 : Math.exp(-half);
  for (let i = isOdd ? 3 : 2; i <= freedom; i += 2) {
    sum += term;
    term *= x / i;
  }
  return Math.min(1, sum);
}

/** Sums over accounts of what two variants (or one twice) have in each: people n and their total s. */
export type PairSums = {
  /** Accounts with people in both. */
  readonly accounts: number;
  readonly nn: number;
  /** Of the first's people and the second's total, and the other way round. */
  readonly ns: number;
  readonly sn: number;
  readonly ss: number;
};
export type VariantSums = { readonly people: number; readonly total: number };

const meanOf = ({ people, total }: VariantSums): number => total / people;

/** Covariance of the means of two variants; of one with itself, its variance. `accounts` is how many there are in all. */
export function clusterCovariance(
  a: VariantSums,
  b: VariantSums,
  { nn, ns, sn, ss }: Omit<PairSums, "accounts">,
  accounts: number,
): number {
  const residuals = ss - meanOf(b) * sn - meanOf(a) * ns + meanOf(a) * meanOf(b) * nn;
  return ((accounts / (accounts - 1)) * residuals) / (a.people * b.people);
}

/**
 * So many clusters of one size would tell as much as these do (Kish's design effect of weights). A mean that one account makes lies where that
 * account lies, so its residuals tell nothing of how accounts differ: the variance over accounts would be far too small (Carter, Schnepel and
 * Steigerwald 2017, "Asymptotic Behavior of a t-Test Robust to Cluster Heterogeneity", Rev. Economics and Statistics 99(4)).
 *
 * @param nn sum over accounts of the squares of their people
 */
export const effectiveClusters = (people: number, nn: number): number => (nn === 0 ? 0 : people ** 2 / nn);

export type Interval = { readonly low: number; readonly high: number };

/** Intervals are right in 95 of 100. */
export const ERROR_SHARE = 0.05;

/** Wilson's interval for a share of so many independent people. */
export function wilsonInterval(share: number, people: number, critical: number): Interval {
  const z2 = critical ** 2;
  const middle = (share + z2 / (2 * people)) / (1 + z2 / people);
  const half = (critical / (1 + z2 / people)) * Math.sqrt((share * (1 - share)) / people + z2 / (4 * people ** 2));
  // At the edges rounding would leave a hair of what is nothing.
  return { low: share <= 0 ? 0 : Math.max(0, middle - half), high: share >= 1 ? 1 : Math.min(1, middle + half) };
}

/**
 * The interval of a share over accounts: Wilson's, with the number of independent people that would have this variance in place of the number
 * of people (Dean and Pagano 2015, "Evaluating Confidence Interval Methods for Binomial Proportions in Clustered Surveys", section 2).
 *
 * Where all or none did it, accounts do not differ, which tells nothing of how alike the people of one are: each account counts as one
 * person then. Null where they are fewer than `clustersMin` of one size would be.
 */
export function clusteredShareInterval(variant: VariantSums, products: Omit<PairSums, "accounts">, accounts: number): Interval | null {
  const clusters = effectiveClusters(variant.people, products.nn);
  if (clusters < clustersMin) return null;
  const share = meanOf(variant);
  const people = isAllOrNone(variant) ? clusters : independentPeople(variant, products, { accounts, clusters });
  return wilsonInterval(share, people, studentQuantile(ERROR_SHARE, clusters - 1));
}

export const isAllOrNone = ({ people, total }: VariantSums): boolean => total <= 0 || total >= people;

/**
 * So many independent people would tell as much. How accounts differ is told by those in which some did it and some did not; where the share
 * is near 0 or 1 these are few, and by chance they may look alike. So half an account more is taken in, half of whose people did it, as
 * Agresti and Coull take in people (1998, The American Statistician 52(2)). Without it such intervals held the truth in only 81 of 100
 * simulated groups, with it in 90 (test/domain/analytics/statistics.test.ts).
 */
function independentPeople(
  { people, total }: VariantSums,
  { nn, ns, sn, ss }: Omit<PairSums, "accounts">,
  { accounts, clusters }: { readonly accounts: number; readonly clusters: number },
): number {
  const more = people / clusters / 2;
  const widened = { people: people + more, total: total + more / 2 };
  const products = { nn: nn + more ** 2, ns: ns + more ** 2 / 2, sn: sn + more ** 2 / 2, ss: ss + more ** 2 / 4 };
  const variance = clusterCovariance(widened, widened, products, accounts + 1);
  const share = meanOf(widened);
  return variance > 0 ? people * Math.min(1, (share * (1 - share)) / widened.people / variance) : people;
}

/**
 * How unlikely it is that people were shared out like this by chance (sample ratio mismatch): Wald's test of the counts against the expected
 * shares, with the variance taken over accounts, so that handing out variants by account is no mismatch.
 *
 * @param counts people of each variant
 * @param shares expected, sum 1
 * @param products sums over accounts of the products of two variants' people
 * @returns p; null where it cannot be said
 */
export function ratioMismatch(
  counts: readonly number[],
  shares: readonly number[],
  products: readonly (readonly number[])[],
  accounts: number,
): number | null {
  const variants = counts.length;
  const all = counts.reduce((sum, n) => sum + n, 0);
  if (variants < 2 || accounts < 2) return null;
  const rowSum = (i: number): number => (products[i] as readonly number[]).reduce((sum, product) => sum + product, 0);
  const allProducts = counts.reduce((sum, _, i) => sum + rowSum(i), 0);
  const difference = counts.map((n, i) => n - (shares[i] as number) * all);
  const covariance = counts.map((_, i) =>
    counts.map((_other, j) => {
      const [p, q] = [shares[i] as number, shares[j] as number];
      return (accounts / (accounts - 1)) * ((products[i]?.[j] as number) - p * rowSum(j) - q * rowSum(i) + p * q * allProducts);
    }),
  );
  // The last difference follows from the others.
  const kept = difference.slice(0, -1);
  const solved = solve(
    covariance.slice(0, -1).map((row) => row.slice(0, -1)),
    kept,
  );
  if (solved === null) return null;
  return chiSquareTail(
    kept.reduce((sum, d, i) => sum + d * (solved[i] as number), 0),
    variants - 1,
  );
}

/** Gaussian elimination with pivoting; null for a singular matrix. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | null {
  const rows = matrix.map((row, i) => [...row, right[i] as number]);
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column + 1; i < n; i++) if (Math.abs(rows[i]?.[column] as number) > Math.abs(rows[pivot]?.[column] as number)) pivot = i;
    const chosen = rows[pivot] as number[];
    if (Math.abs(chosen[column] as number) < 1e-9) return null;
    rows[pivot] = rows[column] as number[];
    rows[column] = chosen;
    for (let i = 0; i < n; i++) {
      if (i === column) continue;
      const row = rows[i] as number[];
      const factor = (row[column] as number) / (chosen[column] as number);
      for (let j = column; j <= n; j++) row[j] = (row[j] as number) - factor * (chosen[j] as number);
    }
  }
  return rows.map((row, i) => (row[n] as number) / (row[i] as number));
}
