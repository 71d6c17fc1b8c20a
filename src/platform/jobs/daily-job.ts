import type { Env } from "../../env.ts";
import { dailyJob } from "../../reports/daily-job.ts";
import type { JobWork } from "../../reports/work.ts";
import { callObject } from "../call-object.ts";
import type { Clock } from "../clock.ts";
import { configStore } from "../d1/config-store.ts";
import { jobStore } from "../d1/job-store.ts";
import { spreadConfigSafely } from "../spread-config.ts";
import { accountShardNames } from "./account-shard-names.ts";
import { JobWorkflow } from "./job-workflow.ts";

/** Author of what the job publishes. */
const author = "daily job";

/** The workflow of each night. */
export class DailyJob extends JobWorkflow {
  protected override work(env: Env, clock: Clock): JobWork {
    const configs = configStore(env.DB);
    return dailyJob({
      now: clock.now,
      shards: (after, limit) => accountShardNames(env.DB, after, limit),
      gather: (shard, after) =>
        callObject(
          () => env.ACCOUNT_SHARD.getByName(shard),
          (stub) => stub.observations(after),
        ),
      configuration: () => configs.configuration(),
      async publish(configuration, at) {
        const isPut = await configs.putConfiguration(configuration, { author, at }, {});
        if (isPut) await spreadConfigSafely(env, configuration.version);
        return isPut;
      },
      forgetRuns: (before) => jobStore(env.DB).forgetRuns(before),
    });
  }
}
