import { fitLogistic, hardlyPrecision, interceptPenalty, logLoss, logOdds, periodCount } from "./logistic.ts";
import { pull } from "./matrix.ts";
import { accountPeriodsOf, type Row, spreadsOf } from "./rows.ts";
import { clusteredMean, type Mean, z95 } from "./skill.ts";
import { badness } from "./weight-sample.ts";

/** Part of the whole of each measure, by key. */
export type Shares = ReadonlyMap<string, number>;

/**
 * By how much the composite of the other weights tells the losses of later months better than that of the scorecard's own, in nats for each
 * account and period; both are joined to the odds by intercepts and one steepness learned from the earlier months. Null where that fails.
 */
export function weightsGain(
  earlier: readonly Row[],
  later: readonly Row[],
  own: Shares,
  other: Shares,
): (Mean & { readonly rows: number }) | null {
  const before = lossesBy(earlier, later, own);
  const after = lossesBy(earlier, later, other);
  if (before === null || after === null) return null;
  const gains = before.map(({ account, value }, i) => ({ account, value: value - (after[i]?.value ?? value) }));
  return { ...clusteredMean(gains, z95), rows: gains.length };
}

function lossesBy(earlier: readonly Row[], later: readonly Row[], shares: Shares) {
  const known = spreadsOf(earlier.map(({ measures }) => measures));
  const composite = (row: Row): Float64Array => {
    const values = badness(row, known);
    return Float64Array.of(known.reduce((sum, { key }, i) => sum + (shares.get(key) ?? 0) * (values[i] as number), 0));
  };
  const penalty = interceptPenalty(periodCount + 1);
  pull(penalty, periodCount, hardlyPrecision);
  const fit = fitLogistic({ periods: accountPeriodsOf(earlier, composite), size: periodCount + 1, penalty, nonNegativeFrom: periodCount });
  if (!fit.ok) return null;
  const { parameters } = fit.value;
  return accountPeriodsOf(later, composite).map((one) => ({ account: one.account, value: logLoss(logOdds(parameters, one), one.isLost) }));
}
