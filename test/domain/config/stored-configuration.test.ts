import { expect, it } from "vitest";
import { activate, parseConfiguration } from "../../../src/domain/config/active.ts";
import stored from "./stored-configuration-1.json" with { type: "json" };

/** As layout 1 was first written. Never edited: whoever makes it unreadable takes the scores from those who have published. */
it("a configuration that was stored by the first code of its layout is still in force, with all that is in it", () => {
  const parsed = parseConfiguration(JSON.stringify(stored));
  expect(parsed.ok ? null : parsed.error).toBeNull();
  if (!parsed.ok) return;
  const config = activate(parsed.value);
  expect(config.version).toBe(5);
  expect(config.scorecards.get("own")?.dimensions.length).toBe(stored.scorecards.own.document.dimensions.length);
  expect([
    config.calendars.has("office"),
    config.ownMeasures.has("seats"),
    config.segments?.scorecard,
    config.shadows.some(({ key }) => key === "own"),
  ]).toEqual([true, true, "own", true]);
});
