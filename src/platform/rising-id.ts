let last = { at: Number.NEGATIVE_INFINITY, count: 0 };

/** Enough for every write of a standing clock; sorted as text the count must not grow longer. */
const countChars = 4;

/**
 * `{prefix}_{time}{count}{random}`: of one isolate each id is greater than the one before, also within a millisecond and while a rehearsal's
 * clock stands. What ties by time goes by the id (verdicts.ts), so what was said later stands. Of two isolates at one instant either may be later.
 *
 * @param now epoch ms, the product's clock
 */
export function risingId(prefix: string, now: number, random: string): string {
  last = { at: now, count: now === last.at ? last.count + 1 : 0 };
  return `${prefix}_${now.toString(36)}${last.count.toString(36).padStart(countChars, "0")}${random}`;
}
