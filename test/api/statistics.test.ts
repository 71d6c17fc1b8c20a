import { introspectWorkflowInstance } from "cloudflare:test";
import { beforeAll, expect, it, vi } from "vitest";
import { newestDue } from "../../src/domain/jobs/job.ts";
import { ask, testEnv, tokenWith } from "../support/api-client.ts";

type Item = Record<string, unknown>;
let token = "";
beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
});
const get = async (path: string): Promise<Item> => (await ask("GET", `/api/v1/${path}`, { token })).json;
const csatOf = async (account: string): Promise<Item | undefined> => {
  const dimensions = (await get(`accounts/${account}/health`))["dimensions"] as { measures: Item[] }[];
  return dimensions.flatMap(({ measures }) => measures).find(({ key }) => key === "csat");
};

/** A good rating and a bad one, told an hour ago. */
const ratings = (account: string): Item[] =>
  ["good", "bad"].map((score, i) => ({
    id: `${account}-${i}`,
    type: "ticket.rated",
    time: new Date(Date.now() - 3_600_000).toISOString(),
    account: { id: account },
    data: { ticketId: `${account}-${i}`, score, createdAt: new Date(Date.now() - 7_200_000).toISOString() },
  }));

it("the daily job lends each account the mean of its segment; the health document tells which, of how many, by which configuration", async () => {
  for (const [id, segment] of Object.entries({ anna: "smb", bert: "smb", cleo: "enterprise" }))
    expect((await ask("POST", "/api/v1/accounts", { token, body: { id, name: id, attributes: { segment } } })).status).toBe(201);
  const events = ["anna", "bert"].flatMap(ratings);
  expect((await ask("POST", "/v1/events", { token, body: { events } })).json).toMatchObject({ accepted: 4 });
  await vi.waitUntil(async () => ((await get("accounts?q=bert"))["items"] as Item[])[0]?.["events"] === 2, {
    timeout: 15_000,
    interval: 100,
  });
  expect(await get("statistics")).toMatchObject({ configVersion: null, figures: [] });
  expect(await csatOf("anna")).not.toHaveProperty("fromOthers");

  const period = newestDue("daily", Date.now());
  // Whatever the clock has claimed meanwhile.
  await testEnv.DB.prepare("DELETE FROM job_runs").run();
  await using run = await introspectWorkflowInstance(testEnv.DAILY_JOB, `daily-${period}`);
  await ask("POST", `/api/v1/jobs/daily/run`, { token });
  await run.waitForStatus("complete");
  const [job] = (await get("jobs"))["items"] as { status: string; result: { statistics: { configVersion: string } } }[];
  expect(job).toMatchObject({ status: "done", result: { statistics: { accounts: 3, why: "published" } } });

  const configVersion = job?.result.statistics.configVersion;
  expect(await get("statistics")).toMatchObject({
    configVersion,
    period,
    accounts: 3,
    figures: [
      { measure: "csat", segment: null, value: 0.5, accounts: 2 },
      { measure: "csat", segment: "smb", value: 0.5, accounts: 2 },
    ],
  });
  // Two accounts: half way from 0.88 to 0.5 it is not; (2 · 0.5 + 30 · 0.88) ÷ 32 for all, and the segment drawn towards that.
  const all = (2 * 0.5 + 30 * 0.88) / 32;
  const prior = (2 * 0.5 + 30 * all) / 32;
  await vi.waitUntil(async () => (await get("accounts/anna/health"))["configVersion"] === configVersion, {
    timeout: 15_000,
    interval: 100,
  });
  expect(await csatOf("anna")).toMatchObject({
    value: expect.closeTo((1 + 10 * prior) / (2 + 10), 9),
    fromOthers: { figure: { setting: "priorRate", value: expect.closeTo(prior, 9), segment: "smb", accounts: 2 } },
  });
});
