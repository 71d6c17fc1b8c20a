import type { Scorecard } from "../config/scorecard.ts";
import { type Anchors, scoreOf } from "./anchors.ts";
import type { Band, HealthDocument, MeasureResult } from "./document.ts";

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
  /** What keeps the band whatever the measures do: an override, a cap by its key, too little confidence. */
  readonly heldBy: { readonly kind: "override" | "confidence" } | { readonly kind: "cap"; readonly cap: string } | null;
};

/**
 * Exact, because shares do not depend on values: a measure with the share W lifts the score by W for each point of its own.
 * Null where there is no score, or no better band.
 *
 * @param document as evaluated with `scorecard`
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
  const steps = document.dimensions.flatMap(({ measures }) =>
    measures.flatMap((measure) => stepOf(measure, anchorsOf.get(measure.key), points)),
  );
  return steps.reduce<NextBand["step"]>(
    (best, step) => (best === null || step.scoreTo - step.scoreFrom < best.scoreTo - best.scoreFrom ? step : best),
    null,
  );
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
