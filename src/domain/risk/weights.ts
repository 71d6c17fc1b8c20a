import { riskLossesMin } from "../limits.ts";
import { fail, ok, type Result } from "../result.ts";
import { fitLogistic, logLoss, logOdds, periodCount, type Problem } from "./logistic.ts";
import { type Matrix, zeros } from "./matrix.ts";
import { lossesIn, accountPeriodsOf, type Row, scalesOf } from "./rows.ts";
import { clusteredMean, type Mean, z95 } from "./skill.ts";

/** Share of a dimension in the whole, 0..1. */
export type DimensionWeight = { readonly key: string; readonly weight: number };

/**
 * Losses that the scorecard's own weights are worth as evidence: with as many, what is learned lies about half way between. A loss is seen from up
 * to three ends of months, so each of these counts as often as one does in the rows.
 */
const shrinkageLosses = riskLossesMin;

/**
 * Weights of the dimensions by which the composite would have told losses best, none below zero, drawn towards the scorecard's own.
 *
 * Log odds of a loss are intercept + Σ θ_d · (mean_d − score_d) ÷ 100 with θ ≥ 0; the penalty ½ · λ · Σ sd_d² · (θ_d − s · w_d)² measures how far
 * θ lies from any multiple s ≥ 0 of the scorecard's weights w. So with λ → ∞ the weights are the scorecard's own and only their steepness is
 * learned; with λ → 0 they are what the losses alone say. A dimension without weight, and one that is hardly ever measured, keeps its own.
 */
export function learnWeights(
  rows: readonly Row[],
  own: readonly DimensionWeight[],
  shrinkage: number = shrinkageLosses,
): Result<readonly DimensionWeight[], "nothing_measured" | "no_relation"> {
  const total = own.reduce((sum, { weight }) => sum + weight, 0);
  const learned = learnable(rows, own);
  if (learned.length < 2) return fail("nothing_measured");
  const fit = fitLogistic(weightsProblem(rows, learned, shrinkage));
  if (!fit.ok) return fail("no_relation");
  const slopes = learned.map((_, i) => fit.value.parameters[periodCount + i] as number);
  const steepness = slopes.reduce((sum, slope) => sum + slope, 0);
  if (steepness < steepnessMin) return fail("no_relation");
  const shared = learned.reduce((sum, { weight }) => sum + weight, 0) / total;
  return ok(
    own.map(({ key, weight }) => {
      const at = learned.findIndex((one) => one.key === key);
      return { key, weight: at < 0 ? weight / total : (shared * (slopes[at] as number)) / steepness };
    }),
  );
}

/** Below this a difference of a whole 100 points changes the odds by less than a hundredth: there is no direction to read. */
const steepnessMin = 0.01;

type Learned = DimensionWeight & { readonly mean: number; readonly sd: number };

function learnable(rows: readonly Row[], own: readonly DimensionWeight[]): readonly Learned[] {
  return scalesOf(rows).flatMap((scale) => {
    const weight = own.find(({ key }) => key === scale.key)?.weight ?? 0;
    return weight > 0 ? [{ ...scale, weight }] : [];
  });
}

function weightsProblem(rows: readonly Row[], learned: readonly Learned[], shrinkage: number): Problem {
  const total = learned.reduce((sum, { weight }) => sum + weight, 0);
  const periods = accountPeriodsOf(rows, (row) => badness(row, learned));
  const seenPerLoss = periods.filter(({ isLost }) => isLost).length / Math.max(1, lossesIn(rows));
  const steepness = periodCount + learned.length;
  const penalty: Matrix = zeros(steepness + 1);
  const add = (i: number, j: number, value: number): void => {
    const row = penalty[i] as Float64Array;
    row[j] = (row[j] as number) + value;
  };
  for (let period = 0; period < periodCount; period++) add(period, period, interceptPrecision);
  add(steepness, steepness, interceptPrecision);
  learned.forEach(({ weight, sd }, i) => {
    const share = weight / total;
    const strength = Math.max(shrinkage * seenPerLoss * (sd / 100) ** 2, interceptPrecision);
    const own = periodCount + i;
    add(own, own, strength);
    add(own, steepness, -strength * share);
    add(steepness, own, -strength * share);
    add(steepness, steepness, strength * share ** 2);
  });
  return {
    periods,
    size: steepness + 1,
    penalty,
    nonNegativeFrom: periodCount,
  };
}

/** Keeps what is not pinned down otherwise in place. */
const interceptPrecision = 1e-3;

const badness = ({ dimensions }: Row, learned: readonly Learned[]): Float64Array =>
  Float64Array.from(learned, ({ key, mean }) => (mean - (dimensions[key] ?? mean)) / 100);

/**
 * By how much the composite of the other weights tells the losses of later months better than that of the scorecard's own, in nats for each
 * account and period; both are joined to the odds by intercepts and one steepness learned from the earlier months. Null where that fails.
 */
export function weightsGain(
  earlier: readonly Row[],
  later: readonly Row[],
  own: readonly DimensionWeight[],
  other: readonly DimensionWeight[],
): (Mean & { readonly rows: number }) | null {
  const before = lossesBy(earlier, later, own);
  const after = lossesBy(earlier, later, other);
  if (before === null || after === null) return null;
  const gains = before.map(({ account, value }, i) => ({ account, value: value - (after[i]?.value ?? value) }));
  return { ...clusteredMean(gains, z95), rows: gains.length };
}

function lossesBy(earlier: readonly Row[], later: readonly Row[], weights: readonly DimensionWeight[]) {
  const learned = learnable(earlier, weights);
  const total = learned.reduce((sum, { weight }) => sum + weight, 0);
  const composite = (row: Row): Float64Array => {
    const values = badness(row, learned);
    return Float64Array.of(learned.reduce((sum, { weight }, i) => sum + (weight / total) * (values[i] as number), 0));
  };
  const penalty = zeros(periodCount + 1);
  penalty.forEach((row, i) => (row[i] = interceptPrecision));
  const fit = fitLogistic({ periods: accountPeriodsOf(earlier, composite), size: periodCount + 1, penalty, nonNegativeFrom: periodCount });
  if (!fit.ok) return null;
  const { parameters } = fit.value;
  return accountPeriodsOf(later, composite).map((one) => ({ account: one.account, value: logLoss(logOdds(parameters, one), one.isLost) }));
}
