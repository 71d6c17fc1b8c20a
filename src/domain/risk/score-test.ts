import { bands } from "../health/document.ts";
import { riskSegmentsMax } from "../limits.ts";
import type { AccountHistory } from "./history.ts";
import { accountsIn, isComplete, type Row, rowsOf, seenOf } from "./rows.ts";
import { aucOf, lostShare, topDecileLift, z95 } from "./skill.ts";

/**
 * How well the score has told losses, in one segment or the whole book. Ranking (`auc`, `lift`) leaves out rows with too little data, as their
 * score is not to be believed; `bands` has all.
 */
export function testScore(histories: readonly AccountHistory[]) {
  const rows = rowsOf(histories);
  const losses = histories.flatMap((history) => history.losses);
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
    auc: aucOf(seen, z95),
    lift: topDecileLift(seen),
    bands: bands.flatMap((band) => {
      const observed = observedIn(rows.filter((row) => row.band === band));
      return observed === null ? [] : [{ band, observed }];
    }),
    warning: warningOf(losses.map(({ warnedDays }) => warnedDays)),
  };
}

const observedIn = (rows: readonly Row[]) => lostShare(seenOf(rows, () => 0));

/** For how many days before a loss the score had been in the bands at risk or critical; of `losses` losses. */
function warningOf(days: readonly number[]) {
  if (days.length === 0) return null;
  const sorted = [...days].sort((a, b) => a - b);
  return {
    losses: days.length,
    medianDays: sorted[Math.floor((sorted.length - 1) / 2)] as number,
    unwarned: days.filter((one) => one === 0).length,
  };
}

/** Segments by the number of their rows, the greatest first; at most `riskSegmentsMax`. */
export function segmentsOf(
  histories: readonly AccountHistory[],
): readonly { segment: string | null; histories: readonly AccountHistory[] }[] {
  const groups = new Map<string | null, AccountHistory[]>();
  for (const history of histories) {
    const known = groups.get(history.segment);
    if (known === undefined) groups.set(history.segment, [history]);
    else known.push(history);
  }
  return [...groups]
    .map(([segment, own]) => ({ segment, histories: own }))
    .sort((a, b) => monthsIn(b.histories) - monthsIn(a.histories) || (String(a.segment) < String(b.segment) ? -1 : 1))
    .slice(0, riskSegmentsMax);
}

const monthsIn = (histories: readonly AccountHistory[]): number => histories.reduce((sum, { months }) => sum + months.length, 0);
