import { riskLossesMin, weightDrawsMax } from "../limits.ts";
import { fail, ok, type Result } from "../result.ts";
import { fitLogistic, hardlyPrecision, interceptPenalty, periodCount, type Problem } from "./logistic.ts";
import { pull } from "./matrix.ts";
import { accountPeriodsOf, type Row, seenPerLoss, spreadsOf } from "./rows.ts";
import { drawsOf } from "./weight-draws.ts";
import { badness, type Sampled, sampledOf, type WrittenWeights } from "./weight-sample.ts";

/** Between which a weight lies, by 95 %. */
export type Bounds = { readonly low: number; readonly high: number };

/** Parts of the whole score, 0..1: as written (`own`), and as learned (`share`), what keeps its weight included. */
type Learned = {
  readonly key: string;
  readonly own: number;
  readonly share: number;
  /** Of `share`. Of a measure null where it keeps its part of its dimension, of a dimension where all its measures do: it keeps its part of the whole. */
  readonly bounds: Bounds | null;
};
/** `rows` and `losses`: in how many rows it was measured, and of how many losses. */
export type LearnedMeasure = Learned & Pick<Sampled, "kept" | "rows" | "losses">;
export type LearnedDimension = Learned & { readonly measures: readonly LearnedMeasure[] };

/**
 * Losses that the scorecard's own weights are worth as evidence: with as many, what is learned lies about half way between. A loss is seen from up
 * to three ends of months, so each of these counts as often as one does in the rows.
 */
const shrinkageLosses = riskLossesMin;

/**
 * Weights of the measures by which the composite would have told losses best, none below zero, drawn towards the scorecard's own.
 *
 * Log odds of a loss are intercept + Σ θ_m · (mean_m − score_m) ÷ 100 with θ ≥ 0. The penalty ½ · λ · Σ sd_m² · (θ_m − φ_d · v_m)² measures how far
 * the measures of a dimension lie from a level φ_d ≥ 0 that is shared out by their own weights v, and ½ · λ · Σ sd_d² · (φ_d − s · w_d)² how far
 * these lie from any multiple s ≥ 0 of the dimensions' own weights w. So with λ → ∞ the weights are the scorecard's own and only their
 * steepness is learned; with λ → 0 they are what the losses alone say. A measure that has too little to learn from keeps its part of its
 * dimension, a dimension of such measures its part of the whole.
 *
 * Bounds are those within which 95 of 100 weights lie that the losses and the scorecard together leave possible (`drawsOf`).
 */
export function learnWeights(
  rows: readonly Row[],
  written: WrittenWeights,
  { shrinkage = shrinkageLosses, draws = weightDrawsMax }: { readonly shrinkage?: number; readonly draws?: number } = {},
): Result<readonly LearnedDimension[], "nothing_measured" | "no_relation"> {
  const sampled = sampledOf(rows, written);
  const learned = sampled.filter(({ kept }) => kept === null);
  if (learned.length < 2) return fail("nothing_measured");
  const layout = layoutOf(learned);
  const problem = weightsProblem(rows, layout, shrinkage);
  const fit = fitLogistic(problem);
  if (!fit.ok) return fail("no_relation");
  const found = partsOf(layout, sampled, fit.value.parameters);
  if (found === null) return fail("no_relation");
  const drawn = drawsOf(problem, fit.value, { seen: seenPerLoss(rows, problem.periods), draws });
  return ok(
    withBounds(
      sampled,
      found,
      drawn.flatMap((one) => partsOf(layout, sampled, one) ?? []),
    ),
  );
}

/** Where the parameters stand: intercepts, a slope for each measure, a level for each dimension with several, the steepness of the whole. */
type Layout = {
  readonly learned: readonly Sampled[];
  readonly dimensions: readonly {
    readonly key: string;
    /** Places of its measures among the learned ones. */
    readonly members: readonly number[];
    /** Parameter of its level; that of its measure where it has one only. */
    readonly level: number;
    readonly share: number;
  }[];
  readonly steepness: number;
};

function layoutOf(learned: readonly Sampled[]): Layout {
  let next = periodCount + learned.length;
  const dimensions = [...new Set(learned.map(({ dimension }) => dimension))].map((key) => {
    const members = learned.flatMap(({ dimension }, i) => (dimension === key ? [i] : []));
    const level = members.length > 1 ? next++ : periodCount + (members[0] as number);
    return { key, members, level, share: members.reduce((sum, i) => sum + (learned[i]?.share ?? 0), 0) };
  });
  return { learned, dimensions, steepness: next };
}

