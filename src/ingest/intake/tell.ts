import { sourcesToldRestMs } from "../../domain/limits.ts";
import type { IntakeState } from "./state.ts";

/** When to tell that a source is back or ended: at once, but at most so often. */
export const tellDueAt = ({ sourcesMoved }: IntakeState): number | null =>
  sourcesMoved.at > sourcesMoved.toldAt ? sourcesMoved.restUntil : null;

/**
 * Has account shards told that a source has moved, so that accounts which it is silent about are scored again now. Only in memory: what a crash or
 * the queue loses, the work of each minute finds.
 */
export async function tellSourcesMoved({ sourcesMoved, ports }: IntakeState): Promise<void> {
  const { at } = sourcesMoved;
  sourcesMoved.restUntil = ports.clock.wallNow() + sourcesToldRestMs;
  await ports.sourcesMoved(at);
  sourcesMoved.toldAt = at;
}
