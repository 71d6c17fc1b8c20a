import { describe, expect, test } from "vitest";
import type { JobRequest, JobRun } from "../../../src/domain/jobs/job.ts";
import type { JobEngine, JobStore } from "../../../src/reports/ports.ts";
import { lookAfter } from "../../../src/reports/run-jobs.ts";

const now = Date.parse("2026-11-24T02:30:00Z");
const run = (kind: JobRun["kind"], period: string): JobRun => ({
  kind,
  period,
  status: "queued",
  attempt: 1,
  trigger: "cron",
  requestedBy: null,
  claimedAt: now - 1,
  startedAt: null,
  finishedAt: null,
  durationMs: null,
  step: null,
  result: null,
  error: null,
});

/** Two silent runs, of which the engine cannot say how the first is; nothing was claimed since the day before yesterday. */
function deployment(over: Partial<JobStore> = {}) {
  const did: string[] = [];
  const nameOf = ({ kind, period }: Pick<JobRequest, "kind" | "period">): string => `${kind} ${period}`;
  const store: JobStore = {
    claim: async (claim) => did.push(`claim ${nameOf(claim)}`) > 0,
    claimAgain: async () => null,
    run: async (kind, period) => run(kind, period),
    claims: async (kind) =>
      kind === "daily" ? { first: "2026-11-22", periods: ["2026-11-22"] } : { first: "2026-10", periods: ["2026-10"] },
    silent: async () => [run("daily", "2026-11-20"), run("daily", "2026-11-21")],
    touch: async (request) => void did.push(`touch ${nameOf(request)}`),
    fail: async () => undefined,
    ...over,
  };
  const engine: JobEngine = {
    start: async (request) => void did.push(`start ${nameOf(request)}`),
    async state({ period }) {
      if (period === "2026-11-20") throw new Error("no such instance");
      return { state: "absent" };
    },
    wake: async () => undefined,
  };
  return { did, look: () => lookAfter({ store, engine }, now) };
}

describe("the work for jobs of each minute", () => {
  test("goes on with the other runs and with what was missed where one run cannot be asked, and tells which", async () => {
    const { did, look } = deployment();
    await expect(look()).rejects.toThrow("daily 2026-11-20: no such instance");
    expect(did).toEqual(expect.arrayContaining(["touch daily 2026-11-20", "start daily 2026-11-21", "start daily 2026-11-23"]));
  });

  test("starts what was missed also where the silent runs cannot be read", async () => {
    const { did, look } = deployment({ silent: async () => Promise.reject(new Error("no rows")) });
    await expect(look()).rejects.toThrow("no rows");
    expect(did).toContain("start daily 2026-11-23");
  });

  test("starts what was missed before the newest period, which the cron trigger or a person has claimed first", async () => {
    const { did, look } = deployment({
      silent: async () => [],
      claims: async (kind) =>
        kind === "daily"
          ? { first: "2026-11-17", periods: ["2026-11-17", "2026-11-18", "2026-11-23"] }
          : { first: "2026-10", periods: ["2026-10"] },
    });
    await look();
    expect(did.filter((one) => one.startsWith("start"))).toEqual([19, 20, 21, 22].map((day) => `start daily 2026-11-${day}`));
  });
});
