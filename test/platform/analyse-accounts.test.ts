import { describe, expect, test, vi } from "vitest";
import type { AnalysisCall, AnalysisPart } from "../../src/domain/analytics/analysis.ts";
import { analysisAnswerMs, analysisShardMs, analysisShardsMax, shardNamesPerRead } from "../../src/domain/limits.ts";
import { analyseAccounts } from "../../src/platform/analyse-accounts.ts";

const call: Omit<AnalysisCall, "withinMs"> = {
  kind: "adoption",
  query: { from: 0, to: 1 },
  accountIds: null,
  segment: undefined,
  strangeTypes: [],
};
const part: AnalysisPart = { part: null, accounts: 1, leftOut: 0, knownTypes: [] };
type World = Parameters<typeof analyseAccounts>[0];

/** Shards of which some fail, and how many were asked at a time. */
function world(fails: (name: string) => boolean, known: readonly string[] | null = null) {
  let underWay = 0;
  const seen = { asked: [] as string[], atOnce: 0 };
  const getByName = (name: string) => ({
    analyse: async () => {
      seen.asked.push(name);
      seen.atOnce = Math.max(seen.atOnce, ++underWay);
      await Promise.resolve();
      underWay--;
      if (fails(name)) throw new Error("out of reach");
      return part;
    },
  });
  const bind = (after: string, limit: number) => ({
    all: async () => {
      if (known === null) throw new Error("the database is down");
      return {
        results: known
          .filter((name) => name > after)
          .slice(0, limit)
          .map((name) => ({ name })),
      };
    },
  });
  return { seen, env: { ACCOUNT_SHARD: { getByName }, DB: { prepare: () => ({ bind }) } } as unknown as World };
}

describe("asking all account shards", () => {
  test("names those whose part is missing and gives the parts of all others, a few at a time", async () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    const { env, seen } = world((name) => name === "3" || name === "7");
    const taken: AnalysisPart[] = [];
    expect(await analyseAccounts(env, 20, call, (one) => taken.push(one))).toEqual({ shards: ["3", "7"], isLate: false });
    expect([taken.length, seen.asked.length, seen.atOnce]).toEqual([18, 20, 8]);
  });

  test("asks only the shards of the accounts it is about", async () => {
    const { env, seen } = world(() => false);
    await analyseAccounts(env, 20, { ...call, accountIds: ["acme", "acme"] }, () => undefined);
    expect(seen.asked).toHaveLength(1);
  });

  test("asks those that have ever had an account, and with the database down all that there can be", async () => {
    const { env, seen } = world(() => false, ["4", "9"]);
    await analyseAccounts(env, 20, call, () => undefined);
    expect(seen.asked).toEqual(["4", "9"]);
    await expect(analyseAccounts(world(() => false).env, 0, call, () => undefined)).rejects.toThrow("down");
  });

  test("reads the names of shards page by page", async () => {
    const names = Array.from({ length: shardNamesPerRead + 3 }, (_, i) => `account:${String(i).padStart(5, "0")}`);
    const { env, seen } = world(() => false, names);
    expect(await analyseAccounts(env, 0, call, () => undefined)).toEqual({ shards: names.slice(analysisShardsMax), isLate: false });
    expect(seen.asked).toEqual(names.slice(0, analysisShardsMax));
  });

  test("tells each how long it may take, and of those that are silent that the time was up", async () => {
    vi.useFakeTimers();
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    const given: number[] = [];
    const analyse = ({ withinMs }: AnalysisCall) => {
      given.push(withinMs);
      return new Promise(() => undefined);
    };
    const env = { ...world(() => false, ["1", "2"]).env, ACCOUNT_SHARD: { getByName: () => ({ analyse }) } } as unknown as World;
    const asked = analyseAccounts(env, 2, call, () => undefined);
    await vi.advanceTimersByTimeAsync(analysisShardMs);
    expect(await asked).toEqual({ shards: ["1", "2"], isLate: true });
    expect(given).toEqual([analysisShardMs - analysisAnswerMs, analysisShardMs - analysisAnswerMs]);
    vi.useRealTimers();
  });

  test("leaves out, and names, what is beyond its bound", async () => {
    const { env, seen } = world(() => false);
    expect(await analyseAccounts(env, analysisShardsMax + 2, call, () => undefined)).toEqual({ shards: ["1000", "1001"], isLate: false });
    expect(seen.asked).toHaveLength(analysisShardsMax);
  });
});
