import { describe, expect, test } from "vitest";
import { type Configuration, emptyConfiguration } from "../../src/domain/config/active.ts";
import { ScorecardDocumentSchema } from "../../src/domain/config/scorecard.ts";
import { standardScorecard } from "../../src/domain/config/standard.ts";
import { configCacheBytesMax, configPastBytesMax, configReadWaitMs, configsPerQueryMax } from "../../src/domain/limits.ts";
import { cachedConfig, configsOf } from "../../src/platform/active-config.ts";

const { version: _, configVersion: __, ...own } = standardScorecard;
const document = ScorecardDocumentSchema.parse(structuredClone(own));
/** With so many scorecards one takes some hundred kilobytes. */
const textOf = (version: number, scorecards = 1): string =>
  JSON.stringify({
    ...emptyConfiguration,
    version,
    scorecards: Object.fromEntries(Array.from({ length: scorecards }, (_one, i) => [`s${i}`, { version: 1, document }])),
  } satisfies Configuration);
const upTo = (last: number): number[] => Array.from({ length: last }, (_one, i) => i + 1);

/** A database that counts what it is asked, and an archive. */
function sources(textBy: (version: number) => string, database: "works" | "hangs" = "works") {
  const asked: number[][] = [];
  const all = (versions: readonly number[]) =>
    database === "hangs"
      ? new Promise(() => undefined)
      : Promise.resolve({ results: versions.map((version) => ({ version, text: textBy(version) })) });
  const bind = (versions: string) => {
    asked.push(JSON.parse(versions) as number[]);
    return { all: () => all(JSON.parse(versions) as number[]) };
  };
  const DB = { prepare: () => ({ bind }) } as unknown as D1Database;
  const get = async (key: string) => ({ text: async () => textBy(Number(/\d+/.exec(key)?.[0])) });
  return { env: { DB, ARCHIVE: { get } as unknown as R2Bucket }, asked };
}

describe("configurations of the past", () => {
  test("beyond the room of the cache: the newest are had, the rest is said to have no room, and asking again reads nothing", async () => {
    const cards = Math.ceil(150_000 / textOf(1).length);
    const size = textOf(50, cards).length;
    expect(50 * size).toBeGreaterThan(configCacheBytesMax);
    const { env, asked } = sources((version) => textOf(version, cards));
    const { found, noRoomFor } = await configsOf(env, upTo(50));
    const fitting = Math.floor(configPastBytesMax / size);
    expect(found.size).toBeGreaterThanOrEqual(fitting - 1);
    expect([...found.keys()].toSorted((a, b) => b - a)).toEqual(upTo(50).toReversed().slice(0, found.size));
    expect(found.size + noRoomFor.size).toBe(50);
    const reads = asked.length;
    for (let again = 0; again < 5; again++) expect((await configsOf(env, upTo(50))).found.size).toBe(found.size);
    expect(asked.length).toBe(reads);
    expect(cachedConfig(env.DB, 50)).not.toBeNull();
  });

  test("that are few are all had, and nobody is asked for those that are at hand", async () => {
    const { env, asked } = sources(textOf);
    await configsOf(env, [3, 1]);
    const { found, noRoomFor } = await configsOf(env, [1, 2, 3, 3]);
    expect([new Set(found.keys()), noRoomFor.size, asked]).toEqual([new Set([1, 2, 3]), 0, [[3, 1], [2]]]);
  });

  test("come from their copies while the database hangs, at the cost of one wait for it", async () => {
    const { env, asked } = sources(textOf, "hangs");
    const numbers = upTo(4 * configsPerQueryMax);
    const from = Date.now();
    const { found } = await configsOf(env, numbers);
    expect(Date.now() - from).toBeLessThan(configReadWaitMs * 1.5);
    expect([found.size, asked.length]).toEqual([numbers.length, 1]);
  });

  test("that nobody has are in neither answer, within the time that one look may take", async () => {
    const { env } = sources(textOf, "hangs");
    const ARCHIVE = { get: () => new Promise(() => undefined) } as unknown as R2Bucket;
    const from = Date.now();
    const { found, noRoomFor } = await configsOf({ ...env, ARCHIVE }, upTo(4 * configsPerQueryMax));
    expect([found.size, noRoomFor.size]).toEqual([0, 0]);
    expect(Date.now() - from).toBeLessThan(configReadWaitMs * 2.5);
  });
});
