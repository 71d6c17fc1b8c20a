import type { Band, BandFlow, Health } from "../../api-types.ts";
import { countText, plural } from "../../format.ts";
import { bandWords } from "../../words.ts";

/** One account by two scorecards at about the same instant. Scores are computed ones; while an override stands, both bands are the override's. */
export type Comparison = {
  readonly before: number | null;
  readonly after: number | null;
  readonly difference: number | null;
  readonly bandBefore: Band;
  readonly bandAfter: Band;
  readonly changesBand: boolean;
  /** Points that each dimension brings more or less than before, the greatest first; those that move by less than they are shown are left out. */
  readonly reasons: readonly { readonly title: string; readonly points: number }[];
};

const shownPointsMin = 0.05;

export function compareReadings(before: Health, after: Health): Comparison {
  const difference = before.computedScore === null || after.computedScore === null ? null : after.computedScore - before.computedScore;
  return {
    before: before.computedScore,
    after: after.computedScore,
    difference,
    bandBefore: before.band,
    bandAfter: after.band,
    changesBand: before.band !== after.band,
    reasons: reasonsOf(before, after),
  };
}

function reasonsOf(before: Health, after: Health): Comparison["reasons"] {
  const gained = new Map(before.dimensions.map((dimension) => [dimension.key, dimension.gained]));
  const titles = new Map([...before.dimensions, ...after.dimensions].map((dimension) => [dimension.key, dimension.title]));
  const now = new Map(after.dimensions.map((dimension) => [dimension.key, dimension.gained]));
  return [...titles]
    .map(([key, title]) => ({ title, points: (now.get(key) ?? 0) - (gained.get(key) ?? 0) }))
    .filter(({ points }) => Math.abs(points) >= shownPointsMin)
    .sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
}

/** How many go from which band to which, the greatest number first. */
export function bandFlowsOf(comparisons: readonly Pick<Comparison, "bandBefore" | "bandAfter" | "changesBand">[]): BandFlow[] {
  const flows = new Map<string, BandFlow>();
  for (const { bandBefore: from, bandAfter: to, changesBand } of comparisons) {
    if (!changesBand) continue;
    const name = `${from} ${to}`;
    flows.set(name, { from, to, accounts: (flows.get(name)?.accounts ?? 0) + 1 });
  }
  return [...flows.values()].sort((a, b) => b.accounts - a.accounts);
}

/** How many of those that were tried would change band, in one sentence that says that these are not all; empty where nothing was compared. */
export function summaryText(comparisons: readonly Comparison[]): string {
  if (comparisons.length === 0) return "";
  const bands = bandFlowsOf(comparisons);
  return flowsText({ accounts: comparisons.length, changed: bands.reduce((sum, { accounts }) => sum + accounts, 0), bands }, " tried here");
}

/**
 * Flows of one band to itself are no change; the greatest is told first.
 *
 * @param which accounts these are, where they are not all
 */
export function flowsText(
  { accounts, changed, bands }: { accounts: number; changed: number; bands: readonly BandFlow[] },
  which = "",
): string {
  const among = `${plural(accounts, "account")}${which}`;
  if (changed === 0) return `None of ${among} changes band.`;
  const moved = bands.filter(({ from, to }) => from !== to).toSorted((a, b) => b.accounts - a.accounts);
  const each = moved.map((flow) => `${flow.accounts} from ${bandWords[flow.from].toLowerCase()} to ${bandWords[flow.to].toLowerCase()}`);
  return `${countText(changed)} of ${among} ${changed === 1 ? "changes" : "change"} band: ${each.join(", ")}.`;
}
