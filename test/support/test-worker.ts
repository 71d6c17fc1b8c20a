import type { Env } from "../../src/env.ts";
import worker from "../../src/worker.ts";
import { takeBatch } from "./work-in-hand.ts";

/** The worker under test: everything that src/worker.ts exports. Two objects are twins of the real ones, which are real until a test orders faults. */
export { FaultyAccountShard as AccountShard } from "./account-faulty-shard.ts";
export { IdentityDirectory } from "../../durable-objects/identity-directory.ts";
export { LiveHub } from "../../durable-objects/live-hub.ts";
export { DailyJob } from "../../src/platform/jobs/daily-job.ts";
export { MonthlyJob } from "../../src/platform/jobs/monthly-job.ts";
export { FaultyIntakeShard as IntakeShard } from "./intake-faulty-shard.ts";

export default {
  ...worker,
  queue: (batch, env, context) => takeBatch(batch, context, (own) => worker.queue(own, env, context)),
} satisfies ExportedHandler<Env>;
