import { describe, expect, test } from "vitest";
import { emptyConfiguration, type Configuration } from "../../../src/domain/config/active.ts";
import { statisticsShardsPerStep } from "../../../src/domain/limits.ts";
import { Gathered } from "../../../src/domain/statistics/gather.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import { publishStatistics, type StatisticsPorts } from "../../../src/reports/statistics.ts";

const now = Date.parse("2026-11-24T02:00:00Z");
const period = "2026-11-23";

/** A book of shards, each with two pages of one account that rated `good` of 10. */
function book(shards: number, good: number, over: Partial<StatisticsPorts> = {}) {
  const steps: string[] = [];
  const published: Configuration[] = [];
  const names = Array.from({ length: shards }, (_, i) => `s${String(i).padStart(3, "0")}`);
  const ports: StatisticsPorts = {
    now: () => now,
    shards: async (after, limit) => names.filter((name) => after === null || name > after).slice(0, limit),
    gather: async (shard, after) => {
      const gathered = new Gathered();
      gathered.add({
        segment: shard,
        scorecard: "standard",
        tenureDays: null,
        values: [],
        figures: [{ measure: "csat", contribution: { hits: good, of: 10 } }],
      });
      return { gathered: gathered.toJson(), next: after === null ? "a" : null };
    },
    configuration: async () => published.at(-1) ?? null,
    publish: async (configuration) => {
      published.push(configuration);
      return true;
    },
    ...over,
  };
  const run = (day = period) =>
    publishStatistics(
      day,
      async (name, work) => {
        steps.push(name);
        return work();
      },
      ports,
    );
  return { run, steps, published };
}

describe("the statistics of a night", () => {
  test("are of all pages of all shards, a step for each page of shards, and take the next number", async () => {
    const { run, steps, published } = book(statisticsShardsPerStep * 2 + 3, 1);
    expect(await run()).toEqual({ accounts: (statisticsShardsPerStep * 2 + 3) * 2, configVersion: "1", why: "published" });
    expect(steps.filter((name) => name.includes("page"))).toHaveLength(3);
    expect(published).toMatchObject([
      {
        version: 1,
        statistics: { version: 1, period, figures: { csat: { all: { value: 0.1, accounts: (statisticsShardsPerStep * 2 + 3) * 2 } } } },
      },
    ]);
  });

  test("are not published again while they make no difference, nor of an empty book, nor for an older day", async () => {
    let at = now;
    const { run, published } = book(3, 1, { now: () => at });
    await run();
    at += DAY_MS;
    expect(await run("2026-11-24")).toMatchObject({ accounts: 6, configVersion: null, why: "no_difference" });
    expect(await run("2026-11-20")).toMatchObject({ why: "older_period" });
    expect(published).toHaveLength(1);
    expect(await book(0, 0).run()).toMatchObject({ accounts: 0, why: "no_accounts" });
  });

  test("are told as published by a step that runs again because its answer was lost", async () => {
    const { run, published } = book(3, 1);
    await run();
    expect(await run()).toEqual({ accounts: 6, configVersion: "1", why: "published" });
    expect(published).toHaveLength(1);
  });

  test("leave everything else of the configuration as it is", async () => {
    const known: Configuration = {
      ...emptyConfiguration,
      version: 41,
      segments: { version: 3, document: { title: "By size", scorecard: "standard", segments: [] } },
    };
    const { run, published } = book(1, 1, { configuration: async () => known });
    await run();
    expect(published[0]).toMatchObject({ ...known, version: 42, statistics: expect.objectContaining({ version: 42 }) });
  });

  test("fail rather than be of half a book, or overwrite what somebody else has published meanwhile", async () => {
    const gather = async () => Promise.reject(new Error("shard is down"));
    await expect(book(2, 1, { gather }).run()).rejects.toThrow("shard is down");
    await expect(book(2, 1, { publish: async () => false }).run()).rejects.toThrow(/at the same time/);
  });
});
