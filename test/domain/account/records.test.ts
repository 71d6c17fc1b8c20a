import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount, type FoldedRecord } from "../../../src/domain/account/folded.ts";
import { recordRules } from "../../../src/domain/account/record-rules.ts";
import { fieldsAt, since } from "../../../src/domain/account/records.ts";
import { recordKinds, type RecordKind } from "../../../src/domain/account/state.ts";
import type { Event } from "../../../src/domain/event.ts";
import { eventTypeOf } from "../../../src/domain/event-types.ts";
import { contactDaysMax, contactsPerAccountMax, observationsPerRecordMax } from "../../../src/domain/limits.ts";
import { DAY_MS, dayOf } from "../../../src/domain/time.ts";
import { event, NOW, plain } from "../../support/account-builders.ts";

const at = (days: number): number => NOW - days * DAY_MS;
const told = (daysAgo: number, type: string, data: Record<string, unknown> = {}, over: Partial<Event> = {}): Event =>
  event({ type, occurredAt: at(daysAgo), connector: "stripe", connectionId: "con_s", data, ...over });
const folded = (...events: readonly Event[]): FoldedAccount => {
  const state = emptyAccount("acme");
  for (const one of events) fold(state, one, NOW);
  return state;
};
const record = (state: FoldedAccount, kind: RecordKind, key: string): FoldedRecord => {
  const found = state.records.get(kind)?.get(key);
  if (found === undefined) throw new Error(`no ${kind} ${key}`);
  return found;
};

test("what a record keeps is in the catalogue of its event type", () => {
  for (const [type, { idField, fields, began }] of recordRules)
    expect(Object.keys(eventTypeOf(type)?.fields ?? {})).toEqual(expect.arrayContaining([idField, ...fields, ...began]));
});

describe("a record", () => {
  const life = [
    told(90, "subscription.created", { subscriptionId: "s1", amount: 10_000, currency: "EUR", startedAt: at(400) }),
    told(60, "subscription.updated", { subscriptionId: "s1", amount: 12_000 }),
    told(5, "subscription.canceled", { subscriptionId: "s1", endsAt: at(-20) }),
  ];

  test("tells the same of an instant, whatever was asked before, and hears of what comes in between", () => {
    const instants = fc.array(fc.integer({ min: -30, max: 450 }), { maxLength: 20 });
    fc.assert(
      fc.property(instants, instants, (before, after) => {
        const state = folded(...life.slice(0, 2));
        const subscription = record(state, "subscription", "con_s/s1");
        for (const days of before) fieldsAt(subscription, at(days));
        fold(state, life[2] as Event, NOW);
        const fresh = record(folded(...life), "subscription", "con_s/s1");
        for (const days of after) expect(fieldsAt(subscription, at(days))).toEqual(fieldsAt(structuredClone(fresh), at(days)));
      }),
    );
  });

  test("tells how it stood at any instant, whatever the order in which it was heard", () => {
    for (const order of [life, life.toReversed()]) {
      const subscription = record(folded(...order), "subscription", "con_s/s1");
      expect(fieldsAt(subscription, at(401))).toBeNull();
      expect(fieldsAt(subscription, at(300))).toMatchObject({ status: "active", amount: 10_000, currency: "eur" });
      expect(fieldsAt(subscription, at(50))).toMatchObject({ status: "active", amount: 12_000, currency: "eur" });
      expect(fieldsAt(subscription, NOW)).toMatchObject({ status: "canceled", amount: 12_000, endsAt: at(-20) });
      expect([since(subscription, "status", at(50)), since(subscription, "status", NOW), since(subscription, "amount", NOW)]).toEqual([
        at(400),
        at(5),
        at(60),
      ]);
    }
  });

  test("that a poll sees again has the same history", () => {
    const poll = told(4, "subscription.updated", { subscriptionId: "s1", status: "canceled", amount: 12_000 });
    const subscription = record(folded(...life, poll), "subscription", "con_s/s1");
    expect(since(subscription, "status", NOW)).toBe(at(5));
  });

  test("is told apart by connection, and of native events is one for all tokens", () => {
    const native = { connector: "native" };
    const state = folded(
      ...life,
      told(3, "subscription.created", { subscriptionId: "s1" }, { connectionId: "con_t" }),
      told(2, "invoice.created", { invoiceId: "i1", amount: 500 }, { ...native, connectionId: "tok_1" }),
      told(1, "invoice.paid", { invoiceId: "i1" }, { ...native, connectionId: "tok_2" }),
    );
    expect([...(state.records.get("subscription")?.keys() ?? [])]).toEqual(["con_s/s1", "con_t/s1"]);
    expect(fieldsAt(record(state, "invoice", "native/i1"), NOW)).toEqual({ status: "paid", amount: 500 });
    expect(state.toldBy).toEqual(new Map([["revenue", new Set(["con_s", "con_t", "tok_1", "tok_2"])]]));
  });

  test("without its id is only an event", () => {
    const state = folded(told(1, "invoice.created", { amount: 500 }));
    expect([state.records.size, state.events]).toEqual([0, 1]);
  });

  test("stays bounded however often it is seen, keeps what was news, and takes in no more of the time it gave up", () => {
    const seen = Array.from({ length: 200 }, (_, i) =>
      told(200 - i, "invoice.updated", { invoiceId: "i1", status: i < 3 ? "draft" : "open" }),
    );
    const state = folded(...seen, told(199.5, "invoice.updated", { invoiceId: "i1", status: "void" }));
    const invoice = record(state, "invoice", "con_s/i1");
    expect(invoice.observations.length).toBeLessThanOrEqual(observationsPerRecordMax);
    expect(fieldsAt(invoice, at(199))).toEqual({ status: "draft" });
    expect(since(invoice, "status", NOW)).toBe(at(197));
  });
});

