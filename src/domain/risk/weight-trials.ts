import { weightTrialsWonMin } from "../limits.ts";
import { latestThirdFrom } from "./cuts.ts";
import { accountsIn, lossesIn, type Row, rowsKnownOn } from "./rows.ts";
import { gainOf, type Mean } from "./skill.ts";
import { gainsOf, type PeriodGain, type Shares } from "./weights-gain.ts";
import { sampledOf, type WrittenWeights } from "./weight-sample.ts";
import { type LearnedDimension, learnWeights } from "./weights.ts";

/** In nats for each row, which is one account in one period of 30 days; `own` is the log-loss of the scorecard's own weights. */
export type Gain = Mean & { readonly rows: number; readonly own: number };

type Sample = { readonly rows: number; readonly accounts: number; readonly losses: number };

/** Weights learned from the months so far, as their outcomes were known then, tried on the months up to the next trial's. */
export type WeightTrial = {
  /** UTC days of the first and the last month's end that they were tried on. */
  readonly from: number;
  readonly to: number;
  readonly learnedFrom: Sample;
  readonly triedOn: Sample;
  /** What was learned; else why nothing was: the scorecard's own weights stood, and gained nothing. */
  readonly learned: readonly LearnedDimension[] | null;
  readonly kept: "nothing_measured" | "no_relation" | null;
  /** Null where fewer than two accounts are known in these months. */
  readonly gain: Gain | null;
};

/** What other weights gained in all trials together, and in the months of the latest third of the losses. */
export type Tried = { readonly trials: readonly WeightTrial[]; readonly gain: Gain | null; readonly latestGain: Gain | null };

/**
 * Tries other weights again and again, as they would have been in force.
 *
 * @param cuts UTC days of ends of months at which they are learned, rising (`cutsOf`)
 */
export function tryWeights(rows: readonly Row[], written: WrittenWeights, cuts: readonly number[]): Tried {
  const tried = cuts.map((from, i) => trialOf(rows, written, { from, next: cuts[i + 1] ?? Infinity }));
  const told = tried.flatMap((one) => one.told);
  const latestFrom = latestThirdFrom(rows) ?? Infinity;
  return {
    trials: tried.map(({ trial }) => trial),
    gain: gainIn(told),
    latestGain: gainIn(told.filter(({ day }) => day >= latestFrom)),
  };
}

/** In how many trials other weights told better what came, and how many that must be. */
export const winsIn = ({ trials }: Pick<Tried, "trials">): { readonly won: number; readonly needed: number } => ({
  won: trials.filter(({ gain }) => gain !== null && gain.value > 0).length,
  needed: Math.ceil(weightTrialsWonMin * trials.length),
});

/**
 * What speaks against other weights, by which nothing is proposed; null: nothing. `no_better_than_own`: in all trials together, or lately, as what
 * held and holds no more is not proposed; `not_steady`: they are better in all together, but by too few of them.
 */
export function objectionTo(tried: Tried): NonNullable<WeightTrial["kept"]> | "no_better_than_own" | "not_steady" | null {
  const { trials, gain, latestGain } = tried;
  if (trials.every(({ learned }) => learned === null)) return trials.at(-1)?.kept ?? "nothing_measured";
  if ((gain?.low ?? 0) <= 0 || (latestGain?.value ?? 0) <= 0) return "no_better_than_own";
  const { won, needed } = winsIn(tried);
  return won < needed ? "not_steady" : null;
}

function trialOf(
  rows: readonly Row[],
  written: WrittenWeights,
  { from, next }: { readonly from: number; readonly next: number },
): { readonly trial: WeightTrial; readonly told: readonly PeriodGain[] } {
  const earlier = rowsKnownOn(rows, from);
  const later = rows.filter(({ day }) => day >= from && day < next);
  const found = learnWeights(earlier, written, { draws: 0 });
  const own = ownShares(earlier, written);
  const gains = found.ok ? gainsOf(earlier, later, own, sharesOf(found.value)) : null;
  // Where nothing was learned the scorecard's own weights stood.
  const told = gains ?? gainsOf(earlier, later, own, own) ?? [];
  const trial = {
    from,
    to: later.reduce((last, { day }) => Math.max(last, day), from),
    learnedFrom: sampleOf(earlier),
    triedOn: sampleOf(later),
    learned: found.ok && gains !== null ? found.value : null,
    kept: found.ok ? (gains === null ? ("no_relation" as const) : null) : found.error,
    gain: gainIn(told),
  };
  return { trial, told };
}

const ownShares = (rows: readonly Row[], written: WrittenWeights): Shares =>
  new Map(sampledOf(rows, written).map(({ key, share }) => [key, share] as const));
const sharesOf = (learned: readonly LearnedDimension[]): Shares =>
  new Map(learned.flatMap(({ measures }) => measures.map(({ key, share }) => [key, share] as const)));

const sampleOf = (rows: readonly Row[]): Sample => ({ rows: rows.length, accounts: accountsIn(rows), losses: lossesIn(rows) });

const gainIn = (told: readonly PeriodGain[]): Gain | null =>
  accountsIn(told) < 2 ? null : { ...gainOf(told), own: told.reduce((sum, { own }) => sum + own, 0) / told.length };
