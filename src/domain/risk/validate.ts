import { bands } from "../health/document.ts";
import { riskCalibration, riskLossesMin, riskTestLossesMin } from "../limits.ts";
import { cutsOf, latestThirdFrom } from "./cuts.ts";
import { logLoss, periodCount } from "./logistic.ts";
import { baseHazard, foretold, type Hazard, learnHazard, probabilityOf } from "./model.ts";
import { accountPeriodsOf, accountsIn, lossesIn, type Row, rowsKnownOn, seenOf } from "./rows.ts";
import { aucOf, type Calibration, calibrationOf, gainOf, lostShare, type Seen, sure95, sure99, topDecileLift } from "./skill.ts";

/**
 * Whether something can be learned at all: learned from the months so far, as their outcomes were known then, and tried on those that came, again
 * and again, as it would have been in force. What does not pass is declined, with the figures that say why.
 */
export type Verdict = {
  readonly hazard: Hazard | null;
  readonly declined: Declined | null;
  readonly validation: Validation | null;
  readonly trial: Trial | null;
};
/** Models in the order of time, each with the UTC day of the first month's end that it was tried on; it was tried up to the next one's. */
export type Trial = {
  readonly models: readonly { readonly early: Hazard; readonly from: number }[];
  /** UTC day from which on the latest third of the losses lies ahead. */
  readonly latestFrom: number;
};

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
  const tooShort = { ...nothing, declined: { reason: "history_too_short", losses, testLossesNeeded: riskTestLossesMin } as const };
  const cuts = cutsOf(rows);
  if (cuts.length === 0) return tooShort;
  const models = cuts.map((from) => ({ early: learnHazard(rowsKnownOn(rows, from), segments), from })).filter(isLearned);
  if (models.length < cuts.length) return { ...nothing, declined: { reason: "nothing_measured" } };
  const trial = { models, latestFrom: Math.max(cuts[0] as number, latestThirdFrom(rows) ?? 0) };
  const validation = tryOn(trial, rows);
  if (validation === null) return tooShort;
  const flaw = flawOf(validation);
  if (flaw !== null) return { hazard: null, declined: flaw, validation, trial };
  const hazard = learnHazard(rows, segments);
  return { hazard, declined: hazard === null ? { reason: "nothing_measured" } : null, validation, trial };
}

const isLearned = <One extends { readonly early: Hazard | null }>(one: One): one is One & { readonly early: Hazard } => one.early !== null;

/** How what was learned did on the months of these accounts that came after; null where of fewer than two anything is known then. */
export function tryOn({ models, latestFrom }: Trial, rows: readonly Row[]) {
  const tried = models.map(({ early, from }, i): Tried => {
    const to = models[i + 1]?.from ?? Infinity;
    return { early, base: baseHazard(rowsKnownOn(rows, from)), rows: rows.filter(({ day }) => day >= from && day < to) };
  });
  const later = tried.flatMap((one) => one.rows);
  const told = tried.flatMap(periodsOf);
  if (accountsIn(told) < 2) return null;
  const latest = told.filter(({ day }) => day >= latestFrom);
  const riskBy = new Map(tried.flatMap(({ early, rows: own }) => own.map((row) => [row, probabilityOf(early, row).probability])));
  const seenIn = (some: readonly Row[]): readonly Seen[] => seenOf(some, (row) => riskBy.get(row) ?? 0);
  const known = rowsKnownOn(rows, models.at(-1)?.from ?? 0);
  return {
    /** UTC day of the first month's end that was tried. */
    from: later.reduce((first, { day }) => Math.min(first, day), Infinity),
    /** How many models were learned, one after the other; and what the last of them was learned from. */
    models: models.length,
    learnedFrom: { rows: known.length, accounts: accountsIn(known), losses: lossesIn(known) },
    triedOn: { rows: later.length, accounts: accountsIn(later), losses: lossesIn(later) },
    /** Of 30 days of one account each, of one that is lost in them and one that is not. It decides, so its interval is of 99 %: each month is one more try. */
    auc: aucOf(told, sure99),
    /** Of the score itself on the same. */
    aucOfScore: aucOf(
      told.map(({ score, isLost, account, model }) => ({ risk: -score, isLost, account, model })),
      sure95,
    ),
    /** What both are told of: so many times 30 days. */
    ranked: { rows: told.length, lost: told.filter(({ isLost }) => isLost).length, accounts: accountsIn(told) },
    /** Log-loss of the base rate less that of the model, in nats for each account and period: above 0, knowing the account helped. */
    gain: gainOf(told),
    /** The same of the months in which the latest third of the losses lies; null where nothing is known of them. */
    latestGain: latest.length === 0 ? null : gainOf(latest),
    calibration: calibrationOf(told),
    lift: topDecileLift(seenIn(later)),
    deciles: decilesOf(seenIn(later)),
    /** By the band that the score lay in. */
    bands: bands.flatMap((band) => {
      const own = foretoldShare(seenIn(later.filter((row) => row.band === band)));
      return own === null ? [] : [{ band, ...own }];
    }),
  };
}

type Tried = { readonly early: Hazard; readonly base: ReturnType<typeof baseHazard>; readonly rows: readonly Row[] };

/** The periods in which rows were under observation, with what the model and the base rate had foretold. */
function periodsOf({ early, base, rows }: Tried, model: number) {
  const of = accountPeriodsOf(rows, ({ score, day }) => Float64Array.of(score, day));
  const without = foretold(base, rows);
  return foretold(early, rows).map(({ odds, hazard, isLost, account }, i) => {
    const { period, features } = of[i] as (typeof of)[number];
    return {
      risk: odds,
      hazard,
      isLost,
      account,
      /** Other models, and other periods of the horizon, have other intercepts: what they say is not compared. */
      model: model * periodCount + period,
      score: features[0] as number,
      day: features[1] as number,
      gain: logLoss(without[i]?.odds ?? 0, isLost) - logLoss(odds, isLost),
    };
  });
}

/** What speaks against a forecast; null: nothing. */
export function flawOf({ auc, gain, latestGain, calibration }: Validation): Flaw | null {
  if (auc === null || auc.low <= 0.5) return { reason: "no_ranking_skill" };
  if (gain.value <= 0 || latestGain === null || latestGain.value <= 0) return { reason: "no_better_than_base_rate" };
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
