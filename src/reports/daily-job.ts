import { DAY_MS } from "../domain/time.ts";
import type { JobWork } from "./work.ts";

/** What the daily job needs from outside. */
export type DailyPorts = {
  readonly now: () => number;
  /** Forgets runs of jobs that were claimed before that instant; the newest of each kind stays. */
  readonly forgetRuns: (claimedBefore: number) => Promise<number>;
};

const runsKeptMs = 400 * DAY_MS;

/** The work of each night. Steps are independent of each other and may run twice. */
export const dailyJob =
  ({ now, forgetRuns }: DailyPorts): JobWork =>
  async (_period, step) => {
    const forgotten = await step("forget old runs", () => forgetRuns(now() - runsKeptMs));
    return { forgotten };
  };
