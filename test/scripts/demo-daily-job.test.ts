import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { runDailyJob } from "../../scripts/demo/daily-job.ts";

/** What the demo says where the API answers that the job of the 29th has ended then. */
async function saidOf(finishedAtMs: number): Promise<string | null> {
  const server = createServer((request, response) => {
    const run = {
      period: "2026-11-29",
      status: request.method === "POST" && request.url === "/api/v1/jobs/daily/run" ? "done" : "failed",
      error: null,
      finishedAt: new Date(finishedAtMs).toISOString(),
      durationMs: 1_500,
      result: { parity: { verdict: "equal", accounts: 200, differences: 0 } },
    };
    response.setHeader("content-type", "application/json").end(JSON.stringify(run));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    return await runDailyJob(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "token", () => false);
  } finally {
    server.close();
  }
}

describe("the nightly job of the demo", () => {
  const found = "200 accounts checked against the archive, all agree (Settings → Jobs)";

  test("tells how long it took where it has just run", async () => {
    expect(await saidOf(Date.now() + 60_000)).toBe(`nightly job done in 1.5 s: ${found}`);
  });

  test("says so where an earlier run of the demo had it done", async () => {
    expect(await saidOf(Date.now() - 60_000)).toBe(`nightly job of 2026-11-29 was done before: ${found}`);
  });
});
