import { describe, expect, test } from "vitest";
import type { AccountState } from "../../../src/domain/account/state.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import type { HealthDocument, MeasureResult } from "../../../src/domain/health/document.ts";
import { contactsOf } from "../../../src/domain/health/contacts.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import { HOUR_MS } from "../../../src/domain/time.ts";
import { NOW, anAccount, daysAgo, ticket, told } from "../../support/health-account.ts";

const documentOf = (state: AccountState, at = NOW): HealthDocument => evaluateHealth(state, standardScorecard, at);
const measureOf = (state: AccountState, key: string, at = NOW): MeasureResult =>
  documentOf(state, at)
    .dimensions.flatMap(({ measures }) => measures)
    .find((measure) => measure.key === key) as MeasureResult;
const flagsOf = (state: AccountState): string[] => documentOf(state).flags.map(({ key }) => key);

describe("two-way contact", () => {
  test("counts what the customer says by any way, over the agreed cadence; what we send does not count", () => {
    const state = anAccount({ cadenceDays: 10 });
    told(state, daysAgo(40), "message.sent", {}, "ana");
    expect(measureOf(state, "two_way_contact")).toMatchObject({ value: 4, note: "40 days. The customer has not answered yet." });
    told(state, daysAgo(30), "message.replied", {}, "ana");
    told(state, daysAgo(2), "message.sent", {}, "ana");
    expect(measureOf(state, "two_way_contact").value).toBe(3);
    told(state, daysAgo(15), "conversation.replied", { conversationId: "1", author: "user" });
    expect(measureOf(state, "two_way_contact").value).toBe(1.5);
    told(state, daysAgo(12), "meeting.held", { at: daysAgo(11) });
    expect(measureOf(state, "two_way_contact").value).toBe(1.1);
    told(state, daysAgo(1), "conversation.replied", { conversationId: "1", author: { type: "admin" } });
    expect(measureOf(state, "two_way_contact").value).toBe(1.1);
    expect(measureOf(state, "two_way_contact", daysAgo(20)).value).toBe(1);
  });

  test("is missing before anything was heard, and held while its source is behind", () => {
    const state = anAccount({ cadenceDays: 10 });
    expect(measureOf(state, "two_way_contact")).toMatchObject({ status: "missing", note: "No message or meeting has been seen yet." });
    told(state, daysAgo(20), "message.replied", {}, "ana");
    state.watermarks.set("tok_1/events", daysAgo(15));
    const held = measureOf(state, "two_way_contact");
    expect(held).toMatchObject({ value: 0.5, status: "stale" });
    expect(held.freshness).toBeCloseTo(2 ** (-(15 * 24 - 1) / (14 * 24)), 9);
  });
});

