import { bands } from "../health/document.ts";
import { riskSegmentsMax } from "../limits.ts";
import type { AccountHistory } from "./history.ts";
import { accountsIn, isComplete, type Row, seenOf } from "./rows.ts";
import { aucOf, lostShare, medianOf, sure95, topDecileLift } from "./skill.ts";

/**
 * How well the score has told losses, in one segment or the whole book. Ranking (`auc`, `lift`) leaves out rows with too little data, as their
 * score is not to be believed; `bands` has all.
 */
export function testScore({ rows, losses }: { readonly rows: readonly Row[]; readonly losses: readonly Loss[] }) {
  const seen = seenOf(
    rows.filter(({ band }) => band !== "not_enough_data"),
    ({ score }) => -score,
  );
  return {
    rows: rows.length,
    /** Rows whose 90 days are known to the end: all figures here are of these. */
    completeRows: rows.filter(isComplete).length,
    accounts: accountsIn(rows),
    losses: losses.length,
    churns: losses.filter(({ kind }) => kind === "churn").length,
    /** Rows that `auc` and `lift` are told of. */
    ranked: { rows: seen.length, lost: seen.filter(({ isLost }) => isLost).length, accounts: accountsIn(seen) },
    auc: aucOf(seen, sure95),
    lift: topDecileLift(seen),
    bands: bands.flatMap((band) => {
      const observed = observedIn(rows.filter((row) => row.band === band));
      return observed === null ? [] : [{ band, observed }];
    }),
    warning: warningOf(losses),
  };
}

const observedIn = (rows: readonly Row[]) => lostShare(seenOf(rows, () => 0));

/** For how many days before a loss the score had been in the bands at risk or critical; of `losses` losses. */
function warningOf(losses: readonly { readonly warnedDays: number; readonly account: number }[]) {
  if (losses.length === 0) return null;
  const { value, low, high } = medianOf(losses.map(({ warnedDays }) => warnedDays));
  const unwarned = lostShare(losses.map(({ warnedDays, account }) => ({ isLost: warnedDays === 0, account })));
  return {
    losses: losses.length,
    medianDays: value,
    medianLow: low,
    medianHigh: high,
    unwarned: unwarned?.lost ?? 0,
    /** A share of the losses, of which `lost` came without. */
    unwarnedShare: unwarned,
  };
}

/** A loss of the account with this number, in the segment of the month's end before. */
export type Loss = Pick<AccountHistory["losses"][number], "kind" | "warnedDays"> & {
  readonly segment: string | null;
  readonly account: number;
};

export const lossesOf = (histories: readonly AccountHistory[]): readonly Loss[] =>
  histories.flatMap(({ segment: now, losses }, account) =>
    losses.map(({ kind, warnedDays, segment = now }) => ({ kind, warnedDays, segment, account })),
  );

export type SegmentRows = { readonly segment: string | null; readonly rows: readonly Row[] };

/** Segments by the number of their rows, the greatest first; at most `riskSegmentsMax`. */
export const segmentsOf = (rows: readonly Row[]): readonly SegmentRows[] =>
  [...Map.groupBy(rows, ({ segment }) => segment)]
    .map(([segment, own]) => ({ segment, rows: own }))
    .sort((a, b) => b.rows.length - a.rows.length || (String(a.segment) < String(b.segment) ? -1 : 1))
    .slice(0, riskSegmentsMax);
