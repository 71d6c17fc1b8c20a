import type { Figure } from "./state.ts";

/** A row of the ledger: a figure that changed on a day, or by the same on each from one to another. */
export const ranged = (metric: string, day: number, to: number, change: number | null): Figure => ({
  metric,
  day,
  ...(to > day && { to }),
  change,
});
