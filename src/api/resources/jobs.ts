import { z } from "zod";
import { dueAt, type JobKind, jobKinds, jobRules, type JobRun, jobStatuses, newestDue } from "../../domain/jobs/job.ts";
import { isPeriod, nextPeriod } from "../../domain/jobs/period.ts";
import { isoTime } from "../../domain/time.ts";
import { endpoint, okJson, type Call, type Endpoint } from "../endpoint.ts";
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

async function request({ ports, params, query, identity, now }: Call<{ period?: string | undefined }>) {
  const asked = kind.safeParse(params["kind"]);
  if (!asked.success) return { failure: "not_found", what: "job" } as const;
  const newest = newestDue(asked.data, now);
  const period = query.period ?? newest;
  const { unit } = jobRules[asked.data];
  const shape = unit === "day" ? "a date such as 2026-11-23" : "a month such as 2026-10";
  if (!isPeriod(unit, period)) return { failure: "bad_query", pointer: "?period", detail: `must be ${shape}` } as const;
  if (period > newest)
    return { failure: "bad_query", pointer: "?period", detail: `is not over yet: the newest that can run is ${newest}` } as const;
  const found = await ports.jobs.request(asked.data, period, identity.tokenId);
  return found === null ? ({ failure: "conflict", detail: "the run is being changed: ask again" } as const) : okJson(toJson(found));
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
