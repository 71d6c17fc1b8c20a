import { beforeAll, describe, expect, it, vi } from "vitest";
import { readRates } from "../../src/api/fx-upload.ts";
import { faultsShownMax, fxColumnsMax } from "../../src/domain/limits.ts";
import { keepCompany } from "../../src/platform/keep-company.ts";
import { ask, testEnv, tokenWith } from "../support/api-client.ts";

type Item = Record<string, unknown>;
let token = "";
beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
});
const get = async (path: string): Promise<Item> => (await ask("GET", `/api/v1/${path}`, { token })).json;
const put = (path: string, body: unknown) => ask("PUT", `/api/v1/${path}`, { token, body });
const putCsv = (raw: string) => ask("PUT", "/api/v1/fx-rates", { token, raw, type: "text/csv" });
const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const send = async (events: readonly Item[]): Promise<void> => {
  expect((await ask("POST", "/v1/events", { token, body: { events } })).json).toMatchObject({ accepted: events.length, rejected: [] });
};
const subscription = (account: string, amount: number, currency: string, days = 20): Item => ({
  id: `${account}-${currency}`,
  type: "subscription.created",
  time: `${daysAgo(days)}T10:00:00Z`,
  account: { id: account },
  data: { subscriptionId: `${account}-${currency}`, amount, currency, interval: "month" },
});
const lastArr = async (account: string): Promise<Item> =>
  ((await get(`accounts/${account}/metrics/arr`))["points"] as Item[]).at(-1) as Item;
const rowOf = async (account: string): Promise<Item> => ((await get(`accounts?q=${account}`))["items"] as Item[])[0] as Item;
const soon = <T>(work: () => T | Promise<T>) => vi.waitFor(work, { timeout: 15_000, interval: 100 });

