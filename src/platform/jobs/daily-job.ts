import type { Env } from "../../env.ts";
import { dailyJob } from "../../reports/daily-job.ts";
import type { JobWork } from "../../reports/work.ts";
import type { Clock } from "../clock.ts";
import { dailyPorts } from "./daily-ports.ts";
import { JobWorkflow } from "./job-workflow.ts";

/** The workflow of each night. */
export class DailyJob extends JobWorkflow {
  protected override work(env: Env, clock: Clock): JobWork {
    return dailyJob(dailyPorts(env, clock));
  }
}
