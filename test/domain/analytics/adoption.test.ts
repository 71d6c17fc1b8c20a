import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { featuresPerAccountMax } from "../../../src/domain/limits.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import { AnalysisWorld, NOW, type Told } from "../../support/analytics.ts";

const use = (account: string, person: string, feature: string, daysAgo = 1): Told => ({
  account,
  at: NOW - daysAgo * DAY_MS,
  user: { id: person },
  data: { feature },
});

describe("adoption", () => {
  test("counts people and accounts of each feature, against the days before and what accounts are entitled to", () => {
    const world = new AnalysisWorld();
    world.account("a", { entitledFeatures: ["Export", "Alerts"], coreFeatures: ["Export"] });
    world.account("b", { entitledFeatures: ["Export"] });
    world.tell(
      use("a", "ann", "Export"),
      use("a", "ann", "Export", 2),
      use("a", "bob", "Search"),
      use("a", "ann", "Export", 9),
      use("b", "ann", "Search"),
      { account: "b", at: NOW, type: "page.viewed", user: { id: "cy" }, data: { page: "/" } },
    );
    const week = { from: "2026-11-19", to: "2026-11-26" };
    expect(world.ask("adoption", week)).toMatchObject({
      activePeople: 4,
      activePeopleBefore: 1,
      activeAccounts: 2,
      activeAccountsBefore: 1,
      features: [
        {
          feature: "Search",
          people: 2,
          share: 0.5,
          shareBefore: 0,
          shareChange: 0.5,
          accounts: 2,
          entitledAccounts: 0,
          firstUsedOn: "2026-11-24",
        },
        {
          feature: "Export",
          people: 1,
          peopleBefore: 1,
          share: 0.25,
          accounts: 1,
          accountsBefore: 1,
          entitledAccounts: 2,
          entitledUsing: 1,
          coreAccounts: 1,
          coreUsing: 1,
          firstUsedOn: "2026-11-16",
        },
        { feature: "Alerts", people: 0, entitledAccounts: 1, entitledUsing: 0, firstUsedOn: null },
      ],
      featuresTotal: 3,
      accountsBehind: [
        { accountId: "b", activePeople: 2, entitled: 1, entitledUsed: 0, unused: ["Export"] },
        { accountId: "a", activePeople: 2, entitled: 2, entitledUsed: 1, core: 1, coreUsed: 1, unused: ["Alerts"] },
      ],
    });
  });

  test("keeps, of more features than have names, those that the account names itself, and says that others may be left out", () => {
    const week = { from: "2026-11-19", to: "2026-11-26" };
    const asked = (names: number, attributes: Record<string, unknown>) => {
      const world = new AnalysisWorld();
      world.account("a", attributes);
      world.tell(...Array.from({ length: names }, (_, i) => use("a", "ann", `f${i}`)));
      world.tell(use("a", "bob", "Export"), use("a", "cy", "Search"));
      const told = world.ask("adoption", week) as { features: { feature: string }[]; featuresLeftOut: number };
      return { ...told, names: new Set(told.features.map(({ feature }) => feature)) };
    };
    const full = asked(featuresPerAccountMax, { coreFeatures: "Export" });
    expect([full.names.has("Export"), full.names.has("Search"), full.featuresLeftOut]).toEqual([true, false, 3]);
    const notFull = asked(featuresPerAccountMax - 3, {});
    expect([notFull.names.has("Export"), notFull.names.has("Search"), notFull.featuresLeftOut]).toEqual([true, true, 0]);
  });

  test("names as unused what the count is about: what an account is entitled to, or its core where nobody told that", () => {
    const world = new AnalysisWorld();
    world.account("a", { entitledFeatures: ["Export"], coreFeatures: ["Search"] });
    world.account("b", { coreFeatures: ["Search", "Alerts"] });
    world.tell(use("a", "ann", "Export"), use("b", "bob", "Alerts"));
    expect(world.ask("adoption", { from: "2026-11-19", to: "2026-11-26" })["accountsBehind"]).toMatchObject([
      { accountId: "b", entitled: 0, core: 2, coreUsed: 1, unused: ["Search"] },
      { accountId: "a", entitled: 1, entitledUsed: 1, unused: [] },
    ]);
  });

  test("takes a person who is known by an id and an e-mail for one", () => {
    const world = new AnalysisWorld().tell(use("a", "u1", "Export"), use("a", "ann@acme.example", "Export"), {
      account: "a",
      at: NOW - DAY_MS,
      type: "user.identified",
      user: { id: "u1", email: "ann@acme.example" },
      data: {},
    });
    expect(world.ask("adoption")).toMatchObject({ activePeople: 1, features: [{ feature: "Export", people: 1 }] });
  });

  test("is the same however the accounts are spread over parts, and in whatever order these come", () => {
    const told = fc.array(
      fc.record({
        account: fc.constantFrom("a", "b", "c", "d"),
        person: fc.constantFrom("ann", "bob", "cy"),
        feature: fc.constantFrom("Export", "Search", "Alerts"),
        daysAgo: fc.integer({ min: 0, max: 59 }),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(told, (items) => {
        const world = new AnalysisWorld();
        for (const id of ["a", "b", "c", "d"]) world.account(id, { entitledFeatures: ["Export", "Alerts"] });
        world.tell(...items.map((one) => use(one.account, one.person, one.feature, one.daysAgo)));
        const whole = world.ask("adoption", {}, [["a", "b", "c", "d"]]);
        expect(world.ask("adoption", {}, [["d"], ["b", "a"], ["c"]])).toEqual(whole);
        const people = new Set(items.filter(({ daysAgo }) => daysAgo < 30).map(({ account, person }) => `${account}/${person}`));
        expect(whole["activePeople"]).toBe(people.size);
      }),
      { numRuns: 50 },
    );
  });
});
