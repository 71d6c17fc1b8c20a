let last = { at: Number.NEGATIVE_INFINITY, count: 0 };

/** Enough for every write of a standing clock; sorted as text the count must not grow longer. */
const countChars = 4;

/**
 * `{prefix}_{time}{count}{random}`: of one isolate each id is greater than the one before, also within a millisecond, while a rehearsal's clock
 * stands, and where a clock is set back (then the time is the last one). What ties by time goes by the id (verdicts.ts), so what was said later
 * stands. Of two isolates at one instant either may be later.
 *
 * @param now epoch ms, the product's clock
 */
export function risingId(prefix: string, now: number, random: string): string {
  const at = Math.max(now, last.at);
  last = { at, count: at === last.at ? last.count + 1 : 0 };
  return `${prefix}_${at.toString(36)}${last.count.toString(36).padStart(countChars, "0")}${random}`;
}
