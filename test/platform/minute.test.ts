import { describe, expect, it } from "vitest";
import { shardsOfMinute } from "../../src/platform/minute.ts";

describe("the sweep of account shards", () => {
  it.each([1, 31, 32, 33, 256, 300])("visits each of %d shards once before any a second time", (shards) => {
    const seen: string[] = [];
    for (let minute = 1_000; seen.length < shards; minute++) seen.push(...shardsOfMinute(shards, minute));
    expect(seen.sort()).toEqual(Array.from({ length: shards }, (_, i) => String(i)).sort());
  });
});
