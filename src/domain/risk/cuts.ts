import { riskLossesMin, riskTestLossesMin, riskTrialsMax } from "../limits.ts";
import { lossTimes, type Row } from "./rows.ts";

/**
 * The ends of months at which something is learned, to be tried on the months up to the next, the earliest first; none where history is too short.
 * At the first a third of the losses is known, and half as many as are needed to learn at all; at least `riskTestLossesMin` lie ahead. The
 * further ones part the losses that follow evenly.
 *
 * @returns at most `riskTrialsMax` UTC days
 */
export function cutsOf(rows: readonly Row[]): readonly number[] {
  const losses = lossTimes(rows);
  const days = [...new Set(rows.map(({ day }) => day))].sort((a, b) => a - b);
  const dayWith = (count: number): number | undefined =>
    days.find((day) => losses.filter(({ knownFrom }) => knownFrom <= day).length >= count);
  const least = Math.max(riskLossesMin / 2, losses.length / 3);
  const cuts = Array.from({ length: riskTrialsMax }, (_, i) => dayWith(least + (i * (losses.length - least)) / riskTrialsMax));
  const found = [...new Set(cuts)].filter((day) => day !== undefined);
  const ahead = losses.filter(({ lastSeen }) => lastSeen >= (found[0] ?? Infinity)).length;
  return ahead < riskTestLossesMin ? [] : found.filter((day) => losses.some(({ lastSeen }) => lastSeen >= day));
}

/** The latest month's end from which on at least a third of the losses (and `riskTestLossesMin`) lie ahead; null where too few do. */
export function latestThirdFrom(rows: readonly Row[]): number | null {
  const losses = lossTimes(rows);
  const needed = Math.max(riskTestLossesMin, losses.length / 3);
  const days = [...new Set(rows.map(({ day }) => day))].sort((a, b) => b - a);
  return days.find((day) => losses.filter(({ lastSeen }) => lastSeen >= day).length >= needed) ?? null;
}
