import { jobRunsKeptMs } from "../domain/limits.ts";
import { checkParity, type ParityPorts } from "./check-parity.ts";
import { compactJournals, type CompactPorts } from "./compact-journals.ts";
import { pruneArchive, type PrunePorts } from "./prune-archive.ts";
import { publishStatistics, type StatisticsPorts } from "./statistics.ts";
import type { JobWork } from "./work.ts";

/** What the daily job needs from outside. */
export type DailyPorts = {
  readonly statistics: StatisticsPorts;
  readonly journals: CompactPorts;
  readonly parity: ParityPorts;
  readonly prune: PrunePorts;
  readonly now: () => number;
  /** Forgets runs of jobs that were claimed before that instant; the newest of each kind stays. */
  readonly forgetRuns: (claimedBefore: number) => Promise<number>;
};

/** The work of each night. The check reads what the compaction has written. */
export const dailyJob =
  (ports: DailyPorts): JobWork =>
  async (period, step) => {
    const statistics = await publishStatistics(period, step, ports.statistics);
    const archive = await compactJournals(period, step, ports.journals);
    const parity = await checkParity(period, step, ports.parity);
    const deliveriesRemoved = await pruneArchive(step, ports.prune);
    const forgotten = await step("forget old runs", () => ports.forgetRuns(ports.now() - jobRunsKeptMs));
    return { statistics, archive, parity, deliveriesRemoved, forgotten };
  };
