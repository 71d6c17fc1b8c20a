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
