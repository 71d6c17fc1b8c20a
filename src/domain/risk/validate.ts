import { bands } from "../health/document.ts";
import { riskCalibration, riskLossesMin, riskTestLossesMin } from "../limits.ts";
import { logLoss } from "./logistic.ts";
import { baseHazard, foretold, type Hazard, learnHazard, probabilityOf } from "./model.ts";
import { accountsIn, lossesIn, type Row, rowsKnownOn, seenOf } from "./rows.ts";
import { aucOf, type Calibration, calibrationOf, clusteredMean, lostShare, type Seen, topDecileLift, z95, z99 } from "./skill.ts";

/**
 * Whether something can be learned at all: from the earlier months, as their outcomes were known when the later ones began, and tried on the
 * later ones. What does not pass is declined, with the figures that say why.
 */
export type Verdict = {
  readonly hazard: Hazard | null;
  readonly declined: Declined | null;
  readonly validation: Validation | null;
  /** What was learned from the earlier months, and the UTC day of the first month's end that it was tried on. */
  readonly trial: Trial | null;
};
export type Trial = { readonly early: Hazard; readonly from: number };

export type Declined =
  | { readonly reason: "too_few_losses"; readonly losses: number; readonly needed: number }
  | { readonly reason: "history_too_short"; readonly losses: number; readonly testLossesNeeded: number }
  | { readonly reason: "nothing_measured" }
  | Flaw;
export type Flaw = { readonly reason: "no_ranking_skill" | "no_better_than_base_rate" | "miscalibrated" };

export type Validation = NonNullable<ReturnType<typeof tryOn>>;

/** @param segments that get a level of their own (`learnHazard`) */
export function learnAndTry(rows: readonly Row[], segments: Hazard["segments"] = []): Verdict {
  const losses = lossesIn(rows);
  const nothing = { hazard: null, validation: null, trial: null };
  if (losses < riskLossesMin) return { ...nothing, declined: { reason: "too_few_losses", losses, needed: riskLossesMin } };
  const from = testFrom(rows);
  if (from === null) return { ...nothing, declined: { reason: "history_too_short", losses, testLossesNeeded: riskTestLossesMin } };
  const early = learnHazard(rowsKnownOn(rows, from), segments);
  if (early === null) return { ...nothing, declined: { reason: "nothing_measured" } };
  const trial = { early, from };
  const validation = tryOn(trial, rows);
  if (validation === null) return { ...nothing, declined: { reason: "history_too_short", losses, testLossesNeeded: riskTestLossesMin } };
  const flaw = flawOf(validation);
  if (flaw !== null) return { hazard: null, declined: flaw, validation, trial };
  const hazard = learnHazard(rows, segments);
  return { hazard, declined: hazard === null ? { reason: "nothing_measured" } : null, validation, trial };
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

/** How what was learned from the earlier months did on the later months of these accounts; null where of fewer than two anything is known then. */
export function tryOn({ early, from }: Trial, rows: readonly Row[]) {
  const earlier = rowsKnownOn(rows, from);
  const later = rows.filter(({ day }) => day >= from);
  const risk = (row: Row): number => probabilityOf(early, row).probability;
  const seen = seenOf(later, risk);
  const told = foretold(early, later);
  if (accountsIn(told) < 2) return null;
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
    /** By the band that the score lay in. */
    bands: bands.flatMap((band) => {
      const own = foretoldShare(
        seenOf(
          later.filter((row) => row.band === band),
          risk,
        ),
      );
      return own === null ? [] : [{ band, ...own }];
    }),
  };
}

/** What speaks against a forecast; null: nothing. */
export function flawOf({ auc, gain, calibration }: Validation): Flaw | null {
  if (auc === null || auc.low <= 0.5) return { reason: "no_ranking_skill" };
  if (gain.value <= 0) return { reason: "no_better_than_base_rate" };
  return isOff(calibration) ? { reason: "miscalibrated" } : null;
}

/** What shows a forecast to be wrong about accounts that are too few to show it right. */
export function contradictionOf({ auc, calibration }: Validation): Flaw | null {
  if (auc !== null && auc.high < 0.5) return { reason: "no_ranking_skill" };
  return isOff(calibration) ? { reason: "miscalibrated" } : null;
}

const isOff = ({ low, high }: Calibration): boolean => low > riskCalibration.max || high < riskCalibration.min;

/** Rows by foretold risk, the least first: what was foretold on average, and what came. */
export function decilesOf(seen: readonly Seen[]) {
  const sorted = [...seen].sort((a, b) => a.risk - b.risk);
  return Array.from({ length: 10 }, (_, i) =>
    foretoldShare(sorted.slice(Math.floor((i * sorted.length) / 10), Math.floor(((i + 1) * sorted.length) / 10))),
  ).flatMap((one) => one ?? []);
}

function foretoldShare(seen: readonly Seen[]) {
  const observed = lostShare(seen);
  return observed === null ? null : { foretold: seen.reduce((sum, { risk }) => sum + risk, 0) / seen.length, observed };
}
