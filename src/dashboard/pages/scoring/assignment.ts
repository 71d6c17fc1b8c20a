import type { ConfigKind, Portfolio, SegmentsDocument } from "../../api-types.ts";

/** Of whom nobody has said otherwise. */
const standardKey = "standard";

/** Who has a scorecard. `segments` has the portfolio's own values, null for accounts without one. */
export type Holders = {
  /** Everybody whose segment names no other. */
  readonly isDefault: boolean;
  readonly segments: readonly (string | null)[];
  readonly accounts: number;
};

/** Which accounts are scored by a scorecard, from the published segments and the book as it stands. */
export function holdersOf(key: string, segments: SegmentsDocument | null, portfolio: Pick<Portfolio, "segments">): Holders {
  const fallback = segments?.scorecard ?? standardKey;
  const named = new Map((segments?.segments ?? []).map((segment) => [segment.key, segment.scorecard ?? fallback]));
  const held = portfolio.segments.filter(({ segment }) => (segment === null ? fallback : (named.get(segment) ?? fallback)) === key);
  return {
    isDefault: fallback === key,
    segments: held.map(({ segment }) => segment),
    accounts: held.reduce((sum, { accounts }) => sum + accounts, 0),
  };
}

/**
 * Scorecards among some drafts that nobody has, with no draft of segments beside them that could give them to somebody.
 *
 * @param accountsOf how many accounts have a scorecard; null: not known
 */
export function nobodysOf<Draft extends { readonly kind: ConfigKind; readonly key: string }>(
  drafts: readonly Draft[],
  accountsOf: (key: string) => number | null,
): readonly Draft[] {
  if (drafts.some(({ kind }) => kind === "segments")) return [];
  return drafts.filter(({ kind, key }) => kind === "scorecards" && accountsOf(key) === 0);
}

const listed = (values: readonly unknown[]): string => values.map((value) => `“${String(value)}”`).join(" or ");

/** A condition of a segment as people say it. */
export function conditionText(condition: SegmentsDocument["segments"][number]["when"][number]): string {
  switch (condition.op) {
    case "is":
      return `${condition.attribute} is ${listed(condition.values)}`;
    case "is_not":
      return `${condition.attribute} is not ${listed(condition.values)}`;
    case "at_least":
      return `${condition.attribute} is at least ${condition.value}`;
    case "less_than":
      return `${condition.attribute} is less than ${condition.value}`;
    case "known":
      return `${condition.attribute} is known`;
    case "unknown":
      return `${condition.attribute} is not known`;
  }
}
