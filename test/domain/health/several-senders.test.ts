import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import type { HealthDocument, MeasureResult } from "../../../src/domain/health/document.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
import type { Event } from "../../../src/domain/event.ts";
import type { EventKind } from "../../../src/domain/source-reach.ts";
import { DAY_MS, HOUR_MS } from "../../../src/domain/time.ts";
import { event, sourcesTo } from "../../support/account-builders.ts";
import { NOW, daysAgo } from "../../support/health-account.ts";

type Said = Partial<Pick<Event, "connector" | "connectionId" | "type" | "data" | "user">>;
const zendesk = { connector: "zendesk", connectionId: "zen" };
const intercom = { connector: "intercom", connectionId: "front" };

const anAccount = (): FoldedAccount => emptyAccount("acme", sourcesTo({}));
const say = (state: FoldedAccount, at: number, said: Said): void => fold(state, event({ ...said, occurredAt: at }), NOW);
function reached(state: FoldedAccount, connectionId: string, kind: EventKind, at: number, isEnded = false): void {
  state.watermarks.set(`${connectionId}/events`, at);
  state.streams.set(`${connectionId}/events`, { kinds: { [kind]: at }, liveAt: at, isEnded });
}
const read = (state: FoldedAccount, at = NOW): HealthDocument => evaluateHealth(state, standardScorecard, at);
const measureOf = ({ dimensions }: HealthDocument, key: string): MeasureResult =>
  dimensions.flatMap(({ measures }) => measures).find((measure) => measure.key === key) as MeasureResult;
const valuesOf = (document: HealthDocument, dimension: string): Record<string, number | null> =>
  Object.fromEntries(document.dimensions.find(({ key }) => key === dimension)?.measures.map(({ key, value }) => [key, value]) ?? []);
const flagsOf = ({ flags }: HealthDocument): string[] => flags.map(({ key }) => key);

/** The worked case of docs/design/time.md, "One of several". */
test("each ticket is read as of the instant up to which its help desk is known", () => {
  const at = (text: string): number => Date.parse(`2026-${text}:00Z`);
  const now = at("11-20T12:00");
  const state = anAccount();
  const tell = (said: Said, when: string, type: string, data: Event["data"]): void => say(state, at(when), { ...said, type, data });
  tell(zendesk, "08-10T09:00", "ticket.created", { ticketId: "rated" });
  tell(zendesk, "08-15T09:00", "ticket.solved", { ticketId: "rated" });
  tell(zendesk, "08-15T09:00", "ticket.rated", { ticketId: "rated", score: "good" });
  tell(zendesk, "11-10T00:00", "ticket.created", { ticketId: "open", priority: "urgent" });
  tell(intercom, "11-19T00:00", "conversation.created", { conversationId: "c", priority: "urgent" });
  reached(state, "zen", "support", at("11-10T12:00"));
  reached(state, "front", "support", now);
  const health = read(state, now);
  expect(measureOf(health, "csat").note).toMatch(/^1 of 1 ratings were good, counted with [\d.]+ more at the usual [\d.]+ %\.$/);
  // Urgent tickets weigh 4; half of its SLA has passed for one, one and a half for the other; nobody told the seats: 100.
  expect(measureOf(health, "weighted_backlog").value).toBe(4 * 0.5 + 4 * 1.5);
  expect(health.flags).toMatchObject([{ key: "urgent_ticket_past_sla", since: at("11-20T00:00") }]);
  // Ten days less an hour, of which a half is left each day, and one that is up to date.
  expect(measureOf(health, "weighted_backlog").freshness).toBe((2 ** (-239 / 24) + 1) / 2);
  const ages = health.dimensions.flatMap(({ measures }) => measures.flatMap(({ waitsFor = [] }) => waitsFor));
  expect(new Set(ages.map(({ connectionId, knownTo }) => `${connectionId} ${knownTo}`))).toEqual(new Set([`zen ${at("11-10T12:00")}`]));
});

