import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import type { Event } from "../../../src/domain/event.ts";
import { commentsSeenPerTicketMax, observationsPerTicketMax, ticketsPerAccountMax } from "../../../src/domain/limits.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/domain/time.ts";
import { event, NOW, plain } from "../../support/account-builders.ts";

const T = NOW - 10 * HOUR_MS;
const seenAt = (minutes: number, type: string, data: Record<string, unknown> = {}, over: Partial<Event> = {}): Event =>
  event({
    type,
    occurredAt: T + minutes * MINUTE_MS,
    connector: "zendesk",
    connectionId: "con_z",
    data: { ticketId: "7", ...data },
    ...over,
  });
const folded = (...events: Event[]): FoldedAccount => {
  const state = emptyAccount("acme");
  for (const one of events) fold(state, one, NOW);
  return state;
};
const figures = ({ totals }: FoldedAccount): { created: number; solved: number; open: number } => ({
  created: totals.get("tickets_created") ?? 0,
  solved: totals.get("tickets_solved") ?? 0,
  open: totals.get("ticket_backlog") ?? 0,
});
const ticket = (state: FoldedAccount) => state.tickets.get("con_z/7");

describe("a ticket", () => {
  test.each([8.7e15, 1e300, Date.UTC(2100, 0, 1), -1])("told to be made at %d is made when it was first told of", (createdAt) => {
    const state = folded(seenAt(0, "ticket.created", { createdAt, status: "open" }));
    expect(ticket(state)?.createdAt).toBe(T);
    expect(figures(state)).toEqual({ created: 1, solved: 0, open: 1 });
    expect(Math.max(...state.days.keys())).toBe(Math.floor(T / 86_400_000));
  });

  test("that a poll sees later too makes one transition, at the time it was seen first", () => {
    const webhook = [seenAt(0, "ticket.created"), seenAt(30, "ticket.solved")];
    const poll = seenAt(45, "ticket.updated", { status: "solved", createdAt: T });
    for (const order of [
      [...webhook, poll],
      [poll, ...webhook],
      [webhook[1] as Event, poll, webhook[0] as Event],
    ]) {
      const state = folded(...order);
      expect(figures(state)).toEqual({ created: 1, solved: 1, open: 0 });
      expect(ticket(state)?.transitions).toEqual([
        { at: T, kind: "created" },
        { at: T + 30 * MINUTE_MS, kind: "solved" },
      ]);
    }
  });

  test("seen for the first time by a late change counts as created at its known time of creation, and once", () => {
    const state = folded(
      seenAt(60, "ticket.updated", { status: "pending", createdAt: T - 48 * HOUR_MS }),
      seenAt(61, "ticket.commented", { createdAt: T - 48 * HOUR_MS, public: true }),
    );
    expect(figures(state)).toEqual({ created: 1, solved: 0, open: 1 });
    expect(ticket(state)).toMatchObject({ createdAt: T - 48 * HOUR_MS, publicComments: 1, status: "pending" });
  });

  test("of which only changes are known is open from the first of them and was never created here", () => {
    expect(figures(folded(seenAt(0, "ticket.updated", { status: "open" })))).toEqual({ created: 0, solved: 0, open: 1 });
  });

  test("is solved anew after it was reopened, and a native reopening means open", () => {
    const state = folded(
      seenAt(0, "ticket.created"),
      seenAt(1, "ticket.solved"),
      seenAt(2, "ticket.reopened"),
      seenAt(3, "ticket.solved"),
      seenAt(9, "ticket.updated", { status: "closed" }),
    );
    expect(figures(state)).toEqual({ created: 1, solved: 2, open: 0 });
    expect(ticket(state)?.transitions.map(({ kind }) => kind)).toEqual(["created", "solved", "reopened", "solved", "closed"]);
  });

  test("seen closed without having been seen solved was solved once; a deleted one was not", () => {
    expect(figures(folded(seenAt(0, "ticket.created"), seenAt(5, "ticket.updated", { status: "closed" })))).toEqual({
      created: 1,
      solved: 1,
      open: 0,
    });
    expect(figures(folded(seenAt(0, "ticket.created"), seenAt(5, "ticket.updated", { status: "deleted" })))).toEqual({
      created: 1,
      solved: 0,
      open: 0,
    });
  });

  test("moves its count to the right bucket when an earlier sight of the same change arrives", () => {
    const state = folded(seenAt(0, "ticket.created"), seenAt(90, "ticket.updated", { status: "solved" }), seenAt(20, "ticket.solved"));
    const hours = [...state.days.values()].flatMap(({ hours: byMetric }) => [...(byMetric.get("tickets_solved") ?? [])]);
    expect(hours.filter((n) => n !== 0)).toEqual([1]);
    expect(ticket(state)?.transitions.at(-1)).toEqual({ at: T + 20 * MINUTE_MS, kind: "solved" });
  });

  test("keeps the latest judgement, and without a ticket id is only an event", () => {
    const state = folded(
      seenAt(9, "ticket.rated", { score: "bad" }),
      seenAt(3, "ticket.rated", { score: "good" }),
      event({ type: "ticket.created", data: {} }),
    );
    expect(ticket(state)?.rating).toEqual({ score: "bad", at: T + 9 * MINUTE_MS });
    expect(state.tickets.size).toBe(1);
    expect(state.events).toBe(3);
  });

  test("is not judged by a rating without a score, which takes back no judgement and tells of the ticket as an update does", () => {
    const asked = seenAt(9, "ticket.rated", { priority: "high" });
    expect(ticket(folded(seenAt(0, "ticket.created"), asked))).toMatchObject({ rating: null, priority: "high" });
    expect(ticket(folded(seenAt(3, "ticket.rated", { score: "good" }), asked))?.rating).toMatchObject({ score: "good" });
  });

  test("that changes on more days than its record keeps stays counted on each of them", () => {
    const days = 200;
    const changes = Array.from({ length: 2 * days }, (_, i) =>
      seenAt(0, i % 2 === 0 ? "ticket.solved" : "ticket.reopened", {}, { occurredAt: T - (days - i / 2) * 24 * HOUR_MS }),
    );
    const state = folded(
      seenAt(0, "ticket.created", {}, { occurredAt: T - (days + 1) * 24 * HOUR_MS }),
      ...changes,
      seenAt(1, "ticket.solved"),
    );
    expect(figures(state)).toEqual({ created: 1, solved: days + 1, open: 0 });
    expect([...state.days.values()].filter(({ counts }) => counts.get("tickets_solved") === 1)).toHaveLength(days + 1);
    expect(JSON.stringify(ticket(state)).length).toBeLessThan(20_000);
  });

  const commented = (minutes: number, data: Record<string, unknown> = {}): Event =>
    seenAt(minutes, "ticket.commented", { public: true, ...data });
  const commentsOf = (...events: Event[]): number | undefined => ticket(folded(...events))?.publicComments;

  test("counts a public comment once, however many events tell of it, with its id and without", () => {
    const [c1, c2] = [
      { commentId: "c1", author: { id: "9" } },
      { commentId: "c2", author: { id: "8" } },
    ];
    expect(commentsOf(commented(1, c1), commented(1, c1), commented(2, c1), commented(2, c2))).toBe(2);
    // A trigger of either, and two triggers of one that nobody else told of.
    expect(commentsOf(commented(1.2), commented(1, c1), commented(30), commented(30.3))).toBe(2);
    // Another author, or too far away: another comment.
    expect(commentsOf(commented(1, c1), commented(1.5, { author: "8" }), commented(4))).toBe(3);
    expect(commentsOf(commented(1, c1), commented(1.5, { author: "9" }))).toBe(1);
  });

  test("counts and remembers comments the same in any order, and twice as once", () => {
    const told = fc.record({
      minutes: fc.integer({ min: 0, max: 12 }),
      commentId: fc.option(fc.constantFrom("a", "b", "c")),
      author: fc.option(fc.constantFrom("8", { id: "9" })),
    });
    fc.assert(
      fc.property(fc.array(told, { maxLength: 20 }), fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), (list, order) => {
        const events = list.map(({ minutes, commentId, author }) =>
          commented(minutes, { ...(commentId === null ? {} : { commentId }), ...(author === null ? {} : { author }) }),
        );
        const other = events.map((one, i) => ({ one, place: order[i] ?? 0 })).sort((a, b) => a.place - b.place);
        const state = folded(...events);
        expect(plain(folded(...other.map(({ one }) => one)))).toEqual(plain(state));
        const counted = ticket(state)?.publicComments;
        expect(commentsOf(...events, ...events)).toBe(counted);
        expect(counted ?? 0).toBeGreaterThanOrEqual(new Set(list.flatMap(({ commentId }) => commentId ?? [])).size);
      }),
      // The first by the clock came last.
      { examples: [[[5, 0].map((minutes) => ({ minutes, commentId: null, author: null })), Array.from({ length: 20 }, (_, i) => 20 - i)]] },
    );
  });

  describe("with more comments than are remembered", () => {
    const byId = Array.from({ length: 3 * commentsSeenPerTicketMax }, (_, i) => commented(5 * i, { commentId: `c${i}`, author: "9" }));
    const anyPlaces = fc.array(fc.nat(), { minLength: 2 * byId.length, maxLength: 2 * byId.length });
    const moved = (events: readonly Event[], places: readonly number[], farthest: number): Event[] =>
      events
        .map((one, i) => ({ one, place: i + ((places[i] ?? 0) % farthest) }))
        .sort((a, b) => a.place - b.place)
        .map(({ one }) => one);

    test("counts each once that is told of once, in any order at all", () => {
      fc.assert(
        fc.property(anyPlaces, (order) => {
          const state = folded(...moved(byId, order, 1_000_000));
          expect(plain(state)).toEqual(plain(folded(...byId)));
          expect(ticket(state)?.publicComments).toBe(byId.length);
        }),
        { numRuns: 10 },
      );
    });

    test("counts each once that is told of with its id and without, before or after, whatever is forgotten between the two", () => {
      fc.assert(
        fc.property(anyPlaces, fc.integer({ min: -1, max: 1 }), (order, minutes) => {
          const all = byId.flatMap((one) =>
            [one, commented(0, { author: "9" })].map((tell) => ({
              ...tell,
              occurredAt: tell === one ? one.occurredAt : one.occurredAt + minutes * MINUTE_MS,
            })),
          );
          const state = folded(...moved(all, order, commentsSeenPerTicketMax / 2));
          expect(ticket(state)?.publicComments).toBe(byId.length);
          expect(plain(state)).toEqual(plain(folded(...all)));
          expect(ticket(state)?.comments?.seen).toHaveLength(commentsSeenPerTicketMax);
        }),
        { numRuns: 10 },
      );
    });
  });

  test("goes on from the number of comments that older code counted", () => {
    const state = folded(seenAt(0, "ticket.created"));
    Object.assign(ticket(state) ?? {}, { publicComments: 5, commentIds: ["c1"] });
    fold(state, commented(2, { commentId: "c3" }), NOW);
    expect(ticket(state)?.publicComments).toBe(6);
  });

  test("takes each event of a native sender for a comment of its own", () => {
    const native = ["e1", "e2", "e2"].map((id) =>
      seenAt(1, "ticket.commented", { public: true }, { id, connector: "native", connectionId: "tok" }),
    );
    expect(folded(...native).tickets.get("native/7")?.publicComments).toBe(2);
  });

  test("stays bounded however often it changes, and keeps its counts", () => {
    const changes = Array.from({ length: 300 }, (_, i) => seenAt(i, i % 2 === 0 ? "ticket.reopened" : "ticket.solved"));
    const state = folded(seenAt(-1, "ticket.created"), ...changes);
    expect(figures(state)).toEqual({ created: 1, solved: 150, open: 0 });
    expect(ticket(state)?.observations.length).toBeLessThanOrEqual(observationsPerTicketMax);
    expect(ticket(state)?.transitions.length).toBeLessThanOrEqual(2 * observationsPerTicketMax + 1);
    expect(JSON.stringify(ticket(state)).length).toBeLessThan(20_000);
  });
});

test("an account with too many tickets gives up the one that has been done longest, keeps its counts and does not count it again", () => {
  const state = emptyAccount("acme");
  const at = (i: number): Partial<Event> => ({ occurredAt: T + i });
  for (let i = 0; i <= ticketsPerAccountMax; i++) {
    fold(state, seenAt(0, "ticket.created", { ticketId: `t${i}` }, at(i)), NOW);
    if (i === 0) fold(state, seenAt(0, "ticket.solved", { ticketId: "t0" }, at(1)), NOW);
  }
  expect(state.tickets.size).toBe(ticketsPerAccountMax);
  expect(state.tickets.has("con_z/t0")).toBe(false);
  fold(state, seenAt(0, "ticket.created", { ticketId: "t0" }, { occurredAt: T }), NOW);
  expect(figures(state)).toEqual({ created: ticketsPerAccountMax + 1, solved: 1, open: ticketsPerAccountMax });
});
