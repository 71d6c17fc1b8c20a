import { expect, test } from "vitest";
import { risingId } from "../../src/platform/rising-id.ts";

test("ids rise by their text while the clock goes on, stands and is set back", () => {
  const start = Date.UTC(2026, 10, 28);
  const ids = [0, 0, 1, -60_000, -59_999, -59_999, 1, 2].map((ms) => risingId("vd", start + ms, "0000000000"));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});
