import type { Scorecard } from "../config/scorecard.ts";
import { bandStepsMax } from "../limits.ts";
import { type Anchors, scoreOf } from "./anchors.ts";
import type { Band, HealthDocument, MeasureResult } from "./document.ts";
import { type MeanPart, powerMean } from "./power-mean.ts";

/** A measure brought to another value. Values are raw. */
export type BandStep = {
  readonly measure: string;
  readonly title: string;
  readonly unit: string;
  readonly from: number;
  readonly to: number;
  readonly scoreFrom: number;
  readonly scoreTo: number;
};

/** The way to the next better band: how far it is, and the smallest single change that would lead there. */
export type NextBand = {
  readonly band: Band;
  /** Points of the score that are missing. */
  readonly points: number;
  /** The measure that needs the fewest points of its own 0 to 100; null: no single measure can do it, or something else stands in the way. */
  readonly step: BandStep | null;
  /**
   * Where no single measure can: the fewest that can together, who brings most first, each with its points of the score. All but the last are
   * brought to their best, the last as far as is needed. None where `bandStepsMax` do not suffice, or something else stands in the way.
   */
  readonly together: readonly (BandStep & { readonly points: number })[];
  /** What keeps the band whatever the measures do: an override, a cap by its key, too little confidence and why; or the score is there, and the band not yet. */
  readonly heldBy:
    | { readonly kind: "override" | "steadiness" }
    | { readonly kind: "confidence"; readonly cause: ConfidenceCause }
    | { readonly kind: "cap"; readonly cap: string }
    | null;
};

/**
 * Why confidence is too little, in the order in which it is asked: it would be enough if all that the sources sent could be counted (`partial`);
 * if they were up to date, too (`late`); not even then, as too little is measured (`unmeasured`).
 */
export const confidenceCauses = ["partial", "late", "unmeasured"] as const;
export type ConfidenceCause = (typeof confidenceCauses)[number];

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
  if (held !== undefined && score >= held[1]) return { band: held[0], points: 0, step: null, together: [], heldBy: { kind: "steadiness" } };
  const next = edges.find(([, from]) => score < from);
  if (next === undefined) return null;
  const [band, from] = next;
  const heldBy = whatHolds(document, from, bands.confidenceMin);
  if (heldBy !== null) return { band, points: from - score, step: null, together: [], heldBy };
  const way = wayOf(document, scorecard);
  const wanted = from - scoreBeforeCaps;
  // A best that meets the edge exactly has no room to go beyond.
  const step = smallestStep(way, wanted + beyondEdge) ?? smallestStep(way, wanted);
  return { band, points: from - score, step, together: step === null ? fewestBeyond(way, wanted) : [], heldBy };
}

/** Points that a step leads beyond the edge, so that a value put in its place is not kept below it by rounding. */
const beyondEdge = 1e-10;

/** That lead beyond the edge; where fewer meet it exactly, or none go beyond, those. */
function fewestBeyond(way: Way, wanted: number): NextBand["together"] {
  const [beyond, exact] = [fewestSteps(way, wanted + beyondEdge), fewestSteps(way, wanted)];
  return beyond.length === 0 || (exact.length > 0 && exact.length < beyond.length) ? exact : beyond;
}

function whatHolds(document: HealthDocument, from: number, confidenceMin: number): NextBand["heldBy"] {
  const { override, confidence, caps } = document;
  if (override !== null) return { kind: "override" };
  if (confidence < confidenceMin) return { kind: "confidence", cause: causeOf(document, confidenceMin) };
  const cap = caps.find(({ max }) => max < from);
  return cap === undefined ? null : { kind: "cap", cap: cap.key };
}

function causeOf({ dimensions }: HealthDocument, confidenceMin: number): ConfidenceCause {
  let [fresh, measured] = [0, 0];
  for (const dimension of dimensions)
    for (const { score, weight, freshness } of dimension.measures) {
      if (score === null) continue;
      fresh += dimension.weight * weight * freshness;
      measured += dimension.weight * weight;
    }
  return fresh >= confidenceMin ? "partial" : measured >= confidenceMin ? "late" : "unmeasured";
}