describe("a person", () => {
  test("is one by the e-mail however it is written, with the days of contact and the latest words", () => {
    const state = folded(
      told(9, "message.replied", {}, { user: { id: "Dana@Acme.example" } }),
      told(3, "meeting.held", { with: ["dana@acme.example", { id: "u7" }], at: at(4) }),
      told(8, "user.identified", { role: "champion" }, { user: { id: "u1", email: "dana@acme.example", name: "Dana" } }),
      told(1, "user.identified", { status: "left" }, { user: { id: "u1", email: "dana@acme.example" } }),
    );
    const dana = record(state, "contact", "dana@acme.example");
    expect(dana.contactDays).toEqual([dayOf(at(9)), dayOf(at(4))]);
    expect(fieldsAt(dana, at(2))).toEqual({ userId: "u1", email: "dana@acme.example", name: "Dana", role: "champion" });
    expect(fieldsAt(dana, NOW)).toMatchObject({ status: "left" });
    expect(record(state, "contact", "u7").contactDays).toEqual([dayOf(at(4))]);
    expect(state.events).toBe(2);
  });

  test("who answers a survey again has one record with both answers", () => {
    const answer = (days: number, score: number, user?: Event["user"]): Event =>
      told(days, "survey.answered", { kind: "nps", score }, user === undefined ? {} : { user });
    const state = folded(answer(1, 9, { id: "a@x.example" }), answer(40, 3, { id: "a@x.example" }), answer(2, 7), answer(3, 8));
    expect([...(state.records.get("survey")?.values() ?? [])].map((one) => one.observations.map(({ fields }) => fields["score"]))).toEqual([
      [3, 9],
      [7],
      [8],
    ]);
  });

  test("keeps the newest days of contact, and gives way to others only if nothing binds us", () => {
    const days = Array.from({ length: contactDaysMax + 20 }, (_, i) => told(i, "message.replied", {}, { user: { id: "ann" } }));
    expect(record(folded(...days), "contact", "ann").contactDays).toHaveLength(contactDaysMax);
    expect(record(folded(...days.toReversed()), "contact", "ann").contactDays).toEqual(
      record(folded(...days), "contact", "ann").contactDays,
    );

    const state = folded(told(300, "message.replied", {}, { user: { id: "ann" } }));
    const tell = (n: number, role?: string): void =>
      fold(state, told(200 - n / 100, "user.identified", role === undefined ? {} : { role }, { user: { id: `u${n}` } }), NOW);
    for (let n = 0; n < contactsPerAccountMax + 5; n++) tell(n);
    tell(contactsPerAccountMax + 5, "sponsor");
    const contacts = state.records.get("contact");
    expect(contacts?.size).toBe(contactsPerAccountMax);
    expect(["ann", "u0", "u1", `u${contactsPerAccountMax + 4}`, `u${contactsPerAccountMax + 5}`].map((id) => contacts?.has(id))).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
  });
});

test("messages and meetings count on the day they happened; what we say is no sign of life", () => {
  const state = folded(
    told(3, "message.sent", {}, { user: { id: "ann" } }),
    told(3, "message.sent", { at: at(5) }),
    told(2, "meeting.missed"),
    told(2, "meeting.held", { with: "ann" }),
    told(1, "conversation.replied", { conversationId: "c", author: "admin" }),
    told(1, "conversation.replied", { conversationId: "c", author: { type: "user" } }),
  );
  const none = { sent: 0, replied: 0, held: 0, missed: 0, spoke: 0 };
  expect(plain(state)).toMatchObject({
    engagement: [
      [dayOf(at(5)), { ...none, sent: 1 }],
      [dayOf(at(3)), { ...none, sent: 1 }],
      [dayOf(at(2)), { ...none, held: 1, missed: 1 }],
      [dayOf(at(1)), { ...none, spoke: 1 }],
    ],
  });
  expect(record(state, "contact", "ann").contactDays).toEqual([dayOf(at(2))]);
});

test("the order of the kinds is part of the storage format", () => {
  expect(recordKinds).toEqual([
    "conversation",
    "subscription",
    "invoice",
    "payment",
    "opportunity",
    "goal",
    "survey",
    "contact",
    "note",
    "task",
  ]);
});