describe("people in touch", () => {
  test("are those who wrote or met us in 90 days and have not left, one for each person however named", () => {
    const state = anAccount();
    told(state, daysAgo(80), "message.replied", {}, "u1");
    told(state, daysAgo(10), "meeting.held", { with: ["Ana@acme.example", "ben@acme.example"] });
    told(state, daysAgo(95), "message.replied", {}, "old");
    told(state, daysAgo(5), "message.sent", {}, "cy");
    expect(measureOf(state, "people_in_touch").value).toBe(3);
    told(state, daysAgo(60), "user.identified", { email: "ana@acme.example", id: "u1" });
    expect(measureOf(state, "people_in_touch").value).toBe(3);
    told(state, daysAgo(50), "user.identified", { email: "ana@acme.example" }, "u1");
    expect(measureOf(state, "people_in_touch").value).toBe(2);
    told(state, daysAgo(1), "user.identified", { status: "left" }, "ben@acme.example");
    expect(measureOf(state, "people_in_touch").value).toBe(1);
    expect(measureOf(state, "people_in_touch", daysAgo(2)).value).toBe(2);
  });

  test("have left by what was told of them last, under whatever name", () => {
    const state = anAccount();
    told(state, daysAgo(80), "message.replied", {}, "u1");
    told(state, daysAgo(60), "user.identified", { email: "ana@acme.example" }, "u1");
    told(state, daysAgo(40), "user.identified", { status: "left" }, "u1");
    told(state, daysAgo(30), "user.identified", { status: "gone" }, "u1");
    told(state, daysAgo(9), "user.identified", { status: "active" }, "ana@acme.example");
    expect([35, 10, 8].map((days) => measureOf(state, "people_in_touch", daysAgo(days)).value)).toEqual([0, 0, 1]);
    expect(contactsOf(state).map(({ leftSince }) => [leftSince(daysAgo(10)), leftSince(NOW)])).toEqual([[daysAgo(40), null]]);
  });

  test("have the role of their time; before the first was told, that one", () => {
    const state = anAccount();
    told(state, daysAgo(20), "user.identified", { role: "Admin", title: "Buyer" }, "ana");
    told(state, daysAgo(5), "user.identified", { role: "VP Sales" }, "ana");
    const [ana] = contactsOf(state);
    expect([30, 6, 5].map((days) => [ana?.role(daysAgo(days)), ana?.title(daysAgo(days)), ana?.roles(daysAgo(days)).has("vp")])).toEqual([
      ["Admin", "Buyer", false],
      ["Admin", "Buyer", false],
      ["VP Sales", "Buyer", true],
    ]);
  });

  test("count half a person less for each key role whose holder is silent", () => {
    const state = anAccount({ sponsor: "sue@acme.example", champion: { email: "ana@acme.example" } });
    for (const person of ["ben", "cy", "ana@acme.example"]) told(state, daysAgo(3), "message.replied", {}, person);
    expect(measureOf(state, "people_in_touch")).toMatchObject({ value: 2.5, note: "3 people in 90 days, not the sponsor." });
    told(state, daysAgo(3), "user.identified", { name: "Ben Stiles" }, "ben");
    state.attributes.set("sponsor", { value: "ben stiles", source: "person:t1", asOf: NOW });
    expect(measureOf(state, "people_in_touch").value).toBe(3);
  });
});

test("reply share and attendance are plain shares of their windows, and missing without a message or a booking", () => {
  const state = anAccount();
  told(state, daysAgo(61), "message.sent");
  told(state, daysAgo(61), "message.replied");
  expect(measureOf(state, "reply_share")).toMatchObject({ status: "missing", note: "We sent no message in 60 days." });
  expect(measureOf(state, "meeting_attendance").status).toBe("missing");
  for (const day of [1, 2, 3, 4]) told(state, daysAgo(day), "message.sent");
  told(state, daysAgo(1), "message.replied");
  told(state, daysAgo(80), "meeting.held");
  told(state, daysAgo(20), "meeting.missed");
  told(state, daysAgo(2), "meeting.held");
  expect(measureOf(state, "reply_share").value).toBe(0.25);
  expect(measureOf(state, "meeting_attendance")).toMatchObject({ value: 2 / 3, note: "2 of 3 meetings took place." });
});

