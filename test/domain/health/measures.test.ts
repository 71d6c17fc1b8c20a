import { describe, expect, test } from "vitest";
import type { AccountState } from "../../../src/domain/account/state.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import type { MeasureResult } from "../../../src/domain/health/document.ts";
import { checkScorecard } from "../../../src/domain/health/check-scorecard.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { speaksFor } from "../../../src/domain/health/source-events.ts";
import { featuresPerAccountMax } from "../../../src/domain/limits.ts";
import { dayOf, HOUR_MS } from "../../../src/domain/time.ts";
import { NOW, anAccount, daysAgo, ticket, told, used } from "../../support/health-account.ts";

const measureAt = (state: AccountState, key: string, at = NOW): MeasureResult =>
  evaluateHealth(state, standardScorecard, at)
    .dimensions.flatMap(({ measures }) => measures)
    .find((measure) => measure.key === key) as MeasureResult;

describe("usage trend", () => {
  const usedDaily = (people: (day: number) => number): AccountState => {
    const state = anAccount();
    for (let day = 0; day <= 60; day++) for (let person = 0; person < people(day); person++) used(state, person, daysAgo(day));
    return state;
  };

  test("compares 28 complete days with the 28 before, and leaves today out", () => {
    const half = usedDaily((day) => (day === 0 ? 9 : day <= 28 ? 5 : 10));
    expect(measureAt(half, "trend").value).toBeCloseTo(Math.log((28 * 5 + 5) / (28 * 10 + 5)), 12);
  });

  test("is flat for who is steady on weekdays only, whatever the weekday", () => {
    const weekdays = usedDaily((day) => (new Date(daysAgo(day)).getUTCDay() % 6 === 0 ? 0 : 4));
    for (let day = 0; day < 5; day++) expect(measureAt(weekdays, "trend", daysAgo(day)).value ?? 0).toBeCloseTo(0, 12);
  });

  test("says how long it needs while the account is younger", () => {
    const young = anAccount();
    used(young, 1, daysAgo(55));
    expect(measureAt(young, "trend")).toMatchObject({ status: "missing", note: "Needs 56 complete days of usage to compare." });
    used(young, 1, daysAgo(56));
    expect(measureAt(young, "trend").status).toBe("ok");
  });
});

describe("ticket volume", () => {
  const withTickets = (recent: number, perPeriodBefore: number): AccountState => {
    const state = anAccount();
    for (let i = 0; i < recent; i++) ticket(state, { id: `r${i}`, at: daysAgo(i % 13) });
    for (let period = 1; period <= 6; period++)
      for (let i = 0; i < perPeriodBefore; i++) ticket(state, { id: `b${period}-${i}`, at: daysAgo(period * 14 + (i % 13)) });
    ticket(state, { id: "first", at: daysAgo(150) });
    return state;
  };

  test("counts deviations from the customer's own habit, up and down", () => {
    expect(measureAt(withTickets(4, 4), "ticket_volume").value).toBe(0);
    expect(measureAt(withTickets(10, 4), "ticket_volume").value).toBeCloseTo(6 / 2, 12);
    expect(measureAt(withTickets(0, 4), "ticket_volume").value).toBeCloseTo(4 / 2, 12);
  });

  test("has no opinion before it knows the habit", () => {
    const state = anAccount();
    ticket(state, { id: "1", at: daysAgo(30) });
    expect(measureAt(state, "ticket_volume")).toMatchObject({
      status: "missing",
      note: "Needs 42 days since the first ticket to know what is usual.",
    });
  });
});

describe("weighted backlog", () => {
  test("is what was open at that instant, weighed by priority and age", () => {
    const state = anAccount({ seats: 100, slaHours: 10 });
    ticket(state, { id: "1", at: daysAgo(0, 20), priority: "high" });
    ticket(state, { id: "2", at: daysAgo(0, 15), priority: "urgent", solvedAt: daysAgo(0, 5) });
    ticket(state, { id: "3", at: daysAgo(40), priority: "low" });
    expect(measureAt(state, "weighted_backlog").value).toBeCloseTo(2 * 2 + 0.5 * 3, 12);
    expect(measureAt(state, "weighted_backlog", NOW - 10 * HOUR_MS).value).toBeCloseTo(2 * 1 + 4 * 0.5 + 0.5 * 3, 12);
  });

  const backlogOf = (events: readonly (readonly [hoursAgo: number, type: string, data: object])[], hoursAgo = 0): number | null => {
    const state = anAccount({ seats: 100, slaHours: 10 });
    for (const [hours, type, data] of events) told(state, daysAgo(0, hours), type, { ticketId: "1", ...data });
    return measureAt(state, "weighted_backlog", NOW - hoursAgo * HOUR_MS).value;
  };

  test("does not count a ticket that was deleted, until it is there again", () => {
    const deleted = [
      [20, "ticket.created", {}],
      [8, "ticket.updated", { status: "deleted" }],
    ] as const;
    expect([backlogOf(deleted, 10), backlogOf(deleted)]).toEqual([1, 0]);
    expect(backlogOf([...deleted, [5, "ticket.updated", { status: "open" }]])).toBe(2);
  });

  test("counts a ticket that is known by changes alone from when it was first heard of", () => {
    const changes = [
      [20, "ticket.updated", { status: "open" }],
      [5, "ticket.solved", {}],
    ] as const;
    expect([backlogOf(changes, 10), backlogOf(changes)]).toEqual([1, 0]);
  });

  test("takes the first priority that was told for the time before it", () => {
    const risen = [
      [20, "ticket.created", {}],
      [15, "ticket.updated", { priority: "low" }],
      [5, "ticket.updated", { priority: "urgent" }],
    ] as const;
    expect([backlogOf(risen, 18), backlogOf(risen, 10), backlogOf(risen)]).toEqual([0.5 * 0.25, 0.5, 8]);
  });

  test("tells what it had to assume", () => {
    const state = anAccount();
    ticket(state, { id: "1", at: daysAgo(1), priority: "normal" });
    expect(measureAt(state, "weighted_backlog")).toMatchObject({
      value: 1,
      note: "Wall-clock hours; 100 people stand for the seats; an SLA of 24 hours is assumed.",
    });
    for (let person = 0; person < 50; person++) used(state, person, daysAgo(3));
    expect(measureAt(state, "weighted_backlog")).toMatchObject({
      value: 2,
      note: "Wall-clock hours; the people active in 28 days stand for the seats; an SLA of 24 hours is assumed.",
    });
  });
});

