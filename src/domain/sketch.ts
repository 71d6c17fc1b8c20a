import { quantileExactValuesMax } from "./limits.ts";

/**
 * Figures over more values than are kept, with a stated error. Everything here is a function of the set of values and not of their order,
 * and what was kept apart can be put together (decision 0005).
 */

/** Values that `hash53` can give. */
const HASHES = 2 ** 53;

/**
 * Distinct values, from those of them whose hash lies below a threshold (Infinity: all of them are known, and the answer is exact).
 *
 * Hashes are spread evenly, so the share of the hashes that lie below is the share of the values that are known. Several samples are put
 * together by taking the least of their thresholds.
 */
export const distinctOf = (sampled: number, below: number): number =>
  below === Number.POSITIVE_INFINITY ? sampled : Math.round((sampled * HASHES) / below);

/** Standard error of that, as a share of it. */
export const distinctErrorRatio = (sampled: number, below: number): number =>
  below === Number.POSITIVE_INFINITY ? 0 : Math.sqrt((1 - below / HASHES) / Math.max(1, sampled));

/** Relative error of a quantile, at most. */
const QUANTILE_ERROR = 0.01;
const GAMMA = (1 + QUANTILE_ERROR) / (1 - QUANTILE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);

/**
 * Quantiles of values up to 2^53 from 0: exact for few of them, then to 1 % of the value, by counting them in classes that grow by 2 % each
 * (DDSketch; Masson, Rim, Lee, VLDB 2019). What is nearer to 0 than a millionth counts as 0. At most 2,600 classes of each sign, however many values.
 *
 * Written here as `@datadog/sketches-js` needs a package that it does not name (protobufjs), and keeps dense arrays.
 */
export class QuantileSketch {
  private exact: number[] | null = [];
  private readonly classes = new Map<number, number>();
  private count = 0;

  get values(): number {
    return this.count;
  }

  /** 0 while quantiles are exact. */
  get errorRatio(): number {
    return this.exact === null ? QUANTILE_ERROR : 0;
  }

  add(value: number): void {
    this.count++;
    if (this.exact === null) this.addTo(classOf(value), 1);
    else {
      this.exact.push(value);
      if (this.exact.length > quantileExactValuesMax) this.giveUpValues(this.exact);
    }
  }

  /** As if so many values of each class had been added. */
  addClasses(counts: Iterable<readonly [index: number, n: number]>): void {
    if (this.exact !== null) this.giveUpValues(this.exact);
    for (const [index, n] of counts) {
      this.count += n;
      this.addTo(index, n);
    }
  }

  /** As if all values of the other had been added. */
  merge(other: QuantileSketch): void {
    if (other.exact !== null) for (const value of other.exact) this.add(value);
    else this.addClasses(other.classes);
  }

  /**
   * The value that has a share of `share` of the others below it; null without any. Of two that are equally near the smaller one.
   *
   * @param share 0..1
   */
  at(share: number): number | null {
    if (this.count === 0) return null;
    const rank = Math.ceil(share * (this.count - 1) - 0.5);
    if (this.exact !== null) return this.exact.sort((a, b) => a - b)[rank] as number;
    let below = 0;
    for (const index of [...this.classes.keys()].sort((a, b) => valueOf(a) - valueOf(b))) {
      below += this.classes.get(index) as number;
      if (below > rank) return valueOf(index);
    }
    return null;
  }

  /** Everything there is to know of it, to travel and to be merged elsewhere; the same for the same values, whatever their order. */
  toJson(): SketchJson {
    return this.exact === null
      ? { classes: [...this.classes].sort(([a], [b]) => a - b) }
      : { values: this.exact.toSorted((a, b) => a - b) };
  }

  static fromJson(json: SketchJson): QuantileSketch {
    const sketch = new QuantileSketch();
    if (json.values === undefined) sketch.addClasses(json.classes);
    else for (const value of json.values) sketch.add(value);
    return sketch;
  }

  private giveUpValues(values: readonly number[]): void {
    this.exact = null;
    for (const value of values) this.addTo(classOf(value), 1);
  }

  private addTo(index: number, n: number): void {
    this.classes.set(index, (this.classes.get(index) ?? 0) + n);
  }
}

/** The values themselves while they are few, else how many lie in each class. */
export type SketchJson =
  | { readonly values: readonly number[]; readonly classes?: undefined }
  | { readonly values?: undefined; readonly classes: readonly (readonly [index: number, count: number])[] };

/** Of the classes of a `QuantileSketch`, the one that a value lies in. */
export const quantileClassOf = (value: number): number => classOf(value);

const ZERO = -1;
const LEAST = 1e-6;
/** Classes of negative values lie below all others. */
const NEGATIVE = -11_000;

/** Class i ≥ 0 holds what lies in (γ^(i-1), γ^i], i < -1 what lies in (γ^i, γ^(i+1)]; -1 holds what counts as 0. */
function classOf(value: number): number {
  if (value < 0) return value > -LEAST ? ZERO : NEGATIVE - classOf(-value);
  if (value < LEAST) return ZERO;
  const index = Math.ceil(Math.log(value) / LOG_GAMMA);
  return index >= 0 ? index : index - 1;
}

function valueOf(index: number): number {
  if (index === ZERO) return 0;
  if (index < NEGATIVE / 2) return -valueOf(NEGATIVE - index);
  return (2 * GAMMA ** (index >= 0 ? index : index + 1)) / (GAMMA + 1);
}
