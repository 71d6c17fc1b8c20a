import { z } from "zod";
import {
  configurationsRememberedMax,
  learnedConfigurationsRememberedMax,
  learnedConfigurationsWholeMax,
  learnedConfigurationsApartMs,
} from "../limits.ts";

/**
 * A configuration that was in force, by which past instants are judged.
 *
 * `at`: since when, epoch ms. `learned`: it differs from the one before it in what accounts lend each other or in the model of risk, which jobs
 * publish, and in nothing that a person wrote. `byRates`: rates of exchange may have moved its scores. Absent in what older code stored.
 */
export const RememberedSchema = z.strictObject({
  version: z.number().int().positive(),
  at: z.number(),
  learned: z.boolean().optional(),
  byRates: z.boolean().optional(),
});
export type Remembered = z.infer<typeof RememberedSchema>;

export const rememberedMax = configurationsRememberedMax + learnedConfigurationsRememberedMax;

/**
 * Those that are remembered of many, the newest first: the last `configurationsRememberedMax` that people published, and apart from them what
 * jobs published, all of the last `learnedConfigurationsWholeMax` and of older ones one in `learnedConfigurationsApartMs`.
 *
 * An instant whose own is left out is judged by the last one before it that is remembered: it has the same documents, and what was learned
 * some days earlier. Doing it again changes nothing.
 */
export function remembered(all: readonly Remembered[]): readonly Remembered[] {
  const byPeople = all.filter(({ learned }) => learned !== true).slice(0, configurationsRememberedMax);
  const kept = new Set([...byPeople, ...thinned(all.filter(({ learned }) => learned === true))]);
  return all.filter((one) => kept.has(one));
}

/** Looked through from the oldest on, so that what was left out once leaves no other one out later. */
function thinned(learned: readonly Remembered[]): readonly Remembered[] {
  const older: Remembered[] = [];
  for (const one of learned.slice(learnedConfigurationsWholeMax).reverse()) {
    const last = older.at(-1);
    if (last === undefined || one.at - last.at >= learnedConfigurationsApartMs) older.push(one);
  }
  return [...learned.slice(0, learnedConfigurationsWholeMax), ...older.reverse()].slice(0, learnedConfigurationsRememberedMax);
}
