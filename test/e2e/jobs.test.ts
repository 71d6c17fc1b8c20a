import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Runtime, startRuntime } from "../../scripts/runtime/host.ts";

const folder = mkdtempSync(join(tmpdir(), "pulseline-jobs-"));
const token = "pl_admin_of_the_jobs_test";
let runtime: Runtime | null = null;
afterAll(async () => {
  await runtime?.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Run = { readonly status: string; readonly attempt: number; readonly step: string | null };
const api = async <T>(path: string, method = "GET"): Promise<T> => {
  const response = await fetch(`${runtime?.url}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  return response.json<T>();
};
async function newestRun(until: (run: Run) => boolean): Promise<Run> {
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const [run] = (await api<{ items: Run[] }>("jobs").catch(() => ({ items: [] }))).items;
    if (run !== undefined && until(run)) return run;
  }
  throw new Error("the run did not come so far within a minute");
}

test("a job that is killed in the middle of a step is done after the start that follows, in the same run", async () => {
  let holding = true;
  let reached = 0;
  const failpoint = async (point: string): Promise<void> => {
    if (point !== "job:step") return;
    reached++;
    if (holding) await new Promise(() => undefined);
  };
  runtime = await startRuntime({ dataFolder: folder, adminToken: token, failpoint });
  await newestRun(({ status }) => status === "skipped");
  await api("jobs/daily/run", "POST");
  const before = await newestRun(({ step }) => step !== null);
  expect([before.status, reached]).toEqual(["running", 1]);

  holding = false;
  process.kill(runtime.workerdPid() ?? 0, "SIGKILL");
  const after = await newestRun(({ status }) => status === "done" || status === "failed");
  expect([after.status, after.attempt]).toEqual(["done", before.attempt]);
});