/** What can be raised, by dimension. */
type Raisable = MeasureResult & { readonly value: number; readonly score: number; readonly anchors: Anchors };
type Way = { readonly parts: readonly MeanPart[]; readonly raisable: readonly (readonly Raisable[])[]; readonly exponent: number };

function wayOf(document: HealthDocument, { dimensions, powerMeanExponent = 1 }: Scorecard): Way {
  const anchorsOf = new Map(dimensions.flatMap(({ measures }) => measures.map(({ key, anchors }) => [key, anchors] as const)));
  return {
    exponent: powerMeanExponent,
    parts: document.dimensions.map(({ score, measures }) => ({
      share: measures.reduce((sum, { effectiveWeight }) => sum + effectiveWeight, 0),
      score: score ?? 50,
    })),
    raisable: document.dimensions.map(({ measures }) =>
      measures.flatMap((measure) => {
        const { value, score, effectiveWeight } = measure;
        const anchors = anchorsOf.get(measure.key);
        return value === null || score === null || anchors === undefined || effectiveWeight <= 0
          ? []
          : [{ ...measure, value, score, anchors }];
      }),
    ),
  };
}

function smallestStep({ parts, raisable, exponent }: Way, points: number): BandStep | null {
  const steps = raisable.flatMap((measures, d) => {
    const needed = pointsNeeded(parts, d, points, exponent);
    return needed === null ? [] : measures.flatMap((measure) => stepTo(measure, measure.score + needed / measure.effectiveWeight));
  });
  return steps.reduce<BandStep | null>(
    (best, step) => (best === null || step.scoreTo - step.scoreFrom < best.scoreTo - best.scoreFrom ? step : best),
    null,
  );
}

const bestScore = ({ anchors }: Raisable): number => Math.max(...anchors.map(({ score }) => score));
/** Points, times its share, that a measure's dimension rises by when the measure is at its best. */
const gainOf = (measure: Raisable): number => measure.effectiveWeight * (bestScore(measure) - measure.score);
const raise = (parts: readonly MeanPart[], d: number, gain: number): MeanPart[] =>
  parts.map((part, i) => (i === d ? { share: part.share, score: Math.min(100, part.score + gain / part.share) } : part));

/**
 * Takes them by what each adds to Σ share · score^p, beside those of its dimension that were taken before. That falls along a dimension (greater
 * gains come first, and p ≤ 1), so no other choice of as many brings more, and none of fewer reaches the edge.
 */
function fewestSteps({ parts, raisable, exponent }: Way, points: number): NextBand["together"] {
  const wanted = powerMean(parts, exponent) + points;
  const added = raisable.flatMap((measures, d) => {
    const { share, score } = parts[d] as MeanPart;
    let reached = score;
    return measures
      .toSorted((a, b) => gainOf(b) - gainOf(a))
      .map((measure) => {
        const before = reached;
        reached = Math.min(100, before + gainOf(measure) / share);
        return { measure, d, adds: share * (reached ** exponent - before ** exponent) };
      });
  });
  const steps: (BandStep & { points: number })[] = [];
  let standing = parts;
  for (const { measure, d } of added.toSorted((a, b) => b.adds - a.adds).slice(0, bandStepsMax)) {
    const before = powerMean(standing, exponent);
    const needed = pointsNeeded(standing, d, wanted - before, exponent) ?? Infinity;
    const gain = Math.min(needed, gainOf(measure));
    standing = raise(standing, d, gain);
    const scoreTo = Math.min(bestScore(measure), measure.score + gain / measure.effectiveWeight);
    steps.push(...stepTo(measure, scoreTo).map((step) => ({ ...step, points: powerMean(standing, exponent) - before })));
    if (gain === needed) return steps;
  }
  return [];
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

/** None where the measure cannot have that score. */
function stepTo({ key, title, unit, value, score, anchors }: Raisable, scoreTo: number): BandStep[] {
  const to = scoreTo > 100 ? null : nearestValue(value, scoreTo, anchors);
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
