import { describe, expect, test } from "vitest";
import type { PlantedBug } from "./planted-bugs.ts";
import { simulate, type SimulationResult } from "./run.ts";
import { noFaults } from "./platform/object-runtime.ts";

const SEEDS = [1, 2, 3, 4];

/** Laws that the first of the seeds breaks in which any is broken; none: the fault goes unseen in all of them. */
async function firstBroken(
  run: (seed: number) => Promise<SimulationResult>,
  counts: (law: string) => boolean = () => true,
): Promise<readonly string[]> {
  for (const seed of SEEDS) {
    const broken = (await run(seed)).broken.filter(counts);
    if (broken.length > 0) return broken;
  }
  return [];
}

describe("the simulation sees faults of ours", { timeout: 180_000 }, () => {
  test.each<PlantedBug>(["skip the dedupe", "settle early", "fold a ticket change twice"])("%s", async (bug) => {
    expect(await firstBroken((seed) => simulate({ seed, steps: 120, bug }))).not.toEqual([]);
  });

  test("take a second copy for the first", async () => {
    const world = { steps: 120, intakeShards: 2, keysMove: false, bug: "take a second copy for the first" } as const;
    const isOfTotal = (law: string): boolean => law.startsWith("applied in all");
    expect(await firstBroken((seed) => simulate({ seed, ...world }), isOfTotal)).not.toEqual([]);
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