describe("NPS", () => {
  test("is of the latest answer of each person, halved every 90 days, an executive's doubled", () => {
    const state = anAccount();
    told(state, daysAgo(200), "survey.answered", { kind: "nps", score: 0 }, "ana");
    told(state, daysAgo(0, 1), "survey.answered", { kind: "nps", score: 10 }, "ana");
    expect(measureOf(state, "nps").value).toBe(100);
    told(state, daysAgo(90), "survey.answered", { kind: "nps", score: 5 }, "ben");
    expect(measureOf(state, "nps").value).toBeCloseTo((100 * (1 - 0.5)) / 1.5, 9);
    told(state, daysAgo(95), "user.identified", { title: "VP of Sales" }, "ben");
    expect(measureOf(state, "nps").value).toBeCloseTo((100 * (1 - 1)) / 2, 9);
    told(state, daysAgo(3), "survey.answered", { kind: "csat", score: 1 }, "ana");
    expect(measureOf(state, "nps").value).toBeCloseTo(0, 9);
    expect(measureOf(state, "nps", daysAgo(100)).value).toBe(-100);
  });

  test("counts a person once who answered under an id and under an e-mail, by the newest answer", () => {
    const state = anAccount();
    told(state, daysAgo(20), "survey.answered", { kind: "nps", score: 10 }, "u1");
    told(state, daysAgo(10), "survey.answered", { kind: "nps", score: 0 }, "ana@acme.example");
    expect(measureOf(state, "nps").note).toMatch("2 people");
    told(state, daysAgo(5), "user.identified", { email: "ana@acme.example" }, "u1");
    expect(measureOf(state, "nps")).toMatchObject({ value: -100, asOf: daysAgo(10), note: expect.stringMatching("1 person") });
    expect(measureOf(state, "nps", daysAgo(15)).value).toBe(100);
  });

  test("tells how far it may be off also where all answers are old and halve each day", () => {
    const state = anAccount();
    const scorecard = structuredClone(standardScorecard);
    const spec = scorecard.dimensions.flatMap(({ measures }) => measures).find(({ key }) => key === "nps");
    Object.assign(spec?.settings ?? {}, { halfLifeDays: 0.3, windowDays: 800 });
    for (const person of ["ana", "ben"]) told(state, daysAgo(700), "survey.answered", { kind: "nps", score: 10 }, person);
    const results = evaluateHealth(state, scorecard, NOW).dimensions.flatMap(({ measures }) => measures);
    expect(results.find(({ key }) => key === "nps")).toMatchObject({ value: 100, note: "2 people, ± 0." });
  });

  test("says how far it may be off, and is missing once all answers are a year old", () => {
    const state = anAccount();
    for (let i = 0; i < 8; i++) told(state, daysAgo(0, 1), "survey.answered", { kind: "nps", score: i % 2 === 0 ? 10 : 0 });
    expect(measureOf(state, "nps")).toMatchObject({ value: 0, note: `8 people, ± ${Math.round((100 * 1.96) / Math.sqrt(8))}.` });
    const later = NOW + 366 * 24 * HOUR_MS;
    state.watermarks.set("tok_1/events", later);
    expect(measureOf(state, "nps", later).status).toBe("missing");
  });
});

test("the success plan is goals reached by their day over goals due; a goal is missed when its day is over, a canceled one never", () => {
  const state = anAccount();
  const goal = (goalId: string, due: number, status: string, at: number): void => told(state, at, "goal.updated", { goalId, due, status });
  goal("in time", daysAgo(10), "done", daysAgo(10, -6));
  goal("late", daysAgo(20), "achieved", daysAgo(8));
  goal("early", daysAgo(-30), "completed", daysAgo(3));
  goal("today", daysAgo(0), "open", daysAgo(9));
  goal("dropped", daysAgo(5), "canceled", daysAgo(9));
  expect(measureOf(state, "success_plan")).toMatchObject({ value: 2 / 3, note: "2 of 3 goals were reached on time." });
  expect(measureOf(state, "success_plan", NOW + 24 * HOUR_MS).value).toBe(0.5);
  expect(measureOf(state, "success_plan", daysAgo(9)).value).toBe(1);
});

describe("conversations count as support", () => {
  test("open ones weigh in the backlog by their priority, closed ones are solved, ratings of four and five are good", () => {
    const state = anAccount({ seats: 100, slaHours: 24 });
    told(state, daysAgo(2), "conversation.created", { conversationId: "1", priority: "priority" });
    told(state, daysAgo(4), "conversation.created", { conversationId: "2" });
    told(state, daysAgo(3), "conversation.closed", { conversationId: "2" });
    told(state, daysAgo(3), "conversation.rated", { conversationId: "2", rating: 4 });
    expect(measureOf(state, "weighted_backlog").value).toBe(2 * 2);
    expect(measureOf(state, "resolution_time").value).toBe(1);
    expect(measureOf(state, "csat").note).toMatch(/^1 of 1 ratings were good, counted with [\d.]+ more at the usual [\d.]+ %\.$/);
    expect(measureOf(state, "weighted_backlog", daysAgo(3, 1)).value).toBeCloseTo(23 / 24, 12);
  });
});

