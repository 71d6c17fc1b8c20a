import { rollupLeftOutShown } from "../limits.ts";
import type { Band } from "./document.ts";

/** A child as lists know it. */
export type Child = {
  readonly id: string;
  readonly name: string | null;
  readonly score: number | null;
  readonly band: Band;
  readonly arrMinor: number | null;
  readonly currency: string | null;
  /** A part of its ARR has no rate. */
  readonly isUnconverted: boolean;
};

/** Why a child has no part in the mean. */
type LeftOut = { readonly id: string; readonly name: string | null; readonly why: "no_score" | "no_arr" | "no_rate" | "other_currency" };

/** A parent as its children make it. Scores are those that are shown, overrides among them. */
export type Rollup = {
  /** Mean of the children's scores, weighed by their ARR; null while no child has both. */
  readonly score: number | null;
  readonly accounts: number;
  /** Children that have a part in it. */
  readonly weighed: number;
  readonly currency: string | null;
  /** The child with the lowest score, whatever its ARR. */
  readonly worst: { readonly id: string; readonly name: string | null; readonly score: number } | null;
  readonly leftOutAccounts: number;
  /** At most `rollupLeftOutShown` of them. */
  readonly leftOut: readonly LeftOut[];
};

/**
 * The ARR-weighted mean of the children and the worst of them (HEALTH-MODEL: parent). A child with too little data has a score that nobody
 * should believe, so it has none here. ARR is told in the reporting currency. While that has just changed, lists hold amounts of two: those of
 * the currency that most children have are weighed, the others are left out by name.
 *
 * Children are those of one generation with their own scores: a grandchild has its part in its parent's roll-up alone, and accounts
 * that name each other as parents make no circle.
 *
 * @param total of all children, where more exist than are given: the ones beyond have no part
 */
export function rollUp(children: readonly Child[], total: number): Rollup | null {
  if (total === 0) return null;
  const currency = mostCommon(children.filter(isWeighable).map((child) => child.currency ?? ""));
  const weighed = children.filter((child) => isWeighable(child) && (child.currency ?? "") === currency);
  const arr = weighed.reduce((sum, { arrMinor }) => sum + (arrMinor ?? 0), 0);
  const points = weighed.reduce((sum, { arrMinor, score }) => sum + (arrMinor ?? 0) * (score ?? 0), 0);
  const leftOut = children
    .filter((child) => !weighed.includes(child))
    .map((child) => ({ id: child.id, name: child.name, why: whyLeftOut(child) }));
  return {
    score: weighed.length === 0 ? null : points / arr,
    accounts: total,
    weighed: weighed.length,
    currency: weighed.length === 0 ? null : currency,
    worst: worstOf(children),
    leftOutAccounts: total - weighed.length,
    leftOut: leftOut.slice(0, rollupLeftOutShown),
  };
}

const hasScore = ({ score, band }: Child): boolean => score !== null && band !== "not_enough_data";
const hasArr = ({ arrMinor, currency }: Child): boolean => arrMinor !== null && arrMinor > 0 && currency !== null;
const isWeighable = (child: Child): boolean => hasScore(child) && hasArr(child);
const whyLeftOut = (child: Child): LeftOut["why"] =>
  !hasScore(child) ? "no_score" : child.isUnconverted ? "no_rate" : !hasArr(child) ? "no_arr" : "other_currency";

/** Of equally common ones the first by name, so that the answer is the same each time. */
function mostCommon(words: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]?.[0] ?? null;
}

function worstOf(children: readonly Child[]): Rollup["worst"] {
  let worst: Rollup["worst"] = null;
  for (const child of children) {
    const { id, name, score } = child;
    if (score !== null && hasScore(child) && (worst === null || score < worst.score)) worst = { id, name, score };
  }
  return worst;
}
