import { and, asc, desc, eq, gte, inArray, lt, or, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { JobRunPage } from "../../api/ports.ts";
import type { JobKind, JobRequest, JobRun, JobStatus, JobTrigger } from "../../domain/jobs/job.ts";
import { jobErrorCharsMax } from "../../domain/limits.ts";
import type { JobStore } from "../../reports/ports.ts";
import { wallNow } from "../clock.ts";
import { jobRuns } from "./schema.ts";

/** What a workflow notes of its own run. Each note counts only while that attempt is the current one, and may be made twice. */
type JobNotes = {
  begin(request: JobRequest, at: number): Promise<void>;
  atStep(request: JobRequest, step: string): Promise<void>;
  finish(request: JobRequest, result: Readonly<Record<string, unknown>>, end: { at: number; durationMs: number }): Promise<void>;
};
type JobLists = { jobRuns(page: JobRunPage): Promise<readonly JobRun[]>; forgetRuns(claimedBefore: number): Promise<number> };

const unfinished: readonly JobStatus[] = ["queued", "running"];

const isByClock = sql<boolean>`coalesce(${jobRuns.byClock}, ${jobRuns.requestedBy} IS NULL)`;
/** Where debts begin: a period for which a person asked may lie long before. */
const firstPeriod = sql<string | null>`coalesce(min(${jobRuns.period}) FILTER (WHERE ${isByClock}), min(${jobRuns.period}))`;

/** Runs of jobs in D1: the claim of a period is its row. */
export function jobStore(db: D1Database): JobStore & JobNotes & JobLists {
  const orm = drizzle(db);
  const ofPeriod = (kind: JobKind, period: string): SQL | undefined => and(eq(jobRuns.kind, kind), eq(jobRuns.period, period));
  const current = ({ kind, period, attempt }: JobRequest): SQL | undefined =>
    and(ofPeriod(kind, period), eq(jobRuns.attempt, attempt), inArray(jobRuns.status, [...unfinished]));
  const runOf = async (kind: JobKind, period: string): Promise<JobRun | null> => {
    const row = (await orm.select().from(jobRuns).where(ofPeriod(kind, period)))[0];
    return row === undefined ? null : toRun(row);
  };
  return {
    run: runOf,
    async claim({ kind, period, status, trigger, requestedBy }, at) {
      const byClock = requestedBy === null;
      const row = { kind, period, status, attempt: 1, trigger, requestedBy, byClock, claimedAt: at, touchedAt: wallNow() };
      const made = await orm.insert(jobRuns).values(row).onConflictDoNothing().returning({ period: jobRuns.period });
      return made.length > 0;
    },
    async claimAgain({ kind, period, requestedBy }, at) {
      const known = await runOf(kind, period);
      if (known === null || !(known.status === "failed" || known.status === "skipped")) return null;
      const taken = await orm
        .update(jobRuns)
        .set({
          status: "queued",
          attempt: known.attempt + 1,
          trigger: "person",
          requestedBy,
          byClock: isByClock,
          claimedAt: at,
          startedAt: null,
          finishedAt: null,
          durationMs: null,
          step: null,
          error: null,
          resultJson: null,
          touchedAt: wallNow(),
        })
        .where(and(ofPeriod(kind, period), eq(jobRuns.status, known.status), eq(jobRuns.attempt, known.attempt)))
        .returning();
      return taken[0] === undefined ? null : toRun(taken[0]);
    },
    async claims(kind, from) {
      const ofKind = eq(jobRuns.kind, kind);
      const [first, claimed] = await Promise.all([
        orm.select({ period: firstPeriod }).from(jobRuns).where(ofKind),
        orm
          .select({ period: jobRuns.period })
          .from(jobRuns)
          .where(and(ofKind, gte(jobRuns.period, from))),
      ]);
      return { first: first[0]?.period ?? null, periods: claimed.map(({ period }) => period) };
    },
    async silent(silentMs, limit) {
      const rows = await orm
        .select()
        .from(jobRuns)
        .where(and(inArray(jobRuns.status, [...unfinished]), lt(jobRuns.touchedAt, wallNow() - silentMs)))
        .orderBy(asc(jobRuns.touchedAt))
        .limit(limit);
      return rows.map(toRun);
    },
    async touch(request) {
      await orm.update(jobRuns).set({ touchedAt: wallNow() }).where(current(request));
    },
    async fail(request, error, at) {
      await orm
        .update(jobRuns)
        .set({ status: "failed", error: error.slice(0, jobErrorCharsMax), finishedAt: at, touchedAt: wallNow() })
        .where(current(request));
    },
    async begin(request, at) {
      await orm.update(jobRuns).set({ status: "running", startedAt: at, touchedAt: wallNow() }).where(current(request));
    },
    async atStep(request, step) {
      await orm.update(jobRuns).set({ step, touchedAt: wallNow() }).where(current(request));
    },
    async finish(request, result, { at, durationMs }) {
      await orm
        .update(jobRuns)
        .set({ status: "done", resultJson: JSON.stringify(result), finishedAt: at, durationMs, touchedAt: wallNow() })
        .where(current(request));
    },
    async jobRuns({ kind, limit, after }) {
      const rows = await orm
        .select()
        .from(jobRuns)
        .where(
          and(
            kind === null ? undefined : eq(jobRuns.kind, kind),
            after === null
              ? undefined
              : or(
                  lt(jobRuns.claimedAt, after.claimedAt),
                  and(eq(jobRuns.claimedAt, after.claimedAt), lt(jobRuns.period, after.period)),
                  and(eq(jobRuns.claimedAt, after.claimedAt), eq(jobRuns.period, after.period), lt(jobRuns.kind, after.kind)),
                ),
          ),
        )
        .orderBy(desc(jobRuns.claimedAt), desc(jobRuns.period), desc(jobRuns.kind))
        .limit(limit);
      return rows.map(toRun);
    },
    async forgetRuns(claimedBefore) {
      const gone = await db.prepare(forgetSql).bind(claimedBefore).run();
      return gone.meta.changes;
    },
  };
}

/** The newest period of each kind is never forgotten: it says from where to catch up. */
const forgetSql = `DELETE FROM job_runs WHERE claimed_at < ?1 AND status IN ('done', 'failed', 'skipped')
AND period < (SELECT max(period) FROM job_runs AS newer WHERE newer.kind = job_runs.kind)`;

function toRun(row: typeof jobRuns.$inferSelect): JobRun {
  const { touchedAt: _, byClock: __, resultJson, kind, status, trigger, ...rest } = row;
  return {
    ...rest,
    kind: kind as JobKind,
    status: status as JobStatus,
    trigger: trigger as JobTrigger,
    result: resultJson === null ? null : (JSON.parse(resultJson) as Readonly<Record<string, unknown>>),
  };
}
