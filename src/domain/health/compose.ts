import type { Scorecard } from "../config/scorecard.ts";
import { ownValue } from "../own-value.ts";
import type { Band, DimensionResult, HealthDocument, MeasureResult, StandingVerdict } from "./document.ts";
import { meanSlopes } from "./power-mean.ts";
import type { Reading } from "./reading.ts";
import { shareOut } from "./share-out.ts";

/** Something is measured, and nothing that is required is missing. */
export function isScorable(dimensions: readonly { readonly readings: readonly Reading[] }[]): boolean {
  const readings = dimensions.flatMap((dimension) => dimension.readings);
  return (
    readings.some(({ measured }) => measured.value !== null) &&
    !readings.some(({ spec, measured }) => measured.value === null && spec.missing === "required")
  );
}

/** What a measure without a value counts as; null: its weight is shared out. */
const filledScore = ({ spec, score }: Reading): number | null =>
  score ?? (spec.missing === "neutral" ? 50 : spec.missing === "worst" ? 0 : null);

/** What a document is made of: the measures as they were read, and what stands beside them. */
type Parts = {
  readonly scorecard: Scorecard;
  readonly lent: NonNullable<Scorecard["lent"]>;
  readonly at: number;
  readonly watermarks: Readonly<Record<string, number>>;
  readonly dimensions: readonly (Scorecard["dimensions"][number] & { readonly readings: readonly Reading[] })[];
  readonly flags: readonly { readonly key: string; readonly title: string; readonly since: number }[];
  readonly isScored: boolean;
  readonly override: StandingVerdict | null;
  readonly opinion: StandingVerdict | null;
};

/** Shares weights out over what is known, adds up, and caps. Pure arithmetic: it reads no facts. */
export function toDocument(parts: Parts): HealthDocument {
  const { scorecard, lent, at, watermarks, dimensions, flags: raised, isScored, override, opinion } = parts;
  const shares = shareOut(
    dimensions.map(({ weight, readings }) => ({
      weight,
      measures: readings.map((one) => ({
        weight: one.spec.weight,
        freshness: !isScored || filledScore(one) === null ? null : one.score === null ? 1 : one.freshness,
      })),
    })),
  );
  const allWeights = dimensions.reduce((sum, { weight }) => sum + weight, 0);
  const prices = pricesOf(dimensions, shares, scorecard.powerMeanExponent);
  let sum = 0;
  let sharesGiven = 0;
  let confidence = 0;
  const results: DimensionResult[] = dimensions.map(({ key, title, weight, readings }, d) => {
    const inside = readings.reduce((total, one) => total + one.spec.weight, 0);
    const price = prices[d] ?? 1;
    let points = 0;
    let share = 0;
    let gained = 0;
    const measureResults = readings.map((one, m): MeasureResult => {
      const effectiveWeight = shares[d]?.[m] ?? 0;
      const filled = filledScore(one);
      const contribution = filled === null ? 0 : price * effectiveWeight * (filled - 50);
      gained += contribution;
      points += effectiveWeight * (filled ?? 0);
      share += effectiveWeight;
      if (one.score !== null) confidence += (weight / allWeights) * (one.spec.weight / inside) * one.freshness * one.completeness;
      const result = toMeasureResult(one, one.spec.weight / inside, effectiveWeight, {
        contribution,
        possible: price * effectiveWeight * 50,
      });
      const fromOthers = ownValue(lent, one.spec.key);
      return fromOthers === undefined ? result : { ...result, fromOthers };
    });
    sum += gained;
    sharesGiven += share;
    return {
      key,
      title,
      weight: weight / allWeights,
      score: share === 0 ? null : points / share,
      gained,
      couldHaveGained: price * share * 50 - gained,
      measures: measureResults,
    };
  });
  // Shares of shares: the last bit may round up.
  confidence = Math.min(1, confidence);
  const scoreBeforeCaps = sharesGiven === 0 ? null : Math.min(100, Math.max(0, 50 + sum));
  const caps = scorecard.caps
    .filter(({ flag }) => raised.some(({ key }) => key === flag))
    .map(({ key, title, max }) => ({ key, title, max }));
  const computedScore = scoreBeforeCaps === null ? null : Math.min(scoreBeforeCaps, ...caps.map(({ max }) => max));
  return {
    score: override?.value ?? computedScore,
    computedScore,
    scoreBeforeCaps,
    // A person who overrides knows enough: how thin the measures are says nothing about it.
    band: override === null ? bandOf(computedScore, confidence, scorecard) : bandOf(override.value, 1, scorecard),
    confidence,
    dimensions: results,
    caps,
    flags: raised,
    override,
    opinion,
    asOf: at,
    watermarks,
    scorecard: scorecard.version,
    configVersion: scorecard.configVersion,
  };
}

/** What a point of each dimension is worth, as a part of its share: 1 in the weighted mean. */
function pricesOf(
  dimensions: Parts["dimensions"],
  shares: readonly (readonly number[])[],
  exponent: number | undefined,
): readonly number[] {
  if (exponent === undefined) return [];
  const parts = dimensions.map(({ readings }, d) => {
    const own = shares[d] ?? [];
    const share = own.reduce((sum, one) => sum + one, 0);
    const points = readings.reduce((sum, one, m) => sum + (own[m] ?? 0) * (filledScore(one) ?? 0), 0);
    return { share, score: share === 0 ? 50 : points / share };
  });
  const slopes = meanSlopes(parts, exponent);
  return parts.map(({ share }, d) => (share === 0 ? 1 : (slopes[d] ?? 0) / share));
}

function toMeasureResult(
  { spec, unit, window, measured, score, freshness, completeness, isStale, waitsFor = [], sendersUpToDate = 0 }: Reading,
  weight: number,
  effectiveWeight: number,
  { contribution, possible }: Pick<MeasureResult, "contribution" | "possible">,
): MeasureResult {
  const status = measured.value === null ? "missing" : isStale ? "stale" : "ok";
  const note = status === "stale" && freshness === 0 ? "Too old to count." : measured.note;
  return {
    key: spec.key,
    title: spec.title,
    value: measured.value,
    unit,
    score,
    weight,
    effectiveWeight,
    contribution,
    possible,
    asOf: measured.value === null ? null : measured.asOf,
    window,
    freshness,
    completeness,
    status,
    ...(waitsFor.length > 0 && { waitsFor }),
    ...(sendersUpToDate > 0 && { sendersUpToDate }),
    ...(note === undefined ? {} : { note }),
  };
}

/** Too little known is a band of its own: it must not look green. */
function bandOf(score: number | null, confidence: number, { bands }: Scorecard): Band {
  if (score === null || confidence < bands.confidenceMin) return "not_enough_data";
  if (score >= bands.healthyFrom) return "healthy";
  if (score >= bands.watchFrom) return "watch";
  return score >= bands.atRiskFrom ? "at_risk" : "critical";
}