describe("the flag", () => {
  test("of an executive who waits needs an urgent, late ticket that the executive or sponsor is in, and caps the score at 59", () => {
    const state = anAccount({ seats: 10, sponsor: "sue@acme.example" });
    for (let i = 0; i < 40; i++) {
      const at = daysAgo(5 + i);
      ticket(state, { id: `g${i}`, at, solvedAt: at + HOUR_MS, rating: { score: "good", at: at + HOUR_MS } });
    }
    ticket(state, { id: "1", at: daysAgo(2), priority: "urgent", people: ["ana@acme.example"] });
    expect(flagsOf(state)).toEqual(["urgent_ticket_past_sla"]);
    told(state, daysAgo(9), "user.identified", { role: "Chief", title: "CEO" }, "ana@acme.example");
    expect(flagsOf(state)).toEqual(["urgent_ticket_past_sla", "urgent_ticket_with_executive"]);
    const { score, scoreBeforeCaps, caps } = documentOf(state);
    expect(scoreBeforeCaps).toBeGreaterThan(59);
    expect([score, caps]).toEqual([59, [expect.objectContaining({ key: "urgent_ticket_with_executive", max: 59 })]]);
  });

  test("of a champion who left stands while nobody else has been in touch for 90 days", () => {
    const state = anAccount();
    told(state, daysAgo(50), "message.replied", {}, "ana");
    told(state, daysAgo(40), "user.identified", { role: "Champion" }, "ana");
    expect(flagsOf(state)).toEqual([]);
    told(state, daysAgo(4), "user.identified", { status: "left" }, "ana");
    expect(documentOf(state).flags).toEqual([expect.objectContaining({ key: "champion_left", since: daysAgo(4) })]);
    told(state, daysAgo(1), "message.replied", {}, "ben");
    expect(flagsOf(state)).toEqual([]);
  });

  test("of a champion who left is not raised by messages and meetings that nobody brings any more, nor where none ever came", () => {
    const left = (state: AccountState): AccountState => {
      told(state, daysAgo(40), "user.identified", { role: "Champion" }, "ana");
      told(state, daysAgo(20), "user.identified", { status: "left" }, "ana");
      return state;
    };
    const state = left(anAccount());
    expect(flagsOf(state)).toEqual([]);
    told(state, daysAgo(100), "message.replied", {}, "ben");
    expect(flagsOf(state)).toEqual(["champion_left"]);
    told(state, daysAgo(85), "message.replied", {}, "ben");
    expect(flagsOf(state)).toEqual([]);
    const later = NOW + 10 * 24 * HOUR_MS;
    expect(documentOf(state, later).flags).toEqual([]);
    state.watermarks.set("tok_1/events", later);
    expect(documentOf(state, later).flags).toEqual([expect.objectContaining({ key: "champion_left", since: daysAgo(20) })]);
  });

  test("of an executive goes by the role that the person had then", () => {
    const state = anAccount();
    ticket(state, { id: "1", at: daysAgo(30), priority: "urgent", people: ["ana@acme.example"] });
    told(state, daysAgo(40), "user.identified", { role: "Admin" }, "ana@acme.example");
    told(state, daysAgo(3), "user.identified", { title: "CEO", role: "CEO" }, "ana@acme.example");
    const standsAt = (days: number): boolean =>
      documentOf(state, daysAgo(days)).flags.some(({ key }) => key === "urgent_ticket_with_executive");
    // A title was told for the first time, so it holds before as well; the role does not.
    expect([10, 2].map(standsAt)).toEqual([true, true]);
    told(state, daysAgo(45), "user.identified", { title: "Buyer" }, "ana@acme.example");
    expect([10, 2].map(standsAt)).toEqual([false, true]);
  });
});
