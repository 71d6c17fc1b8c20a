import { riskLossesMin, weightTrialsMin } from "../limits.ts";
import { cutsOf } from "./cuts.ts";
import { accountsIn, lossesIn, type Row } from "./rows.ts";
import { objectionTo, type Tried, tryWeights, type WeightTrial, winsIn } from "./weight-trials.ts";
import { type Bounds, learnWeights, type LearnedDimension, type LearnedMeasure } from "./weights.ts";

type Titled = { readonly key: string; readonly title: string; readonly weight: number };

/** A scorecard as far as its weights go. */
export type Weighed = {
  readonly scorecard: string;
  readonly dimensions: readonly (Titled & { readonly measures: readonly Titled[] })[];
};

/**
 * Other weights for the measures of one scorecard, if such learned from the months so far told the losses of the later ones better than its own:
 * in all trials together (an interval of 95 % above 0), in `weightTrialsWonMin` of them, and in the months of the latest third of the losses.
 * What is proposed is then learned from all months. Weights are shares of the whole, 0..1; at least `riskLossesMin` losses are needed.
 *
 * @param rows of the accounts that it judges
 */
export function proposeWeights({ scorecard, dimensions }: Weighed, rows: readonly Row[]) {
  const losses = lossesIn(rows);
  const base = { scorecard, rows: rows.length, accounts: accountsIn(rows), losses };
  const untried = { ...base, gain: null, latestGain: null, tried: null, weights: null };
  if (losses < riskLossesMin) return { ...untried, kept: "too_few_losses" as const };
  const cuts = cutsOf(rows);
  if (cuts.length < weightTrialsMin) return { ...untried, kept: "history_too_short" as const };
  const tried = tryWeights(rows, dimensions, cuts);
  const found = { ...base, gain: tried.gain, latestGain: tried.latestGain, tried: toldOf(tried) };
  const why = objectionTo(tried);
  if (why !== null) return { ...found, kept: why, weights: null };
  const learned = learnWeights(rows, dimensions);
  if (!learned.ok) return { ...found, kept: learned.error, weights: null };
  return { ...found, kept: null, weights: proposalOf(dimensions, learned.value, tried.trials) };
}

const toldOf = (tried: Tried) => ({ ...winsIn(tried), trials: tried.trials.map(trialOf) });
const trialOf = ({ from, to, learnedFrom, triedOn, kept, gain }: WeightTrial) => ({ from, to, learnedFrom, triedOn, kept, gain });

/**
 * In whole percents, of the whole and inside each dimension: more is not known. They sum to 100. `weight` is what a draft writes; null: it leaves what
 * is written.
 */
function proposalOf(dimensions: Weighed["dimensions"], learned: readonly LearnedDimension[], trials: readonly WeightTrial[]) {
  const early = trials.flatMap(({ learned: then }) => (then === null ? [] : [then]));
  const percents = wholePercents(learned.map(({ share, own }) => ({ share, least: own > 0 ? 1 : 0 })));
  return dimensions.map(({ key, title, measures }, d) => {
    const dimension = learned[d] as LearnedDimension;
    const before = early.map((one) => one[d] as LearnedDimension);
    const weight = percents[d] as number;
    const inside = insideOf(dimension);
    return {
      key,
      title,
      own: dimension.own,
      proposed: weight / 100,
      weight,
      ...boundsOf(dimension.bounds),
      tried: rangeOf(before.map(({ share }) => share)),
      measures: measures.map((measure, m) => {
        const { own, bounds, kept, rows, losses } = dimension.measures[m] as LearnedMeasure;
        const part = inside[m] as number;
        return {
          key: measure.key,
          title: measure.title,
          own,
          proposed: (weight / 100) * part,
          weight: isWeighed(dimension) ? Math.round(part * 100) : null,
          ...boundsOf(bounds),
          tried: rangeOf(before.map((one) => (one.measures[m] as LearnedMeasure).share)),
          kept,
          rows,
          losses,
        };
      }),
    };
  });
}

const boundsOf = (bounds: Bounds | null) => ({ low: bounds?.low ?? null, high: bounds?.high ?? null });

/** From the least to the greatest. */
const rangeOf = (shares: readonly number[]) => ({ least: Math.min(...shares), most: Math.max(...shares) });

/** Part of each measure in its dimension. */
function insideOf(dimension: LearnedDimension): readonly number[] {
  const { measures } = dimension;
  if (isWeighed(dimension))
    return wholePercents(measures.map((one) => ({ share: one.share, least: one.own > 0 ? 1 : 0 }))).map((one) => one / 100);
  const own = measures.reduce((sum, one) => sum + one.own, 0);
  return measures.map((one) => (own === 0 ? 0 : one.own / own));
}

/** Not where none of its measures is learned, nor where the losses give the dimension nothing: then they stay as written. */
const isWeighed = ({ measures, share }: LearnedDimension): boolean => share > 0 && measures.some(({ bounds }) => bounds !== null);

/**
 * By the largest remainders. What has a weight keeps one percent at the least: a measure without weight is never weighed again, and no number of
 * losses says that it is worth nothing.
 */
export function wholePercents(parts: readonly { readonly share: number; readonly least: number }[]): readonly number[] {
  const sum = parts.reduce((all, { share }) => all + share, 0);
  const exact = parts.map(({ share }) => (sum === 0 ? 0 : (100 * share) / sum));
  const whole = parts.map(({ least }, i) => Math.max(least, Math.floor(exact[i] as number)));
  const missing = (): number => (sum === 0 ? 0 : 100 - whole.reduce((all, one) => all + one, 0));
  const rest = (i: number): number => (exact[i] as number) - (whole[i] as number);
  for (let left = missing(); left !== 0; left = missing()) {
    const step = Math.sign(left);
    const open = parts.flatMap(({ least }, i) => (step > 0 || (whole[i] as number) > least ? [i] : []));
    const next = open.reduce((best, i) => (step * rest(i) > step * rest(best) ? i : best), open[0] as number);
    whole[next] = (whole[next] as number) + step;
  }
  return whole;
}