describe("two help desks, of which one is down", () => {
  const down = daysAgo(10);
  /** Zendesk has brought tickets until it went down; Intercom is well and silent. */
  function twoDesks(): FoldedAccount {
    const state = anAccount();
    const ticket = (type: string, days: number, ticketId: string, data = {}): void =>
      say(state, daysAgo(days), { ...zendesk, type: `ticket.${type}`, data: { ticketId, ...data } });
    for (let day = 130; day > 10; day -= 6) {
      ticket("created", day, `z${day}`);
      ticket("solved", day - 1, `z${day}`);
      ticket("rated", day - 1, `z${day}`, { score: day > 95 ? "bad" : "good" });
    }
    ticket("created", 10.5, "open", { priority: "urgent" });
    say(state, daysAgo(120), { ...intercom, type: "conversation.created", data: { conversationId: "c" } });
    say(state, daysAgo(119), { ...intercom, type: "conversation.closed", data: { conversationId: "c" } });
    reached(state, "zen", "support", down);
    reached(state, "front", "support", NOW);
    return state;
  }

  test("its tickets neither leave their windows nor grow old, and what is measured by them ages", () => {
    const state = twoDesks();
    const [then, now] = [read(state, down), read(state)];
    expect(valuesOf(now, "support")).toEqual(valuesOf(then, "support"));
    expect(flagsOf(now)).toEqual([]);
    for (const key of ["weighted_backlog", "ticket_volume", "csat", "reopen_rate", "resolution_time"])
      expect([measureOf(now, key).status, measureOf(now, key).freshness < 1]).toEqual(["stale", true]);
    expect(now.confidence).toBeLessThan(then.confidence);
  });

  test("an urgent ticket of the other counts at once, and is late when its own time has passed", () => {
    const state = twoDesks();
    const before = measureOf(read(state), "weighted_backlog").value as number;
    say(state, daysAgo(0, 2), { ...intercom, type: "conversation.created", data: { conversationId: "u", priority: "urgent" } });
    expect(measureOf(read(state), "weighted_backlog").value).toBeGreaterThan(before);
    expect(flagsOf(read(state))).toEqual([]);
    reached(state, "front", "support", NOW + DAY_MS);
    expect(flagsOf(read(state, NOW + DAY_MS))).toEqual(["urgent_ticket_past_sla"]);
  });

  test("once it is back with nothing new, its silence is true: the windows roll, and its open ticket is late", () => {
    const state = twoDesks();
    const held = read(state);
    reached(state, "zen", "support", NOW);
    const back = read(state);
    expect(measureOf(back, "csat")).toMatchObject({ status: "ok", freshness: 1 });
    expect(measureOf(back, "csat").note).not.toBe(measureOf(held, "csat").note);
    expect(measureOf(back, "ticket_volume").value).not.toBe(measureOf(held, "ticket_volume").value);
    expect(flagsOf(back)).toEqual(["urgent_ticket_past_sla"]);
    expect(back.confidence).toBeGreaterThan(held.confidence);
  });

  test("each ages alone and the mean counts: months later the measure is there in part, and the other's tickets move the score", () => {
    const state = twoDesks();
    const later = NOW + 200 * DAY_MS;
    reached(state, "front", "support", later);
    const [whole, part] = [read(state, down), read(state, later)];
    expect(measureOf(part, "weighted_backlog")).toMatchObject({ status: "stale", waitsFor: [{ connectionId: "zen" }], sendersUpToDate: 1 });
    // 210 days less an hour, of which a half is left each day.
    expect(measureOf(part, "weighted_backlog").freshness).toBe((1 + 2 ** (1 / 24 - 210)) / 2);
    expect(measureOf(part, "csat").freshness).toBeCloseTo((1 + 2 ** (1 / 24 / 30 - 7)) / 2, 12);
    expect(part.confidence).toBeLessThan(whole.confidence);
    say(state, later - HOUR_MS, { ...intercom, type: "conversation.created", data: { conversationId: "u", priority: "urgent" } });
    expect(read(state, later).score).toBeLessThan(part.score as number);
  });

  test("it is too old to count when both are", () => {
    const state = twoDesks();
    reached(state, "front", "support", NOW);
    const at = (days: number): MeasureResult => measureOf(read(state, NOW + days * DAY_MS), "weighted_backlog");
    expect(at(3).freshness).toBeCloseTo((2 ** (1 / 24 - 3) + 2 ** (1 / 24 - 13)) / 2, 12);
    expect(at(3)).not.toHaveProperty("sendersUpToDate");
    expect(at(4)).toMatchObject({ status: "stale", freshness: 0, note: "Too old to count." });
  });

  test("beside one that has ended it is as old as itself, though the ended one told something newer", () => {
    const state = twoDesks();
    say(state, daysAgo(2), { ...intercom, type: "conversation.created", data: { conversationId: "late" } });
    reached(state, "front", "support", daysAgo(2), true);
    const [now, then] = [read(state), read(state, down)];
    expect(measureOf(now, "csat")).toMatchObject({ status: "stale", waitsFor: [{ connectionId: "zen", knownTo: down }] });
    expect(measureOf(now, "csat")).not.toHaveProperty("sendersUpToDate");
    expect(measureOf(now, "csat").freshness).toBeCloseTo(2 ** -((10 - 1 / 24) / 30), 12);
    expect([measureOf(now, "csat").note, flagsOf(now)]).toEqual([measureOf(then, "csat").note, []]);
  });

  test("released it holds nothing: as though it were back", () => {
    const [released, back] = [twoDesks(), twoDesks()];
    reached(released, "zen", "support", down, true);
    reached(back, "zen", "support", NOW);
    expect(read(released).dimensions).toEqual(read(back).dimensions);
  });

  test("of two that have no connection each native ticket goes by the token that told of it", () => {
    const state = anAccount();
    const open = (connectionId: string, days: number): void =>
      say(state, daysAgo(days), { connectionId, type: "ticket.created", data: { ticketId: connectionId, priority: "urgent" } });
    open("tok_1", 10.5);
    open("tok_2", 0.5);
    reached(state, "tok_1", "support", down);
    reached(state, "tok_2", "support", NOW);
    expect(flagsOf(read(state))).toEqual([]);
    reached(state, "tok_2", "support", NOW + DAY_MS);
    expect(read(state, NOW + DAY_MS).flags).toMatchObject([{ key: "urgent_ticket_past_sla", since: daysAgo(0.5) + DAY_MS }]);
  });
});

