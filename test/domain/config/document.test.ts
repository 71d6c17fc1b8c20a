import { describe, expect, it } from "vitest";
import {
  activate,
  assign,
  assignTo,
  emptyConfiguration,
  parseConfiguration,
  togetherSince,
  versionAt,
  type Configuration,
  type ActiveConfig,
} from "../../../src/domain/config/active.ts";
import {
  checkDocument,
  withCompany,
  withPublished,
  withRisk,
  withShadow,
  withStatistics,
  withoutShadow,
  shadowOf,
  shadowsTogether,
  shippedDocuments,
} from "../../../src/domain/config/document.ts";
import { ScorecardDocumentSchema } from "../../../src/domain/config/scorecard.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { configurationBytesMax, configurationsRememberedMax } from "../../../src/domain/limits.ts";

const { version: _, configVersion: __, ...standard } = structuredClone(standardScorecard);
type Draft = { -readonly [K in keyof typeof standard]: (typeof standard)[K] };
const changed = (change: (scorecard: Draft) => void): Draft => {
  const copy = structuredClone(standard);
  change(copy);
  return copy;
};
const faultsIn = (document: unknown): readonly string[] => {
  const checked = checkDocument({ kind: "scorecards", key: "own" }, document, null);
  return checked.ok ? [] : checked.error.map(({ pointer, detail }) => `${pointer} ${detail}`);
};
const firstMeasure = (scorecard: Draft) => scorecard.dimensions[0]?.measures[0] as Draft["dimensions"][number]["measures"][number];

const must = (result: ReturnType<typeof withPublished>): Configuration => {
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
};

describe("a scorecard", () => {
  it("that ships can be published as it is", () => {
    expect(faultsIn(standard)).toEqual([]);
    expect(faultsIn(standardScorecard)).toEqual([]);
  });

  const measuresOf = (s: Draft) => s.dimensions[0]?.measures ?? [];
  const wrong: readonly (readonly [string, string, (scorecard: Draft) => void])[] = [
    ["a negative weight", "/dimensions/0/measures/0/weight", (s) => void (firstMeasure(s).weight = -1)],
    ["an unknown measure", "/dimensions/0/measures/0/key", (s) => void (firstMeasure(s).key = "nobody_has_it")],
    ["an unknown flag", `/flags/${standard.flags.length}/key`, (s) => void s.flags.push({ key: "nobody", title: "x", settings: {} })],
    ["a cap on no flag", `/caps/${standard.caps.length}/flag`, (s) => void s.caps.push({ key: "c", title: "c", flag: "f", max: 1 })],
    ["measures without weight", "/dimensions/0/measures", (s) => measuresOf(s).forEach((one) => void (one.weight = 0))],
    ["dimensions without weight", "/dimensions", (s) => s.dimensions.forEach((one) => void (one.weight = 0))],
    [
      "a floor equal to its target",
      "/dimensions/0/measures/0/anchors",
      (s) => firstMeasure(s).anchors.forEach((one) => void (one.value = 1)),
    ],
    ["a strange setting", "/dimensions/0/measures/0/settings/weeks", (s) => void (firstMeasure(s).settings = { weeks: 4 })],
    ["a strange field", "/colour", (s) => void ((s as Record<string, unknown>)["colour"] = "red")],
    ["an unknown calendar", "/calendar", (s) => void (s.calendar = "nobody_has_it")],
  ];
  it.each(wrong)("with %s is refused at %s", (_name, pointer, change) => {
    expect(faultsIn(changed(change)).map((fault) => fault.split(" ")[0])).toContain(pointer);
  });

  it("is told everything that is wrong with it at once, of shape and of names", () => {
    const faults = faultsIn(
      changed((scorecard) => {
        firstMeasure(scorecard).key = "nobody_has_it";
        firstMeasure(scorecard).weight = -5;
        scorecard.bands.healthyFrom = 10;
        scorecard.caps.push({ key: "c", title: "c", flag: "no_flag", max: 10 });
      }),
    );
    expect(faults.map((fault) => fault.split(" ")[0])).toEqual(
      expect.arrayContaining([
        "/dimensions/0/measures/0/key",
        "/dimensions/0/measures/0/weight",
        "/bands",
        `/caps/${standard.caps.length}/flag`,
      ]),
    );
  });

  it.each([null, 1, "x", [], { dimensions: [null, { measures: "x" }] }])("that is %j is refused without harm", (document) => {
    expect(faultsIn(document)).not.toEqual([]);
  });
});

