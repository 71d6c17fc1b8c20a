import { expire } from "../buckets.ts";
import { dirtyScores, type FoldedAccount } from "../folded.ts";
import { supersededIn } from "./counted-field.ts";

/**
 * From now on `state` counts these fields too: as if it had from its first event on. What older code has counted in their place is given up.
 *
 * @param counted a state that has counted them for every event that `state` has, and for no other; null: none of its events bears any
 */
export function beginCounting(state: FoldedAccount, counted: FoldedAccount | null, keys: Iterable<string>, now: number): void {
  const missing = new Set([...keys].filter((key) => !state.fields.keys.has(key)));
  if (counted !== null) {
    expire(state, now);
    expire(counted, now);
    for (const [day, record] of counted.days) state.days.get(day)?.takeFields(missing, record);
  }
  const superseded = supersededIn(new Set([...state.fields.keys, ...missing]));
  for (const record of state.days.values()) record.dropFields(superseded);
  // Measures that read them may say something else of any day.
  if (superseded.length > 0) dirtyScores(state, 0);
  state.fields.track(missing);
}
