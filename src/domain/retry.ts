/** Doublings that are counted: beyond, any cap is reached and the number stays an exact one. */
const doublingsMax = 20;

/**
 * How long to wait after something has failed: the floor, doubled with each failure before this one, up to the cap; in whatever unit of time
 * these are.
 *
 * @param failuresBefore 0 at the first failure
 */
export const backOff = (failuresBefore: number, floor: number, cap: number): number =>
  Math.min(cap, floor * 2 ** Math.min(failuresBefore, doublingsMax));
