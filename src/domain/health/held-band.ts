import type { Scorecard } from "../config/scorecard.ts";
import { bandsSetDownMax } from "../limits.ts";
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
  /** By which it was looked at last. Absent in what older code stored. */
  readonly rules?: RulesName;
  /** Bands of rules that gave way to others, the newest first, at most `bandsSetDownMax`. Absent: none. */
  readonly setDown?: readonly SetDownBand[];
};

/** Rules by when they came into force, epoch ms (0: they always were), and by the content of what people wrote. */
export type RulesName = { readonly since: number; readonly written: number };

/** What was held when other rules took its place, at `at` (epoch ms): it goes on where they come back within the time of steadiness. */
export type SetDownBand = Omit<HeldBand, "rules" | "setDown"> & { readonly rules: RulesName; readonly at: number };

/**
 * The rules in force when one looks. `former`: what the rules in force since then say of the same facts at the same instant; null where they
 * cannot be had.
 */
export type BandRules = RulesName & { readonly former: (since: number) => Band | null };

/**
 * A band changes when the score has crossed its edge by `points`, when it was outside for `holdMs`, or at once by a cap that lowers it, by an
 * override that begins or ends, or where there was or is too little data. So a score that trembles at an edge does not flap.
 *
 * All this is for what customers do. Where other rules are in force and say another band than those before them of the same facts, the band
 * is that of the score at once, as if it were looked at for the first time. Rules that come back find the band that they left.
 *
 * @param document evaluated at `document.asOf`; its band is what the cuts alone say
 * @param held what was shown until then; null: nothing was
 */
export function holdBand(held: HeldBand | null, document: HealthDocument, scorecard: Scorecard, rules: BandRules): HeldBand {
  const { since, written } = rules;
  const named = { since, written };
  if (held === null) return { ...firstBand(document), rules: named };
  const { asOf } = document;
  const setDown = (held.setDown ?? []).filter(({ at }) => asOf - at < scorecard.bands.steadiness.holdMs);
  const by = held.rules;
  if (by === undefined || by.since === since) return withRules(steadied(held, document, scorecard), named, setDown);

  const back = by.written === written ? undefined : setDown.find((one) => one.rules.written === written);
  const before = back ?? held;
  const next = isMovedByRules(before.rules ?? by, document, rules) ? firstBand(document) : steadied(before, document, scorecard);
  const others = setDown.filter((one) => one.rules.written !== written && one.rules.written !== by.written);
  const isLeft = by.written !== written && (next.band !== held.band || next.since !== held.since);
  return withRules(next, named, isLeft ? [{ ...bare(held), rules: by, at: asOf }, ...others].slice(0, bandsSetDownMax) : others);
}

/** Facts are the same for both, so that nothing but the rules can have done it. */
function isMovedByRules(before: RulesName, { band }: HealthDocument, { written, former }: BandRules): boolean {
  const said = former(before.since);
  return said === null ? before.written !== written : said !== band;
}

const bare = ({ band, since, leftAt, isOverride }: HeldBand): Omit<HeldBand, "rules" | "setDown"> => ({
  band,
  since,
  leftAt,
  ...(isOverride === true && { isOverride }),
});

const withRules = (held: HeldBand, rules: RulesName, setDown: readonly SetDownBand[]): HeldBand => ({
  ...bare(held),
  rules,
  ...(setDown.length > 0 && { setDown }),
});

const firstBand = ({ band, asOf, override }: HealthDocument): HeldBand => ({
  band,
  since: asOf,
  leftAt: null,
  ...(override !== null && { isOverride: true }),
});

/** By one and the same rules. */
function steadied(held: HeldBand, document: HealthDocument, { bands }: Scorecard): HeldBand {
  const { band, asOf } = document;
  const isOverride = document.override !== null;
  const wasOverride = held.isOverride === true;
  if (band === held.band) return { band, since: held.since, leftAt: null, ...(isOverride && { isOverride }) };
  const leftAt = Math.min(held.leftAt ?? asOf, asOf);
  const isLeftLong = asOf - leftAt >= bands.steadiness.holdMs;
  // What a person said ends with the override: steadiness is of scores.
  if (isLeftLong || wasOverride || isDecisive(held.band, document, bands)) return firstBand(document);
  return { ...held, leftAt };
}

/** Bands that are held for scorecards beside the account's own, by their keys: at most `sideScorecardsMax`. */
export type HeldBeside = ReadonlyMap<string, HeldBand>;

/**
 * The same for each scorecard beside the account's own, by itself. One that is beside it no more is forgotten: should it come back, its band
 * begins anew.
 */
export const holdBeside = (held: HeldBeside, sides: readonly SideReading[], rulesOf: (key: string) => BandRules): HeldBeside =>
  new Map(sides.map(({ key, scorecard, health }) => [key, holdBand(held.get(key) ?? null, health, scorecard, rulesOf(key))]));

/** Since when the rules are in force by which these bands were looked at, epoch ms: what those say may have to be known. */
export const rulesHeldBy = (held: readonly (HeldBand | null)[]): readonly number[] => [
  ...new Set(held.flatMap((one) => [one?.rules, ...(one?.setDown ?? []).map(({ rules }) => rules)].flatMap((rules) => rules?.since ?? []))),
];

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
