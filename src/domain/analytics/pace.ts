import { analysisForetellLines } from "../limits.ts";

/** Of what can be read so much is planned with: reading does not always go at one speed. */
const plannedRatio = 0.9;
/** And less where accounts are given up for it, so that this is seldom done again. */
const keptRatio = 0.85;
/** What is nearly read is read to the end: whoever waits for the part has that much time to spare. */
const graceMs = 1_000;

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
    const timeMs = leftMs + graceMs;
    if (timeMs <= 0) return 0;
    const tookMs = this.givenMs - leftMs;
    return this.lines < analysisForetellLines || tookMs <= 0 ? Number.POSITIVE_INFINITY : (this.lines / tookMs) * timeMs * plannedRatio;
  }
}

/**
 * The accounts that are given up where no more than so many lines can be read: those who stay have somewhat less. Who has nothing left to be read stays.
 *
 * @param accounts in the order in which they are kept, whatever their size
 */
export function beyond<T extends { readonly lines: number }>(accounts: readonly T[], linesMax: number): readonly T[] {
  let lines = 0;
  return accounts.filter((account) => {
    lines += account.lines;
    return account.lines > 0 && lines > linesMax * keptRatio;
  });
}