const arbTicket = fc.record({
  days: fc.integer({ min: 11, max: 200 }),
  hours: fc.integer({ min: 0, max: 23 }),
  solvedAfter: fc.option(fc.integer({ min: 1, max: 200 })),
  rating: fc.option(fc.constantFrom("good", "bad")),
  priority: fc.constantFrom("low", "normal", "high", "urgent"),
});

test("held is as though what it told had happened later by the time it is down, whatever the other tells meanwhile", () => {
  fc.assert(
    fc.property(
      fc.array(arbTicket, { minLength: 1 }),
      fc.array(arbTicket),
      fc.integer({ min: 1, max: 10 }),
      (ofZendesk, ofIntercom, downDays) => {
        const told = (shiftDays: number): FoldedAccount => {
          const state = anAccount();
          const tell = (said: Said, id: string, one: (typeof ofZendesk)[number], shift: number): void => {
            const at = daysAgo(one.days - shift, one.hours);
            const data = { ticketId: id, priority: one.priority };
            say(state, at, { ...said, type: "ticket.created", data });
            const solvedAt = at + (one.solvedAfter ?? 0) * HOUR_MS;
            if (one.solvedAfter !== null) say(state, solvedAt, { ...said, type: "ticket.solved", data });
            if (one.rating !== null) say(state, solvedAt, { ...said, type: "ticket.rated", data: { ...data, score: one.rating } });
          };
          // Since when tickets are known decides how many periods are compared: the first is of the one that is down.
          tell(zendesk, "first", { days: 240, hours: 0, solvedAfter: 1, rating: null, priority: "low" }, shiftDays);
          ofZendesk.forEach((one, i) => tell(zendesk, `z${i}`, one, shiftDays));
          ofIntercom.forEach((one, i) => tell(intercom, `i${i}`, { ...one, days: Math.max(1, one.days - 10) }, 0));
          reached(state, "zen", "support", daysAgo(downDays - shiftDays));
          reached(state, "front", "support", NOW);
          return state;
        };
        // Nothing of it is later than it has come.
        fc.pre(ofZendesk.every((one) => one.days * 24 + one.hours - (one.solvedAfter ?? 0) >= downDays * 24));
        expect(valuesOf(read(told(0)), "support")).toEqual(valuesOf(read(told(downDays)), "support"));
      },
    ),
    { numRuns: 60 },
  );
});

