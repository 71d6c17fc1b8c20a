import { describe, expect, it } from "vitest";
import { historyInstants } from "../../../src/domain/health/history-instants.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";

const at = (text: string): number => Date.parse(text);
const instants = (from: string | null, to: string | null, stepMs: number, now = "2026-11-25T10:00:00Z") => {
  const found = historyInstants({ from: from === null ? null : at(from), to: to === null ? null : at(to), stepMs }, at(now));
  return "failure" in found ? found : found.map((one) => new Date(one).toISOString());
};

describe("the instants of a history", () => {
  it("are the last moment of each day that ended in it, and its own end", () => {
    expect(instants("2026-11-22T09:00:00Z", "2026-11-24T08:00:00Z", DAY_MS)).toEqual([
      "2026-11-22T23:59:59.999Z",
      "2026-11-23T23:59:59.999Z",
      "2026-11-24T08:00:00.000Z",
    ]);
  });

  it("are whole days alone where it begins and ends with one: that which begins at its end is not in it", () => {
    const days = ["2026-11-22T23:59:59.999Z", "2026-11-23T23:59:59.999Z"];
    expect(instants("2026-11-22T00:00:00Z", "2026-11-24T00:00:00Z", DAY_MS)).toEqual(days);
    expect(instants("2026-11-22T00:00:00Z", "2026-11-23T23:59:59.999Z", DAY_MS)).toEqual(days);
  });

  it("are the full hours of steps of an hour", () => {
    const hours = ["2026-11-23T23:00:00.000Z", "2026-11-24T00:00:00.000Z", "2026-11-24T01:00:00.000Z"];
    expect(instants("2026-11-23T23:00:00Z", "2026-11-24T01:00:00Z", HOUR_MS)).toEqual(hours);
    expect(instants("2026-11-23T22:30:00Z", "2026-11-24T01:00:00Z", HOUR_MS)).toEqual(hours);
  });

  it("are 90 days and now unless told, one where the range is one, and none of what is too much or upside down", () => {
    expect(instants(null, null, DAY_MS)).toHaveLength(91);
    expect(instants("2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z", DAY_MS)).toEqual(["2026-11-24T00:00:00.000Z"]);
    expect(instants("2026-11-25T00:00:00Z", "2026-11-24T00:00:00Z", DAY_MS)).toMatchObject({ field: "from" });
    expect(instants("2020-01-01T00:00:00Z", null, HOUR_MS)).toMatchObject({ field: "step" });
    expect(instants(null, null, 0)).toMatchObject({ field: "step" });
  });
});
