import { describe, expect, test } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import type { EventsBehind } from "../../../src/domain/account/messages.ts";
import { activate, emptyConfiguration, shippedConfig, type ActiveConfig } from "../../../src/domain/config/active.ts";
import type { Scorecard } from "../../../src/domain/config/scorecard.ts";
import type { Event } from "../../../src/domain/event.ts";
import { accountHealth, onlyConfig } from "../../../src/domain/health/account-health.ts";
import { eventsBehind, type JournalRows } from "../../../src/domain/health/events-behind.ts";
import type { Measure } from "../../../src/domain/health/measure.ts";
import { measures } from "../../../src/domain/health/measures/index.ts";
import { customMeasures } from "../../../src/domain/health/custom-measures.ts";
import { eventIdsPerMoveMax, timelineRowsPerCallMax } from "../../../src/domain/limits.ts";
import { DAY_MS, dayOf, startOfDay } from "../../../src/domain/time.ts";
import { event, sourcesTo } from "../../support/account-builders.ts";
import { NOW, daysAgo } from "../../support/health-account.ts";

const person = (at: number, id: string, data: Record<string, unknown>): Event =>
  event({ id, type: "account.updated", connector: "pulseline", occurredAt: at, data });
const usage = (at: number, id: string, user = "ana"): Event => event({ id, occurredAt: at, user: { id: user } });

type Options = { config?: ActiveConfig; readIn?: (seq: number) => void };
type Came = Omit<EventsBehind, "left">;

/** The events between two instants that lie behind each line, by measure and cause. */
const behind = (events: readonly Event[], from: number, to: number, options: Options = {}): ReadonlyMap<string, Came> =>
  new Map([...allBehind(events, from, to, options)].map(([line, { eventIds, eventsTotal }]) => [line, { eventIds, eventsTotal }]));

/** The same with what left windows. */
function allBehind(
  events: readonly Event[],
  from: number,
  to: number,
  { config = shippedConfig, readIn }: Options = {},
): ReadonlyMap<string, EventsBehind> {
  const state: FoldedAccount = emptyAccount("acme", sourcesTo({ "tok_1/events": NOW }));
  for (const one of events) fold(state, one, NOW);
  const account = accountHealth(state, onlyConfig(config));
  const documents = { from: account.at(from), to: account.at(to) };
  const moves = account.moves(documents.from, documents.to);
  const found = eventsBehind(moves, { ...documents, state, config }, rowsOf(events, readIn));
  return new Map(moves.map(({ measure, cause }, i) => [`${measure} ${cause}`, found[i] as EventsBehind]));
}

/** Rows of the journal with an event each, numbered from 1. */
const rowsOf = (events: readonly Event[], readIn: (seq: number) => void = () => {}): JournalRows => ({
  refs: events.map(({ occurredAt: at }, i) => ({ seq: i + 1, lines: 1, held: false, from: at, to: at })),
  read(seq) {
    readIn(seq);
    const one = events[seq - 1] as Event;
    return [{ at: one.occurredAt, seq, line: 0, event: one, held: one.id === "held", restated: false }];
  },
});

/** The standard scorecard with one measure more, of one's own where it has an expression. */
function withMeasure({
  key,
  source = "usage",
  expression,
  settings = {},
}: {
  key: string;
  source?: Measure["source"];
  expression?: string;
  settings?: object;
}): ActiveConfig {
  const standard = shippedConfig.scorecards.get("standard") as Scorecard;
  const anchors = [{ value: -20, score: 0 }, { value: 20, score: 100 }]; // prettier-ignore
  const spec = {
    key,
    title: key,
    weight: 1,
    anchors,
    freshForMs: 30 * DAY_MS,
    halfLifeMs: 30 * DAY_MS,
    missing: "skip" as const,
    settings: { ...settings },
  };
  const dimensions = [...standard.dimensions, { key: "more", title: "More", weight: 10, measures: [spec] }];
  return {
    ...shippedConfig,
    scorecards: new Map([["standard", { ...standard, dimensions }]]),
    ownMeasures: expression === undefined ? new Map() : customMeasures({ [key]: { title: key, unit: "n", source, expression } }),
  };
}