describe("of outcomes and money", () => {
  const down = daysAgo(20);
  const stripe = { connector: "stripe", connectionId: "stripe" };
  const crm = { connector: "hubspot", connectionId: "hub" };

  test("who brings deals says nothing of invoices, nor the other way round", () => {
    const state = anAccount();
    say(state, daysAgo(60), { ...stripe, type: "invoice.created", data: { invoiceId: "i", amount: 500, due: daysAgo(30) } });
    say(state, daysAgo(60), {
      ...crm,
      type: "opportunity.created",
      data: { opportunityId: "o", stage: "proposal", closeDate: daysAgo(-40), renewal: true },
    });
    reached(state, "stripe", "revenue", down);
    reached(state, "hub", "revenue", NOW);
    expect(measureOf(read(state), "payment_standing")).toMatchObject({ value: 10, status: "stale" });
    expect(measureOf(read(state), "renewal_step").status).toBe("ok");
    reached(state, "stripe", "revenue", NOW);
    reached(state, "hub", "revenue", down);
    expect(measureOf(read(state), "payment_standing")).toMatchObject({ value: 30, status: "ok" });
    expect(measureOf(read(state), "renewal_step").status).toBe("stale");
  });

  test("a subscription that would have ended is not over while who told of it is down", () => {
    const state = anAccount();
    const subscribe = (said: Said, subscriptionId: string, endsAt: number): void =>
      say(state, daysAgo(400), {
        ...said,
        type: "subscription.created",
        data: { subscriptionId, amount: 100, startedAt: daysAgo(400), endsAt },
      });
    subscribe(stripe, "ends", daysAgo(5));
    subscribe(crm, "goes on", daysAgo(-100));
    reached(state, "stripe", "revenue", down);
    reached(state, "hub", "revenue", NOW);
    expect(measureOf(read(state), "arr_movement")).toMatchObject({ value: 0, status: "stale" });
    say(state, daysAgo(1), { ...crm, type: "subscription.updated", data: { subscriptionId: "goes on", amount: 150 } });
    expect(measureOf(read(state), "arr_movement").value).toBe(0.25);
    reached(state, "stripe", "revenue", NOW);
    expect(measureOf(read(state), "arr_movement")).toMatchObject({ value: -0.25, status: "ok" });
  });

  test("answers grow old, and goals are missed, by the clock of who told of them", () => {
    const state = anAccount();
    const survey = { connectionId: "tok_1" };
    say(state, daysAgo(110), { ...survey, type: "survey.answered", data: { kind: "nps", score: 10 }, user: { id: "ana" } });
    say(state, daysAgo(60), { ...crm, type: "goal.updated", data: { goalId: "g", due: daysAgo(10), status: "open" } });
    say(state, daysAgo(60), { ...survey, type: "goal.updated", data: { goalId: "h", due: daysAgo(10), status: "open" } });
    reached(state, "hub", "success", down);
    reached(state, "tok_1", "success", NOW);
    expect(measureOf(read(state), "nps").status).toBe("ok");
    expect(measureOf(read(state), "success_plan")).toMatchObject({ value: 0, note: "0 of 1 goals were reached on time.", status: "stale" });
    reached(state, "hub", "success", NOW);
    expect(measureOf(read(state), "success_plan").note).toBe("0 of 2 goals were reached on time.");
  });
});