describe("segments", () => {
  it("may name scorecards that are published or ship, and no others", () => {
    const document = {
      title: "s",
      scorecard: "standard",
      segments: [{ key: "a", title: "A", scorecard: "own", when: [{ op: "known", attribute: "x" }] }],
    };
    const own = withPublished(null, { kind: "scorecards", key: "own", version: 1, document: standard });
    expect(checkDocument({ kind: "segments", key: "own" }, document, null)).toEqual({
      ok: false,
      error: [{ pointer: "/segments/0/scorecard", detail: "no scorecard `own` is published" }],
    });
    expect(checkDocument({ kind: "segments", key: "own" }, document, own.ok ? own.value : null)).toMatchObject({ ok: true });
  });
});

describe("a calendar", () => {
  const week = (blocks: unknown) => ({ title: "Office", timeZone: "Europe/Zurich", week: { monday: blocks } });
  const faultsOf = (document: unknown): readonly string[] => {
    const checked = checkDocument({ kind: "calendars", key: "own" }, document, null);
    return checked.ok ? [] : checked.error.map(({ pointer }) => pointer);
  };
  const own = { kind: "calendars", key: "office", version: 1, document: week([{ from: "09:00", to: "17:00" }]) } as const;

  it("is refused with overlapping blocks, an unknown time zone, a block that ends before it starts", () => {
    expect(faultsOf(own.document)).toEqual([]);
    expect(faultsOf(week([{ from: "09:00", to: "12:00" }, { from: "11:59", to: "13:00" }]))).toEqual(["/week/monday/1"]); // prettier-ignore
    expect(faultsOf(week([{ from: "12:00", to: "09:00" }]))).toEqual(["/week/monday/0/to"]);
    expect(faultsOf({ ...own.document, timeZone: "Mars/Olympus" })).toEqual(["/timeZone"]);
  });

  it("may be named by a scorecard once it is published", () => {
    const inOffice = changed((s) => void (s.calendar = "office"));
    const active = must(withPublished(null, own));
    expect(checkDocument({ kind: "scorecards", key: "own" }, inOffice, null)).toMatchObject({
      ok: false,
      error: [{ pointer: "/calendar" }],
    });
    expect(checkDocument({ kind: "scorecards", key: "own" }, inOffice, active)).toMatchObject({ ok: true });
    expect(activate(active).calendars.get("office")).toMatchObject({ version: "office@1", timeZone: "Europe/Zurich" });
  });

  it("is part of what a scorecard's version says, so that scores kept under it are computed again", () => {
    const versionOf = (configuration: Configuration) => activate(configuration).scorecards.get("standard")?.version;
    const first = must(withPublished(null, own));
    expect(versionOf(first)).toBe("standard-2+calendars.1");
    expect(versionOf(must(withPublished(first, { ...own, version: 2 })))).toBe("standard-2+calendars.2");
  });
});

