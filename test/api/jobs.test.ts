import { introspectWorkflowInstance } from "cloudflare:test";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { newestDue } from "../../src/domain/jobs/job.ts";
import { nextPeriod } from "../../src/domain/jobs/period.ts";
import { DAY_MS } from "../../src/domain/time.ts";
import { jobStore } from "../../src/platform/d1/job-store.ts";
import { jobTriggered, lookAfterJobs } from "../../src/platform/jobs/jobs.ts";
import { ask, testEnv, tokenWith } from "../support/api-client.ts";

type Run = Record<string, unknown>;
let admin = "";
let reader = "";
beforeAll(async () => {
  admin = (await tokenWith(["admin"])).token;
  reader = (await tokenWith(["read"])).token;
});
beforeEach(() => testEnv.DB.prepare("DELETE FROM job_runs").run());

const newest = (): string => newestDue("daily", Date.now());
const dayBefore = (period: string, days = 1): string => new Date(Date.parse(period) - days * DAY_MS).toISOString().slice(0, 10);
const runs = async (query = "?kind=daily"): Promise<readonly Run[]> =>
  (await ask("GET", `/api/v1/jobs${query}`, { token: reader })).json["items"] as readonly Run[];
const request = (period: string, token = admin) => ask("POST", `/api/v1/jobs/daily/run?period=${period}`, { token });
const instance = (id: string) => introspectWorkflowInstance(testEnv.DAILY_JOB, id);

describe("a run", () => {
  it("is made once for a period, however often it is asked for, and tells what became of it", async () => {
    const period = dayBefore(newest(), 10);
    await using watched = await instance(`daily-${period}`);
    const [first, second] = await Promise.all([request(period), request(period)]);
    expect([first?.status, second?.status]).toEqual([200, 200]);
    await watched.waitForStatus("complete");
    const again = await request(period);
    expect(again.json).toMatchObject({ kind: "daily", period, status: "done", attempt: 1, trigger: "person", error: null });
    expect(await runs()).toEqual([again.json]);
    expect(again.json["durationMs"]).toBeGreaterThanOrEqual(0);
  });

  it("that fails says why, and runs again only where a person asks", async () => {
    const period = dayBefore(newest(), 11);
    {
      await using watched = await instance(`daily-${period}`);
      await watched.modify(async (m) => {
        await m.disableRetryDelays();
        await m.mockStepError({ name: "forget old runs" }, new Error("the database is full"));
      });
      await request(period);
      await watched.waitForStatus("errored");
    }
    expect(await runs()).toMatchObject([{ period, status: "failed", error: expect.stringContaining("the database is full") }]);
    expect(await jobTriggered(testEnv, "0 2 * * *", Date.parse(`${nextPeriod("day", period)}T02:00:00Z`))).toBe(true);
    expect(await runs()).toMatchObject([{ period, status: "failed", attempt: 1 }]);
    await using watched = await instance(`daily-${period}-2`);
    expect((await request(period)).json).toMatchObject({ status: "queued", attempt: 2, error: null });
    await watched.waitForStatus("complete");
    expect(await runs()).toMatchObject([{ period, status: "done", attempt: 2 }]);
  });

  it("of a day is told with what the check against the archive has found, and others without", async () => {
    const period = newest();
    await using watched = await instance(`daily-${period}`);
    await request(period);
    await watched.waitForStatus("complete");
    const { json } = await ask("GET", `/api/v1/jobs/daily/${period}`, { token: reader });
    expect(json).toMatchObject({ period, status: "done", parity: { verdict: "equal", period, differencesTotal: 0, differences: [] } });
    expect(json["result"]).toMatchObject({ archive: { rows: 0 }, parity: { verdict: "equal" }, deliveriesRemoved: 0 });
    const older = dayBefore(period, 30);
    await jobStore(testEnv.DB).claim({ kind: "daily", period: older, status: "skipped", trigger: "cron", requestedBy: null }, 1);
    expect((await ask("GET", `/api/v1/jobs/daily/${older}`, { token: reader })).json).toMatchObject({ status: "skipped", parity: null });
    for (const path of [`daily/${dayBefore(period, 31)}`, "daily/yesterday", `hourly/${period}`])
      expect((await ask("GET", `/api/v1/jobs/${path}`, { token: reader })).status).toBe(404);
  });

  it.each([
    ["of a day that is not over", `?period=${nextPeriod("day", newestDue("daily", Date.now()))}`, "?period"],
    ["of a day that is none", "?period=2026-02-30", "?period"],
  ])("%s is refused", async (_, query, pointer) => {
    const { status, json } = await ask("POST", `/api/v1/jobs/daily/run${query}`, { token: admin });
    expect([status, json["pointer"]]).toEqual([400, pointer]);
  });

  it("needs the scope admin, and a kind that is there", async () => {
    expect((await request(newest(), reader)).status).toBe(403);
    expect((await ask("POST", "/api/v1/jobs/hourly/run", { token: admin })).status).toBe(404);
    expect((await ask("GET", "/api/v1/jobs?kind=hourly", { token: reader })).status).toBe(400);
  });
});

