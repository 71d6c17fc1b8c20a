import { expect, test } from "vitest";
import { seedsOf, storm } from "./storm.ts";

const seeds = seedsOf(1, 2);

test.skipIf(seeds.length === 0)(
  "no event is lost or doubled, whatever the platform does (seeds, part 1)",
  async () => {
    const report = await storm(seeds);
    console.log(JSON.stringify(report));
    expect(report.broken).toEqual([]);
    expect(Math.min(...Object.values(report.faults))).toBeGreaterThan(seeds.length > 50 ? 0 : -1);
  },
  1_800_000,
);
