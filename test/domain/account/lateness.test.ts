import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromPages, toHeadPage } from "../../../src/domain/account/account-pages.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../../src/domain/account/folded.ts";
import { linesOf, packRows } from "../../../src/domain/account/journal-row.ts";
import { isLate } from "../../../src/domain/account/lateness.ts";
import type { Event } from "../../../src/domain/event.ts";
import { toShortLine } from "../../../src/domain/event-line.ts";
import { allowedLatenessMs, restatementsPerAccountMax, watermarkDelayMs } from "../../../src/domain/limits.ts";
import { stampOf } from "../../../src/domain/stamp.ts";
import { DAY_MS, dayOf } from "../../../src/domain/time.ts";
import { event, NOW, plain } from "../../support/account-builders.ts";

const late = (over: Partial<Event> = {}): Event =>
  event({ occurredAt: NOW - 10 * DAY_MS, receivedAt: NOW, connectionId: "mix", user: { id: "ana" }, ...over });

describe("an event is late", () => {
  const watermarks = new Map([
    ["mix/track", NOW],
    ["mix/import", NOW - 90 * DAY_MS],
    ["mixer/track", NOW],
    ["zen/webhook", NOW - 20 * DAY_MS],
  ]);
  const bound = NOW - watermarkDelayMs - allowedLatenessMs;

  test.each([
    ["one ms further behind its source than allowed", late({ occurredAt: bound - 1 }), true],
    ["just as far behind as allowed", late({ occurredAt: bound }), false],
    ["of a source that is not further itself", late({ connectionId: "zen" }), false],
    ["of a source from which nothing came before", late({ connectionId: "new" }), false],
    ["one ms further behind its own stream than allowed", late({ form: "track", occurredAt: bound - 1 }), true],
    ["by a stream a quarter behind its sister, which is as it was", late({ form: "import", occurredAt: bound - 80 * DAY_MS }), false],
    ["by a stream by which nothing came before", late({ form: "engage" }), false],
    ["that is history", late({ occurredAt: NOW - 799 * DAY_MS, lane: "backfill" }), false],
    ["of which no figure is made", late({ type: "account.updated" }), false],
  ])("%s: %#", (_name, one, expected) => {
    expect(isLate(one, watermarks, NOW)).toBe(expected);
  });
});

describe("an event that comes late", () => {
  test("gives the figures it would have given in time, and is listed with them", () => {
    const [inTime, restated] = [emptyAccount("acme"), emptyAccount("acme")];
    const day = dayOf(NOW) - 10;
    fold(inTime, late({ id: "e" }), NOW);
    fold(restated, late({ id: "e" }), NOW, true);
    expect(restated.restatements).toEqual([
      {
        eventId: "e",
        connectionId: "mix",
        type: "feature.used",
        occurredAt: NOW - 10 * DAY_MS,
        receivedAt: NOW,
        figures: [
          ...["events", "events.feature.used", "product_events", "active_users_1d"].map((metric) => ({ metric, day, change: 1 })),
          { metric: "active_users_7d", day, to: day + 6, change: 1 },
          { metric: "active_users_28d", day, to: dayOf(NOW) - 1, change: 1 },
          { metric: "sessions", day, change: 1 },
          ...["session_length_p50", "session_length_p90"].map((metric) => ({ metric, day, change: null })),
        ],
      },
    ]);
    expect(plain({ ...restated, restatements: [], restatedEvents: 0 })).toEqual(plain(inTime));
  });

  test("may move a figure from one day to another", () => {
    const state = emptyAccount("acme");
    const ticket = (over: Partial<Event>): Event => late({ connectionId: "zen", data: { ticketId: "1" }, ...over });
    fold(state, ticket({ type: "ticket.created", occurredAt: NOW - 20 * DAY_MS }), NOW);
    fold(state, ticket({ type: "ticket.solved", occurredAt: NOW - 9 * DAY_MS }), NOW);
    fold(state, ticket({ type: "ticket.solved", occurredAt: NOW - 12 * DAY_MS }), NOW, true);
    const solved = state.restatements[0]?.figures.filter(({ metric }) => metric === "tickets_solved");
    expect(solved).toEqual([
      { metric: "tickets_solved", day: dayOf(NOW) - 9, change: -1 },
      { metric: "tickets_solved", day: dayOf(NOW) - 12, change: 1 },
    ]);
  });

  test("that is older than all days that are kept changes no day", () => {
    const state = emptyAccount("acme");
    fold(state, late({ occurredAt: NOW - 900 * DAY_MS }), NOW, true);
    expect([state.restatements[0]?.figures, state.restatedEvents, state.events]).toEqual([[], 1, 1]);
  });
});

test("the ledger keeps the newest arrivals, whatever the order, and counts all; so does its page", () => {
  const count = restatementsPerAccountMax + 20;
  const events = Array.from({ length: count }, (_, i) => late({ id: `e${i}`, receivedAt: NOW + Math.floor(i / 3) }));
  const foldedIn = (list: readonly Event[]): FoldedAccount => {
    const state = emptyAccount("acme");
    for (const one of list) fold(state, one, NOW, true);
    return state;
  };
  const listed = (state: FoldedAccount): unknown => [state.restatements.map(({ eventId }) => eventId), state.restatedEvents];
  const state = foldedIn(events);
  expect(state.restatements).toHaveLength(restatementsPerAccountMax);
  expect(Math.min(...state.restatements.map(({ receivedAt }) => receivedAt))).toBeGreaterThanOrEqual(NOW + 6);
  fc.assert(
    fc.property(fc.func(fc.integer()), (shuffle) => {
      expect(listed(foldedIn([...events].sort((a, b) => shuffle(a.id) - shuffle(b.id))))).toEqual(listed(state));
    }),
    { numRuns: 5 },
  );
  const head = toHeadPage(state, { pagedSeq: 0, scoreLine: null });
  const read = fromPages("acme", { head, days: [], records: [] })?.state as FoldedAccount;
  expect([read.restatements, read.restatedEvents]).toEqual([state.restatements, count]);
});

test("a journal row remembers which of its lines came late, over the rows of one call too", () => {
  const lines = Array.from({ length: 300 }, (_, i) => {
    const one = event({ id: `${i}`, data: { text: "x".repeat(4_000) } });
    return { line: toShortLine(one), stamp: stampOf(one), event: one, edge: { key: "k", version: 0 }, late: i % 7 === 0 };
  });
  const rows = packRows([{ account: 1, held: false, lines }], {});
  expect(rows.length).toBeGreaterThan(1);
  expect(rows.flatMap((row) => linesOf(row, 1).lines.map((one) => one.late))).toEqual(lines.map((one) => one.late));
});