describe("rates of exchange", () => {
  it("are set by day, by days, by rows, or as the European Central Bank's file, and read back page by page", async () => {
    const empty = await get("fx-rates");
    expect(empty).toMatchObject({
      items: [],
      base: "EUR",
      version: 0,
      currencies: [],
      from: null,
      to: null,
      ageDays: null,
      reportingCurrency: "EUR",
    });
    const first = await put("fx-rates", { date: daysAgo(3), rates: { CHF: 0.95, GBP: 0.85 } });
    expect(first.json).toMatchObject({ version: 1, currencies: ["CHF", "GBP"], days: 1, ageDays: 3, stored: 2, tooOld: 0 });
    await put("fx-rates", { rates: { [daysAgo(2)]: { CHF: 0.96 }, [daysAgo(1)]: { CHF: 0.97, GBP: 0.86 } } });
    await put("fx-rates", { rates: [{ date: daysAgo(1), currency: "GBP", rate: null }] });
    const table = await putCsv(`Date,SEK,CHF,\n${daysAgo(1)},11.2,N/A,\n${daysAgo(2)},11.1,0.961,\n`);
    expect(table.json).toMatchObject({ version: 4, currencies: ["CHF", "GBP", "SEK"], days: 3, stored: 3 });
    const page = await get("fx-rates?limit=2");
    expect(page["ageDays"]).toBe(1);
    expect(page["items"]).toEqual([
      { date: daysAgo(1), rates: { CHF: 0.97, SEK: 11.2 } },
      { date: daysAgo(2), rates: { CHF: 0.961, SEK: 11.1 } },
    ]);
    const rest = await get(`fx-rates?limit=2&cursor=${page["nextCursor"] as string}`);
    expect(rest).toMatchObject({ items: [{ date: daysAgo(3), rates: { CHF: 0.95, GBP: 0.85 } }], nextCursor: null });
    expect((await get("fx-rates?currency=GBP"))["items"]).toEqual([{ date: daysAgo(3), rates: { GBP: 0.85 } }]);
    const same = await put("fx-rates", { date: daysAgo(1), rates: { SEK: 11.2 } });
    expect([same.status, same.json["version"]]).toEqual([200, 4]);
  });

  it("of another base are divided by its rate of the euro, and what is too old for any figure is left out", async () => {
    const rows = [
      { date: daysAgo(1), currency: "EUR", rate: 0.8 },
      { date: daysAgo(1), currency: "NOK", rate: 10 },
    ];
    await put("fx-rates", { base: "USD", rates: rows });
    const old = await putCsv("date,currency,rate\n1999-01-04,CYP,0.58231\n");
    expect(old.json).toMatchObject({ stored: 0, tooOld: 1 });
    expect((await get("fx-rates?currency=NOK&currency=USD"))["items"]).toEqual([{ date: daysAgo(1), rates: { NOK: 12.5, USD: 1.25 } }]);
  });

  it.each([
    [{ date: "2026-02-30", rates: { USD: 1 } }, "/date"],
    [{ date: "2099-01-01", rates: { USD: 1 } }, "/rates/USD"],
    [{ date: "2026-11-01", rates: { USD: 0 } }, "/rates/USD"],
    [{ date: "2026-11-01", rates: { USD: "1.1" } }, "/rates/USD"],
    [{ date: "2026-11-01", rates: { usd: 1 } }, "/rates/usd"],
    [{ date: "2026-11-01", rates: { EUR: 2 } }, "/rates/EUR"],
    [{ base: "USD", date: "2026-11-01", rates: { GBP: 2 } }, "/rates/GBP"],
    [{ rates: { yesterday: { USD: 1 } } }, "/rates/yesterday"],
    [{ rates: [{ date: "2026-11-01", currency: "USD" }] }, "/rates/0/rate"],
    [[{ date: "2026-11-01", currency: "dollar", rate: 1 }], "/0/currency"],
    [{ rates: 5 }, "/rates"],
    [{}, "/rates"],
  ])("%j is refused at %s, and nothing of it is kept", async (body, pointer) => {
    const { version } = await get("fx-rates");
    const refused = await put("fx-rates", body);
    expect([refused.status, refused.json["pointer"]]).toEqual([422, pointer]);
    expect((await get("fx-rates"))["version"]).toBe(version);
  });

  it.each([
    ["Date,USD\n2026-11-01,1.1\n2026-11-02,about 1\n", "/line/3/USD"],
    ["Date,USD\n1.11.2026,1.1\n", "/line/2/date"],
    ["date,currency,rate\n2026-11-01,dollar,1.1\n", "/line/2/currency"],
    ["date,currency,rate\n2026-11-01,USD,-1\n", "/line/2/rate"],
    ["day,USD\n2026-11-01,1.1\n", ""],
    ["date,base,currency,rate\n2026-11-01,US Dollar,EUR,0.92\n", "/line/2/base"],
    ["date,base,EUR,GBP\n2026-11-01,USD,0.92,0.8\n2026-11-02,U$,0.92,0.8\n", "/line/3/base"],
  ])("the table %j is refused at %s", async (raw, pointer) => {
    const refused = await putCsv(raw);
    expect([refused.status, refused.json["pointer"]]).toEqual([422, pointer]);
  });

  it("of a table with more columns than are read are refused, and of many faults the first are told", async () => {
    const wide = await putCsv(`date${",USD".repeat(fxColumnsMax)}\n2026-11-01,1\n`);
    expect([wide.status, wide.json["detail"]]).toEqual([413, `line 1 may have ${fxColumnsMax} columns`]);
    const wrong = await putCsv(`date,USD\n${"2026-11-01,x\n".repeat(5_000)}`);
    expect([wrong.status, (wrong.json["errors"] as Item[]).length]).toEqual([422, faultsShownMax]);
  });

  it("as JSON are read no further than faults are told: many bad rows, days or currencies cost no more than a few", async () => {
    const unread = <T extends object>(parts: T, at: string): T =>
      Object.defineProperty(parts, at, {
        enumerable: true,
        get() {
          throw new Error("was read");
        },
      });
    const rows = (): object[] =>
      unread(
        Array.from({ length: 5_000 }, () => ({ date: "today", currency: "dollar", rate: "much" })),
        "4000",
      );
    for (const body of [rows(), { rates: rows() }]) {
      const read = readRates(body, 20_000);
      expect(!read.ok && read.error.failure === "faults" && read.error.faults.length).toBeGreaterThanOrEqual(faultsShownMax);
    }
    const bad = { rates: Array.from({ length: 200 }, () => ({ date: "today", currency: "USD", rate: 1 })) };
    const wrong = await put("fx-rates", bad);
    expect([wrong.status, (wrong.json["errors"] as Item[]).length]).toEqual([422, faultsShownMax]);
    const wide = Object.fromEntries(Array.from({ length: fxColumnsMax + 1 }, (_, i) => [`C${i}`, "much"]));
    const refused = await put("fx-rates", { date: daysAgo(1), rates: wide });
    expect([refused.status, refused.json["pointer"]]).toEqual([422, "/rates"]);
  });

  it("of which the newest table cannot be read are told, and go on, from the newest that can", async () => {
    await put("fx-rates", { date: daysAgo(1), rates: { CZK: 24 } });
    const { version } = (await get("fx-rates")) as { version: number };
    const poisoned = JSON.stringify({ layout: 1, version: version + 1, days: [1], rates: { "US DOLLAR": [1] } });
    await testEnv.DB.prepare("INSERT INTO fx_tables (version, document_json, author, at) VALUES (?1, ?2, 'old', 1)")
      .bind(version + 1, poisoned)
      .run();
    expect(await get("fx-rates?currency=CZK")).toMatchObject({ version, items: [{ rates: { CZK: 24 } }] });
    // Also where nothing else changes: who scores is to get a table that can be read.
    expect((await put("fx-rates", { date: daysAgo(1), rates: { CZK: 24 } })).json).toMatchObject({ version: version + 2 });
    expect(await get("fx-rates?currency=CZK")).toMatchObject({ version: version + 2, items: [{ rates: { CZK: 24 } }] });
  });

  it("are written by an admin alone, and only where nobody else comes first are they not tried again", async () => {
    const { token: reader } = await tokenWith(["read", "write"]);
    expect((await ask("PUT", "/api/v1/fx-rates", { token: reader, body: { date: daysAgo(1), rates: { DKK: 7.4 } } })).status).toBe(403);
    const both = await Promise.all([
      put("fx-rates", { date: daysAgo(1), rates: { DKK: 7.4 } }),
      put("fx-rates", { date: daysAgo(1), rates: { PLN: 4.3 } }),
    ]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect((await get("fx-rates?currency=DKK&currency=PLN"))["items"]).toEqual([{ date: daysAgo(1), rates: { DKK: 7.4, PLN: 4.3 } }]);
  });
});

describe("money", () => {
  it("is told in the reporting currency by the rate of the day, in metrics, lists and sums; without a rate it says so; new rates tell all anew", async () => {
    await send([subscription("mono", 10_000, "EUR"), subscription("duo", 10_000, "EUR"), subscription("duo", 50_000, "JPY")]);
    const noRate = { value: null, noRate: { currency: "JPY", date: new Date().toISOString().slice(0, 10) } };
    await soon(async () => expect(await lastArr("duo")).toMatchObject(noRate));
    expect(await lastArr("mono")).toMatchObject({ value: 120_000 });
    await soon(async () => expect((await rowOf("duo"))["arrUnconverted"]).toHaveLength(2));
    expect(await rowOf("duo")).toMatchObject({
      arr: null,
      arrUnconverted: [
        { amount: 120_000, currency: "EUR" },
        { amount: 600_000, currency: "JPY" },
      ],
    });
    expect(await get("accounts/duo")).toMatchObject({ arr: null, arrUnconverted: [{}, {}] });
    await soon(async () => {
      const bands = (await get("portfolio"))["bands"] as { unconverted: { accounts: number } }[];
      expect(bands.reduce((sum, { unconverted }) => sum + unconverted.accounts, 0)).toBe(1);
    });

    await put("fx-rates", { rates: { [daysAgo(10)]: { JPY: 200 }, [daysAgo(0)]: { JPY: 150 } } });
    // 600,000 yen a year are 4,000 euro.
    await soon(async () => expect(await lastArr("duo")).toMatchObject({ value: 520_000 }));
    await soon(async () => expect(await rowOf("duo")).toMatchObject({ arr: { amount: 520_000, currency: "EUR" }, arrUnconverted: [] }));
    const points = (await get("accounts/duo/metrics/arr"))["points"] as Item[];
    expect(points.slice(-12).map(({ value }) => value)).toEqual([null, ...Array.from({ length: 10 }, () => 420_000), 520_000]);

    const settings = await put("settings", { reportingCurrency: "JPY" });
    expect(settings.json).toMatchObject({ reportingCurrency: "JPY" });
    await soon(async () => expect(await lastArr("mono")).toMatchObject({ value: 180_000 }));
    await soon(async () => expect(await rowOf("mono")).toMatchObject({ arr: { amount: 180_000, currency: "JPY" } }));
    expect(await get("accounts/mono/metrics/arr")).toMatchObject({ currency: "JPY" });
    expect(await get("fx-rates?limit=1")).toMatchObject({ reportingCurrency: "JPY" });
  });

  it("settings that older code has stored, or that could not be put in force, come into force with the minute's work", async () => {
    await put("settings", { reportingCurrency: "CHF", timeZone: "Europe/Zurich" });
    const before = (await get("portfolio/history"))["days"];
    expect(before).toBeDefined();
    const stored = JSON.stringify({
      reportingCurrency: "SEK",
      timeZone: "Europe/Stockholm",
      publicUrl: null,
      retention: { archiveDays: 800 },
    });
    await testEnv.DB.prepare("UPDATE settings SET document_json = ?1 WHERE id = 1").bind(stored).run();
    expect(await get("fx-rates?limit=1")).toMatchObject({ reportingCurrency: "CHF" });
    await keepCompany(testEnv, Date.now());
    expect(await get("fx-rates?limit=1")).toMatchObject({ reportingCurrency: "SEK" });
    const { n } = (await testEnv.DB.prepare("SELECT max(version) AS n FROM configurations").first<{ n: number }>()) ?? { n: 0 };
    await keepCompany(testEnv, Date.now());
    expect((await testEnv.DB.prepare("SELECT max(version) AS n FROM configurations").first<{ n: number }>())?.n).toBe(n);
  });
});
