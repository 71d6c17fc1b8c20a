import type { Scorecard } from "../config/scorecard.ts";
import { type Anchors, scoreOf } from "./anchors.ts";
import type { Band, HealthDocument, MeasureResult } from "./document.ts";
import { type MeanPart, powerMean } from "./power-mean.ts";

/** The way to the next better band: how far it is, and the smallest single change that would lead there. */
export type NextBand = {
  readonly band: Band;
  /** Points of the score that are missing. */
  readonly points: number;
  /** The measure that needs the fewest points of its own 0 to 100; null: no single measure can do it, or something else stands in the way. */
  readonly step: {
    readonly measure: string;
    readonly title: string;
    readonly unit: string;
    /** Raw values. */
    readonly from: number;
    readonly to: number;
    readonly scoreFrom: number;
    readonly scoreTo: number;
  } | null;
  /** What keeps the band whatever the measures do: an override, a cap by its key, too little confidence; or the score is there, and the band not yet. */
  readonly heldBy: { readonly kind: "override" | "confidence" | "steadiness" } | { readonly kind: "cap"; readonly cap: string } | null;
};

/**
 * Exact, because shares do not depend on values: a measure with the share W lifts the score by W for each point of its own; in a power mean
 * the score that its dimension needs follows from the others'.
 * Null where there is no score, or no better band.
 *
 * @param document as evaluated with `scorecard`; its band may be the one that is held
 */
export function nextBand(document: HealthDocument, scorecard: Scorecard): NextBand | null {
  const { score, scoreBeforeCaps } = document;
  if (score === null || scoreBeforeCaps === null) return null;
  const { bands } = scorecard;
  const edges: readonly (readonly [Band, number])[] = [
    ["at_risk", bands.atRiskFrom],
    ["watch", bands.watchFrom],
    ["healthy", bands.healthyFrom],
  ];
  const shown = edges.findIndex(([band]) => band === document.band);
  const held = document.band === "not_enough_data" ? undefined : edges[shown + 1];
  if (held !== undefined && score >= held[1]) return { band: held[0], points: 0, step: null, heldBy: { kind: "steadiness" } };
  const next = edges.find(([, from]) => score < from);
  if (next === undefined) return null;
  const [band, from] = next;
  const heldBy = whatHolds(document, from, bands.confidenceMin);
  return { band, points: from - score, step: heldBy === null ? smallestStep(document, scorecard, from - scoreBeforeCaps) : null, heldBy };
}

function whatHolds({ override, confidence, caps }: HealthDocument, from: number, confidenceMin: number): NextBand["heldBy"] {
  if (override !== null) return { kind: "override" };
  if (confidence < confidenceMin) return { kind: "confidence" };
  const cap = caps.find(({ max }) => max < from);
  return cap === undefined ? null : { kind: "cap", cap: cap.key };
}

function smallestStep(document: HealthDocument, scorecard: Scorecard, points: number): NextBand["step"] {
  const anchorsOf = new Map(scorecard.dimensions.flatMap(({ measures }) => measures.map(({ key, anchors }) => [key, anchors] as const)));
  const parts = document.dimensions.map(({ score, measures }) => ({
    share: measures.reduce((sum, { effectiveWeight }) => sum + effectiveWeight, 0),
    score: score ?? 50,
  }));
  const { powerMeanExponent = 1 } = scorecard;
  const steps = document.dimensions.flatMap(({ measures }, d) => {
    const needed = pointsNeeded(parts, d, points, powerMeanExponent);
    return needed === null ? [] : measures.flatMap((measure) => stepOf(measure, anchorsOf.get(measure.key), needed));
  });
  return steps.reduce<NextBand["step"]>(
    (best, step) => (best === null || step.scoreTo - step.scoreFrom < best.scoreTo - best.scoreFrom ? step : best),
    null,
  );
}

/** Points, times its share, that a dimension must rise by to lift the whole by `points`; null: not even at 100. */
function pointsNeeded(parts: readonly MeanPart[], d: number, points: number, exponent: number): number | null {
  if (exponent === 1) return points;
  const { share, score } = parts[d] as MeanPart;
  const others = parts.reduce((sum, part, i) => (i === d ? sum : sum + part.share * part.score ** exponent), 0);
  const wanted = (powerMean(parts, exponent) + points) ** exponent - others;
  const scoreWanted = share > 0 ? (wanted / share) ** (1 / exponent) : Infinity;
  return scoreWanted > 100 ? null : share * (scoreWanted - score);
}

function stepOf(measure: MeasureResult, anchors: Anchors | undefined, points: number): NonNullable<NextBand["step"]>[] {
  const { key, title, unit, value, score, effectiveWeight } = measure;
  if (value === null || score === null || anchors === undefined || effectiveWeight <= 0) return [];
  const scoreTo = score + points / effectiveWeight;
  if (scoreTo > 100) return [];
  const to = nearestValue(value, scoreTo, anchors);
  return to === null ? [] : [{ measure: key, title, unit, from: value, to, scoreFrom: score, scoreTo }];
}

/** The value nearest to `value` whose score is at least `wanted`; null: none has it. */
function nearestValue(value: number, wanted: number, anchors: Anchors): number | null {
  const candidates = anchors.flatMap((high, i) => {
    const low = anchors[i - 1];
    if (low === undefined || low.score === high.score || wanted < Math.min(low.score, high.score)) return [];
    if (wanted > Math.max(low.score, high.score)) return [];
    return [low.value + ((high.value - low.value) * (wanted - low.score)) / (high.score - low.score)];
  });
  return candidates.reduce<number | null>(
    (best, one) => (best === null || Math.abs(one - value) < Math.abs(best - value) ? one : best),
    scoreOf(value, anchors) >= wanted ? value : null,
  );
}
