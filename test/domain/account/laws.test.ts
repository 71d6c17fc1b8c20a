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
import { standardScorecard } from "../../../src/domain/config/standard.ts";
import { contactsOf } from "../../../src/domain/health/contacts.ts";
import { evaluateHealth } from "../../../src/domain/health/evaluate.ts";
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

/** Numbers that pages, which are JSON, do not tell from 0. */
const zerosBelowZero = [
  event({ type: "account.updated", data: { rows: -0, cart: { totals: [-0] } } }),
  event({ type: "account.updated", connector: "pulseline", data: { override: { value: -0, reason: "left" } } }),
  event({ type: "invoice.created", data: { invoiceId: "1", amount: -0 } }),
];

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
      { numRuns: 200, examples: [[zerosBelowZero, []]] },
    );
  });
});

const daysAgo = (n: number): number => NOW - n * DAY_MS;
const identified = (ago: number, user: NonNullable<Event["user"]>, data: Event["data"] = {}): Event =>
  event({ type: "user.identified", occurredAt: daysAgo(ago), user, data });
const answered = (ago: number, id: string, score: number): Event =>
  event({ type: "survey.answered", occurredAt: daysAgo(ago), user: { id }, data: { kind: "nps", score } });
const championIs = (champion: string): Event =>
  event({ type: "account.updated", occurredAt: daysAgo(20), data: { attributes: { champion } } });

/** Who there is, whatever the order in which they were first heard of. */
const people = (state: FoldedAccount): unknown =>
  contactsOf(state)
    .map(({ names, roles, person, ...rest }) => ({
      person,
      names: names.toSorted(),
      roles: [...roles(NOW)].toSorted(),
      name: rest.name,
      left: rest.leftSince(NOW),
    }))
    .toSorted((a, b) => (a.person < b.person ? -1 : 1));
const champions = (state: FoldedAccount): string[] =>
  contactsOf(state).flatMap(({ person, roles }) => (roles(NOW).has("champion") ? [person] : []));
const npsAt = (state: FoldedAccount, at: number): number | null =>
  evaluateHealth(state, standardScorecard, at)
    .dimensions.flatMap(({ measures }) => measures)
    .find(({ key }) => key === "nps")?.value ?? null;

const userId = fc.constantFrom("u1", "u2", "u3");
const address = fc.constantFrom("ann@acme.com", "bob@acme.com", "eve@acme.com");
/** Few names that many tell, at times of which some are one. */
const aboutPeople = fc.array(
  fc
    .tuple(fc.constantFrom(5, 9, 20, 50), fc.option(userId), fc.option(address), fc.option(address), fc.option(fc.nat({ max: 10 })))
    .filter(([, id, email]) => id !== null || email !== null)
    .map(([ago, id, email, told, score]): Event => {
      const user = { id: id ?? email ?? "", ...(email !== null && { email }) };
      if (score !== null) return { ...answered(ago, "", score), user };
      return identified(ago, user, { ...(told !== null && { email: told }), name: told === null ? "Ann Lee" : "Bob" });
    }),
  { maxLength: 12 },
);

describe("who is meant by a name that several tell", () => {
  test("is whose record came to tell it last, whatever the order in which it is heard", () => {
    const ofId = [
      identified(9, { id: "shared", email: "a@x.com" }),
      identified(8, { id: "shared", email: "b@x.com" }),
      championIs("shared"),
    ];
    const ofName = [
      identified(9, { id: "u1" }, { name: "Ann Lee" }),
      identified(8, { id: "u2" }, { name: "Ann Lee" }),
      championIs("Ann Lee"),
    ];
    expect([ofId, ofId.toReversed(), ofName, ofName.toReversed()].map((list) => champions(folded(list)))).toEqual([
      ["b@x.com"],
      ["b@x.com"],
      ["u2"],
      ["u2"],
    ]);
    expect(contactsOf(folded(ofId)).map(({ person, names }) => [person, names.includes("shared")])).toEqual([
      ["b@x.com", true],
      ["a@x.com", false],
    ]);
  });

  test("is whoever an e-mail leads on to, by as many e-mails as there are", () => {
    const chain = [
      identified(5, { id: "u1" }, { email: "bob@acme.com" }),
      identified(5, { id: "bob@acme.com", email: "bob@acme.com" }, { email: "ann@acme.com" }),
      identified(5, { id: "ann@acme.com", email: "ann@acme.com" }, { email: "eve@acme.com" }),
      answered(6, "u1", 0),
      answered(5, "bob@acme.com", 10),
    ];
    for (const state of [chain, chain.toReversed()].map(folded)) {
      expect(contactsOf(state).map(({ person, names }) => [person, names.toSorted()])).toEqual([
        ["eve@acme.com", ["ann@acme.com", "bob@acme.com", "eve@acme.com", "u1"]],
      ]);
      expect(npsAt(state, NOW)).toBe(100);
    }
  });

  test("is called, where e-mails lead round, as who told the last of them says", () => {
    const circle = [
      identified(9, { id: "ann@acme.com" }, { email: "bob@acme.com" }),
      identified(7, { id: "bob@acme.com" }, { email: "eve@acme.com" }),
      identified(8, { id: "eve@acme.com" }, { email: "ann@acme.com" }),
      identified(9, { id: "u1" }, { email: "ann@acme.com" }),
    ];
    for (const state of [circle, circle.toReversed()].map(folded))
      expect(contactsOf(state).map(({ person, names }) => [person, names.length])).toEqual([["eve@acme.com", 4]]);
  });

  test("is the same whatever the order of all that is told", () => {
    fc.assert(
      fc.property(
        aboutPeople.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([one, other]) => {
          const [some, same] = [one, other].map((list) => folded([championIs("Ann Lee"), ...list])) as [FoldedAccount, FoldedAccount];
          expect(people(same)).toEqual(people(some));
          expect(npsAt(same, NOW) ?? -1_000).toBeCloseTo(npsAt(some, NOW) ?? -1_000, 9);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("marks the days of the past whose score it changes", () => {
    const twoBecomeOne = [
      identified(60, { id: "u1" }, { email: "ann@acme.com" }),
      answered(50, "u1", 9),
      answered(40, "u2", 0),
      identified(39, { id: "u2" }),
      identified(0, { id: "u2" }, { email: "ann@acme.com" }),
    ];
    fc.assert(
      fc.property(aboutPeople, (list) => {
        const state = account();
        const instants = [45, 15, 7].map(daysAgo);
        for (const one of list) {
          const before = instants.map((at) => npsAt(state, at));
          state.scoreDirtyFrom = Infinity;
          fold(state, one, NOW);
          const others = instants.filter((at, i) => npsAt(state, at) !== before[i]);
          expect(state.scoreDirtyFrom).toBeLessThanOrEqual(Math.min(...others.map(dayOf), Infinity));
        }
      }),
      { numRuns: 80, examples: [[twoBecomeOne]] },
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
