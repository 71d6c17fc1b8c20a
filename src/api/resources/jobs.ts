import { z } from "zod";
import { dueAt, type JobKind, jobKinds, jobRules, type JobRun, jobStatuses, newestDue } from "../../domain/jobs/job.ts";
import { isPeriod, nextPeriod } from "../../domain/jobs/period.ts";
import { type ParityReport, ParityReportSchema, verdictOf } from "../../domain/parity/report.ts";
import { isoTime } from "../../domain/time.ts";
import { endpoint, okJson, type Call, type Endpoint } from "../endpoint.ts";
import type { Failure } from "../failure.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { time } from "../schemas.ts";

const kind = z.enum(jobKinds);
const run = z.object({
  kind,
  period: z.string(),
  status: z.enum(jobStatuses),
  attempt: z.number(),
  trigger: z.enum(["cron", "catch_up", "person"]),
  requestedBy: z.string().nullable(),
  claimedAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  durationMs: z.number().nullable(),
  step: z.string().nullable(),
  error: z.string().nullable(),
  result: z.record(z.string(), z.unknown()).nullable(),
});
const parity = ParityReportSchema.omit({ layout: true, at: true }).extend({ at: time, verdict: z.enum(["equal", "different"]) });
const schedule = z.object({ kind, title: z.string(), cron: z.string(), newestPeriod: z.string(), nextAt: time });

const toJson = ({ claimedAt, startedAt, finishedAt, ...rest }: JobRun) => ({
  ...rest,
  claimedAt: isoTime(claimedAt),
  startedAt: isoTime(startedAt),
  finishedAt: isoTime(finishedAt),
});

/** The newest period that is due, and when the one after it will be. */
function scheduleOf(one: JobKind, now: number): z.infer<typeof schedule> {
  const { title, cron, unit } = jobRules[one];
  const newestPeriod = newestDue(one, now);
  return { kind: one, title, cron, newestPeriod, nextAt: isoTime(dueAt(one, nextPeriod(unit, newestPeriod))) };
}

const position = z.object({ claimedAt: z.number(), period: z.string(), kind });

async function list({ ports, query, url, now }: Call<z.infer<typeof listQuery>>) {
  const cursor = fromCursor(query.cursor, position);
  if (!cursor.ok) return cursor.error;
  const runs = await ports.jobs.runs({ kind: query.kind ?? null, limit: query.limit + 1, after: cursor.value });
  const items = runs.slice(0, query.limit);
  const last = items.at(-1);
  const next =
    last === undefined || runs.length <= query.limit ? null : { claimedAt: last.claimedAt, period: last.period, kind: last.kind };
  return pageAnswer(url, items.map(toJson), next, { schedules: jobKinds.map((one) => scheduleOf(one, now)) });
}

type Asked = { readonly kind: JobKind; readonly period: string };

/** Kind and period of the path and the query; without a period the newest. */
function askedFor(params: Call["params"], period: string | undefined, now: number): Asked | Failure {
  const asked = kind.safeParse(params["kind"]);
  if (!asked.success) return { failure: "not_found", what: "job" };
  const { unit } = jobRules[asked.data];
  const shape = unit === "day" ? "a date such as 2026-11-23" : "a month such as 2026-10";
  if (period !== undefined && !isPeriod(unit, period)) return { failure: "bad_query", pointer: "?period", detail: `must be ${shape}` };
  return { kind: asked.data, period: period ?? newestDue(asked.data, now) };
}

async function request({ ports, params, query, identity, now }: Call<{ period?: string | undefined }>) {
  const asked = askedFor(params, query.period, now);
  if ("failure" in asked) return asked;
  const newest = newestDue(asked.kind, now);
  if (asked.period > newest)
    return { failure: "bad_query", pointer: "?period", detail: `is not over yet: the newest that can run is ${newest}` } as const;
  const found = await ports.jobs.request(asked.kind, asked.period, identity.tokenId);
  return found === null ? ({ failure: "conflict", detail: "the run is being changed: ask again" } as const) : okJson(toJson(found));
}

async function runWithFindings({ ports, params, now }: Call) {
  const asked = askedFor(params, params["period"], now);
  if ("failure" in asked) return asked.failure === "bad_query" ? ({ failure: "not_found", what: "job run" } as const) : asked;
  const found = await ports.jobs.run(asked.kind, asked.period);
  if (found === null) return { failure: "not_found", what: "job run" } as const;
  const report = asked.kind === "daily" ? await ports.store.parityReport(asked.period) : null;
  return okJson({ ...toJson(found), parity: report === null ? null : toParity(report) });
}

function toParity(report: ParityReport) {
  const { layout: _, ...rest } = report;
  return { ...rest, at: isoTime(report.at), verdict: verdictOf(report) };
}

const listQuery = z.object({ ...pageQuery, kind: kind.optional() });

export const jobEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/jobs",
    tag: "jobs",
    summary: "Runs of the background jobs, the latest first, and when each kind runs next",
    scope: "read",
    spansAccounts: true,
    query: listQuery,
    answers: { 200: { description: "A page of runs", schema: pageOf(run).extend({ schedules: z.array(schedule) }) } },
    handle: list,
  }),
  endpoint({
    method: "get",
    path: "/jobs/{kind}/{period}",
    tag: "jobs",
    summary: "One run; of a daily one also what the check of all accounts against the archive has found",
    scope: "read",
    spansAccounts: true,
    answers: { 200: { description: "The run", schema: run.extend({ parity: parity.nullable() }) } },
    handle: runWithFindings,
  }),
  endpoint({
    method: "post",
    path: "/jobs/{kind}/run",
    tag: "jobs",
    summary: "Run a job for a period, the newest one unless told; a run that has not failed is answered as it stands",
    scope: "admin",
    spansAccounts: true,
    query: z.object({ period: z.string().max(16).optional() }),
    answers: { 200: { description: "The run", schema: run } },
    handle: request,
  }),
];
