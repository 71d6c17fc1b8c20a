import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toLine } from "../../../src/domain/event.ts";
import { dayRange, stepMatcher, stepOf, stepsInText, stepText } from "../../../src/domain/analytics/query.ts";
import { event } from "../../support/account-builders.ts";

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

describe("a look at the text of events", () => {
  const value = fc.oneof(fc.string({ unit: "binary", maxLength: 6 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());
  const where = fc.dictionary(fc.constantFrom("page", "seats", "plan"), value, { maxKeys: 2, noNullPrototype: true });

  test("never misses an event that is one of the steps, alone or among many", () => {
    fc.assert(
      fc.property(where, fc.boolean(), (data, among) => {
        const step = { type: "page.viewed", where: Object.fromEntries(Object.entries(data).map(([name, one]) => [name, String(one)])) };
        const one = event({ type: "page.viewed", data });
        expect(stepMatcher(step)(one)).toBe(true);
        const text = [...(among ? [toLine(event({ type: "lamp.lit" }))] : []), toLine(one)].join("\n");
        expect(stepsInText([{ type: "nobody.knows" }, step])(text)).toBe(true);
      }),
    );
  });

  test("passes over what has another type, or not the value asked for", () => {
    const text = toLine(event({ type: "feature.used", data: { feature: "Export", note: "before session.started" } }));
    expect(stepsInText([{ type: "session.started" }])(text)).toBe(false);
    expect(stepsInText([{ type: "feature.used", where: { feature: "Alerts" } }])(text)).toBe(false);
    expect(stepsInText([{ type: "feature.used", where: { feature: "Export" } }])(text)).toBe(true);
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
