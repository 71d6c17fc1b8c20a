import type { MeasureSpec, Scorecard } from "../config/scorecard.ts";

/** Outermost of a measure's own anchors: its values are kept on the line from one span before them to one span behind. */
export type Line = { readonly first: number; readonly last: number };
export const lineOf = (anchors: MeasureSpec["anchors"]): Line => ({ first: anchors[0]?.value ?? 0, last: anchors.at(-1)?.value ?? 1 });

/** The line of a measure, and at which shares of the accounts its anchors are drawn. */
export type DrawnAt = Line & { readonly shares: readonly number[] };

/** Null: the scorecard has no such measure, or does not ask for its anchors to be drawn. */
export function drawnAt(scorecard: Scorecard | undefined, measure: string): DrawnAt | null {
  const spec = scorecard?.dimensions.flatMap(({ measures }) => measures).find(({ key }) => key === measure);
  const shares = spec?.fromOthers?.anchors?.shares;
  return spec === undefined || shares === undefined ? null : { ...lineOf(spec.anchors), shares };
}
