import { riskLossesMin } from "../limits.ts";
import { lossesIn, type Row, rowsKnownOn } from "./rows.ts";
import { testFrom } from "./validate.ts";
import { type DimensionWeight, learnWeights, weightsGain } from "./weights.ts";

/** A scorecard as far as its weights go, and the rows of the accounts that it judges. */
export type Weighed = {
  readonly scorecard: string;
  readonly dimensions: readonly { readonly key: string; readonly title: string; readonly weight: number }[];
};

/**
 * Other weights for the dimensions of one scorecard, if such learned from the earlier months told the losses of the later ones better than its
 * own. What is proposed is then learned from all months. Weights are shares of the whole, 0..1; at least `riskLossesMin` losses are needed.
 */
export function proposeWeights({ scorecard, dimensions }: Weighed, rows: readonly Row[]) {
  const losses = lossesIn(rows);
  const total = dimensions.reduce((sum, { weight }) => sum + weight, 0);
  const base = { scorecard, rows: rows.length, losses };
  const kept = (why: Kept, gain: ReturnType<typeof weightsGain> = null) => ({ ...base, kept: why, gain, weights: null });
  if (losses < riskLossesMin) return kept("too_few_losses");
  const from = testFrom(rows);
  if (from === null) return kept("history_too_short");
  const earlier = rowsKnownOn(rows, from);
  const early = learnWeights(earlier, dimensions);
  if (!early.ok) return kept(early.error);
  const gain = weightsGain(earlier, rows.filter(({ day }) => day >= from), dimensions, early.value); // prettier-ignore
  if (gain === null || gain.low <= 0) return kept("no_better_than_own", gain);
  const found = learnWeights(rows, dimensions);
  if (!found.ok) return kept(found.error, gain);
  const proposed = rounded(found.value);
  const weights = dimensions.map(({ key, title, weight }) => ({
    key,
    title,
    own: weight / total,
    proposed: proposed.find((one) => one.key === key)?.weight ?? 0,
  }));
  return { ...base, kept: null, gain, weights };
}

export type Kept = "too_few_losses" | "history_too_short" | "nothing_measured" | "no_relation" | "no_better_than_own";

/** To whole percents: more is not known. */
const rounded = (weights: readonly DimensionWeight[]): readonly DimensionWeight[] =>
  weights.map(({ key, weight }) => ({ key, weight: Math.round(weight * 100) / 100 }));
