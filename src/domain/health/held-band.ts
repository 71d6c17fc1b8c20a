import type { Scorecard } from "../config/scorecard.ts";
import type { SideReading } from "./account-health.ts";
import { type Band, bands as order, type HealthDocument } from "./document.ts";

/**
 * The band that is shown, and what speaks against it. Unlike everything else about a score it depends on when one looked, so it is
 * remembered and not computed anew from the facts.
 */
export type HeldBand = {
  readonly band: Band;
  /** Epoch ms. */
  readonly since: number;
  /** Since when the score lies, without a break, outside the band that is shown; null: it does not. */
  readonly leftAt: number | null;
  /** It is a person's, by an override. */
  readonly isOverride?: boolean;
};

/**
 * A band changes when the score has crossed its edge by `points`, when it was outside for `holdMs`, or at once by a cap that lowers it, by an
 * override that begins or ends, or where there was or is too little data. So a score that trembles at an edge does not flap.
 *
 * @param document evaluated at `document.asOf`; its band is what the cuts alone say
 * @param held what was shown until then; null: nothing was
 */
export function holdBand(held: HeldBand | null, document: HealthDocument, { bands }: Scorecard): HeldBand {
  const { band, asOf } = document;
  const isOverride = document.override !== null;
  const byWhom = isOverride ? { isOverride } : {};
  const wasOverride = held?.isOverride === true;
  if (held === null) return { band, since: asOf, leftAt: null, ...byWhom };
  if (band === held.band)
    return held.leftAt === null && wasOverride === isOverride ? held : { band, since: held.since, leftAt: null, ...byWhom };
  const leftAt = Math.min(held.leftAt ?? asOf, asOf);
  const isLeftLong = asOf - leftAt >= bands.steadiness.holdMs;
  // What a person said ends with the override: steadiness is of scores.
  if (isLeftLong || wasOverride || isDecisive(held.band, document, bands)) return { band, since: asOf, leftAt: null, ...byWhom };
  return held.leftAt === leftAt ? held : { ...held, leftAt };
}

/** Bands that are held for scorecards beside the account's own, by their keys: at most `sideScorecardsMax`. */
export type HeldBeside = ReadonlyMap<string, HeldBand>;

/**
 * The same for each scorecard beside the account's own, by itself. One that is beside it no more is forgotten: should it come back, its band
 * begins anew.
 */
export const holdBeside = (held: HeldBeside, sides: readonly SideReading[]): HeldBeside =>
  new Map(sides.map(({ key, scorecard, health }) => [key, holdBand(held.get(key) ?? null, health, scorecard)]));

/** With the bands that are held. */
export const shownBeside = (held: HeldBeside, sides: readonly SideReading[]): readonly SideReading[] =>
  sides.map((side) => ({ ...side, health: { ...side.health, band: held.get(side.key)?.band ?? side.health.band } }));

/** When a band that is being left gives way if nothing else happens, epoch ms; null: it is not being left. */
export const bandGivesWayAt = ({ leftAt }: HeldBand, { bands }: Scorecard): number | null =>
  leftAt === null ? null : leftAt + bands.steadiness.holdMs;

/** What is shown against what the score alone would have: the band it would, and when that follows if nothing else happens. */
export type WaitingBand = { readonly band: Band; /** Epoch ms. */ readonly at: number };

/** Null where the band that is shown is the score's own. */
export function waitingBand(shown: HeldBand, document: HealthDocument, scorecard: Scorecard): WaitingBand | null {
  const at = bandGivesWayAt(shown, scorecard);
  return at === null || shown.band === document.band ? null : { band: document.band, at };
}

function isDecisive(shown: Band, document: HealthDocument, bands: Scorecard["bands"]): boolean {
  const { score, caps, override, scoreBeforeCaps, computedScore } = document;
  const isCapped = caps.length > 0 && scoreBeforeCaps !== computedScore;
  const isLowered = isCapped && order.indexOf(document.band) > order.indexOf(shown);
  if (override !== null || isLowered || score === null) return true;
  // Too little known must not look like a verdict for a day, nor enough of it be withheld.
  if (shown === "not_enough_data" || document.band === "not_enough_data") return true;
  const { points } = bands.steadiness;
  const { from, to } = rangeOf(shown, bands);
  return score <= from - points || score >= to + points;
}

/** Scores of a band, half-open. */
function rangeOf(band: Exclude<Band, "not_enough_data">, bands: Scorecard["bands"]): { readonly from: number; readonly to: number } {
  switch (band) {
    case "healthy":
      return { from: bands.healthyFrom, to: Infinity };
    case "watch":
      return { from: bands.watchFrom, to: bands.healthyFrom };
    case "at_risk":
      return { from: bands.atRiskFrom, to: bands.watchFrom };
    case "critical":
      return { from: -Infinity, to: bands.atRiskFrom };
  }
}
