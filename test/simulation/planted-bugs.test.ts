import { describe, expect, test } from "vitest";
import type { PlantedBug } from "./planted-bugs.ts";
import { simulate } from "./run.ts";
import { noFaults } from "./platform/object-runtime.ts";

const SEEDS = [1, 2, 3, 4];

describe("the simulation sees faults of ours", { timeout: 180_000 }, () => {
  test.each<PlantedBug>(["skip the dedupe", "settle early", "fold a ticket change twice"])("%s", async (bug) => {
    const results = [];
    for (const seed of SEEDS) results.push(await simulate({ seed, steps: 120, bug }));
    expect(results.some(({ broken }) => broken.length > 0)).toBe(true);
  });

  test("take a second copy for the first", async () => {
    const results = [];
    for (const seed of SEEDS)
      results.push(await simulate({ seed, steps: 120, intakeShards: 2, keysMove: false, bug: "take a second copy for the first" }));
    expect(results.flatMap(({ broken }) => broken).filter((law) => law.startsWith("applied in all")).length).toBeGreaterThan(0);
    for (const seed of SEEDS) expect((await simulate({ seed, steps: 120, intakeShards: 2, keysMove: false })).broken).toEqual([]);
  });

  test("without one, the same seeds are green", async () => {
    for (const seed of SEEDS) expect((await simulate({ seed, steps: 120 })).broken).toEqual([]);
  });

  test("the same seed gives the same run", async () => {
    expect(await simulate({ seed: 7, steps: 80 })).toEqual(await simulate({ seed: 7, steps: 80 }));
  });

  test("a quiet platform gives no repeats beyond those that were sent", async () => {
    const { broken, faults } = await simulate({ seed: 3, steps: 80, rates: noFaults });
    expect(broken).toEqual([]);
    expect(faults.messageLost + faults.callLost + faults.answerLost).toBe(0);
  });
});
