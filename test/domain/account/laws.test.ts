import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromPages, takeChangedRecordPages, toHeadPage } from "../../../src/domain/account/account-pages.ts";
import { expire } from "../../../src/domain/account/buckets.ts";
import { beginCounting } from "../../../src/domain/account/fields/begin-counting.ts";
import { fieldKey } from "../../../src/domain/account/fields/counted-field.ts";
import { fold, foldFieldsAgain } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { IdHasher } from "../../../src/domain/account/id-hash.ts";
import { IdSet } from "../../../src/domain/account/id-set.ts";
import { hashId, remember, seen } from "../../../src/domain/account/seen.ts";
import type { Event } from "../../../src/domain/event.ts";
import { EventOutcome } from "../../../src/domain/outcome.ts";
import { DAY_MS, dayOf, MINUTE_MS } from "../../../src/domain/time.ts";
import { event, NOW, plain } from "../../support/account-builders.ts";

/** Fields that the account counts. */
const countedFields = [
  { kind: "numbers", type: "feature.used", field: "rows" },
  { kind: "quantile", type: "feature.used", field: "rows" },
  { kind: "numbers", type: "invoice.created", field: "amount" },
  { kind: "distinct", type: "feature.used", field: "feature" },
  { kind: "distinct", type: "ticket.updated", field: "status" },
  { kind: "numbers", type: "feature.used", field: "cart.total" },
  { kind: "booleans", type: "feature.used", field: "cart.gift.wrapped" },
] as const;
const keys = countedFields.map(fieldKey);
const account = (counting: readonly string[] = keys): FoldedAccount => emptyAccount("acme", undefined, { counted: counting });

const folded = (events: readonly Event[], now = NOW): FoldedAccount => {
  const state = account();
  for (const one of events) fold(state, one, now);
  return state;
};

const statuses = ["new", "open", "pending", "hold", "solved", "closed", "deleted"];
const ticketTypes = ["ticket.created", "ticket.updated", "ticket.solved", "ticket.reopened", "ticket.commented", "ticket.rated"];

const recordTypes = [
  "conversation.created",
  "conversation.replied",
  "conversation.closed",
  "message.sent",
  "message.replied",
  "meeting.held",
  "survey.answered",
  "goal.updated",
  "subscription.created",
  "subscription.canceled",
  "invoice.created",
  "invoice.paid",
  "payment.failed",
  "opportunity.updated",
];

/** Times cluster, so that ties and shared days happen; up to 40 days back, so that every kind of bucket expires. */
const time = fc.oneof(
  fc.integer({ min: 0, max: 20 }).map((n) => NOW - n * 300_000),
  fc.integer({ min: 0, max: 40 * 24 }).map((n) => NOW - n * 3_600_000),
);

const oneEvent = fc
  .record({
    id: fc.uuid(),
    occurredAt: time,
    type: fc.constantFrom(
      "feature.used",
      "page.viewed",
      "user.signed_in",
      "deal.imagined",
      "user.identified",
      "account.updated",
      ...ticketTypes,
      ...recordTypes,
    ),
    connector: fc.constantFrom("native", "zendesk", "pulseline"),
    connectionId: fc.constantFrom("con_1", "con_2"),
    user: fc.option(fc.record({ id: fc.constantFrom("ann", "bob", "cy", "dee") }), { nil: undefined }),
    data: fc.record(
      {
        feature: fc.constantFrom("export", "import", "search"),
        ticketId: fc.constantFrom("1", "2"),
        status: fc.constantFrom(...statuses),
        priority: fc.constantFrom("low", "urgent", null),
        createdAt: time,
        public: fc.boolean(),
        conversationId: fc.constantFrom("1", "2"),
        subscriptionId: fc.constantFrom("1", "2"),
        invoiceId: fc.constantFrom("1", "2"),
        paymentId: fc.constantFrom("1", "2"),
        opportunityId: fc.constantFrom("1", "2"),
        goalId: fc.constantFrom("1", "2"),
        kind: fc.constantFrom("nps", "csat"),
        amount: fc.integer({ min: 0, max: 100_000 }),
        rows: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.constantFrom("12", null, true)),
        cart: fc.oneof(
          fc.record({ total: fc.integer({ min: -9, max: 9 }), gift: fc.record({ wrapped: fc.constantFrom(true, false, 1) }) }),
          fc.constantFrom(null, "none", [{ total: 3 }]),
        ),
        "cart.total": fc.integer({ min: 100, max: 200 }),
        startedAt: time,
        at: time,
        with: fc.constantFrom("ann@acme.com", { id: "dee" }, ["bob", { email: "CY@acme.com" }]),
        author: fc.constantFrom("admin", "user"),
        commentId: fc.constantFrom("c1", "c2"),
        role: fc.constantFrom("champion", "user"),
        score: fc.constantFrom("good", "bad"),
        name: fc.constantFrom("Acme", "Acme GmbH"),
        seats: fc.constantFrom(10, 20, null),
        attributes: fc.constantFrom({ plan: "pro" }, { plan: "free", owner: "ann@example.com" }),
        externalIds: fc.constantFrom({ zendesk: "1" }, { zendesk: ["2"], hubspot: 3 }),
        domains: fc.constantFrom(["acme.com"], ["acme.com", "acme.de"]),
        note: fc.record({
          id: fc.constantFrom("n1", "n2"),
          revision: fc.integer({ min: 1, max: 3 }),
          text: fc.constantFrom("called", "met"),
        }),
        task: fc.constantFrom(
          { id: "t1", revision: 1, title: "Call", done: null },
          { id: "t1", revision: 2, title: "Call", done: { at: NOW } },
          { id: "t1", revision: 3, deleted: true },
        ),
      },
      { requiredKeys: [] },
    ),
  })
  .map((over): Event => {
    const { user, ...rest } = over;
    return event({ ...rest, ...(user !== undefined && { user }), data: over.data });
  });
