import type { JobKind, JobRequest, JobRun, JobTrigger } from "../domain/jobs/job.ts";

export type JobClaim = {
  readonly kind: JobKind;
  readonly period: string;
  readonly status: "queued" | "skipped";
  readonly trigger: JobTrigger;
  readonly requestedBy: string | null;
};

/** Which periods were claimed, and what became of them. Instants `at` are product time; liveness is kept in wall time beside them. */
export interface JobStore {
  /** Create-once: false when the period is claimed already. */
  claim(claim: JobClaim, at: number): Promise<boolean>;
  /** Takes a failed or skipped run up again, as the next attempt; null when it is neither. */
  claimAgain(claim: Pick<JobClaim, "kind" | "period" | "requestedBy">, at: number): Promise<JobRun | null>;
  run(kind: JobKind, period: string): Promise<JobRun | null>;
  /** The newest period of a kind that was ever claimed. */
  lastPeriod(kind: JobKind): Promise<string | null>;
  /** Queued or running runs that have said nothing for `silentMs` of wall time, the longest silent first. */
  silent(silentMs: number, limit: number): Promise<readonly JobRun[]>;
  /** It was looked at: not silent from now on. */
  touch(request: JobRequest): Promise<void>;
  /** Only while that attempt is not at its end. */
  fail(request: JobRequest, error: string, at: number): Promise<void>;
}

/** Who carries runs out, one instance for each attempt. */
export interface JobEngine {
  /** An instance that is there already is left as it is. */
  start(request: JobRequest): Promise<void>;
  /** `going`: under way, perhaps asleep. */
  state(request: JobRequest): Promise<{ readonly state: "absent" | "going" } | { readonly state: "ended"; readonly error: string }>;
  /** Wakes an instance that fell asleep with the process that ran it. */
  wake(request: JobRequest): Promise<void>;
}
