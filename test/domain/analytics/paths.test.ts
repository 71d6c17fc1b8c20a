import { describe, expect, test } from "vitest";
import { DAY_MS, MINUTE_MS } from "../../../src/domain/time.ts";
import { AnalysisWorld, NOW, type Told } from "../../support/analytics.ts";

const used = (person: string, feature: string, minutes: number): Told => ({
  account: "a",
  at: NOW - DAY_MS + minutes * MINUTE_MS,
  user: { id: person },
  data: { feature },
});
const started = (person: string, minutes: number): Told => ({ ...used(person, "", minutes), type: "session.started", data: {} });
const named = (feature: string): string => `feature.used;feature=${feature}`;

describe("paths", () => {
  const world = new AnalysisWorld().tell(
    started("ann", 0),
    used("ann", "Search", 1),
    used("ann", "Search", 2),
    used("ann", "Export", 3),
    started("bob", 0),
    used("bob", "Search", 30),
    used("bob", "Export", 61),
    // An hour later: another session.
    started("ann", 70),
    used("cy", "Export", 0),
  );

  test("begin at the first anchor of a session, end with it, and count a step that repeats once", () => {
    const answer = world.ask("paths", { anchor: { type: "session.started" } });
    expect(answer).toMatchObject({ sessions: 3, people: 2, pathsTotal: 3, sessionsLeftOut: 0 });
    expect(answer["paths"]).toEqual(
      expect.arrayContaining([
        { steps: [named("Search"), named("Export")], sessions: 1, share: 1 / 3 },
        { steps: [named("Search")], sessions: 1, share: 1 / 3 },
        { steps: [], sessions: 1, share: 1 / 3 },
      ]),
    );
    expect(answer["steps"]).toEqual([
      { step: named("Search"), sessions: 2, share: 2 / 3 },
      { step: null, sessions: 1, share: 1 / 3 },
    ]);
  });

  test("lead back from the last anchor of a session", () => {
    const answer = world.ask("paths", { anchor: { type: "feature.used", where: { feature: "Export" } }, direction: "previous", depth: 1 });
    expect(answer).toMatchObject({ sessions: 3, people: 3 });
    expect(answer["paths"]).toEqual([
      { steps: [], sessions: 2, share: 2 / 3 },
      { steps: [named("Search")], sessions: 1, share: 1 / 3 },
    ]);
  });

  test("follow the account's own gap between sessions", () => {
    world.account("a", { sessionGapMinutes: 60 });
    expect(world.ask("paths", { anchor: { type: "session.started" } })["sessions"]).toBe(3);
    world.account("a", { sessionGapMinutes: 90 });
    expect(world.ask("paths", { anchor: { type: "session.started" } })["sessions"]).toBe(2);
  });
});
