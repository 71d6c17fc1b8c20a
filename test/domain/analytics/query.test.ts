import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dayRange, stepOf, stepText } from "../../../src/domain/analytics/query.ts";

describe("a step as text", () => {
  test("reads as it was written, whatever its values hold", () => {
    const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text !== "__proto__");
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ maxLength: 8 }), { minKeys: 1, maxKeys: 3, noNullPrototype: true }), (where) => {
        expect(stepOf(stepText({ type: "feature.used", where }))).toEqual({ type: "feature.used", where });
      }),
    );
    expect(stepOf("page.viewed")).toEqual({ type: "page.viewed" });
    expect(stepText({ type: "feature.used", where: { feature: "Export Run", seats: 10 } })).toBe(
      "feature.used;feature=Export Run;seats=10",
    );
  });

  test.each(["feature.used;", "feature.used;feature", "feature.used;a=b=c", "feature.used;a=%zz"])("%s is none", (text) => {
    expect(stepOf(text)).toBeNull();
  });
});

test("a range of days holds every day that it touches, and ends with today unless told", () => {
  const now = Date.UTC(2026, 10, 25, 12);
  const bounds = { days: 30, daysMax: 400 };
  expect(dayRange({}, now, bounds)).toEqual({ ok: true, value: { from: Date.UTC(2026, 9, 27), to: Date.UTC(2026, 10, 26) } });
  expect(dayRange({ from: Date.UTC(2026, 10, 1, 23), to: Date.UTC(2026, 10, 2, 1) }, now, bounds)).toEqual({
    ok: true,
    value: { from: Date.UTC(2026, 10, 1), to: Date.UTC(2026, 10, 3) },
  });
  expect(dayRange({ from: 0 }, now, bounds)).toEqual({ ok: false, error: { field: "from", detail: "at most 400 days before `to`" } });
});