const events = fc.uniqueArray(oneEvent, { maxLength: 40, selector: ({ id }) => id });

/** Two comments that nobody names by an id: what is remembered of them once told which had come first. */
const twoComments = [0, 5].map((minutes) =>
  event({
    type: "ticket.commented",
    connector: "zendesk",
    occurredAt: NOW - minutes * MINUTE_MS,
    data: { ticketId: "1", public: true },
  }),
);

describe("the fold", () => {
  test("gives the same state whatever the order of the events", () => {
    fc.assert(
      fc.property(
        events.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([one, other]) => {
          expect(plain(folded(one))).toEqual(plain(folded(other)));
        },
      ),
      { numRuns: 400, examples: [[[twoComments, twoComments.toReversed()]]] },
    );
  });

  test("keeps its counts in step: types sum to all, hours and days to totals", () => {
    fc.assert(
      fc.property(events, (list) => {
        const state = folded(list);
        const counted = list.filter(({ type }) => type !== "user.identified" && type !== "account.updated").length;
        expect(state.events).toBe(counted);
        const types = [...state.totals].filter(([metric]) => metric.startsWith("events."));
        expect(types.reduce((sum, [, n]) => sum + n, 0)).toBe(counted);
        for (const [metric, total] of state.totals) {
          const days = [...state.days.values()].reduce((sum, record) => sum + (record.counts.get(metric) ?? 0), 0);
          expect([metric, days]).toEqual([metric, total]);
        }
        expect(state.totals.get("ticket_backlog") ?? 0).toBe(
          [...state.tickets.values()].filter(({ status }) => ["new", "open", "pending", "hold"].includes(status ?? "")).length,
        );
      }),
      { numRuns: 300 },
    );
  });

  test("expires buckets alike before and after: folding late equals folding early and waiting", () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 0, max: 900 }), (list, days) => {
        const later = NOW + days * DAY_MS;
        const early = folded(list);
        expire(early, later);
        const late = folded(list, later);
        expire(late, later);
        expect(plain(early)).toEqual(plain(late));
        expire(early, later);
        expect(plain(early)).toEqual(plain(late));
      }),
      { numRuns: 200 },
    );
  });

  test("may have its days packed between any two events: nothing is lost, and what was to be written still is", () => {
    fc.assert(
      fc.property(events, (list) => {
        const open = folded(list);
        const packed = account();
        for (const one of list) {
          fold(packed, one, NOW);
          for (const record of packed.days.values()) record.close();
        }
        const changed = (state: FoldedAccount): number[] => [...state.days].flatMap(([day, record]) => (record.changed ? [day] : []));
        expect(changed(packed)).toEqual(changed(open));
        expect(plain(packed)).toEqual(plain(open));
      }),
      { numRuns: 200 },
    );
  });

  test("counts fields alike from the first event on or begun later, from what the journal has", () => {
    fc.assert(
      fc.property(events, fc.nat({ max: 40 }), fc.integer({ min: 0, max: 50 }), fc.subarray(keys), (list, begun, days, from) => {
        const now = NOW + days * DAY_MS;
        const always = folded(list);
        expire(always, now);
        const later = account(from);
        for (const one of list.slice(0, begun)) fold(later, one, NOW);
        const past = account();
        for (const one of list.slice(0, begun)) foldFieldsAgain(past, one, NOW);
        for (const record of past.days.values()) record.close();
        beginCounting(later, past, keys, now);
        for (const one of list.slice(begun)) fold(later, one, now);
        expect(plain(later)).toEqual(plain(always));
      }),
      { numRuns: 200 },
    );
  });

  test("survives its pages: written, read and folded on equals never written", () => {
    fc.assert(
      fc.property(events, events, (before, after) => {
        const live = folded(before);
        const days = [...live.days].map(([day, record]) => ({ day, body: record.toPage() }));
        const records = takeChangedRecordPages(live).flatMap(({ body }) => (body === null ? [] : [body]));
        const head = toHeadPage(live, { pagedSeq: 7, scoreLine: null });
        const read = fromPages("acme", { head, days, records });
        expect(read?.head).toEqual({ pagedSeq: 7, scoreLine: null });
        const woken = (read as { state: FoldedAccount }).state;
        expect(plain(woken)).toEqual(plain(live));
        for (const one of after) {
          fold(live, one, NOW);
          fold(woken, one, NOW);
        }
        expect(plain(woken)).toEqual(plain(live));
      }),
      { numRuns: 200 },
    );
  });
});

describe("the id set", () => {
  test("makes twice equal once: whatever is sent again, each event is folded one time", () => {
    fc.assert(
      fc.property(events, fc.array(fc.nat(), { maxLength: 60 }), (list, again) => {
        const hasher = new IdHasher(1, 2);
        const ids = new IdSet(() => null);
        const state = account();
        const sent = [...list, ...again.flatMap((n) => (list.length === 0 ? [] : [list[n % list.length] as Event]))];
        const answers = sent.map((one) => {
          hashId(hasher, one, undefined);
          const known = seen(ids, hasher, one, dayOf(NOW));
          if (known === null) {
            remember(ids, hasher, one, dayOf(NOW), false);
            fold(state, one, NOW);
          }
          return known;
        });
        expect(plain(state)).toEqual(plain(folded(list)));
        expect(answers.slice(0, list.length).every((answer) => answer === null)).toBe(true);
        expect(answers.slice(list.length).every((answer) => answer === EventOutcome.applied)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
