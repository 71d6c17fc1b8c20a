import { describe, expect, test } from "vitest";
import { cronTime, dueMinutes } from "../../scripts/runtime/cron-time.ts";

const at = (text: string): number => Date.parse(text);
const due = (cron: string, from: string, to: string): string[] =>
  dueMinutes(cronTime(cron), at(from), at(to), 1_000).map((ms) => new Date(ms).toISOString().slice(0, 16));

describe("a cron trigger", () => {
  test.each([
    ["* * * * *", "2026-11-25T10:00:30Z", "2026-11-25T10:02:00Z", ["2026-11-25T10:01", "2026-11-25T10:02"]],
    ["0 2 * * *", "2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z", ["2026-11-24T02:00", "2026-11-25T02:00"]],
    ["0 3 * * SUN", "2026-11-20T00:00:00Z", "2026-11-30T00:00:00Z", ["2026-11-22T03:00", "2026-11-29T03:00"]],
    ["0 3 * * 1", "2026-11-20T00:00:00Z", "2026-11-24T00:00:00Z", ["2026-11-22T03:00"]],
    ["0 4 1 * *", "2026-10-15T00:00:00Z", "2026-12-02T00:00:00Z", ["2026-11-01T04:00", "2026-12-01T04:00"]],
    [
      "*/20 9-10 * NOV MON-TUE",
      "2026-11-24T08:00:00Z",
      "2026-11-25T23:00:00Z",
      ["09:00", "09:20", "09:40", "10:00", "10:20", "10:40"].map((time) => `2026-11-24T${time}`),
    ],
  ])("%s is due where Cloudflare would fire it", (cron, from, to, expected) => {
    expect(due(cron, from, to)).toEqual(expected);
  });

  test("a minute that has begun is not due again", () => {
    expect(due("* * * * *", "2026-11-25T10:01:00Z", "2026-11-25T10:01:59Z")).toEqual([]);
  });

  test.each(["* * * *", "61 * * * *", "* * * * L", "*/0 * * * *", "a * * * *", "- * * * *"])("%s is refused", (cron) => {
    expect(() => cronTime(cron)).toThrow(/cron/);
  });
});
