import type { RollupReading } from "../api/ports.ts";
import { rollupWaitMs, rollupsCachedMax } from "../domain/limits.ts";
import { readRollup } from "./d1/children.ts";
import { reportLine } from "./report.ts";
import { within } from "./within.ts";

/** Keyed by the database, as tests run several deployments in one isolate. */
const lastKnown = new WeakMap<D1Database, Map<string, RollupReading>>();

/**
 * A parent's roll-up out of the lists. An account is read without the database, so this never rejects and does not wait for long: while the
 * database cannot be asked it gives what this isolate knew last, with its time, or says that nothing is known.
 */
export async function rollupOf(db: D1Database, parentId: string, only: readonly string[] | null): Promise<RollupReading> {
  let known = lastKnown.get(db);
  if (known === undefined) lastKnown.set(db, (known = new Map()));
  // Of a token for some accounts the roll-up is another one.
  const key = JSON.stringify([parentId, only]);
  try {
    const reading: RollupReading = { status: "known", ...(await within(rollupWaitMs, readRollup(db, parentId, only))) };
    known.delete(key);
    if (reading.rollup !== null) known.set(key, reading);
    for (const oldest of known.keys()) if (known.size > rollupsCachedMax) known.delete(oldest);
    return reading;
  } catch (error) {
    reportLine("rollup_not_read", { error: String(error) });
    const last = known.get(key);
    return last === undefined ? { status: "unknown", rollup: null, asOf: null } : { ...last, status: "last_known" };
  }
}
