import type { RiskReport } from "./report.ts";

type Weights = NonNullable<RiskReport["weights"][number]["weights"]>;
type Weighable = { readonly key: string; readonly weight: number };

/** A scorecard's document as far as its weights go. */
export type WeighableScorecard = { readonly dimensions: readonly (Weighable & { readonly measures: readonly Weighable[] })[] };

/**
 * The scorecard with the proposed weights, in whole percents: of the whole for dimensions, of its dimension for a measure. What the proposal does
 * not name stays, and so do the measures of a dimension in which it changes none.
 */
export function withProposedWeights<Scorecard extends WeighableScorecard>(scorecard: Scorecard, weights: Weights): Scorecard {
  const proposed = new Map(weights.map((dimension) => [dimension.key, dimension]));
  const dimensions = scorecard.dimensions.map((dimension) => {
    const found = proposed.get(dimension.key);
    if (found === undefined) return dimension;
    const inside = new Map(found.measures.map((measure) => [measure.key, Math.round((100 * measure.proposed) / found.proposed)]));
    const isWeighed = found.proposed > 0 && found.measures.some(({ kept }) => kept === null);
    const measures = dimension.measures.map((measure) =>
      isWeighed ? { ...measure, weight: inside.get(measure.key) ?? measure.weight } : measure,
    );
    return { ...dimension, weight: Math.round(found.proposed * 100), measures };
  });
  return { ...scorecard, dimensions };
}
