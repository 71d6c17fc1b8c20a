import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { riskPartsKeptMs } from "../../src/domain/limits.ts";
import type { Env } from "../../src/env.ts";
import { riskParts } from "../../src/platform/r2/risk-parts.ts";

const bucket = (env as unknown as Env).ARCHIVE;
const part = { accounts: 3, withoutSubscription: 3, histories: [] };
const keys = async (): Promise<readonly string[]> => (await bucket.list({ prefix: "risk/" })).objects.map(({ key }) => key);
let skipMs = 0;
const parts = riskParts(bucket, () => Date.now() + skipMs);

beforeEach(async () => {
  skipMs = 0;
  await bucket.delete([...(await keys())]);
  for (const [period, count] of [
    ["2026-09", 1],
    ["2026-10", 2],
  ] as const)
    for (let i = 0; i < count; i++) await parts.put(period, i, part);
});

describe("the parts of a back-test that were read", () => {
  it("come back, and go for a whole month without a word how many there are", async () => {
    expect(await parts.get("2026-10", 1)).toMatchObject(part);
    await parts.remove("2026-10");
    expect(await keys()).toEqual(["risk/2026-09/0.json"]);
    await expect(parts.get("2026-10", 1)).rejects.toThrow("part 1 of 2026-10 is not there");
  });

  it("of a run that never came to its end go once they are old, not those of one under way", async () => {
    await parts.removeForgotten();
    expect(await keys()).toHaveLength(3);
    skipMs = riskPartsKeptMs + 60_000;
    await parts.removeForgotten();
    expect(await keys()).toEqual([]);
  });
});
