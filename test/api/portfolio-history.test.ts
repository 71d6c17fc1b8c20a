import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Env } from "../../src/env.ts";
import { accountLists } from "../../src/platform/d1/account-lists.ts";
import { everyMinute } from "../../src/platform/minute.ts";
import { recordPortfolioDay } from "../../src/platform/d1/portfolio-days.ts";
import { readModelStore } from "../../src/platform/d1/read-model-store.ts";
import { dayOf, isoTime, MINUTE_MS, startOfDay } from "../../src/domain/time.ts";
import { changeOf } from "../support/api-changes.ts";
import { ask, tokenWith } from "../support/api-client.ts";

type Day = {
  day: string;
  accounts: number;
  scored: number;
  reckoned: boolean;
  averageScore: number | null;
  configVersions: { least: string; greatest: string } | null;
  bands: { band: string; accounts: number; arr: unknown[] }[];
};
const { DB: db } = env as unknown as Env;
const today = dayOf(Date.now());
const nameOf = (day: number): string => isoTime(startOfDay(day)).slice(0, 10);
let token = "";
beforeAll(async () => {
  ({ token } = await tokenWith(["read"]));
  const money = { currency: "EUR", arrMinor: 1_000 };
  const computedAt = startOfDay(today);
  await readModelStore(db).keepAccounts([
    changeOf("rose", { ...money, computedAt, score: 85, band: "healthy", scoreDays: [null, 35, 65, 85] }),
    changeOf("fell", { ...money, computedAt, currency: "USD", score: 30, band: "critical", scoreDays: [90, 90, 65, 30] }),
    changeOf("thin", { computedAt, score: 70, band: "not_enough_data", scoreDays: [70, 70, 70, 70] }),
    changeOf("gone", { computedAt, score: 70, band: "watch", scoreDays: [70, 70, 70, 70], deleted: true }),
  ]);
});
const history = async (query = "") => {
  const { status, json } = await ask("GET", `/api/v1/portfolio/history${query}`, { token });
  return { status, json, days: (json["days"] ?? []) as Day[] };
};
const counted = ({ bands }: Day): Record<string, number> =>
  Object.fromEntries(bands.flatMap(({ band, accounts }) => (accounts === 0 ? [] : [[band, accounts]])));

describe("the book by day", () => {
  it("is reckoned from the lines of scores where nobody recorded it, and is what stands now for today", async () => {
    const { days } = await history();
    expect(days.map((day) => [day.day, day.reckoned, day.accounts, day.scored, day.averageScore, counted(day)])).toEqual([
      [nameOf(today - 3), true, 2, 1, 90, { healthy: 1, not_enough_data: 1 }],
      [nameOf(today - 2), true, 3, 2, 62.5, { healthy: 1, critical: 1, not_enough_data: 1 }],
      [nameOf(today - 1), true, 3, 2, 65, { watch: 2, not_enough_data: 1 }],
      [nameOf(today), false, 3, 2, 57.5, { healthy: 1, critical: 1, not_enough_data: 1 }],
    ]);
    expect(days[2]?.bands.find(({ band }) => band === "watch")?.arr).toEqual([
      { amount: 1_000, currency: "EUR" },
      { amount: 1_000, currency: "USD" },
    ]);
  });

  it("keeps what was recorded, the last record of a day, whatever is known of it later", async () => {
    const figures = await accountLists(db).portfolio(null);
    const at = startOfDay(today - 200);
    await recordPortfolioDay(db, { ...figures, averageScore: 41 }, at + 23 * 3_600_000);
    await recordPortfolioDay(db, { ...figures, averageScore: 40 }, at + 60_000);
    await recordPortfolioDay(db, { ...figures, averageScore: 77 }, startOfDay(today - 1));
    // As it was kept before days bore their configurations.
    await db
      .prepare("UPDATE portfolio_days SET document_json = json_remove(document_json, '$.configVersions') WHERE day = ?1")
      .bind(today - 1)
      .run();
    const { days, json } = await history(`?from=${nameOf(today - 201)}&to=${nameOf(today)}`);
    expect(days.map(({ day, averageScore, reckoned }) => [day, averageScore, reckoned])).toEqual([
      [nameOf(today - 200), 41, false],
      [nameOf(today - 3), 90, true],
      [nameOf(today - 2), 62.5, true],
      [nameOf(today - 1), 77, false],
    ]);
    expect(days.map(({ configVersions }) => configVersions)).toEqual([{ least: "test-1", greatest: "test-1" }, null, null, null]);
    expect([json["from"], json["to"]]).toEqual([isoTime(startOfDay(today - 201)), isoTime(startOfDay(today))]);
    await db.prepare("DELETE FROM portfolio_days").run();
  });

  it("is recorded by the minute's work each quarter of an hour", async () => {
    const records = async () => (await db.prepare("SELECT day FROM portfolio_days").all<{ day: number }>()).results;
    await everyMinute(env as unknown as Env, 16 * MINUTE_MS, async () => []);
    expect(await records()).toEqual([]);
    await everyMinute(env as unknown as Env, 30 * MINUTE_MS, async () => []);
    expect(await records()).toEqual([{ day: today }]);
  });

  it("refuses ranges that are none, and tokens that may not see the whole book", async () => {
    expect(await history("?from=2026-11-02&to=2026-11-01")).toMatchObject({ status: 400, json: { pointer: "?from" } });
    expect(await history("?from=2020-01-01")).toMatchObject({ status: 400, json: { pointer: "?from" } });
    expect(await history("?from=soon")).toMatchObject({ status: 400, json: { pointer: "?from" } });
    const { token: some } = await tokenWith(["read"], { accountIds: ["rose"] });
    expect((await ask("GET", "/api/v1/portfolio/history", { token: some })).status).toBe(403);
  });
});
