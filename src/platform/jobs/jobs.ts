import { kindOfCron } from "../../domain/jobs/job.ts";
import type { Env } from "../../env.ts";
import { type JobParts, lookAfter, onTrigger } from "../../reports/run-jobs.ts";
import { clockFrom } from "../clock.ts";
import { jobStore } from "../d1/job-store.ts";
import { jobEngine } from "./job-engine.ts";

export const jobParts = (env: Env): JobParts => ({ store: jobStore(env.DB), engine: jobEngine(env) });

/** Fired by whoever starts the runtime on this machine, never in the cloud: workflows that slept when it ended do not wake by themselves. */
export const startCron = "@start";

/** A cron trigger of a job; false when it belongs to none. */
export async function jobTriggered(env: Env, cron: string, scheduledAt: number): Promise<boolean> {
  const kind = kindOfCron(cron);
  if (kind !== null) await onTrigger(jobParts(env), kind, scheduledAt);
  return kind !== null;
}

/** What is done for jobs each minute; with `silentMs` 0 every run that is not at its end is looked after. */
export async function lookAfterJobs(env: Env, silentMs?: number): Promise<void> {
  await lookAfter(jobParts(env), clockFrom(env.PULSELINE_CLOCK).now(), silentMs);
}
