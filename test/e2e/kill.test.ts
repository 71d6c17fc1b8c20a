import { expect, test } from "vitest";
import { phasesThatMustBeStruck, shortPlan } from "../../scripts/kill/plan.ts";
import { exactWithinMs, runKills } from "../../scripts/kill/run.ts";

test("a few kills under load lose nothing and double nothing", { timeout: 400_000 }, async () => {
  const report = await runKills(shortPlan, (line) => console.log(line));
  expect(report.verdict).toMatchObject({ lost: [], doubled: [], unexpected: [] });
  expect(report.acknowledged).toBeGreaterThan(100);
  expect(report.verdict.counted).toBeGreaterThanOrEqual(report.acknowledged);
  expect(report.exactAfterSeconds * 1_000).toBeLessThan(exactWithinMs);
  expect(phasesThatMustBeStruck.filter((phase) => (report.killsByPhase[phase] ?? 0) === 0)).toEqual([]);
});
