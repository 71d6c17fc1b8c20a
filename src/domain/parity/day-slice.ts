import { parityDaysBytesMax } from "../limits.ts";
import type { DaySlice } from "./messages.ts";

/**
 * Days of an account that is too large to be compared at once: cut into stretches of about `parityDaysBytesMax`, each longer only where one day
 * is, and one of them for each round, in turn. Together they have every day that there is.
 *
 * @param days what is stored of single days, bytes
 * @param round rises by one each time it is the account's turn
 */
export function daySlice(days: readonly { readonly day: number; readonly bytes: number }[], round: number): DaySlice {
  const begins: number[] = [0];
  let bytes = 0;
  for (const one of days.toSorted((a, b) => a.day - b.day)) {
    if (bytes > 0 && bytes + one.bytes > parityDaysBytesMax) {
      begins.push(one.day);
      bytes = 0;
    }
    bytes += one.bytes;
  }
  const chosen = round % begins.length;
  return { first: begins[chosen] as number, last: (begins[chosen + 1] ?? Infinity) - 1 };
}
