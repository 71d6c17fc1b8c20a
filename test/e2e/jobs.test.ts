import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { type Runtime, startRuntime } from "../../scripts/runtime/host.ts";

const folder = mkdtempSync(join(tmpdir(), "pulseline-jobs-"));
const token = "pl_admin_of_the_jobs_test";
let runtime: Runtime | null = null;
afterAll(async () => {
  await runtime?.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Run = { readonly status: string; readonly attempt: number; readonly step: string | null; readonly result: object | null };
const api = async <T>(path: string, method = "GET", json?: object): Promise<T> => {
  const headers = { authorization: `Bearer ${token}`, ...(json !== undefined && { "content-type": "application/json" }) };
  const response = await fetch(`${runtime?.url}/api/v1/${path}`, {
    method,
    headers,
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  return response.json<T>();
};
async function newestRun(until: (run: Run) => boolean): Promise<Run> {
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const [run] = (await api<{ items: Run[] }>("jobs").catch(() => ({ items: [] }))).items;
    if (run !== undefined && until(run)) return run;
  }
  throw new Error("the run did not come so far within a minute");
}

test("a job that is killed when half of the journals are in the archive ends in the same run after the start that follows, with nothing there twice", async () => {
  let holding = true;
  let reached = 0;
  const failpoint = async (point: string): Promise<void> => {
    if (point !== "journal:after-put") return;
    reached++;
    if (holding && reached === 2) await new Promise(() => undefined);
  };
  runtime = await startRuntime({ dataFolder: folder, adminToken: token, failpoint });
  for (const id of ["acme", "globex", "initech"]) await api("accounts", "POST", { id, name: id });
  await vi.waitFor(async () => expect((await api<{ items: unknown[] }>("accounts")).items).toHaveLength(3), {
    timeout: 30_000,
    interval: 200,
  });
  await newestRun(({ status }) => status === "skipped");
  await api("jobs/daily/run", "POST");
  const before = await newestRun(({ step }) => step?.startsWith("archive: journals") === true);
  await vi.waitFor(() => expect(reached).toBe(2), { timeout: 30_000 });

  holding = false;
  process.kill(runtime.workerdPid() ?? 0, "SIGKILL");
  const after = await newestRun(({ status }) => status === "done" || status === "failed");
  expect([after.status, after.attempt]).toEqual(["done", before.attempt]);
  expect(after.result).toMatchObject({ archive: { isCut: false }, parity: { verdict: "equal", accounts: 3, differences: 0 } });
});
