import { riskTestLossesMin } from "../limits.ts";
import { isOftenMeasured, isTellingApart, lossesIn, type Row, type Scale, type Spread, spreadsOf } from "./rows.ts";

/** Weights of a scorecard on any scale, as it is written: of dimensions, and of measures inside each. */
export type WrittenWeights = readonly {
  readonly key: string;
  readonly weight: number;
  readonly measures: readonly { readonly key: string; readonly weight: number }[];
}[];

/** Why a measure, or all of a dimension, keeps its own weight. */
export type KeptMeasure =
  /** A person gave it none. */
  | "no_weight"
  /** In too few of the rows. */
  | "hardly_measured"
  /** So that it tells nobody apart. */
  | "same_for_all"
  /** Of accounts of which it was measured. */
  | "too_few_losses";

/** A measure as written, with what there is to learn from. */
export type Sampled = Spread & {
  readonly dimension: string;
  /** As written, part of its dimension and of the whole. */
  readonly inside: number;
  readonly share: number;
  /** In how many rows it was measured (`rows`), and of how many losses. */
  readonly losses: number;
  readonly kept: KeptMeasure | null;
};

export function sampledOf(rows: readonly Row[], written: WrittenWeights): readonly Sampled[] {
  const spreads = new Map(spreadsOf(rows.map(({ measures }) => measures)).map((spread) => [spread.key, spread]));
  const lost = rows.filter(({ outcome }) => outcome.lostAfterDays !== null);
  const whole = total(written);
  return written.flatMap(({ key: dimension, weight, measures }) => {
    const within = total(measures);
    return measures.map((measure): Sampled => {
      const spread = spreads.get(measure.key) ?? { key: measure.key, mean: 0, sd: 0, rows: 0 };
      const losses = lossesIn(lost.filter((row) => row.measures[measure.key] !== undefined));
      const inside = measure.weight / within;
      const sampled = { ...spread, dimension, inside, share: (weight / whole) * inside, losses };
      return { ...sampled, kept: whyKept(sampled, rows.length) };
    });
  });
}

const total = (items: readonly { readonly weight: number }[]): number => items.reduce((sum, { weight }) => sum + weight, 0);

function whyKept(sampled: Omit<Sampled, "kept">, rows: number): KeptMeasure | null {
  if (sampled.share === 0) return "no_weight";
  if (sampled.rows === 0 || !isOftenMeasured(sampled, rows)) return "hardly_measured";
  if (!isTellingApart(sampled)) return "same_for_all";
  return sampled.losses < riskTestLossesMin ? "too_few_losses" : null;
}

/** How far an account lies below the mean of each, in parts of 100 points; what is not measured counts as the mean. */
export const badness = ({ measures }: Row, learned: readonly Scale[]): Float64Array =>
  Float64Array.from(learned, ({ key, mean }) => (mean - (measures[key] ?? mean)) / 100);
