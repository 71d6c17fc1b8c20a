import { describe, expect, it } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount } from "../../../src/domain/account/folded.ts";
import { activate, type Configuration } from "../../../src/domain/config/active.ts";
import { checkDocument, withPublished } from "../../../src/domain/config/document.ts";
import type { MeasureDocument } from "../../../src/domain/config/measure.ts";
import { ScorecardDocumentSchema } from "../../../src/domain/config/scorecard.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import type { Event } from "../../../src/domain/event.ts";
import { countedFields, customMeasures } from "../../../src/domain/health/custom-measures.ts";
import { healthEvaluator } from "../../../src/domain/health/evaluate.ts";
import { ownMoney } from "../../../src/domain/money/convert.ts";
import { expressionCharsMax, expressionNodesMax } from "../../../src/domain/limits.ts";
import { DAY_MS, dayOf, HOUR_MS, MINUTE_MS, startOfDay } from "../../../src/domain/time.ts";
import { event } from "../../support/account-builders.ts";
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
function valueOf(state: ReturnType<typeof anAccount>, configuration: Configuration, key: string, at = NOW) {
  const { version: _, configVersion: __, ...standard } = structuredClone(standardScorecard);
  const spec = { ...standard.dimensions[0]?.measures[0], key, title: "Own", settings: {} };
  const document = ScorecardDocumentSchema.parse({ ...standard, dimensions: [{ key: "own", title: "Own", weight: 1, measures: [spec] }] });
  const config = activate({ ...configuration, scorecards: { own: { version: 1, document } } });
  const scorecard = config.scorecards.get("own");
  if (scorecard === undefined) throw new Error("no scorecard");
  const measure = healthEvaluator(state, scorecard, config.calendars, config.ownMeasures)(at).dimensions[0]?.measures[0];
  return { value: measure?.value, note: measure?.note, unit: measure?.unit, status: measure?.status };
}

