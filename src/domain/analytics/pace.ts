import { analysisForetellLines } from "../limits.ts";

/** Of the time that is left so much is planned with: reading does not always go at one speed. */
const plannedRatio = 0.9;

/** How fast the events of a question are read, and so how many more can be. */
export class Pace {
  private readonly givenMs: number;
  private lines = 0;

  /** @param givenMs how much time is left at the beginning */
  constructor(givenMs: number) {
    this.givenMs = givenMs;
  }

  read(lines: number): void {
    this.lines += lines;
  }

  /** Infinity while too little was read to tell. */
  linesWithin(leftMs: number): number {
    if (leftMs <= 0) return 0;
    const tookMs = this.givenMs - leftMs;
    return this.lines < analysisForetellLines || tookMs <= 0 ? Number.POSITIVE_INFINITY : (this.lines / tookMs) * leftMs * plannedRatio;
  }
}

/**
 * The accounts that are given up so that those who stay have no more than so many lines to be read. Who has nothing left to be read stays.
 *
 * @param accounts in the order in which they are kept, whatever their size
 */
export function beyond<T extends { readonly lines: number }>(accounts: readonly T[], linesMax: number): readonly T[] {
  let lines = 0;
  return accounts.filter((account) => {
    lines += account.lines;
    return account.lines > 0 && lines > linesMax;
  });
}
