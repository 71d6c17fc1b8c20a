import type { AccountRecord } from "../account/state.ts";

/** Event time of the newest observation of any of the records up to an instant; null before the first. */
export function newestOf(records: readonly AccountRecord[]): (at: number) => number | null {
  const instants = records.flatMap(({ observations }) => observations.map(({ at }) => at)).sort((a, b) => a - b);
  return (at) => {
    let low = 0;
    let high = instants.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((instants[middle] as number) <= at) low = middle + 1;
      else high = middle;
    }
    return instants[low - 1] ?? null;
  };
}
