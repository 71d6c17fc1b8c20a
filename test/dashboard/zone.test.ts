import { afterAll, expect, it } from "vitest";
import { dayTimeText, exactTimeText, showTimesIn, zoneName } from "../../src/dashboard/format.ts";
import { fromLocalInput, toLocalInput, weekStart } from "../../src/dashboard/zone.ts";

const own = zoneName();
afterAll(() => showTimesIn(own));

it("tells instants in the company's zone, and reads what a person writes in it", () => {
  showTimesIn("Asia/Kathmandu");
  const at = Date.UTC(2026, 10, 25, 20, 30);
  expect(zoneName()).toBe("Asia/Kathmandu");
  expect(dayTimeText(at)).toBe("26 Nov, 02:15");
  expect(exactTimeText(at)).toContain("+5:45");
  expect(toLocalInput(at)).toBe("2026-11-26T02:15");
  expect(fromLocalInput("2026-11-26T02:15")).toBe("2026-11-25T20:30:00.000Z");
  expect(fromLocalInput("")).toBeNull();
});

it("comes back to the same wall clock on both sides of a change of the clocks", () => {
  showTimesIn("Europe/Berlin");
  for (let at = Date.UTC(2026, 2, 28, 20); at < Date.UTC(2026, 2, 29, 20); at += 1_800_000)
    expect(fromLocalInput(toLocalInput(at))).toBe(new Date(at).toISOString());
  // Shown twice: an instant of the two.
  expect(["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]).toContain(fromLocalInput("2026-10-25T02:30"));
  expect(new Date(weekStart(Date.UTC(2026, 10, 1, 12), 1)).toISOString()).toBe("2026-10-18T22:00:00.000Z");
  expect(new Date(weekStart(Date.UTC(2026, 10, 1, 12), 0)).toISOString()).toBe("2026-10-25T23:00:00.000Z");
});

it("keeps the zone in use where a browser does not know the name", () => {
  showTimesIn("Europe/Berlin");
  showTimesIn("Atlantis/Center");
  expect(zoneName()).toBe("Europe/Berlin");
});