function weightsProblem(rows: readonly Row[], { learned, dimensions, steepness }: Layout, shrinkage: number): Problem {
  const periods = accountPeriodsOf(rows, (row) => badness(row, learned));
  const strength = shrinkage * seenPerLoss(rows, periods);
  const penalty = interceptPenalty(steepness + 1);
  const strengthOf = (sd: number): number => Math.max(strength * (sd / 100) ** 2, hardlyPrecision);
  const whole = dimensions.reduce((sum, { share }) => sum + share, 0);
  pull(penalty, steepness, hardlyPrecision);
  for (const { members, level, share } of dimensions) {
    for (const i of members.length > 1 ? members : []) {
      const { share: own, sd } = learned[i] as Sampled;
      pull(penalty, periodCount + i, strengthOf(sd), { to: level, times: own / share });
    }
    pull(penalty, level, strengthOf(spreadWithin(periods, members, learned)), { to: steepness, times: share / whole });
  }
  return { periods, size: steepness + 1, penalty, nonNegativeFrom: periodCount };
}

/** Points of 0..100 by which the mean of some measures, by their own weights, differs from row to row. */
function spreadWithin(periods: Problem["periods"], members: readonly number[], learned: readonly Sampled[]): number {
  const share = members.reduce((sum, i) => sum + (learned[i]?.share ?? 0), 0);
  const composite = periods.flatMap(({ period, features }) =>
    period > 0 ? [] : [100 * members.reduce((sum, i) => sum + ((learned[i]?.share ?? 0) / share) * (features[i] as number), 0)],
  );
  return spreadsOf(composite.map((value) => ({ value })))[0]?.sd ?? 0;
}

/** Parts of the whole, in the order of what was given: of dimensions by key, of measures by place; null: there is no direction to read. */
type Parts = { readonly dimensions: ReadonlyMap<string, number>; readonly measures: readonly number[] };

function partsOf({ learned, dimensions }: Layout, sampled: readonly Sampled[], parameters: Float64Array): Parts | null {
  const slopeOf = (key: string): number => parameters[periodCount + learned.findIndex((one) => one.key === key)] as number;
  const steepness = learned.reduce((sum, { key }) => sum + slopeOf(key), 0);
  if (steepness < steepnessMin) return null;
  const found = new Map<string, number>();
  for (const { dimension, share } of sampled) found.set(dimension, (found.get(dimension) ?? 0) + share);
  const shared = dimensions.reduce((sum, { key }) => sum + (found.get(key) ?? 0), 0);
  const level = new Map(dimensions.map(({ key, members }) => [key, members.reduce((sum, i) => sum + slopeOf(learned[i]?.key ?? ""), 0)]));
  for (const [key, slopes] of level) found.set(key, (shared * slopes) / steepness);
  const measures = sampled.map(({ dimension, key, inside, kept }) => {
    const whole = found.get(dimension) ?? 0;
    if (kept !== null) return whole * inside;
    const left = 1 - sampled.reduce((sum, one) => sum + (one.dimension === dimension && one.kept !== null ? one.inside : 0), 0);
    const slopes = level.get(dimension) ?? 0;
    return slopes < steepnessMin ? whole * inside : (whole * left * slopeOf(key)) / slopes;
  });
  return { dimensions: found, measures };
}

/** Below this a difference of a whole 100 points changes the odds by less than a hundredth. */
const steepnessMin = 0.01;

function withBounds(sampled: readonly Sampled[], found: Parts, drawn: readonly Parts[]): readonly LearnedDimension[] {
  const boundsOf = (read: (parts: Parts) => number): Bounds => {
    const sorted = drawn.map(read).sort((a, b) => a - b);
    const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))] ?? read(found);
    return { low: Math.min(read(found), at(0.025)), high: Math.max(read(found), at(0.975)) };
  };
  return [...new Set(sampled.map(({ dimension }) => dimension))].map((dimension) => {
    const measures = sampled.flatMap(({ key, share: own, rows, losses, kept, ...of }, i): LearnedMeasure[] => {
      const read = (parts: Parts): number => parts.measures[i] as number;
      const bounds = kept === null ? boundsOf(read) : null;
      return of.dimension === dimension ? [{ key, own, share: read(found), bounds, kept, rows, losses }] : [];
    });
    const read = (parts: Parts): number => parts.dimensions.get(dimension) as number;
    return {
      key: dimension,
      own: measures.reduce((sum, { own }) => sum + own, 0),
      share: read(found),
      bounds: measures.every(({ kept }) => kept !== null) ? null : boundsOf(read),
      measures,
    };
  });
}
