/** A measure as sharing sees it; `freshness` null: it has no value and gives its weight away. */
export type Sharer = { readonly weight: number; readonly freshness: number | null };
export type SharingDimension = { readonly weight: number; readonly measures: readonly Sharer[] };

/**
 * Final share of the whole per measure; all of them sum to 1, or all are 0 when nothing has any freshness.
 *
 * A missing measure gives its weight to the others of its dimension, a dimension without any measure to the other dimensions.
 * A stale one fades with its freshness, and its dimension fades in the same part, so that nothing jumps when the last bit of it
 * is dropped: dimension part = weight · Σ w·f ÷ Σ w over its measured ones.
 */
export function shareOut(dimensions: readonly SharingDimension[]): readonly (readonly number[])[] {
  const raw = dimensions.map(({ weight, measures }) => {
    const measured = measures.reduce((sum, measure) => (measure.freshness === null ? sum : sum + measure.weight), 0);
    return measures.map((measure) => (measured === 0 ? 0 : (weight * measure.weight * (measure.freshness ?? 0)) / measured));
  });
  const total = raw.reduce((sum, shares) => sum + shares.reduce((inner, share) => inner + share, 0), 0);
  return total === 0 ? raw : raw.map((shares) => shares.map((share) => share / total));
}
