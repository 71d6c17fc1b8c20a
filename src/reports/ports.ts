import type { RiskHistories, RiskPage } from "../domain/account/messages.ts";
import type { ArchivedAccount, JournalChunk } from "../domain/account/journal-archive.ts";
import type { Configuration } from "../domain/config/active.ts";
import type { ConfigDocument } from "../domain/config/document.ts";
import type { JobClaims, JobKind, JobRequest, JobRun, JobTrigger } from "../domain/jobs/job.ts";
import type { ParityReport } from "../domain/parity/report.ts";
import type { RiskModel } from "../domain/risk/model.ts";
import type { RiskReport } from "../domain/risk/report.ts";

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
  claims(kind: JobKind, from: string): Promise<JobClaims>;
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

/** What the back-test reads of the accounts. */
export interface AccountBook {
  /** As far as lists know. */
  countAccounts(): Promise<number>;
  /** Names of account shards in their order, after one; none: there are no more. */
  shards(after: string | null, limit: number): Promise<readonly string[]>;
  histories(shard: string, page: RiskPage): Promise<RiskHistories>;
}

/** What was read, between the steps: too much for a step's answer. */
export type RiskPart = Pick<RiskHistories, "histories" | "accounts" | "withoutSubscription">;
export interface RiskParts {
  put(period: string, part: number, read: RiskPart): Promise<void>;
  get(period: string, part: number): Promise<RiskPart>;
  /** All of a month. */
  remove(period: string): Promise<void>;
  /** Of any month, those of runs that were broken off long ago. */
  removeForgotten(): Promise<void>;
}

export interface RiskResults {
  keep(report: RiskReport, model: RiskModel | null, at: number): Promise<void>;
  /** `newest`: the newest month that was ever tested. */
  read(period: string): Promise<{ readonly report: RiskReport; readonly model: RiskModel | null; readonly newest: string } | null>;
  /** Forgets all but the newest so many. */
  forget(kept: number): Promise<number>;
}

/** The configuration, as far as the back-test writes it. */
export interface RiskConfig {
  /** What is in force; null before the first publication. */
  active(): Promise<Configuration | null>;
  /** False when another configuration came first. */
  put(next: Configuration, by: { author: string; at: number }): Promise<boolean>;
  /** Whoever scores is told, as far as can be reached. Never rejects. */
  spread(version: number): Promise<void>;
  draft(kind: "scorecards", key: string): Promise<{ readonly draft: ConfigDocument | null; readonly lastVersion: number }>;
  /** False when the draft is no longer of `revision` (0: there must be none). */
  saveDraft(draft: ConfigDocument, revision: number): Promise<boolean>;
}

export type BackTestPorts = {
  readonly now: () => number;
  readonly book: AccountBook;
  /** One line for the log. */
  readonly note: (what: string, facts: Readonly<Record<string, unknown>>) => void;
  readonly parts: RiskParts;
  readonly results: RiskResults;
  readonly config: RiskConfig;
};

/** The compacted journal in the archive. */
export interface JournalArchive {
  /**
   * Writes an object, create-once, and answers its key. The same content written again is no difference; a key that other content has taken is
   * left alone, and ours goes beside it.
   */
  put(range: Omit<JournalChunk, "rows" | "accounts">, part: number, accounts: readonly ArchivedAccount[]): Promise<string>;
  /** The lines of one account in an object, without reading the others; null where the object is gone, broken, or has none of it. */
  read(key: string, accountId: string): Promise<string | null>;
}

/** A page of checkpoints; `last` is the last account in it. Null: it is empty. */
export type CheckpointPage = { readonly last: string | null; readonly textOf: (accountId: string) => string | null };
export type CheckpointPlace = { readonly shard: string; readonly generation: number; readonly page: number };

export interface Checkpoints {
  /** In the order of account ids. */
  put(place: CheckpointPlace, texts: readonly (readonly [accountId: string, text: string])[]): Promise<void>;
  /** Null where there is none, or it cannot be read. */
  get(place: CheckpointPlace): Promise<CheckpointPage | null>;
  /** All of a shard but those of one generation. */
  remove(shard: string, generationKept: number): Promise<void>;
}

export interface RawArchive {
  has(delivery: { readonly id: string; readonly connectionId: string; readonly receivedAt: number }): Promise<boolean>;
}

/** Reports of the nightly check. */
export interface ParityResults {
  /** Forgets all but the newest so many. */
  keep(report: ParityReport, kept: number): Promise<void>;
}
