import { riskCalibration, riskLossesMin, riskTestLossesMin } from "../limits.ts";
import { logLoss } from "./logistic.ts";
import { baseHazard, foretold, type Hazard, learnHazard, probabilityOf } from "./model.ts";
import { accountsIn, lossesIn, type Row, rowsKnownOn, seenOf } from "./rows.ts";
import { aucOf, calibrationOf, clusteredMean, lostShare, type Seen, topDecileLift, z95, z99 } from "./skill.ts";

/**
 * Whether something can be learned at all: from the earlier months, as their outcomes were known when the later ones began, and tried on the
 * later ones. What does not pass is declined, with the figures that say why.
 */
export type Verdict = {
  readonly hazard: Hazard | null;
  readonly declined: Declined | null;
  readonly validation: Validation | null;
};

export type Declined =
  | { readonly reason: "too_few_losses"; readonly losses: number; readonly needed: number }
  | { readonly reason: "history_too_short"; readonly losses: number; readonly testLossesNeeded: number }
  | { readonly reason: "nothing_measured" }
  | { readonly reason: "no_ranking_skill" }
  | { readonly reason: "no_better_than_base_rate" }
  | { readonly reason: "miscalibrated" };

export type Validation = ReturnType<typeof tryOut>;

export function learnAndTry(rows: readonly Row[]): Verdict {
  const losses = lossesIn(rows);
  const declined = (why: Declined, validation: Validation | null = null): Verdict => ({ hazard: null, declined: why, validation });
  if (losses < riskLossesMin) return declined({ reason: "too_few_losses", losses, needed: riskLossesMin });
  const from = testFrom(rows);
  if (from === null) return declined({ reason: "history_too_short", losses, testLossesNeeded: riskTestLossesMin });
  const earlier = rowsKnownOn(rows, from);
  const later = rows.filter(({ day }) => day >= from);
  const early = learnHazard(earlier);
  if (early === null) return declined({ reason: "nothing_measured" });
  const validation = tryOut(early, earlier, later);
  const why = flawOf(validation);
  if (why !== null) return declined(why, validation);
  const hazard = learnHazard(rows);
  return hazard === null ? declined({ reason: "nothing_measured" }, validation) : { hazard, declined: null, validation };
}

/**
 * The latest month's end from which on at least a third of the losses (and `riskTestLossesMin`) lie ahead, and before which at least as many
 * were known as are needed to learn at all half of the time.
 */
export function testFrom(rows: readonly Row[]): number | null {
  const needed = Math.max(riskTestLossesMin, lossesIn(rows) / 3);
  const days = [...new Set(rows.map(({ day }) => day))].sort((a, b) => b - a);
  const from = days.find((day) => lossesIn(rows.filter((row) => row.day >= day)) >= needed);
  return from === undefined || lossesIn(rowsKnownOn(rows, from)) < riskLossesMin / 2 ? null : from;
}

function tryOut(early: Hazard, earlier: readonly Row[], later: readonly Row[]) {
  const seen = seenOf(later, ({ dimensions }) => probabilityOf(early, dimensions).probability);
  const told = foretold(early, later);
  const base = foretold(baseHazard(earlier), later);
  const gains = told.map(({ odds, isLost, account }, i) => ({
    account,
    value: logLoss(base[i]?.odds ?? 0, isLost) - logLoss(odds, isLost),
  }));
  return {
    /** UTC day of the first month's end that was tried. */
    from: Math.min(...later.map(({ day }) => day)),
    learnedFrom: { rows: earlier.length, accounts: accountsIn(earlier), losses: lossesIn(earlier) },
    triedOn: { rows: later.length, accounts: accountsIn(later), losses: lossesIn(later) },
    /** It decides, so its interval is of 99 %: each month is one more try. */
    auc: aucOf(seen, z99),
    /** Of the score itself on the same rows. */
    aucOfScore: aucOf(
      seenOf(later, ({ score }) => -score),
      z95,
    ),
    /** Log-loss of the base rate less that of the model, in nats for each account and period: above 0, knowing the account helped. */
    gain: { ...clusteredMean(gains, z95), rows: gains.length },
    calibration: calibrationOf(told),
    lift: topDecileLift(seen),
    deciles: decilesOf(seen),
  };
}

function flawOf({ auc, gain, calibration }: Validation): Declined | null {
  if (auc === null || auc.low <= 0.5) return { reason: "no_ranking_skill" };
  if (gain.value <= 0) return { reason: "no_better_than_base_rate" };
  if (calibration.low > riskCalibration.max || calibration.high < riskCalibration.min) return { reason: "miscalibrated" };
  return null;
}

/** Rows by foretold risk, the least first: what was foretold on average, and what came. */
export function decilesOf(seen: readonly Seen[]) {
  const sorted = [...seen].sort((a, b) => a.risk - b.risk);
  return Array.from({ length: 10 }, (_, i) => {
    const part = sorted.slice(Math.floor((i * sorted.length) / 10), Math.floor(((i + 1) * sorted.length) / 10));
    const observed = lostShare(part);
    return observed === null ? [] : [{ foretold: part.reduce((sum, { risk }) => sum + risk, 0) / part.length, observed }];
  }).flat();
}
