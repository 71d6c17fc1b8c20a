import { expect, test } from "vitest";
import { TimeZone } from "../../src/domain/calendar/time-zone.ts";
import { HOUR_MS } from "../../src/domain/time.ts";

test("the runtime knows the world's time zones and when they change", () => {
  const from = Date.UTC(2026, 0, 1);
  const to = Date.UTC(2027, 0, 1);
  expect(TimeZone.named("Europe/Berlin")?.between(from, to).slice(1)).toEqual([
    { from: Date.UTC(2026, 2, 29, 1), offsetMs: 2 * HOUR_MS },
    { from: Date.UTC(2026, 9, 25, 1), offsetMs: HOUR_MS },
  ]);
  expect(TimeZone.named("Australia/Lord_Howe")?.between(from, to).slice(1)).toEqual([
    { from: Date.UTC(2026, 3, 4, 15), offsetMs: 10.5 * HOUR_MS },
    { from: Date.UTC(2026, 9, 3, 15, 30), offsetMs: 11 * HOUR_MS },
  ]);
  expect(TimeZone.named("Asia/Kolkata")?.between(from, to)).toHaveLength(1);
  expect(TimeZone.named("Europe/Atlantis")).toBeNull();
});
