import { dueAt, type JobKind, jobKinds, type JobRun, missedPeriods, newestDue, periodsDue } from "../domain/jobs/job.ts";
import { jobSilentMs, jobStartsPerMinuteMax, jobWatchedPerMinuteMax } from "../domain/limits.ts";
import type { JobClaim, JobEngine, JobStore } from "./ports.ts";

export type JobParts = { readonly store: JobStore; readonly engine: JobEngine };

/**
 * Runs a kind for a period unless it has run: claims the period (create-once), then starts its workflow. What is lost between the two is
 * found by `watchJobs`. A run that failed or was skipped is taken up again where a person asks; otherwise whoever comes later gets the
 * run that is there.
 */
export async function requestJob({ store, engine }: JobParts, claim: Omit<JobClaim, "status">, at: number): Promise<JobRun | null> {
  const isNew = await store.claim({ ...claim, status: "queued" }, at);
  const run = isNew || claim.trigger !== "person" ? await store.run(claim.kind, claim.period) : await againOrKnown(store, claim, at);
  if (run?.status === "queued") await engine.start(run);
  return run;
}

const againOrKnown = async (store: JobStore, claim: Omit<JobClaim, "status">, at: number): Promise<JobRun | null> =>
  (await store.claimAgain(claim, at)) ?? store.run(claim.kind, claim.period);

/** A cron trigger has fired: the period that was due then. */
export const onTrigger = (parts: JobParts, kind: JobKind, scheduledAt: number): Promise<JobRun | null> =>
  requestJob(parts, { kind, period: newestDue(kind, scheduledAt), trigger: "cron", requestedBy: null }, scheduledAt);

/**
 * Starts what was missed while nothing ran, a bounded number in one go. The very first look notes where this deployment began: what was
 * over by then is nobody's debt.
 */
export async function catchUpJobs(parts: JobParts, at: number): Promise<readonly JobRun[]> {
  const started: JobRun[] = [];
  for (const kind of jobKinds) {
    const due = periodsDue(kind, at);
    const claims = await parts.store.claims(kind, due[0] ?? newestDue(kind, at));
    if (claims.first === null) {
      await parts.store.claim({ kind, period: newestDue(kind, at), status: "skipped", trigger: "catch_up", requestedBy: null }, at);
      continue;
    }
    for (const period of missedPeriods(due, claims).slice(0, jobStartsPerMinuteMax)) {
      const trigger = isPunctual(kind, period, at) ? "cron" : "catch_up";
      const run = await requestJob(parts, { kind, period, trigger, requestedBy: null }, at);
      if (run !== null) started.push(run);
    }
  }
  return started;
}

/** The trigger itself and the work of each minute meet in the same minute; who comes first makes no difference. */
const punctualMs = 2 * 60_000;
const isPunctual = (kind: JobKind, period: string, at: number): boolean => at - dueAt(kind, period) < punctualMs;

/**
 * What is done for jobs each minute: looks after those under way, and starts what was missed. One does not wait for the other. Rejects at the
 * end with what could not be done; the next minute tries it again.
 */
export async function lookAfter(parts: JobParts, at: number, silentMs?: number): Promise<void> {
  const done = await Promise.allSettled([watchJobs(parts, at, silentMs), catchUpJobs(parts, at)]);
  rejectWith(done.flatMap((one) => (one.status === "rejected" ? [messageOf(one.reason)] : [])));
}

/**
 * Looks after runs that have said nothing for long: starts what was never started, wakes what sleeps, and notes the end of what ended
 * without saying so. With `silentMs` 0, at a start of the process, every run that is not at its end.
 *
 * A run whose state cannot be asked keeps none of the others waiting, nor has it the first place again in the next minute. Rejects at the end
 * with what was wrong with each.
 */
export async function watchJobs(parts: JobParts, at: number, silentMs = jobSilentMs): Promise<void> {
  const failed: string[] = [];
  for (const run of await parts.store.silent(silentMs, jobWatchedPerMinuteMax)) {
    try {
      await watchOne(parts, run, at);
    } catch (error) {
      failed.push(`${run.kind} ${run.period}: ${messageOf(error)}`);
    }
  }
  rejectWith(failed);
}

async function watchOne({ store, engine }: JobParts, run: JobRun, at: number): Promise<void> {
  await store.touch(run);
  const found = await engine.state(run);
  if (found.state === "ended") await store.fail(run, found.error, at);
  else await (found.state === "absent" ? engine.start(run) : engine.wake(run));
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
function rejectWith(failed: readonly string[]): void {
  if (failed.length > 0) throw new Error(failed.join("; "));
}