describe("a measure of one's own", () => {
  it("is a number that follows from the account's events and attributes", () => {
    const state = steady({ seats: 10 });
    const people = valueOf(state, publish(null, "own", `double(account.active_users(28)) / account.number("seats")`), "own");
    expect(people).toEqual({ value: 0.3, note: undefined, unit: "ratio", status: "ok" });
    expect(valueOf(state, publish(null, "own", `account.count("product_events", 28)`), "own").value).toBe(84);
  });

  describe("reads windows and entities", () => {
    const state = emptyAccount("acme");
    state.watermarks.set("tok_1/events", NOW + DAY_MS);
    const hours = (n: number): number => NOW - n * HOUR_MS;
    const say = (type: string, occurredAt: number, data: Record<string, unknown> = {}, person = "ana"): void =>
      fold(state, event({ type, data, occurredAt, user: { id: person } }), NOW);
    for (const hour of [1, 5, 30, 31, 200])
      say("feature.used", hours(hour), { feature: hour > 100 ? "export" : "report" }, hour > 10 ? "ben" : "ana");
    say("page.viewed", hours(2), { page: "/" });
    say("feature.used", hours(1) + 10 * 60_000, { feature: "report" });
    say("ticket.created", hours(50), { ticketId: "1", priority: "urgent", status: "open" });
    say("ticket.created", hours(40), { ticketId: "2", priority: "low", status: "open" });
    say("ticket.created", hours(40), { ticketId: "3", status: "open" });
    say("ticket.solved", hours(30), { ticketId: "3", status: "solved" });
    say("opportunity.updated", hours(9), { opportunityId: "1", stage: "Negotiation" });
    say("opportunity.won", hours(9), { opportunityId: "2", stage: "Negotiation", status: "won" });
    say("invoice.created", hours(900), { invoiceId: "1", amount: 500, currency: "EUR", due: hours(240) });
    say("invoice.created", hours(900), { invoiceId: "2", amount: 500, currency: "EUR", due: hours(480) });
    say("invoice.paid", hours(490), { invoiceId: "2", status: "paid" });
    say("subscription.created", hours(900), { subscriptionId: "1", amount: 12_000, interval: "year", currency: "EUR", status: "active" });
    say("user.identified", hours(3), { email: "ana@acme.example", role: "champion" }, "ana");

    it.each([
      [`account.count("events.feature.used", duration("6h"))`, 3],
      [`account.count("product_events", duration("6h"))`, 4],
      [`account.count("events.feature.used", duration("48h"))`, 5],
      [`account.count("events.feature.used", duration("240h"))`, 6],
      [`account.ratio("events.page.viewed", "product_events", duration("24h"))`, 1 / 4],
      [`account.ratio("tickets_solved", "tickets_created", 30)`, 1 / 3],
      [`account.features_used(30)`, 2],
      [`account.sessions(30)`, 6],
      [`account.session_minutes(1.0, 30)`, 10],
      [`account.resolution_hours(0.5, 30)`, 10],
      [`account.open_tickets()`, 2],
      [`account.open_tickets("urgent")`, 1],
      [`account.open_deals()`, 1],
      [`account.open_deals("negotiation")`, 1],
      [`account.open_deals("signed")`, 0],
      [`account.overdue_invoices()`, 1],
      [`account.days_overdue()`, 10],
      [`account.subscriptions()`, 1],
      [`account.mrr()`, 1_000],
      [`account.contacts("champion")`, 1],
    ])("%s", (expression, value) => {
      expect(valueOf(state, publish(null, "own", expression), "own").value).toBeCloseTo(value, 9);
    });

    it.each([
      [`account.count("events", duration("30m"))`, "A window must be 1 hour to 366 days."],
      [`account.count("events", 0)`, "Days must be 1 to 366."],
      [`account.sessions(93)`, "Days must be 1 to 92."],
      [`account.session_minutes(1.5, 10)`, "A share must be 0.0 to 1.0."],
      [`account.ratio("tickets_solved", "events.nothing", 30)`, "There is nothing to divide by."],
    ])("%s has no value: %s", (expression, note) => {
      expect(valueOf(state, publish(null, "own", expression), "own")).toMatchObject({ value: null, note });
    });

    it("a window slides with the instant: what it held an hour ago is not what it holds now", () => {
      const own = publish(null, "own", `account.count("events.feature.used", duration("3h"))`);
      expect([valueOf(state, own, "own").value, valueOf(state, own, "own", NOW + 3 * HOUR_MS).value]).toEqual([2, 0]);
    });
  });

  describe("reads fields of events", () => {
    const expressions = {
      sum: `account.sum("export.finished", "rows", "28d")`,
      few: `account.sum("export.finished", "rows", "2h")`,
      quantile: `account.quantile("api.called", "ms", 0.95, "1d")`,
      distinct: `account.distinct("feature.used", "feature", 7)`,
      wide: `account.distinct("export.finished", "rows", "28d")`,
    };
    const state = emptyAccount("acme", undefined, {
      counted: [
        ...countedFields(
          Object.fromEntries(Object.entries(expressions).map(([key, expression]) => [key, documentOf(expression)] as const)) as Record<
            string,
            MeasureDocument
          >,
        ),
      ],
    });
    state.watermarks.set("tok_1/events", NOW + DAY_MS);
    const told: Event[] = [];
    const say = (type: string, hoursAgo: number, data: Record<string, unknown>): void => {
      const one = event({ type, data, occurredAt: NOW - hoursAgo * HOUR_MS, user: { id: "ana" } });
      told.push(one);
      fold(state, one, NOW);
    };
    for (const [hour, rows] of [
      [1, 5],
      [3, 11],
      [30, 2.5],
      [200, 100],
      [900, 7],
    ] as const)
      say("export.finished", hour, { rows });
    for (let ms = 1; ms <= 100; ms++) say("api.called", 2, { ms });
    for (const [total, gift] of [[20, true], [30, false], [40, false], [null, true]] as const) say("order.placed", 3, { cart: { total, gift } }); // prettier-ignore
    for (const feature of ["report", "export", "report"]) say("feature.used", 20, { feature });
    say("feature.used", 400, { feature: "old" });

    it.each([
      [`account.sum("export.finished", "rows", "28d")`, 118.5],
      [`account.sum("export.finished", "rows", 366)`, 125.5],
      [`account.sum("export.finished", "rows", duration("2h"))`, 5],
      [`account.count("export.finished", "rows", "28d")`, 4],
      [`account.mean("export.finished", "rows", "4h")`, 8],
      [`account.min("export.finished", "rows", "28d")`, 2.5],
      [`account.max("export.finished", "rows", "28d")`, 100],
      [`account.last("export.finished", "rows", "28d")`, 5],
      [`account.rate("export.finished", "rows", "10d")`, 118.5 / 10],
      [`account.rate("events.export.finished", "48h")`, 3 / 2],
      [`account.ratio("export.finished", "rows", "api.called", "ms", "28d")`, 118.5 / 5_050],
      [`account.quantile("api.called", "ms", 0.95, "1d")`, 95],
      [`account.sum("order.placed", "cart.total", "7d")`, 90],
      [`account.quantile("order.placed", "cart.total", 0.5, "7d")`, 30],
      [`account.count_true("order.placed", "cart.gift", "7d")`, 2],
      [`account.count_true("order.placed", "cart.gift", "2h")`, 0],
      [`account.share_true("order.placed", "cart.gift", "7d")`, 0.5],
      [`account.distinct("feature.used", "feature", 7)`, 2],
      [`account.distinct("feature.used", "feature", 28)`, 3],
      [`account.count("events.feature.used", "21h")`, 3],
      [`min(account.max("export.finished", "rows", "28d"), 60.0)`, 60],
    ])("%s", (expression, value) => {
      const own = publish(null, "own", expression);
      expect(valueOf(again(activate(own).fields), own, "own").value).toBeCloseTo(value, 9);
    });

    /** The same events, with other fields counted. */
    function again(keys: ReadonlySet<string>) {
      const other = emptyAccount("acme", undefined, { counted: keys });
      other.watermarks.set("tok_1/events", NOW + DAY_MS);
      for (const one of told) fold(other, one, NOW);
      return other;
    }

    it("is missing where a share has nothing to be of, and a count is zero there", () => {
      const at = NOW + 20 * HOUR_MS;
      const asked = (expression: string) => {
        const own = publish(null, "own", expression);
        return valueOf(again(activate(own).fields), own, "own", at);
      };
      expect(asked(`account.count_true("order.placed", "cart.gift", "2h")`).value).toBe(0);
      expect(asked(`account.share_true("order.placed", "cart.gift", "2h")`).note).toBe(
        "No `order.placed` with true or false in `cart.gift` in that time.",
      );
    });

    it("is missing before the first of them, while it is still being counted, and where the window has none to look at", () => {
      const note = (expression: string, at = NOW) => valueOf(state, publish(null, "own", expression), "own", at).note;
      expect(note(`account.sum("export.failed", "rows", "28d")`)).toBe("The field `rows` of `export.failed` is still being counted.");
      expect(note(`account.quantile("api.called", "ms", 0.5, "1d")`, NOW + 3 * DAY_MS)).toBe(
        "No `api.called` with a number in `ms` in that time.",
      );
      expect(note(`account.sum("export.finished", "rows", "28d")`, NOW - 60 * DAY_MS)).toBe("No usage has been seen yet.");
    });

    it("is a zero once there was one, and says so when it is an estimate", () => {
      expect(valueOf(state, publish(null, "own", expressions.few), "own", NOW + 3 * HOUR_MS).value).toBe(0);
      for (let rows = 0; rows < 6_000; rows++) say("export.finished", 5, { rows: rows + 0.5 });
      const { value, note } = valueOf(state, publish(null, "own", expressions.wide), "own");
      expect(value).toBeGreaterThan(5_700);
      expect(note).toMatch(/^Estimated, to [01]\.\d %\.$/);
    });

    it("tells what it looks back on: from the earliest to the latest instant of all its windows, and of those it refers to", () => {
      let active = publish(null, "base", expressions.few);
      active = publish(active, "own", `measures.base + account.sum("export.finished", "rows", "3d")`);
      const window = (key: string, at = NOW) =>
        activate(active)
          .ownMeasures.get(key)
          ?.window?.({ at, day: dayOf(at), hoursFrom: dayOf(NOW) - 35 }, {});
      expect(window("own")).toEqual({ from: startOfDay(dayOf(NOW) - 2), to: startOfDay(dayOf(NOW) + 1) });
      // The hours in which it begins and ends are counted whole; where none are kept, the days.
      expect(window("base", NOW + 20 * MINUTE_MS)).toEqual({ from: NOW - 2 * HOUR_MS, to: NOW + HOUR_MS });
      const longAgo = NOW - 40 * DAY_MS;
      expect(window("base", longAgo)).toEqual({ from: startOfDay(dayOf(longAgo)), to: startOfDay(dayOf(longAgo) + 1) });
    });

    it("knows which events lie behind it where it names them all", () => {
      const events = (expression: string) => activate(publish(null, "own", expression)).ownMeasures.get("own")?.events;
      expect(events(`account.sum("export.finished", "rows", 7) / account.count("events.api.called", 7)`)).toEqual([
        "export.finished",
        "api.called",
      ]);
      expect(events(`account.sum("export.finished", "rows", 7) / account.active_users(7)`)).toBeUndefined();
    });
  });

  it("turns when an hour leaves a window that slides, or a session ends, and not before", () => {
    const state = emptyAccount("acme");
    for (const hoursAgo of [5, 2]) fold(state, event({ occurredAt: NOW - hoursAgo * HOUR_MS, user: { id: "ana" } }), NOW);
    const turnOf = (expression: string, after = NOW) =>
      activate(publish(null, "own", expression))
        .ownMeasures.get("own")
        ?.turnsAt?.({ state, money: ownMoney }, after);
    // NOW is noon: the event of 7:00 counts until the window begins at 8:00, that of 10:00 until it begins at 11:00.
    expect(turnOf(`account.count("events", duration("4h30m"))`)).toBe(NOW + 0.5 * HOUR_MS);
    expect(turnOf(`account.count("events", duration("4h30m"))`, NOW + 0.5 * HOUR_MS)).toBe(NOW + 3.5 * HOUR_MS);
    expect(turnOf(`account.count("events", "4h")`, NOW + 3 * HOUR_MS)).toBe(null);
    expect(turnOf(`account.count("events", 3)`)).toBe(null);
    fold(state, event({ occurredAt: NOW - 10 * MINUTE_MS, user: { id: "ana" } }), NOW);
    expect(turnOf(`account.sessions(1)`)).toBe(NOW + 20 * MINUTE_MS);
    expect(turnOf(`account.sessions(1)`, NOW + 20 * MINUTE_MS)).toBe(null);
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
    ["measures.constructor", "/expression at character 1: no measure `constructor` is published"],
    ["measures.nobody", "/expression at character 1: no measure `nobody` is published"],
    [`measures["nobody"]`, "write `measures.key`"],
    [`account.open_tickets("huge")`, "/expression at character 1: a priority is one of low, normal, high, urgent"],
    [`account.count("evnts", 28)`, "/expression at character 15: `evnts` is no metric that is counted: take events, product_events, "],
    [`1.0 + account.count("mrr", duration("3h"))`, "/expression at character 21: `mrr` is no metric that is counted"],
    [`account.ratio("events", "active_users_28d", 28)`, "/expression at character 25: `active_users_28d` is no metric"],
    [`account.count("events.", 28)`, "/expression at character 15: `events.` is no metric"],
    [`account.count("events", duration("1h"), 3)`, "found no matching overload"],
    [Array.from({ length: 5 }, (_, i) => `account.sessions(${i + 1})`).join(" + "), "sessions may be asked for 4 times"],
    [`double(size(measures))`, "write `measures.key`"],
    [`account.sum("export.finished", "rows", "400d")`, "/expression at character 40: days must be 1 to 366"],
    [`account.sum("export.finished", "rows", "10m")`, "/expression at character 40: a window must be 1 hour to 366 days"],
    [`account.sum("export.finished", "rows", "a week")`, "/expression at character 40: write the window outright"],
    [`account.count("events", "a week")`, "/expression at character 25: a window is days such as"],
    [`account.sessions(93)`, "/expression at character 18: days must be 1 to 92"],
    [`account.sessions(90 + 90)`, "/expression at character 18: write the window outright"],
    [`account.active_users(0 - 5)`, "write the window outright, such as 28"],
    [`account.count("events", -3)`, "write the window outright, such as 28"],
    [`account.count("events", 200 + 800)`, "write the window outright, such as 28"],
    [`account.count(account.has("plan") ? "events" : "nope", 28)`, "write the metric outright"],
    [`account.count(account.text("plan"), 28)`, "/expression at character 15: write the metric outright"],
    [`account.ratio("events", account.text("plan"), 28)`, "write the metric outright"],
    [`account.session_minutes(1.5, 28)`, "/expression at character 25: a share is 0.0 to 1.0"],
    [`account.resolution_hours(-0.5, 28)`, "write the share outright, 0.0 to 1.0"],
    [`account.quantile("api.called", "ms", 0.2 + 0.9, "7d")`, "write the share outright, 0.0 to 1.0"],
    [`account.sum("export.finished", account.text("plan"), "7d")`, "write the field outright"],
    [`account.sum("export.finished", "", "7d")`, "the field must have 1 to 128 characters"],
    [`account.sum("order.placed", "cart..total", "7d")`, "/expression at character 29: `cart..total` has no name in place 2"],
    [`account.sum("order.placed", "a.b.c.d.e.f", "7d")`, "/expression at character 29: `a.b.c.d.e.f` goes 6 names deep: at most 5"],
    [
      `account.sum("invoice.paid", "cart.total", "7d")`,
      "/expression at character 13: `invoice.paid` has no field `cart`: take invoiceId, ",
    ],
    [`account.sum("invoice.paid", "amount.net", "7d")`, "/expression at character 29: `amount` of `invoice.paid` has no fields of its own"],
    [`account.sum("ticket.created", "public", "7d")`, "`public` of `ticket.created` is true or false: take count_true or share_true"],
    [`account.share_true("ticket.created", "status", "7d")`, "`status` of `ticket.created` is never true or false"],
    [`account.quantile("api.called", "ms", 1.5, "7d")`, "/expression at character 38: a share is 0.0 to 1.0"],
    [`account.median("api.called", "ms", "7d")`, "/expression at character 1: found no matching overload"],
    [`account.sum("invoice.paid", "rows", "7d")`, "/expression at character 13: `invoice.paid` has no field `rows`: take invoiceId, "],
    [`account.sum("feature.used", "feature", "7d")`, "`feature` of `feature.used` is no number: only its distinct values"],
    [`account.sum("account.updated", "seats", "7d")`, "`account.updated` tells what is known and is not counted"],
    [
      Array.from({ length: 5 }, (_, i) => `account.distinct("a.b", "f${i}", 7)`).join(" + "),
      "quantiles and distinct values may be asked for 4 times",
    ],
    ["measures.own + 1.0", "refers to itself in a circle: own → own"],
    [Array.from({ length: expressionNodesMax }, () => "1.0").join(" + "), "/expression at character"],
    ["1.0".padEnd(expressionCharsMax + 1), "/expression"],
  ])("%s is refused when it is saved, with the place and the reason", (expression, fault) => {
    expect(detailsOf(expression).join("\n")).toContain(fault);
  });

  it.each(["events", "product_events", "tickets_created", "tickets_solved", "ticket_backlog", "events.a type nobody has sent yet"])(
    "may count `%s`",
    (metric) => {
      expect(check("own", `account.count("${metric}", 28) + account.ratio("events", "${metric}", 7)`)).toMatchObject({ ok: true });
    },
  );

  it.each([`account.count("evnts", 28)`, `account.sum("order.placed", "a.b.c.d.e.f", "7d")`, `account.sum("order.placed", "a..b", "7d")`])(
    "goes on as it was where `%s` was published before that was refused",
    (expression) => {
      const document: MeasureDocument = { title: "own", unit: "", source: "usage", expression };
      const active = publish(null, "own", expression);
      const state = emptyAccount("acme", undefined, { counted: [...activate(active).fields] });
      fold(state, event({ type: "feature.used", occurredAt: NOW - HOUR_MS, user: { id: "ana" } }), NOW);
      for (const field of ["a.b.c.d.e.f", "a..b"])
        fold(state, event({ type: "order.placed", data: { [field]: 7 }, occurredAt: NOW - HOUR_MS }), NOW);
      expect([...customMeasures({ own: document }).keys()]).toEqual(["own"]);
      expect(valueOf(state, active, "own").value).toBe(expression.includes("evnts") ? 0 : 7);
    },
  );

  it("is refused when it would close a circle over others", () => {
    let active = publish(null, "b", "measures.c");
    active = publish(active, "c", "1.0");
    active = publish(active, "own", "measures.b");
    const checked = check("c", "measures.own * 2.0", active);
    expect(checked).toMatchObject({ ok: false, error: [{ detail: expect.stringContaining("c → own → b → c") }] });
  });

  it("is refused when all measures together would count too much", () => {
    let active: Configuration | null = null;
    for (let i = 0; i < 4; i++)
      active = publish(active, `m${i}`, Array.from({ length: 4 }, (_, n) => `account.distinct("a.b", "f${i}.${n}", 7)`).join(" + "), i + 1);
    const one = check("own", `account.distinct("a.b", "one", 7)`, active);
    expect(one).toMatchObject({
      ok: false,
      error: [{ pointer: "/expression", detail: expect.stringContaining("17 quantiles and distinct values: at most 16") }],
    });
    expect(check("own", `account.distinct("a.b", "f0.0", 28) + account.sum("a.b", "f0.0", 28)`, active).ok).toBe(true);
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