describe("the active configuration", () => {
  const own = { kind: "scorecards", key: "own", version: 3, document: changed((s) => (s.title = "Own")) } as const;

  it("rises by one with each change, survives being stored, and keeps what ships", () => {
    const first = must(withPublished(null, own));
    const second = must(withPublished(first, { ...own, kind: "scorecards", key: "standard", version: 1 }));
    expect([first.version, second.version]).toEqual([1, 2]);
    const stored = parseConfiguration(JSON.stringify(second));
    const { scorecards } = activate(stored.ok ? stored.value : second);
    expect([...scorecards].map(([key, { version, configVersion, title }]) => [key, version, configVersion, title])).toEqual(
      expect.arrayContaining([
        ["standard", "standard@1", "2", "Own"],
        ["own", "own@3", "2", "Own"],
      ]),
    );
  });

  it("of another layout or a damaged one is refused, not guessed at", () => {
    expect(parseConfiguration('{"layout":2}').ok).toBe(false);
    expect(parseConfiguration("{").ok).toBe(false);
  });

  it("gives an account the scorecard of its segment, its own attribute as segment where none fits", () => {
    const document = {
      title: "s",
      scorecard: "standard",
      segments: [{ key: "big", title: "B", scorecard: "own", when: [{ op: "at_least", attribute: "seats", value: 100 }] }],
    };
    const config = activate(
      must(withPublished(must(withPublished(null, own)), { kind: "segments", key: "segments", version: 1, document })),
    );
    const attributes = (values: Record<string, unknown>) => ({
      attributes: new Map(Object.entries(values).map(([name, value]) => [name, { value, source: "s", asOf: 0 }])),
    });
    expect(assign(config, attributes({ seats: 100, segment: "old" }))).toMatchObject({ segment: "big", scorecard: { version: "own@3" } });
    expect(assign(config, attributes({ seats: 1, segment: "old" }))).toMatchObject({ segment: "old", scorecard: { title: "Standard" } });
  });

  it("names scorecards beside the account's own, each once and never its own, and refuses those that nobody published", () => {
    const sides = (keys: readonly string[]) => ({ title: "s", scorecard: "standard", sideScorecards: keys, segments: [] });
    const part = { kind: "segments" as const, key: "segments", version: 1, document: sides(["strategic", "standard", "own"]) };
    const config = activate(must(withPublished(must(withPublished(null, own)), part)));
    const assigned = assign(config, { attributes: new Map() });
    expect(assigned.sides.map(({ key, scorecard }) => [key, scorecard.version])).toEqual([["strategic", "strategic-1"], ["own", "own@3"]]); // prettier-ignore
    expect(assignTo(config, assigned, "own")).toMatchObject({ key: "own", isOwn: false, sides: [], scorecard: { version: "own@3" } });
    expect(assignTo(config, assigned, "nobody")).toBeNull();
    expect(checkDocument({ kind: "segments", key: "segments" }, sides(["strategic", "nobody"]), null)).toMatchObject({
      ok: false,
      error: [{ pointer: "/sideScorecards/1", detail: "no scorecard `nobody` is published" }],
    });
    const twice = {
      ...sides([]),
      segments: [{ key: "a", title: "A", sideScorecards: ["strategic", "strategic"], when: [{ op: "known", attribute: "seats" }] }],
    };
    expect(checkDocument({ kind: "segments", key: "segments" }, twice, null)).toMatchObject({
      ok: false,
      error: [{ pointer: "/segments/0/sideScorecards/1", detail: "`strategic` is named twice" }],
    });
  });

  it("holds a draft in shadow beside the published one until that is published or the shadow ends", () => {
    const shadow = { ...own, key: "standard", version: 9 };
    const shadowed = must(withShadow(null, shadow));
    const active = activate(shadowed);
    expect(assign(active, { attributes: new Map() }).scorecard.title).toBe("Standard");
    expect(active.shadows).toMatchObject([{ kind: "scorecards", key: "standard", since: 1 }]);
    expect(active.shadows[0]?.config.scorecards.get("standard")?.version).toBe("standard@9");
    expect(Object.keys(withoutShadow(shadowed, "scorecards", "standard").shadows)).toEqual([]);
    expect(must(withPublished(shadowed, shadow))).toMatchObject({ shadows: {}, scorecards: { standard: { version: 9 } } });
  });

  it("holds drafts of every other kind in shadow too, a few at a time, each as the configuration that it would make", () => {
    const measure = { title: "Seats", unit: "seats", source: "usage", expression: 'account.number("seats")' };
    const measures = ["m0", "m1", "m2"].map((key) => ({ kind: "measures" as const, key, version: 1, document: measure }));
    const segments = { title: "s", scorecard: "strategic", segments: [] };
    const calendar = shippedDocuments("calendars").get("always");
    const parts = [
      { kind: "segments" as const, key: "segments", version: 1, document: segments },
      { kind: "calendars" as const, key: "office", version: 2, document: calendar },
      ...measures,
    ];
    const shadowed = parts.reduce<Configuration | null>((active, part) => must(withShadow(active, part)), null);
    const { shadows: all, segments: inForce, ownMeasures, calendars } = activate(shadowed as Configuration);
    const shadows = all.filter(({ kind }) => kind !== "together");
    expect(shadows.map(({ kind, key, since }) => [kind, key, since])).toEqual(parts.map(({ kind, key }, i) => [kind, key, i + 1]));
    expect([inForce, ownMeasures.size, calendars.has("office")]).toEqual([null, 0, false]);
    const [bySegments, byCalendar, byMeasure] = shadows.map(({ config }) => config);
    expect(assign(bySegments as ActiveConfig, { attributes: new Map() }).key).toBe("strategic");
    expect(byCalendar?.calendars.get("office")?.version).toBe("office@2");
    expect([...(byMeasure?.ownMeasures.keys() ?? [])]).toEqual(["m0"]);
    const another = withShadow(shadowed, { kind: "measures", key: "m9", version: 1, document: measure });
    expect(another).toMatchObject({ ok: false, error: { detail: expect.stringContaining("at most 5") as string } });
    expect(must(withShadow(shadowed, { ...parts[0], version: 3 } as (typeof parts)[0])).shadowDocuments).toHaveLength(5);
    expect(withoutShadow(shadowed, "measures", "m1").shadowDocuments.map(({ key }) => key)).toEqual(["segments", "office", "m0", "m2"]);
    const published = must(withPublished(shadowed, parts[0] as (typeof parts)[0]));
    expect([published.shadowDocuments.length, shadowOf(published, "segments", "segments"), shadowOf(published, "measures", "m2")?.version]).toEqual([4, null, 1]); // prettier-ignore
  });

  it("holds drafts that are in shadow together too, as the configuration that all of them would make, since there are exactly these", () => {
    const measure = { title: "Seats", unit: "seats", source: "usage", expression: 'account.number("seats")' };
    const segments = { title: "s", scorecard: "strategic", segments: [] };
    const parts = [
      { kind: "scorecards" as const, key: "strategic", version: 7, document: own.document },
      { kind: "segments" as const, key: "segments", version: 1, document: segments },
      { kind: "measures" as const, key: "seats", version: 1, document: measure },
    ];
    const together = (active: Configuration | null) => activate(active as Configuration).shadows.find(({ kind }) => kind === "together");
    const [one, two, three] = [1, 2, 3].map((count) => parts.slice(0, count).reduce<Configuration | null>((active, part) => must(withShadow(active, part)), null)); // prettier-ignore
    expect([together(one ?? null), together(two ?? null)?.since]).toEqual([undefined, 2]);
    const all = together(three ?? null);
    expect(all).toMatchObject({ key: "together", since: 3 });
    expect(assign(all?.config as ActiveConfig, { attributes: new Map() })).toMatchObject({ key: "strategic", scorecard: { version: "strategic@7" } }); // prettier-ignore
    expect([...(all?.config.ownMeasures.keys() ?? [])]).toEqual(["seats"]);
    // Readings of a set that there was before are none of the one that is left.
    const left = withoutShadow(three ?? null, "scorecards", "strategic");
    expect([left.version, together(left)?.since]).toEqual([4, 4]);
    expect(togetherSince({ ...(three as Configuration), shadowsSince: undefined })).toBe(3);
    expect(together(must(withPublished(left, parts[1] as (typeof parts)[0])))).toBeUndefined();
    expect(shadowsTogether(three ?? null).map(({ kind, version }) => [kind, version])).toEqual([["scorecards", 7], ["segments", 1], ["measures", 1]]); // prettier-ignore
  });

  it("begun or ended a shadow is in force since it was: no place among those that are remembered is spent on it", () => {
    const at = (active: Configuration, published: number): Configuration => ({ ...active, at: active.at ?? published });
    let active = at(must(withPublished(null, own)), 100);
    active = at(must(withPublished(active, { ...own, version: 4 })), 200);
    const shadowed = at(must(withShadow(active, { ...own, key: "standard", version: 9 })), 300);
    const ended = at(withoutShadow(shadowed, "scorecards", "standard"), 400);
    for (const one of [shadowed, ended]) expect(one).toMatchObject({ at: 200, before: [{ version: 1, at: 100, learned: false }] });
    expect([active.version, shadowed.version, ended.version]).toEqual([2, 3, 4]);
  });

  it("remembers what jobs publish apart from what people do, and of each whether rates may have moved it", () => {
    const at = (active: Configuration, published: number): Configuration => ({ ...active, at: published });
    const statistics = { version: 1, period: "2026-11-29", at: 1, accounts: 3, figures: {}, anchors: {} };
    let active = at(must(withPublished(null, own)), 1);
    for (let night = 2; night < 700; night++) active = at(must(withStatistics(active, statistics)), night * 86_400_000);
    const amounts = { title: "s", scorecard: "standard", segments: [{ key: "l", title: "L", when: [{ op: "at_least", attribute: "arr", value: 1 }] }] }; // prettier-ignore
    active = at(must(withPublished(active, { kind: "segments", key: "segments", version: 1, document: amounts })), 700 * 86_400_000);
    expect(active.before?.at(-1)).toEqual({ version: 1, at: 1, learned: false, byRates: false });
    expect(active.before?.[0]).toMatchObject({ learned: true, byRates: false });
    expect(active.before?.length).toBeLessThan(250);
    const next = must(withStatistics(active, statistics));
    expect([next.learned, active.learned]).toEqual([true, false]);
    expect(next.before?.[0]).toMatchObject({ learned: false, byRates: true });
  });

  it("is never stored in a form that is not read again", () => {
    const figure = { value: 0.5, accounts: 3 };
    const named = (segment: string) => ({ csat: { all: figure, segments: { [segment]: figure } } });
    const statistics = { version: 1, period: "2026-11-29", at: 1, accounts: 3, figures: named("smb"), anchors: {} };
    expect(withStatistics(null, statistics)).toMatchObject({ ok: true });
    expect(withStatistics(null, { ...statistics, figures: named("x".repeat(600)) })).toMatchObject({
      ok: false,
      error: { pointer: expect.stringMatching("^/statistics/figures/csat/segments") as string },
    });
    const hazard = {
      scales: [{ key: "usage", mean: 50, sd: 10 }],
      segments: [],
      parameters: [NaN],
      covariance: [[1]],
      levelVariance: 0,
      features: ["usage"],
    };
    const learnedFrom = { rows: 1, accounts: 1, losses: 1 };
    const model = { layout: 1 as const, period: "2026-10", all: { ...hazard, learnedFrom }, pool: null, segments: [] };
    expect(withRisk(null, model)).toMatchObject({ ok: false, error: { pointer: "/risk/all/parameters/0" } });
  });

  it("with other rates or another currency has the rules that there were, in force since they were: no other is forgotten for it", () => {
    const at = (active: Configuration, published: number): Configuration => ({ ...active, at: active.at ?? published });
    const company = (active: Configuration | null, change: Parameters<typeof withCompany>[1]): Configuration => {
      const next = withCompany(active, change);
      if (!next.ok || next.value === null) throw new Error("nothing has changed");
      return next.value;
    };
    let active = at(must(withPublished(null, own)), 100);
    active = at(must(withPublished(active, { ...own, version: 4 })), 200);
    for (let day = 0; day < 2 * configurationsRememberedMax; day++) active = at(company(active, { rates: day + 1 }), 300 + day);
    active = at(company(active, { reportingCurrency: "CHF" }), 2_000);
    expect(active).toMatchObject({ at: 200, before: [{ version: 1, at: 100 }], company: { rates: 800, reportingCurrency: "CHF" } });
    expect([50, 100, 250, 5_000].map((instant) => versionAt(activate(active), instant))).toEqual([0, 1, active.version, active.version]);
    // The zone moves hours of calendars, so it is a rule of its time.
    const zoned = at(company(active, { timeZone: "Europe/Zurich", rates: 801 }), 6_000);
    expect(zoned).toMatchObject({ at: 6_000, before: [{ version: active.version, at: 200 }, { version: 1, at: 100 }] }); // prettier-ignore
    // What was before the first that ever was is known by its place.
    const early = at(company(at(must(withPublished(null, own)), 100), { rates: 1 }), 150);
    expect([50, 120, 150].map((instant) => versionAt(activate(early), instant))).toEqual([0, 1, 2]);
  });

  it("has a bound in bytes", () => {
    const published = { version: 1, document: ScorecardDocumentSchema.parse(standard) };
    const count = Math.ceil(configurationBytesMax / JSON.stringify(published).length);
    const scorecards = Object.fromEntries([...Array(count).keys()].map((i) => [`s${i}`, published]));
    const heavy = { ...emptyConfiguration, version: 1, scorecards } as Configuration;
    expect(withPublished(heavy, own)).toMatchObject({ ok: false, error: { pointer: "" } });
  });
});
