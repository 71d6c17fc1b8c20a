/** A dimension as a mean sees it: its share of the whole (all sum to 1) and its score, 0..100. */
export type MeanPart = { readonly share: number; readonly score: number };

/** (Σ w·D^p)^(1/p) with p in (0, 1]: the lower p, the less a good dimension makes up for a bad one; p = 1 is the weighted mean. */
export function powerMean(parts: readonly MeanPart[], exponent: number): number {
  return parts.reduce((sum, { share, score }) => sum + share * score ** exponent, 0) ** (1 / exponent);
}

/**
 * What a point of each dimension is worth in the power mean: its slope, averaged along the straight path from all at 50 to the scores. These
 * are the Aumann-Shapley prices, so Σ slope · (score − 50) = mean − 50 (Aumann and Shapley 1974, Values of Non-Atomic Games). For p = 1 they are the shares.
 *
 * The integral is summed by double-exponential quadrature (Takahasi and Mori 1974), as the slope grows without bound where a score ends at 0.
 * What rounding leaves goes to the dimension that is furthest from 50.
 */
export function meanSlopes(parts: readonly MeanPart[], exponent: number): readonly number[] {
  const slopes = parts.map(() => 0);
  for (const { rest, weight } of nodes) {
    const scores = parts.map(({ score }) => score + rest * (50 - score));
    const sum = parts.reduce((total, { share }, d) => total + share * (scores[d] as number) ** exponent, 0);
    const outer = weight * sum ** (1 / exponent - 1);
    for (const [d, { share }] of parts.entries())
      slopes[d] = (slopes[d] as number) + outer * share * (scores[d] as number) ** (exponent - 1);
  }
  const told = parts.reduce((sum, { score }, d) => sum + (slopes[d] as number) * (score - 50), 0);
  const furthest = parts.reduce(
    (best, { score, share }, d) => (share > 0 && Math.abs(score - 50) > Math.abs((parts[best] as MeanPart).score - 50) ? d : best),
    0,
  );
  const distance = (parts[furthest]?.score ?? 50) - 50;
  if (distance !== 0) slopes[furthest] = (slopes[furthest] as number) + (powerMean(parts, exponent) - 50 - told) / distance;
  return slopes;
}

/** Points of the path: `rest` is what is left of it, from 1 down to where a double can hardly tell it from 0; all weights sum to 1. */
const nodes: readonly { readonly rest: number; readonly weight: number }[] = (() => {
  const step = 1 / 16;
  const raw = Array.from({ length: 145 }, (_, i) => {
    const x = (i - 72) * step;
    const rest = 1 / (1 + Math.exp(Math.PI * Math.sinh(x)));
    const gone = 1 / (1 + Math.exp(-Math.PI * Math.sinh(x)));
    return { rest, weight: step * Math.PI * Math.cosh(x) * rest * gone };
  });
  const total = raw.reduce((sum, { weight }) => sum + weight, 0);
  return raw.map(({ rest, weight }) => ({ rest, weight: weight / total }));
})();