describe("of the relationship, where one of two is down", () => {
  const down = daysAgo(15);
  const mail = { connectionId: "tok_1" };
  const calls = { connectionId: "tok_2" };
  function twoWays(): FoldedAccount {
    const state = anAccount();
    say(state, daysAgo(70), { ...mail, type: "message.sent", user: { id: "ana" } });
    say(state, daysAgo(65), { ...mail, type: "message.replied", user: { id: "ana" } });
    say(state, daysAgo(30), { ...mail, type: "message.sent", user: { id: "ana" } });
    say(state, daysAgo(20), { ...mail, type: "message.replied", user: { id: "ana" } });
    say(state, daysAgo(95), { ...calls, type: "meeting.held", user: { id: "ben" } });
    reached(state, "tok_1", "engagement", down);
    reached(state, "tok_2", "engagement", NOW);
    return state;
  }

  test("it is too old to count by the one that is down, as days are kept without who told of them", () => {
    const state = twoWays();
    reached(state, "tok_2", "engagement", NOW + 50 * DAY_MS);
    expect(measureOf(read(state, NOW + 50 * DAY_MS), "two_way_contact")).toMatchObject({ freshness: 0, note: "Too old to count." });
  });

  test("nothing leaves a window and no contact grows older than is known", () => {
    const state = twoWays();
    expect(valuesOf(read(state), "relationship")).toEqual(valuesOf(read(state, down), "relationship"));
    expect(measureOf(read(state), "two_way_contact")).toMatchObject({ value: 5 / 30, status: "stale" });
  });

  test("what the other brings counts at once", () => {
    const state = twoWays();
    say(state, daysAgo(1), { ...calls, type: "meeting.held", user: { id: "cy" } });
    expect(measureOf(read(state), "two_way_contact")).toMatchObject({ value: 0, status: "stale" });
    expect(measureOf(read(state), "people_in_touch").value).toBe(3);
    expect(measureOf(read(state), "meeting_attendance").value).toBe(1);
  });
});

test("an event ahead of its time says nothing of how far its sender has come", () => {
  const down = NOW - 3 * HOUR_MS;
  const told = (ahead: boolean): FoldedAccount => {
    const state = anAccount();
    const usage = (at: number): void =>
      say(state, at, { connectionId: "app", type: "feature.used", user: { id: "ana" }, data: { feature: "a" } });
    say(state, daysAgo(90), { connectionId: "app", type: "account.updated", data: { attributes: { seats: 10 } } });
    usage(daysAgo(60));
    usage(down);
    say(state, down, { ...zendesk, type: "ticket.created", data: { ticketId: "t", priority: "urgent" } });
    say(state, down, { connectionId: "bill", type: "invoice.created", data: { invoiceId: "i", due: down + HOUR_MS, status: "open" } });
    if (ahead) {
      usage(down + 4 * HOUR_MS);
      say(state, NOW - HOUR_MS, { ...zendesk, type: "ticket.updated", data: { ticketId: "t", tags: ["x"] } });
      say(state, NOW - HOUR_MS, { connectionId: "bill", type: "invoice.updated", data: { invoiceId: "i", status: "open" } });
    }
    reached(state, "app", "usage", down);
    reached(state, "zen", "support", down);
    reached(state, "bill", "revenue", down);
    return state;
  };
  const standing = (state: FoldedAccount): unknown[] =>
    ["seat_use", "weighted_backlog", "payment_standing"].map((key) => {
      const { value, freshness, status, asOf } = measureOf(read(state), key);
      return [key, value, freshness, status, (asOf ?? Infinity) <= NOW];
    });
  expect(standing(told(true))).toEqual(standing(told(false)));
  expect(standing(told(true)).map((one) => (one as unknown[])[3])).toEqual(["stale", "stale", "stale"]);
});