const history = [
  person(daysAgo(90), "made", { attributes: { seats: 4, slaHours: 24 } }),
  ...Array.from({ length: 60 }, (_, i) => usage(daysAgo(i + 2), `u${i}`, i % 2 === 0 ? "ana" : "ben")),
  event({ id: "t1", type: "ticket.created", data: { ticketId: "1" }, occurredAt: daysAgo(80) }),
  event({ id: "t1s", type: "ticket.solved", data: { ticketId: "1" }, occurredAt: daysAgo(79) }),
];

describe("the events behind a line", () => {
  test("of a window are, apart from what came, those that left it", () => {
    // Nobody has done anything for 25 days: whatever moves, moves because days of 28 leave.
    const quiet = [
      usage(daysAgo(28), "first"),
      usage(daysAgo(29), "before", "ben"),
      usage(daysAgo(26), "third", "cy"),
      event({ id: "late", type: "ticket.created", data: { ticketId: "9" }, occurredAt: daysAgo(28) }),
    ];
    const line = allBehind([person(daysAgo(90), "made", { attributes: { seats: 4 } }), ...quiet], daysAgo(1), NOW).get("seat_use data");
    expect(line).toMatchObject({ eventIds: [], eventsTotal: 0, left: { eventIds: ["first"], eventsTotal: 1 } });
    const { from, to } = line?.left ?? { from: 0, to: 0 };
    expect([to - from, from <= daysAgo(28), to > daysAgo(28)]).toEqual([DAY_MS, true, true]);
    const week = allBehind([person(daysAgo(90), "made", { attributes: { seats: 4 } }), ...quiet], daysAgo(3), NOW).get("seat_use data");
    expect(week?.left).toMatchObject({ eventIds: ["first", "before"] });
  });

  test("of a window that only grew name none that left", () => {
    for (const { left } of allBehind([...history, usage(daysAgo(1), "new")], daysAgo(1), daysAgo(1) + 1).values()) expect(left).toBeNull();
  });

  test("are those of its source between the two instants; usage counts by whole days, as it is measured", () => {
    const found = behind([...history, usage(NOW - 1_000, "now", "cy"), usage(daysAgo(1), "yesterday", "dee"), usage(daysAgo(1, 20), "before", "eva")], daysAgo(1, 6), NOW); // prettier-ignore
    expect(found.get("stickiness data")).toEqual({ eventIds: ["now"], eventsTotal: 1 });
    expect([...found.keys()].some((key) => key.startsWith("csat"))).toBe(false);
  });

  test("of support are tickets and conversations, of a rating only what rates", () => {
    const later = [
      event({ id: "t2", type: "ticket.created", data: { ticketId: "2", priority: "urgent" }, occurredAt: daysAgo(0, 3) }),
      event({ id: "rated", type: "ticket.rated", data: { ticketId: "1", score: "bad" }, occurredAt: daysAgo(0, 2) }),
      event({ id: "held", type: "ticket.created", data: { ticketId: "9" }, occurredAt: daysAgo(0, 1) }),
    ];
    const found = behind([...history, ...later], daysAgo(0, 5), NOW);
    expect(found.get("weighted_backlog data")).toEqual({ eventIds: ["rated", "t2"], eventsTotal: 2 });
    expect(found.get("csat missing")).toEqual({ eventIds: ["rated"], eventsTotal: 1 });
    expect(found.get("stickiness missing") ?? { eventsTotal: 0 }).toMatchObject({ eventsTotal: 0 });
  });

  test("are the writes that changed an attribute which the measure reads, and no others", () => {
    const writes = [
      person(daysAgo(0, 4), "again", { attributes: { seats: 4 } }),
      person(daysAgo(0, 3), "more", { attributes: { seats: 8 } }),
      person(daysAgo(0, 2), "plan", { attributes: { plan: "pro" } }),
      person(daysAgo(0, 1), "sla", { attributes: { slaHours: 8 } }),
    ];
    const found = behind([...history, ...writes], daysAgo(0, 5), NOW);
    expect(found.get("seat_use data")).toEqual({ eventIds: ["more"], eventsTotal: 1 });
    expect(found.get("resolution_time data")).toEqual({ eventIds: ["sla"], eventsTotal: 1 });
  });

  test("of a measure of one's own are those of the instants or the days between, as it may look at either", () => {
    const config = withMeasure({ key: "open_now", source: "support", expression: "account.open_tickets()" });
    const opened = event({ id: "t2", type: "ticket.created", data: { ticketId: "2" }, occurredAt: daysAgo(0, 2) });
    expect(behind([...history, opened], daysAgo(0, 5), NOW, { config }).get("open_now data")).toEqual({ eventIds: ["t2"], eventsTotal: 1 });
    const hourly = withMeasure({ key: "lately", source: "usage", expression: 'account.count("product_events", "3h")' });
    const used = usage(daysAgo(0, 1), "now");
    expect(behind([...history, used], daysAgo(0, 5), NOW, { config: hourly }).get("lately data")).toEqual({
      eventIds: ["now"],
      eventsTotal: 1,
    });
    const daily = withMeasure({ key: "daily", source: "usage", expression: 'account.count("product_events", "2d")' });
    const yesterday = usage(daysAgo(1, 1), "after noon of the day before");
    expect(behind([...history, yesterday], daysAgo(1), NOW, { config: daily }).get("daily data")).toMatchObject({ eventsTotal: 0 });
  });

  test("of the market are those of the days between, as it is measured", () => {
    const news = (at: number, id: string): Event => event({ id, type: "news.published", data: { sentiment: "negative" }, occurredAt: at });
    const settings = {
      windowDays: 180,
      halfLifeDays: 30,
      points: { news_good: 2, news_bad: -4, review_good: 3, review_bad: -5, competitor: -3 },
    };
    const config = withMeasure({ key: "market_signals", settings });
    const told = [news(daysAgo(20), "old"), news(daysAgo(1, -2), "that day"), news(daysAgo(0, 1), "today")];
    expect(behind([...history, ...told], daysAgo(1), NOW, { config }).get("market_signals data")).toEqual({
      eventIds: ["today"],
      eventsTotal: 1,
    });
  });

  test("of an override are its writing, or what ended it", () => {
    const override = (value: number | null) => ({ override: { value, reason: "because", expiresAt: NOW + DAY_MS } });
    const said = person(daysAgo(3), "said", override(20));
    expect(behind([...history, said], daysAgo(4), daysAgo(2)).get("override override")).toEqual({ eventIds: ["said"], eventsTotal: 1 });
    const found = behind([...history, said, person(daysAgo(1), "taken back", override(null))], daysAgo(2), NOW);
    expect(found.get("override override")).toEqual({ eventIds: ["taken back", "said"], eventsTotal: 2 });
  });

  test("of another scorecard by segment are the write that moved the account there", () => {
    const document = {
      title: "Sizes",
      scorecard: "standard",
      segments: [
        { key: "large", title: "Large", scorecard: "strategic", when: [{ op: "is" as const, attribute: "tier", values: ["top"] }] },
      ],
    };
    const config = activate({ ...emptyConfiguration, version: 1, segments: { version: 1, document } });
    const writes = [
      person(daysAgo(50), "low", { attributes: { tier: "low" } }),
      person(daysAgo(0, 3), "top", { attributes: { tier: "top" } }),
    ];
    const found = behind([...history, ...writes], daysAgo(0, 5), NOW, { config });
    const ofConfiguration = [...found].filter(([key]) => key.endsWith(" configuration")).map(([, one]) => one);
    expect(ofConfiguration.length).toBeGreaterThan(0);
    for (const one of ofConfiguration) expect(one).toEqual({ eventIds: ["top"], eventsTotal: 1 });
  });

  test("are bounded, the newest first, with how many there are; unless not all could be read", () => {
    const many = Array.from({ length: 150 }, (_, i) => usage(NOW - i * 1_000, `n${i}`, `p${i}`));
    const whole = behind([...history, ...many], daysAgo(1), NOW).get("seat_use data");
    expect(whole?.eventsTotal).toBe(150);
    expect(whole?.eventIds).toEqual(Array.from({ length: eventIdsPerMoveMax }, (_, i) => `n${i}`));
    const more = Array.from({ length: timelineRowsPerCallMax }, (_, i) => usage(NOW - i * 1_000 - 500, `m${i}`, `q${i}`));
    expect(behind([...history, ...many, ...more], daysAgo(1), NOW).get("seat_use data")?.eventsTotal).toBeNull();
  });

  test("are looked for in so many rows as one answer reads, whatever the number of windows: first what came, each row once", () => {
    const gone = Array.from({ length: timelineRowsPerCallMax }, (_, i) => usage(daysAgo(28) + i * 1_000, `old${i}`, `p${i}`));
    const came = Array.from({ length: 20 }, (_, i) => usage(NOW - i * 1_000, `new${i}`, `q${i}`));
    const read: number[] = [];
    const made = person(daysAgo(90), "made", { attributes: { seats: 300 } });
    const found = allBehind([made, ...gone, ...came], daysAgo(1), NOW, { readIn: (seq) => read.push(seq) });
    expect(read).toHaveLength(timelineRowsPerCallMax);
    expect(new Set(read).size).toBe(timelineRowsPerCallMax);
    expect(found.get("seat_use data")).toMatchObject({ eventsTotal: 20, left: { eventsTotal: null } });
    expect(found.get("seat_use data")?.left?.eventIds).toHaveLength(eventIdsPerMoveMax);
  });

  test("are found where they happened at the first instant of what left a window: it belongs to that time", () => {
    const midnight = startOfDay(dayOf(daysAgo(28)));
    const quiet = [
      person(daysAgo(90), "made", { attributes: { seats: 4 } }),
      usage(midnight, "at midnight"),
      usage(daysAgo(26), "later", "cy"),
    ];
    const { left } = allBehind(quiet, daysAgo(1), NOW).get("seat_use data") ?? {};
    expect(left).toMatchObject({ from: midnight, eventIds: ["at midnight"], eventsTotal: 1 });
  });
});

