import { archiveRemovalsPerRunMax, archiveRemovalsPerStepMax } from "../domain/limits.ts";
import { DAY_MS } from "../domain/time.ts";
import type { StepRunner } from "./work.ts";

export type PrunePorts = {
  readonly now: () => number;
  /** Days that raw deliveries are kept, by the settings. */
  readonly archiveDays: () => Promise<number>;
  /** Removes raw deliveries of hours that ended before, the oldest first; fewer than `limit`: there are no more. */
  readonly removeRaw: (endedBefore: number, limit: number) => Promise<number>;
};

/** Raw deliveries received before are not kept, epoch ms. */
export const rawKeptFrom = async ({ now, archiveDays }: Omit<PrunePorts, "removeRaw">): Promise<number> =>
  now() - (await archiveDays()) * DAY_MS;

/**
 * Removes raw deliveries that are older than the settings want. Nothing is folded from them: accounts are folded again from their journal, of which
 * the compacted one is the copy, and neither is removed. What one run leaves the next ones remove.
 */
export async function pruneArchive(step: StepRunner, ports: PrunePorts): Promise<number> {
  let removed = 0;
  for (let page = 1; removed < archiveRemovalsPerRunMax; page++) {
    const gone = await step(`archive: remove old deliveries, part ${page}`, async () =>
      ports.removeRaw(await rawKeptFrom(ports), archiveRemovalsPerStepMax),
    );
    removed += gone;
    if (gone < archiveRemovalsPerStepMax) break;
  }
  return removed;
}
