import { fitLogistic, hardlyPrecision, interceptPenalty, logLoss, logOdds, periodCount } from "./logistic.ts";
import { pull } from "./matrix.ts";
import { accountPeriodsOf, type Row, spreadsOf } from "./rows.ts";
import { badness } from "./weight-sample.ts";

/** Part of the whole of each measure, by key. */
export type Shares = ReadonlyMap<string, number>;

/**
 * One account in one period of 30 days after a month's end (`day`, UTC): how far the scorecard's own weights were from what came (log-loss,
 * nats), and by how many nats other weights were less far.
 */
export type PeriodGain = { readonly account: number; readonly day: number; readonly own: number; readonly gain: number };

/**
 * By how much the composite of the other weights tells what came of later months better than that of the scorecard's own, by account and period;
 * both are joined to the odds by intercepts and one steepness learned from the earlier months. Null where that fails.
 */
export function gainsOf(earlier: readonly Row[], later: readonly Row[], own: Shares, other: Shares): readonly PeriodGain[] | null {
  const before = lossesBy(earlier, later, own);
  const after = lossesBy(earlier, later, other);
  if (before === null || after === null) return null;
  return accountPeriodsOf(later, ({ day }) => Float64Array.of(day)).map(({ account, features }, i) => {
    const loss = before[i] as number;
    return { account, day: features[0] as number, own: loss, gain: loss - (after[i] as number) };
  });
}

function lossesBy(earlier: readonly Row[], later: readonly Row[], shares: Shares): readonly number[] | null {
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
  return accountPeriodsOf(later, composite).map((one) => logLoss(logOdds(parameters, one), one.isLost));
}
