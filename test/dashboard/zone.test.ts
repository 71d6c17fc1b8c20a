import { afterAll, expect, it } from "vitest";
import { dateOnlyText, zoneName } from "../../src/dashboard/format.ts";
import { whenText } from "../../src/dashboard/pages/account/history-points.ts";
import { fieldText } from "../../src/dashboard/pages/account/event-fields.ts";
import { fromLocalInput, localDate, toLocalInput, weekStart } from "../../src/dashboard/zone.ts";

const own = process.env["TZ"];
const lookFrom = (zone: string | undefined): void => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
};
afterAll(() => lookFrom(own));

it("reads what a person writes in the zone of whoever looks, and names it", () => {
  lookFrom("Asia/Kathmandu");
  const at = Date.UTC(2026, 10, 25, 20, 30);
  // Some engines have the name of old.
  expect(zoneName()).toMatch(/^Asia\/Kath?mandu$/);
  expect(toLocalInput(at)).toBe("2026-11-26T02:15");
  expect(fromLocalInput("2026-11-26T02:15")).toBe("2026-11-25T20:30:00.000Z");
  expect(fromLocalInput("")).toBeNull();
});

it("comes back to the same wall clock on both sides of a change of the clocks", () => {
  lookFrom("Europe/Berlin");
  for (let at = Date.UTC(2026, 2, 28, 20); at < Date.UTC(2026, 2, 29, 20); at += 1_800_000)
    expect(fromLocalInput(toLocalInput(at))).toBe(new Date(at).toISOString());
  // Shown twice: an instant of the two.
  expect(["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]).toContain(fromLocalInput("2026-10-25T02:30"));
  expect(new Date(weekStart(Date.UTC(2026, 10, 1, 12), 1)).toISOString()).toBe("2026-10-18T22:00:00.000Z");
  expect(new Date(weekStart(Date.UTC(2026, 10, 1, 12), 0)).toISOString()).toBe("2026-10-25T23:00:00.000Z");
});

it("tells a date as the same day wherever one looks from, also where it is kept as its first instant in UTC", () => {
  lookFrom("America/Los_Angeles");
  const closeDate = Date.parse("2027-02-20T00:00:00Z");
  expect([fieldText("closeDate", closeDate), fieldText("renewalDate", "2027-02-20"), dateOnlyText("2027-02-20")]).toEqual(
    Array.from({ length: 3 }, () => "20 Feb 2027"),
  );
  expect(fieldText("closeDate", closeDate + 1000)).toContain(":00:01");
});

it("takes today for the day of whoever looks: a task is due on that", () => {
  const at = Date.parse("2026-12-01T01:00:00Z");
  const days = ["America/Los_Angeles", "UTC", "Pacific/Auckland"].map((zone) => {
    lookFrom(zone);
    return localDate(at);
  });
  expect(days).toEqual(["2026-11-30", "2026-12-01", "2026-12-01"]);
});

it("tells points by day as the days of UTC that they are, wherever one looks from", () => {
  lookFrom("America/New_York");
  const at = "2026-11-26T23:59:59.999Z";
  const point = { at, score: 50, band: "watch", confidence: 1, scorecard: "standard@1", configVersion: "1" } as const;
  const history = { from: at, to: at, points: [point] };
  expect([whenText({ ...history, step: "1d" }, point), dateOnlyText(at)]).toEqual(["26 Nov 2026", "26 Nov 2026"]);
});
