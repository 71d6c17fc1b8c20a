import { jobCatchUpPeriodsMax, jobRunsKeptMs } from "../limits.ts";
import { HOUR_MS } from "../time.ts";
import { endOfPeriod, periodEndedBy, startOfPeriod, type PeriodUnit } from "./period.ts";

/** What runs once for each period, in the background. A new kind is a line here, a workflow and a cron trigger in wrangler.toml. */
export const jobKinds = ["daily", "monthly"] as const;
export type JobKind = (typeof jobKinds)[number];

type JobRule = {
  readonly title: string;
  readonly unit: PeriodUnit;
  /** Trigger of wrangler.toml, and how long after the end of a period it fires: late events have come by then. */
  readonly cron: string;
  readonly dueAfterMs: number;
};

export const jobRules: Readonly<Record<JobKind, JobRule>> = {
  daily: { title: "Daily", unit: "day", cron: "0 2 * * *", dueAfterMs: 2 * HOUR_MS },
  monthly: { title: "Monthly", unit: "month", cron: "0 4 1 * *", dueAfterMs: 4 * HOUR_MS },
};

/** Authors of what jobs put in force. Stored with each configuration: by them it is told whether a person published it. */
export const jobAuthors = { daily: "daily job", monthly: "monthly job" } as const satisfies Readonly<Record<JobKind, string>>;

/**
 * `skipped`: the period was over before this deployment began; `queued`: claimed, its workflow may not have begun yet.
 * `done`, `failed` and `skipped` are the end of a run; a person may start the latter two again.
 */
export const jobStatuses = ["skipped", "queued", "running", "done", "failed"] as const;
export type JobStatus = (typeof jobStatuses)[number];
export type JobTrigger = "cron" | "catch_up" | "person";

/** One period of a kind. Instants are product time, epoch ms. */
export type JobRun = {
  readonly kind: JobKind;
  readonly period: string;
  readonly status: JobStatus;
  /** Rises each time a failed run is started again. */
  readonly attempt: number;
  readonly trigger: JobTrigger;
  /** Token id of the person who asked; null for the clock. */
  readonly requestedBy: string | null;
  readonly claimedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Wall time from beginning to end, ms. */
  readonly durationMs: number | null;
  /** The step it is at, or was at last. */
  readonly step: string | null;
  readonly error: string | null;
  /** What it brought about, in a few figures. */
  readonly result: Readonly<Record<string, unknown>> | null;
};

/** What a workflow is started with: all it needs to know. */
export type JobRequest = { readonly kind: JobKind; readonly period: string; readonly attempt: number };

/** The workflow's instance: the same run asked for twice is one instance. */
export const jobInstanceId = ({ kind, period, attempt }: JobRequest): string =>
  attempt === 1 ? `${kind}-${period}` : `${kind}-${period}-${attempt}`;

export const kindOfCron = (cron: string): JobKind | null => jobKinds.find((kind) => jobRules[kind].cron === cron) ?? null;

/** The newest period of a kind whose trigger has fired by then. */
export const newestDue = (kind: JobKind, at: number): string => periodEndedBy(jobRules[kind].unit, at - jobRules[kind].dueAfterMs);

/** When the trigger of a period fires, epoch ms. */
export const dueAt = (kind: JobKind, period: string): number => endOfPeriod(jobRules[kind].unit, period) + jobRules[kind].dueAfterMs;

/**
 * The newest periods that are due by `at`, oldest first: those that may be caught up where they were missed. At most `jobCatchUpPeriodsMax`, and
 * none so old that its claim may have been forgotten.
 */
export function periodsDue(kind: JobKind, at: number): readonly string[] {
  const { unit } = jobRules[kind];
  const due: string[] = [];
  for (let period = newestDue(kind, at); due.length < jobCatchUpPeriodsMax; period = periodEndedBy(unit, startOfPeriod(unit, period))) {
    if (endOfPeriod(unit, period) < at - jobRunsKeptMs) break;
    due.unshift(period);
  }
  return due;
}

/**
 * Which periods of a kind were claimed. `first`: the oldest that the clock has claimed, else the oldest of all; null: none ever was. `periods`:
 * all from the one on that was asked for.
 */
export type JobClaims = { readonly first: string | null; readonly periods: readonly string[] };

/**
 * Those of the due periods that nobody has claimed, whoever has claimed a newer one meanwhile. What was over before the clock's first claim
 * is nobody's debt: a person may have asked for one such period, not for all that followed.
 */
export const missedPeriods = (due: readonly string[], { first, periods }: JobClaims): readonly string[] =>
  // ISO dates sort as they follow each other.
  first === null ? [] : due.filter((period) => period > first && !periods.includes(period));
