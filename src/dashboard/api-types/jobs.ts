import type { JobKind, JobStatus, JobTrigger } from "../../domain/jobs/job.ts";
import type { ParityReport, ParityVerdict } from "../../domain/parity/report.ts";

/** One period of a job. Instants are RFC 3339; `result` differs by kind. */
export type JobRun = {
  readonly kind: JobKind;
  readonly period: string;
  readonly status: JobStatus;
  readonly attempt: number;
  readonly trigger: JobTrigger;
  readonly claimedAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  readonly step: string | null;
  readonly error: string | null;
  readonly result: {
    readonly parity?: { readonly verdict: ParityVerdict | "not_run"; readonly accounts: number; readonly differences: number };
  } | null;
};

export type JobSchedule = { readonly kind: JobKind; readonly newestPeriod: string; readonly nextAt: string };
export type JobRuns = { readonly items: readonly JobRun[]; readonly nextCursor: string | null; readonly schedules: readonly JobSchedule[] };

/** What the nightly check has found. */
export type Parity = Omit<ParityReport, "layout" | "at"> & { readonly at: string; readonly verdict: ParityVerdict };
/** One run with its findings; null: it has none. */
export type JobDetail = JobRun & { readonly parity: Parity | null };
