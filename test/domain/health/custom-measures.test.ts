import { describe, expect, it } from "vitest";
import { activate, type Configuration } from "../../../src/domain/config/active.ts";
import { checkDocument, withPublished } from "../../../src/domain/config/document.ts";
import { ScorecardDocumentSchema } from "../../../src/domain/config/scorecard.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { healthEvaluator } from "../../../src/domain/health/evaluate.ts";
import { expressionCharsMax, expressionNodesMax } from "../../../src/domain/limits.ts";
import { anAccount, daysAgo, NOW, used } from "../../support/health-account.ts";

const documentOf = (expression: string, source = "usage") => ({ title: "Own", unit: "ratio", source, expression });
const check = (key: string, expression: string, active: Configuration | null = null) =>
  checkDocument({ kind: "measures", key }, documentOf(expression), active);
const detailsOf = (expression: string, active: Configuration | null = null): readonly string[] => {
  const checked = check("own", expression, active);
  return checked.ok ? [] : checked.error.map(({ pointer, detail }) => `${pointer} ${detail}`);
};
const publish = (active: Configuration | null, key: string, expression: string, version = 1): Configuration => {
  const next = withPublished(active, { kind: "measures", key, version, document: documentOf(expression) });
  if (!next.ok) throw new Error(next.error.detail);
  return next.value;
};

/** Three people use one feature on each of the last 40 days. */
function steady(attributes: Readonly<Record<string, unknown>>) {
  const state = anAccount(attributes);
  for (let day = 0; day < 40; day++) for (const user of [1, 2, 3]) used(state, user, daysAgo(day));
  return state;
}

/** The value and the note of a measure in a scorecard of its own. */
function valueOf(state: ReturnType<typeof anAccount>, configuration: Configuration, key: string) {
  const { version: _, configVersion: __, ...standard } = structuredClone(standardScorecard);
  const spec = { ...standard.dimensions[0]?.measures[0], key, title: "Own", settings: {} };
  const document = ScorecardDocumentSchema.parse({ ...standard, dimensions: [{ key: "own", title: "Own", weight: 1, measures: [spec] }] });
  const config = activate({ ...configuration, scorecards: { own: { version: 1, document } } });
  const scorecard = config.scorecards.get("own");
  if (scorecard === undefined) throw new Error("no scorecard");
  const measure = healthEvaluator(state, scorecard, config.calendars, config.ownMeasures)(NOW).dimensions[0]?.measures[0];
  return { value: measure?.value, note: measure?.note, unit: measure?.unit, status: measure?.status };
}

describe("a measure of one's own", () => {
  it("is a number that follows from the account's events and attributes", () => {
    const state = steady({ seats: 10 });
    const people = valueOf(state, publish(null, "own", `double(account.active_users(28)) / account.number("seats")`), "own");
    expect(people).toEqual({ value: 0.3, note: undefined, unit: "ratio", status: "ok" });
    expect(valueOf(state, publish(null, "own", `account.count("product_events", 28)`), "own").value).toBe(84);
  });

  it("reads other measures, each of them evaluated once", () => {
    let active = publish(null, "base", "2.0");
    active = publish(active, "left", "measures.base * 3.0");
    active = publish(active, "own", "measures.left + measures.base");
    expect(valueOf(steady({}), active, "own").value).toBe(8);
  });

  it("is missing, in words, where an attribute is not known, where it gives no finite number, and before the first event", () => {
    const seats = publish(null, "own", `account.number("seats")`);
    expect(valueOf(steady({}), seats, "own")).toMatchObject({ value: null, note: "The attribute `seats` is not a known number." });
    expect(valueOf(steady({}), publish(null, "own", "1.0 / 0.0"), "own")).toMatchObject({ value: null, status: "missing" });
    expect(valueOf(anAccount({ seats: 3 }), seats, "own")).toMatchObject({ value: null, note: "No usage has been seen yet." });
    expect(valueOf(steady({}), publish(seats, "top", "measures.own"), "top").note).toContain("seats");
  });

  it.each([
    ["1.0 +", "/expression at character 6:"],
    ["account.foo", "/expression at character 9: No such key: foo"],
    ["seats * 2.0", "/expression at character 1: Unknown variable: seats"],
    [`account.count("events")`, "/expression at character 1: found no matching overload"],
    [`account.count("events", 28) * 2`, "/expression at character 1: no such overload: double * int"],
    [`"text"`, "/expression at character 1: must give a double, not string"],
    [`"aaa".matches("(a+)+b") ? 1.0 : 0.0`, "`matches` cannot be called here"],
    ["[1.0, 2.0].map(x, x * 2.0).size() > 1 ? 1.0 : 0.0", "cannot be called here"],
    ["measures.nobody", "/expression at character 1: no measure `nobody` is published"],
    [`measures["nobody"]`, "write `measures.key`"],
    [`double(size(measures))`, "write `measures.key`"],
    ["measures.own + 1.0", "refers to itself in a circle: own → own"],
    [Array.from({ length: expressionNodesMax }, () => "1.0").join(" + "), "/expression at character"],
    ["1.0".padEnd(expressionCharsMax + 1), "/expression"],
  ])("%s is refused when it is saved, with the place and the reason", (expression, fault) => {
    expect(detailsOf(expression).join("\n")).toContain(fault);
  });

  it("is refused when it would close a circle over others", () => {
    let active = publish(null, "b", "measures.c");
    active = publish(active, "c", "1.0");
    active = publish(active, "own", "measures.b");
    const checked = check("c", "measures.own * 2.0", active);
    expect(checked).toMatchObject({ ok: false, error: [{ detail: expect.stringContaining("c → own → b → c") }] });
  });

  it("cannot take the key of one that ships", () => {
    expect(check("seat_use", "1.0")).toMatchObject({ ok: false, error: [{ pointer: "", detail: expect.stringContaining("ships") }] });
  });

  it("may be named by a scorecard once it is published, and is part of what that scorecard's version says", () => {
    const { version: _, configVersion: __, ...standard } = structuredClone(standardScorecard);
    const spec = standard.dimensions[0]?.measures[0];
    if (spec === undefined) throw new Error("no measure");
    Object.assign(spec, { key: "own", settings: {} });
    const scorecard = { kind: "scorecards", key: "s" } as const;
    expect(checkDocument(scorecard, standard, null)).toMatchObject({ ok: false, error: [{ pointer: "/dimensions/0/measures/0/key" }] });
    const active = publish(null, "own", "1.0");
    expect(checkDocument(scorecard, standard, active)).toMatchObject({ ok: true });
    expect(activate(active).scorecards.get("standard")?.version).toBe(`${standardScorecard.version}+measures.1`);
  });
});
