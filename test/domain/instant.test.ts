import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseInstant } from "../../src/domain/instant.ts";

describe("parseInstant", () => {
  it.each([
    ["2026-11-25T09:00:00Z", "2026-11-25T09:00:00.000Z"],
    ["2026-11-25t09:00:00z", "2026-11-25T09:00:00.000Z"],
    ["2026-11-25T09:00:00.5Z", "2026-11-25T09:00:00.500Z"],
    ["2025-01-08T10:12:07.672717030Z", "2025-01-08T10:12:07.672Z"],
    ["2026-11-25T09:00:00+05:30", "2026-11-25T03:30:00.000Z"],
    ["2026-01-01T00:30:00-01:00", "2026-01-01T01:30:00.000Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ])("reads %s", (text, iso) => {
    expect(parseInstant(text)).toBe(Date.parse(iso));
  });

  it.each([
    "2026-11-25",
    "2026-11-25T09:00:00",
    "2026-11-25 09:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-11-25T24:00:00Z",
    "2026-11-25T09:60:00Z",
    "2026-11-25T09:00:61Z",
    "2026-11-25T09:00:00.Z",
    "2026-11-25T09:00:00+0530",
    "2026-11-25T09:00:00Zx",
    "2026-11-25T09:00:00+24:00",
    "+026-11-25T09:00:00Z",
    "",
    "now",
  ])("refuses %s", (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  it("agrees with the platform on every instant it can write", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
        (date) => parseInstant(date.toISOString()) === date.getTime(),
      ),
    );
  });
});
