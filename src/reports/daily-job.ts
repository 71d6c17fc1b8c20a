import { DAY_MS } from "../domain/time.ts";
import { publishStatistics, type StatisticsPorts } from "./statistics.ts";
import type { JobWork } from "./work.ts";

/** What the daily job needs from outside. */
export type DailyPorts = StatisticsPorts & {
  /** Forgets runs of jobs that were claimed before that instant; the newest of each kind stays. */
  readonly forgetRuns: (claimedBefore: number) => Promise<number>;
};

const runsKeptMs = 400 * DAY_MS;

/** The work of each night. */
export const dailyJob =
  (ports: DailyPorts): JobWork =>
  async (period, step) => {
    const statistics = await publishStatistics(period, step, ports);
    const forgotten = await step("forget old runs", () => ports.forgetRuns(ports.now() - runsKeptMs));
    return { statistics, forgotten };
  };