describe("the clock", () => {
  it("starts nobody's debt: at the first look what was over is skipped, and from there on missed days are caught up in bounded steps", async () => {
    await lookAfterJobs(testEnv);
    expect(await runs()).toMatchObject([{ period: newest(), status: "skipped" }]);

    await testEnv.DB.prepare("UPDATE job_runs SET period = ?1 WHERE kind = 'daily'").bind(dayBefore(newest(), 6)).run();
    await lookAfterJobs(testEnv);
    expect((await runs()).map(({ period }) => String(period)).sort()).toEqual([6, 5, 4, 3, 2].map((days) => dayBefore(newest(), days)));
    await lookAfterJobs(testEnv);
    await lookAfterJobs(testEnv);
    const all = await runs();
    expect(all.map(({ period }) => String(period)).sort()).toEqual([6, 5, 4, 3, 2, 1, 0].map((days) => dayBefore(newest(), days)));
    expect(all.filter(({ status }) => status === "skipped")).toHaveLength(1);
  });

  it("catches up what was missed also where a newer period was claimed first, and nothing for a person who asks for an old one", async () => {
    const store = jobStore(testEnv.DB);
    const claim = (days: number, requestedBy: string | null): Promise<boolean> =>
      store.claim({ kind: "daily", period: dayBefore(newest(), days), status: "skipped", trigger: "catch_up", requestedBy }, Date.now());
    await claim(20, "tok_1");
    await claim(3, null);
    await claim(0, null);
    await lookAfterJobs(testEnv);
    expect((await runs()).map(({ period }) => String(period)).sort()).toEqual([20, 3, 2, 1, 0].map((days) => dayBefore(newest(), days)));
  });

  it("catches up from the clock's own first day also where a person has run that day again", async () => {
    const store = jobStore(testEnv.DB);
    const claim = { kind: "daily", status: "skipped", trigger: "catch_up", requestedBy: null } as const;
    await store.claim({ ...claim, period: dayBefore(newest(), 3) }, Date.now());
    // As older code wrote it, which did not say whose it was.
    await testEnv.DB.prepare("UPDATE job_runs SET by_clock = NULL WHERE period = ?1").bind(dayBefore(newest(), 3)).run();
    const again = await store.claimAgain({ kind: "daily", period: dayBefore(newest(), 3), requestedBy: "tok_1" }, Date.now());
    expect(again).toMatchObject({ trigger: "person", requestedBy: "tok_1", attempt: 2 });
    await store.claim({ ...claim, period: newest() }, Date.now());
    await lookAfterJobs(testEnv);
    expect((await runs()).map(({ period }) => String(period)).sort()).toEqual([3, 2, 1, 0].map((days) => dayBefore(newest(), days)));
  });

  it("knows its triggers, and no other", async () => {
    expect(await jobTriggered(testEnv, "* * * * *", Date.now())).toBe(false);
    await jobTriggered(testEnv, "0 2 * * *", Date.now());
    expect(await runs("?kind=daily")).toMatchObject([{ period: newest(), trigger: "cron" }]);
  });
});

describe("a run that has fallen silent", () => {
  it("is started where it never was, and noted as failed where its workflow ended without saying so", async () => {
    const store = jobStore(testEnv.DB);
    const [lost, ended] = [dayBefore(newest(), 20), dayBefore(newest(), 21)];
    await using lostOne = await instance(`daily-${lost}`);
    await using endedOne = await instance(`daily-${ended}`);
    await store.claim({ kind: "daily", period: newest(), status: "skipped", trigger: "cron", requestedBy: null }, Date.now());
    for (const period of [lost, ended])
      await store.claim({ kind: "daily", period, status: "queued", trigger: "person", requestedBy: "tok_1" }, Date.now());
    // A workflow of another attempt notes nothing: to this row it is one that ended without a word.
    await testEnv.DAILY_JOB.create({ id: `daily-${ended}`, params: { kind: "daily", period: ended, attempt: 9 } });
    await endedOne.waitForStatus("complete");
    await lookAfterJobs(testEnv);
    expect(await statuses([lost, ended])).toEqual(["queued", "queued"]);

    await testEnv.DB.prepare("UPDATE job_runs SET touched_at = 0").run();
    await lookAfterJobs(testEnv);
    await lostOne.waitForStatus("complete");
    expect(await statuses([lost, ended])).toEqual(["done", "failed"]);
  });

  const statuses = (periods: readonly string[]): Promise<readonly (string | undefined)[]> =>
    Promise.all(periods.map(async (period) => (await jobStore(testEnv.DB).run("daily", period))?.status));
});

describe("the list of runs", () => {
  it("pages from the latest on, says when each kind runs next, and forgets old runs but never the newest", async () => {
    const store = jobStore(testEnv.DB);
    for (const period of ["2025-01-01", "2025-01-02", "2025-01-03"])
      await store.claim({ kind: "daily", period, status: "skipped", trigger: "cron", requestedBy: null }, 5);
    const first = await ask("GET", "/api/v1/jobs?limit=2", { token: reader });
    expect((first.json["items"] as readonly Run[]).map(({ period }) => period)).toEqual(["2025-01-03", "2025-01-02"]);
    expect(await runs(`?limit=2&cursor=${String(first.json["nextCursor"])}`)).toMatchObject([{ period: "2025-01-01" }]);
    expect(first.json["schedules"]).toMatchObject([
      { kind: "daily", cron: "0 2 * * *", newestPeriod: newest() },
      { kind: "monthly", cron: "0 4 1 * *", newestPeriod: newestDue("monthly", Date.now()) },
    ]);
    expect(await store.forgetRuns(10)).toBe(2);
    expect(await runs()).toMatchObject([{ period: "2025-01-03" }]);
  });
});
