import { describe, expect, it } from "vitest";
import { eventFields } from "../../src/dashboard/pages/account/event-fields.ts";
import { eventSentence, eventTitle } from "../../src/dashboard/pages/account/event-words.ts";
import type { TimelineItem } from "../../src/dashboard/api-types.ts";
import { eventTypes } from "../../src/domain/event-types.ts";

const item = (type: string, data: TimelineItem["data"], more: Partial<TimelineItem> = {}): TimelineItem => ({
  id: "e1",
  type,
  occurredAt: "2026-11-25T06:46:06.000Z",
  receivedAt: "2026-11-25T06:46:07.000Z",
  connectionId: "con_1",
  connector: "native",
  userId: "u-7",
  userName: "Ana Keller",
  data,
  outcome: "applied",
  restated: false,
  deliveryId: "d1",
  ...more,
});
const due = Date.parse("2026-12-04T00:00:00Z");

describe("an event of the timeline", () => {
  it.each([
    [item("feature.used", { event: "Report Created", properties: { plan: "growth" } }), "Ana Keller used Report Created"],
    [item("feature.used", { feature: "export" }, { userName: null }), "u-7 used export"],
    [item("ticket.created", { ticketId: "9", subject: "Export stops", priority: "urgent" }), "Ticket “Export stops” was opened, urgent"],
    [item("ticket.commented", { ticketId: "9", author: { isStaff: true, name: "Robin" }, public: false }), "Robin left a note in ticket 9"],
    [item("ticket.commented", { ticketId: "9" }, { userId: "zendesk:84001", userName: null }), "Somebody wrote in ticket 9"],
    [item("invoice.created", { invoiceId: "i1", amount: 378_000, currency: "EUR", due }), "Invoice of €3,780.00, due 4 Dec 2026"],
    [item("invoice.paid", { invoiceId: "i1" }), "Invoice i1 was paid"],
    [item("payment.failed", { amount: 78_000, currency: "JPY" }), "Payment of JP¥78,000 failed"],
    [
      item("opportunity.updated", { renewal: true, stage: "contacted", closeDate: due, amount: 1_512_000, currency: "EUR" }),
      "Renewal: contacted, €15,120.00, closes 4 Dec 2026",
    ],
    [
      item("subscription.updated", { status: "active", amount: 1_512_000, currency: "EUR", interval: "year", endsAt: due }),
      "Subscription: active, €15,120.00 a year, ends 4 Dec 2026",
    ],
    [item("survey.answered", { kind: "nps", score: 7 }), "Ana Keller answered NPS with 7"],
    [item("meeting.missed", {}), "A meeting with Ana Keller did not take place"],
    [item("session.closed", { seconds: 720, events: 2 }, { outcome: "derived" }), "Ana Keller worked in the product for 12 min, 2 events"],
    [item("user.identified", { role: "champion" }), "What is known of Ana Keller: champion"],
    [
      item("account.updated", { attributes: { owner: "x", team: "y", segment: "z", plan: "p" } }),
      "Details of the account came: owner, team, segment, and 1 more",
    ],
    [
      item("wheel.turned", { colour: "red", dueAt: "2026-12-04", deep: { er: 1 } }, { userId: null, userName: null }),
      "Wheel turned: colour red, due at 4 Dec 2026",
    ],
  ])("is a sentence: %#", (one, sentence) => expect(eventSentence(one)).toBe(sentence));

  it("of every type of the catalogue is a sentence with nothing in it, and with fields of any kind", () => {
    for (const { type } of eventTypes)
      for (const data of [{}, { subject: { a: 1 }, amount: "no", currency: 3, author: null, attributes: [], status: 7, due: "soon" }])
        for (const who of [{}, { userId: null, userName: null }]) {
          const sentence = eventSentence(item(type, data, who));
          expect(sentence).not.toMatch(/undefined|null|NaN|object|Invalid|\d{13}|  |[:,] ?$/);
          expect(sentence.length).toBeGreaterThan(3);
        }
  });

  it.each(["constructor", "__proto__", "valueOf", "toString"])("of a type named %s is a sentence like any other", (type) =>
    expect(eventSentence(item(type, { colour: "red" }, { userId: null, userName: null }))).toMatch(/: colour red$/),
  );

  it("has its type as a title", () => expect(eventTitle("invoice.paid")).toBe("Invoice paid"));
});

describe("what came with an event", () => {
  it("is told field by field: times as times, amounts as money, lists in a line, nothing that is empty", () => {
    const { fields, more } = eventFields("opportunity.updated", {
      ticketId: "207610840",
      createdAt: Date.parse("2026-11-01T12:00:00Z"),
      due: "2026-12-04",
      amount: 378_000,
      currency: "EUR",
      tags: ["growth", "vip"],
      properties: { company_id: "ember", isTrial: false, none: null },
      seats: 1200,
    });
    expect(more).toBe(0);
    expect(fields).toEqual([
      { label: "Ticket id", text: "207610840" },
      { label: "Created at", text: expect.stringMatching(/^1 Nov 2026, \d\d:00:00/) },
      { label: "Due", text: "4 Dec 2026" },
      { label: "Amount", text: "€3,780.00" },
      { label: "Tags", text: "growth, vip" },
      { label: "Properties, Company id", text: "ember" },
      { label: "Properties, Is trial", text: "no" },
      { label: "Seats", text: "1,200" },
    ]);
  });

  it("shows so many and counts the others", () => {
    const many = Object.fromEntries(Array.from({ length: 45 }, (_, i) => [`field${i}`, i]));
    const { fields, more } = eventFields("wheel.turned", many);
    expect([fields.length, more]).toEqual([40, 5]);
  });

  it("takes a number for an amount alone where no currency was told", () =>
    expect(eventFields("payment.failed", { amount: 500 }).fields).toEqual([
      { label: "Amount", text: "500 (minor units, currency not told)" },
    ]));

  it("takes nothing for minor units that is no whole number, or that is not the catalogue's own", () => {
    const told = (type: string, data: TimelineItem["data"]) => eventFields(type, data).fields.map(({ text }) => text);
    expect(told("payment.failed", { amount: 12.5, currency: "EUR" })).toEqual(["12.5", "EUR"]);
    expect(told("cart.filled", { amount: 1250, currency: "EUR" })).toEqual(["1,250", "EUR"]);
    expect(told("payment.failed", { properties: { amount: 1250, currency: "EUR" } })).toEqual(["1,250", "EUR"]);
    expect(told("account.updated", { attributes: { arr: 1250, currency: "EUR" } })).toEqual(["€12.50"]);
  });

  it("takes no number for a time that no calendar has", () =>
    expect(eventFields("wheel.turned", { at: 8.64e15 + 1, dueAt: 1e300 }).fields).toHaveLength(2));
});