test("a reopened ticket counts as reopened and as open, and its resolution waits for the last solving", () => {
  const state = anAccount({ slaHours: 24 });
  ticket(state, { id: "1", at: daysAgo(3), solvedAt: daysAgo(2), reopenedAt: daysAgo(1) });
  expect(measureAt(state, "reopen_rate").value).toBeCloseTo((1 + 10 * 0.08) / (1 + 10), 12);
  expect(measureAt(state, "resolution_time").status).toBe("missing");
  expect(measureAt(state, "resolution_time", daysAgo(1, 1)).value).toBe(1);
});

test("what reads features says that uses may be lacking once as many names are kept as can be and one that counts is not among them", () => {
  const state = anAccount({ seats: 10, coreFeatures: ["report"] });
  for (let name = 0; name < featuresPerAccountMax - 1; name++) used(state, 1, daysAgo(1), [`f${name}`]);
  const notes = () => ["breadth", "depth", "recency"].map((key) => measureAt(state, key).note ?? "");
  for (const note of notes()) expect(note).not.toContain("uses of others are not counted");
  used(state, 1, daysAgo(1), ["one more"]);
  for (const note of notes()) expect(note).toContain("uses of others are not counted");
  // It may have been used before it was named.
  used(state, 1, daysAgo(1), ["report"]);
  for (const note of notes()) expect(note).toContain("uses of others are not counted");
  state.features.splice(0, 1, ...state.features.splice(-1));
  for (const note of notes()) expect(note).not.toContain("uses of others are not counted");
});

test("what counts people says that it is an estimate once a day keeps a part of its people only", () => {
  const state = anAccount({ seats: 10, coreFeatures: ["report"] });
  for (let day = 0; day <= 60; day++) for (let person = 0; person < 40; person++) used(state, person, daysAgo(day), ["report"]);
  const keys = ["seat_use", "stickiness", "breadth", "depth", "trend"];
  const notes = () => keys.map((key) => measureAt(state, key).note ?? "");
  for (const note of notes()) expect(note).not.toContain("Estimated");
  const page = state.days.get(dayOf(daysAgo(3))) as { usersBelow: number };
  page.usersBelow = 2 ** 52;
  for (const note of notes()) expect(note).toMatch(/Estimated, to \d+\.\d %\.$/);
});

test("a feature counts towards breadth when enough people use it and the customer is entitled to it", () => {
  const state = anAccount({ seats: 100, coreFeatures: ["a", "b", "c"], entitledFeatures: "a; b" });
  for (let person = 0; person < 5; person++) used(state, person, daysAgo(1), ["a", "c"]);
  for (let person = 0; person < 4; person++) used(state, person, daysAgo(1), ["b"]);
  expect(measureAt(state, "breadth").value).toBe(0.5);
});

describe("measures that a scorecard may add", () => {
  const scorecard = structuredClone(standardScorecard);
  const [spec] = scorecard.dimensions[1]?.measures ?? [];
  if (spec === undefined) throw new Error("no measure of support");
  scorecard.dimensions[1]?.measures.push(
    ...["ticket_severity", "ticket_escalations"].map((key) => ({ ...spec, key, settings: { windowDays: 90 } })),
  );

  test("severity is the share of high and urgent tickets, escalations those that became so only later", () => {
    expect(checkScorecard(scorecard)).toMatchObject({ ok: true });
    const state = anAccount();
    const tell = (ticketId: string, priorities: readonly string[]): void =>
      priorities.forEach((priority, i) =>
        told(state, daysAgo(20 - i), i === 0 ? "ticket.created" : "ticket.updated", { ticketId, priority }),
      );
    tell("1", ["low", "urgent"]);
    tell("2", ["high"]);
    tell("3", ["high", "normal"]);
    tell("4", ["normal"]);
    const valueOf = (key: string): number | null | undefined =>
      evaluateHealth(state, scorecard, NOW)
        .dimensions.flatMap(({ measures }) => measures)
        .find((measure) => measure.key === key)?.value;
    expect([valueOf("ticket_severity"), valueOf("ticket_escalations")]).toEqual([0.5, 0.25]);
  });
});

test("a difference leads to the events of the source that its measure reads; a conversation is support and a sign of life", () => {
  const of = (type: string): string[] =>
    (["usage", "support", "engagement", "success", "revenue", "lifecycle"] as const).filter((source) => speaksFor(source, type));
  expect(of("feature.used")).toEqual(["usage", "lifecycle"]);
  expect(of("ticket.solved")).toEqual(["support"]);
  expect(of("conversation.replied")).toEqual(["support", "engagement"]);
  expect([of("survey.answered"), of("invoice.paid"), of("message.sent"), of("deal.imagined")]).toEqual([
    ["success"],
    ["revenue"],
    ["engagement"],
    [],
  ]);
});