test("each measure names every attribute that it reads", () => {
  const state = emptyAccount("acme", sourcesTo({ "tok_1/events": NOW }));
  const tale: readonly [string, Record<string, unknown>][] = [
    ["subscription.created", { subscriptionId: "s", amount: 5, currency: "EUR" }],
    ["opportunity.created", { opportunityId: "o" }],
    ["message.sent", {}],
    ["survey.answered", { kind: "nps", score: 9 }],
  ];
  for (const one of history) fold(state, one, NOW);
  for (const [type, data] of tale) fold(state, event({ type, data, occurredAt: daysAgo(150), user: { id: "ana" } }), NOW);
  const standard = shippedConfig.scorecards.get("standard") as Scorecard;
  const specs = standard.dimensions.flatMap((one) => one.measures);
  expect(specs.length).toBeGreaterThan(20);
  for (const spec of specs) {
    const read = new Set<string>();
    const attributes = new Map(state.attributes);
    attributes.get = (name) => (read.add(name), state.attributes.get(name));
    const scorecard = { ...standard, flags: [], caps: [], dimensions: [{ key: "d", title: "D", weight: 1, measures: [spec] }] };
    const config = { ...shippedConfig, scorecards: new Map([["standard", scorecard]]) };
    accountHealth({ ...state, attributes }, onlyConfig(config)).at(NOW);
    // Read for each account, whatever is measured: by its segment, its calendar, and by the facts that measures share.
    const always = ["segment", "calendar", "coreFeatures", "currency", "sponsor", "champion"];
    const told = new Set([...(measures.get(spec.key)?.attributes ?? []), ...always]);
    expect([spec.key, [...read].filter((name) => !told.has(name))]).toEqual([spec.key, []]);
  }
});

test("a measure of one's own names those of its expression, and of what it refers to", () => {
  const document = (expression: string) => ({ title: "Own", unit: "x", source: "usage" as const, expression });
  const own = customMeasures({ a: document('account.number("seats") + measures.b'), b: document('account.has("plan") ? 1.0 : 0.0') });
  expect(own.get("a")?.attributes).toEqual(["seats", "plan"]);
});
