import { expect, test } from "vitest";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { measures } from "../../../src/domain/health/measures/index.ts";
import { measuresLookingAt } from "../../../src/domain/health/restated-measures.ts";
import { DAY_MS, dayOf } from "../../../src/domain/time.ts";
import { NOW } from "../../support/account-builders.ts";

const looking = (type: string, daysAgo: number): unknown[] =>
  measuresLookingAt(standardScorecard, (key) => measures.get(key), { type, occurredAt: NOW - daysAgo * DAY_MS }, NOW).map(
    ({ key, day, to }) => [key, dayOf(NOW) - day, dayOf(NOW) - to],
  );

test("measures look back on an event as long as it lies in their windows, up to the last day that is over", () => {
  const usage = looking("feature.used", 40);
  // 28 days that end with the day: the 27 after it too; the trend compares 56 complete days before the day.
  expect(usage).toContainEqual(["seat_use", 40, 13]);
  expect(usage).toContainEqual(["stickiness", 40, 13]);
  expect(looking("feature.used", 10)).toContainEqual(["seat_use", 10, 1]);
});

test("only those that read such events, and none on the day itself", () => {
  expect(looking("ticket.solved", 20).map((row) => (row as string[])[0])).not.toContain("seat_use");
  expect(looking("ticket.solved", 20)).toContainEqual(["reopen_rate", 20, 1]);
  expect(looking("rocket.launched", 20)).toEqual([]);
  expect(looking("feature.used", 0)).toEqual([]);
});
