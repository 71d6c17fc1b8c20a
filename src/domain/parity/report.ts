import { z } from "zod";
import { hash32 } from "../hash.ts";
import { parityDifferencesPerAccount, parityDifferencesShown, parityNightsPerRound } from "../limits.ts";
import { dayOf } from "../time.ts";
import type { Difference } from "./compare.ts";
import type { NotChecked } from "./messages.ts";

const value = z.union([z.string(), z.number(), z.null()]);
const count = z.number().int().nonnegative();

/**
 * What one nightly check has found. `differencesTotal` counts all figures that differ; `differences` lists some of each account, and of all accounts
 * together at most `parityDifferencesShown`.
 */
export const ParityReportSchema = z.object({
  layout: z.literal(1),
  period: z.string(),
  /** When it ended, epoch ms. */
  at: z.number(),
  /** Accounts compared; of these recomputed from their first line; and those that were not compared, by why. */
  accounts: z.object({
    checked: count,
    fromFirstLine: count,
    differing: count,
    setAside: count,
    merged: count,
    tooLarge: count,
    /** Compared in part: too large to be compared at once. Not in reports of older code. */
    inPart: count.default(0),
    /** There were more lines to fold than one run may. */
    left: count,
  }),
  /** Archived lines folded. */
  lines: count,
  /** Accounts of which the scores were compared. */
  scores: count,
  /**
   * Days of lines of daily scores that were compared, and those that are behind what is known now: no difference, as their accounts are told to
   * make them anew. Not in reports of older code.
   */
  scoreDays: z.object({ compared: count, stale: count }).default({ compared: 0, stale: 0 }),
  /** Accounts of which the ids were compared. */
  ids: count.default(0),
  /** Deliveries of archived lines that were looked for in the raw archive, and those that are not there. */
  deliveries: z.object({ looked: count, missing: count }),
  differencesTotal: count,
  differences: z.array(z.object({ account: z.string(), figure: z.string(), live: value, recomputed: value })).max(parityDifferencesShown),
});
export type ParityReport = z.infer<typeof ParityReportSchema>;

/** `equal`: everything that was compared agrees. */
export type ParityVerdict = "equal" | "different";
export const verdictOf = ({ differencesTotal }: Pick<ParityReport, "differencesTotal">): ParityVerdict =>
  differencesTotal === 0 ? "equal" : "different";

/** A part of a report; parts add up in any order. */
export type ParityPart = Omit<ParityReport, "layout" | "period" | "at">;

export const nothingChecked: ParityPart = {
  accounts: { checked: 0, fromFirstLine: 0, differing: 0, setAside: 0, merged: 0, tooLarge: 0, inPart: 0, left: 0 },
  lines: 0,
  scores: 0,
  scoreDays: { compared: 0, stale: 0 },
  ids: 0,
  deliveries: { looked: 0, missing: 0 },
  differencesTotal: 0,
  differences: [],
};

export function addParts(one: ParityPart, other: ParityPart): ParityPart {
  const { accounts, deliveries } = other;
  return {
    accounts: {
      checked: one.accounts.checked + accounts.checked,
      fromFirstLine: one.accounts.fromFirstLine + accounts.fromFirstLine,
      differing: one.accounts.differing + accounts.differing,
      setAside: one.accounts.setAside + accounts.setAside,
      merged: one.accounts.merged + accounts.merged,
      tooLarge: one.accounts.tooLarge + accounts.tooLarge,
      inPart: one.accounts.inPart + accounts.inPart,
      left: one.accounts.left + accounts.left,
    },
    lines: one.lines + other.lines,
    scores: one.scores + other.scores,
    scoreDays: {
      compared: one.scoreDays.compared + other.scoreDays.compared,
      stale: one.scoreDays.stale + other.scoreDays.stale,
    },
    ids: one.ids + other.ids,
    deliveries: { looked: one.deliveries.looked + deliveries.looked, missing: one.deliveries.missing + deliveries.missing },
    differencesTotal: one.differencesTotal + other.differencesTotal,
    differences: [...one.differences, ...other.differences].slice(0, parityDifferencesShown),
  };
}

/** What one account adds. */
export const partOf = (
  differences: readonly Difference[],
  counts: Partial<Pick<ParityPart, "lines" | "scores" | "scoreDays" | "ids" | "deliveries">>,
  { isFull, isPart }: { readonly isFull: boolean; readonly isPart: boolean },
): ParityPart => ({
  ...nothingChecked,
  ...counts,
  accounts: {
    ...nothingChecked.accounts,
    checked: 1,
    fromFirstLine: isFull ? 1 : 0,
    differing: differences.length > 0 ? 1 : 0,
    inPart: isPart ? 1 : 0,
  },
  differencesTotal: differences.length,
  differences: differences.slice(0, parityDifferencesPerAccount),
});

const places = { set_aside: "setAside", merged: "merged", too_large: "tooLarge", left: "left" } as const;
export const notChecked = (why: NotChecked): ParityPart => ({
  ...nothingChecked,
  accounts: { ...nothingChecked.accounts, [places[why]]: 1 },
});

/** Accounts take turns: each is recomputed from its first line on one night of a round. The seed keeps the turns apart from where accounts lie. */
const turnSeed = 64;
/** Rises by one with each round of nights. */
export const roundOf = (at: number): number => Math.floor(dayOf(at) / parityNightsPerRound);
export const isItsTurn = (accountId: string, at: number): boolean =>
  hash32(accountId, turnSeed) % parityNightsPerRound === dayOf(at) % parityNightsPerRound;
