/** The worker under test: everything that src/worker.ts exports. Two objects are twins of the real ones, which are real until a test orders faults. */
export { FaultyAccountShard as AccountShard } from "./account-faulty-shard.ts";
export { IdentityDirectory } from "../../durable-objects/identity-directory.ts";
export { LiveHub } from "../../durable-objects/live-hub.ts";
export { DailyJob } from "../../src/platform/jobs/daily-job.ts";
export { MonthlyJob } from "../../src/platform/jobs/monthly-job.ts";
export { default } from "../../src/worker.ts";
export { FaultyIntakeShard as IntakeShard } from "./intake-faulty-shard.ts";
