import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter } from "../../../src/domain/account/bytes.ts";
import { stateBytes, takeChangedRecordPages, toHeadPage } from "../../../src/domain/account/account-pages.ts";
import { cutGivenBack, givenBackPack } from "../../../src/domain/account/give-back.ts";
import { DayRecord } from "../../../src/domain/account/day-record.ts";
import { nameIndex } from "../../../src/domain/account/name-index.ts";
import { fieldKey } from "../../../src/domain/account/fields/counted-field.ts";
import { fold } from "../../../src/domain/account/fold.ts";
import { emptyAccount } from "../../../src/domain/account/folded.ts";
import { hash53, IdHasher } from "../../../src/domain/account/id-hash.ts";
import { IdSet, type IdPage } from "../../../src/domain/account/id-set.ts";
import { fromIndexPage, toIndexPage } from "../../../src/domain/account/journal-index.ts";
import { type JournalLine, linesOf, packRows, readHead } from "../../../src/domain/account/journal-row.ts";
import { compareCursors, fromCursor, readTimeline, toCursor, type TimelineLine } from "../../../src/domain/account/timeline.ts";
import { toLine } from "../../../src/domain/event.ts";
import { toShortLine } from "../../../src/domain/event-line.ts";
import { idRetentionMs, journalRowCharsMax, openIdsMin, usersPerDayMax } from "../../../src/domain/limits.ts";
import { stampOf } from "../../../src/domain/stamp.ts";
import { DAY_MS } from "../../../src/domain/time.ts";
import { event, NOW } from "../../support/account-builders.ts";

test("whole numbers of any size go through bytes, and a page that was cut is noticed", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(200), fc.maxSafeNat())),
      fc.array(fc.integer({ min: -(2 ** 51), max: 2 ** 51 })),
      (uints, ints) => {
        const out = new ByteWriter();
        for (const n of uints) out.uint(n);
        for (const n of ints) out.int(n);
        const from = new ByteReader(out.finish());
        expect(uints.map(() => from.uint())).toEqual(uints);
        expect(ints.map(() => from.int())).toEqual(ints);
        expect(from.atEnd).toBe(true);
        expect(() => from.uint()).toThrow("too early");
      },
    ),
  );
});

test("sums beyond the whole numbers are written with room for all of their bytes, and none without end", () => {
  const out = new ByteWriter();
  const sums = Array.from({ length: 60 }, (_, i) => 2 ** 56 + i * 1e6);
  for (const sum of sums) out.uint(sum);
  const from = new ByteReader(out.finish());
  expect(sums.map(() => from.uint())).toEqual(sums);
  for (const endless of [Number.POSITIVE_INFINITY, Number.NaN]) expect(() => out.uint(endless)).toThrow("a number of a page is finite");
});

describe("the hash of ids", () => {
  test("depends on key, connection and id", () => {
    const hash = (key: number, connection: string, id: string): string => {
      const hasher = new IdHasher(key, 2);
      hasher.hash(connection, id);
      return `${hasher.lo}/${hasher.hi}`;
    };
    const all = [
      hash(1, "c", "id"),
      hash(2, "c", "id"),
      hash(1, "d", "id"),
      hash(1, "c", "ie"),
      hash(1, "c", "id\u0000"),
      hash(1, "ci", "d"),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(hash(1, "c", "id")).toBe(all[0]);
  });

  test("spreads: no clash and evenly filled bits among 200,000 ids", () => {
    const hasher = new IdHasher(7, 9);
    const seen = new Set<number>();
    const bits = Array.from({ length: 64 }, () => 0);
    for (let i = 0; i < 200_000; i++) {
      hasher.hash("con_1", `evt_${i}`);
      seen.add(hasher.lo * 2 ** 21 + (hasher.hi & 0x1fffff));
      for (let bit = 0; bit < 32; bit++) {
        bits[bit] = (bits[bit] as number) + ((hasher.lo >>> bit) & 1);
        bits[bit + 32] = (bits[bit + 32] as number) + ((hasher.hi >>> bit) & 1);
      }
    }
    expect(seen.size).toBe(200_000);
    for (const ones of bits) expect(Math.abs(ones / 200_000 - 0.5)).toBeLessThan(0.01);
    expect(new Set(Array.from({ length: 100_000 }, (_, i) => hash53(`user${i}`))).size).toBe(100_000);
  });
});

describe("the id set", () => {
  /** Pages as a store keeps them. */
  const keep = (store: Map<string, Uint8Array>, pages: readonly IdPage[]): void => {
    for (const { kind, part, body } of pages) {
      if (body === null) store.delete(`${kind}/${part}`);
      else store.set(`${kind}/${part}`, body);
    }
  };
  const of = (store: Map<string, Uint8Array>, kind: string): { part: number; body: Uint8Array }[] =>
    [...store]
      .filter(([key]) => key.startsWith(`${kind}/`))
      .map(([key, body]) => ({ part: Number(key.split("/")[1]), body }))
      .sort((a, b) => a.part - b.part);
  const reread = (store: Map<string, Uint8Array>): IdSet => {
    const set = IdSet.fromPages(
      of(store, "open").map(({ body }) => body),
      of(store, "filter"),
      (part) => store.get(`sealed/${part}`) ?? null,
    );
    if (set === null) throw new Error("unknown layout");
    return set;
  };
  const hasher = new IdHasher(3, 5);
  const put = (set: IdSet, i: number, day: number): void => {
    hasher.hash("c", `id${i}`);
    set.add(hasher.lo, hasher.hi, i, i + 1, day);
  };
  const find = (set: IdSet, i: number, today: number): { content: number; arrival: number } | null => {
    hasher.hash("c", `id${i}`);
    return set.find(hasher.lo, hasher.hi, today) ? { content: set.content, arrival: set.arrival } : null;
  };

  test("finds each of many ids, sealed or open, before and after it was stored, and none that it never saw", () => {
    const store = new Map<string, Uint8Array>();
    let set = new IdSet((part) => store.get(`sealed/${part}`) ?? null);
    const count = openIdsMin * 3 + 500;
    for (let i = 0; i < count; i++) {
      put(set, i, 20_000);
      if (i % 700 === 699) keep(store, set.takeChangedPages(20_000));
      if (i % 5_000 === 4_999) set = reread(store);
      if (i % 5_000 === 4_999)
        for (let lost = i - (i % 700); lost <= i; lost++) if (find(set, lost, 20_000) === null) put(set, lost, 20_000);
    }
    keep(store, set.takeChangedPages(20_000));
    expect(of(store, "filter").length).toBeGreaterThan(1);
    for (const known of [set, reread(store)]) {
      expect(known.size).toBe(count);
      for (let i = 0; i < count; i += 7) expect(find(known, i, 20_000)).toEqual({ content: i, arrival: i + 1 });
      for (let i = count; i < count + 2_000; i++) expect(find(known, i, 20_000)).toBeNull();
    }
  });

  test("forgets an id after 35 days of receipt and gives back the pages of old ones", () => {
    const store = new Map<string, Uint8Array>();
    const set = new IdSet((part) => store.get(`sealed/${part}`) ?? null);
    const keptDays = idRetentionMs / DAY_MS;
    for (let i = 0; i < openIdsMin + 10; i++) put(set, i, 20_000);
    keep(store, set.takeChangedPages(20_000));
    put(set, 9_999, 20_000);
    expect([find(set, 1, 20_000 + keptDays), find(set, 9_999, 20_000 + keptDays)]).toEqual([
      { content: 1, arrival: 2 },
      { content: 9_999, arrival: 10_000 },
    ]);
    expect([find(set, 1, 20_001 + keptDays), find(set, 9_999, 20_001 + keptDays)]).toEqual([null, null]);
    keep(store, set.takeChangedPages(20_001 + keptDays));
    expect([of(store, "sealed"), of(store, "filter")]).toEqual([[], []]);
  });

  test("costs at most 36 bytes an open id, however many there are, and 4.2 bytes a sealed one", () => {
    const set = new IdSet(() => null);
    for (let i = 0; i < openIdsMin; i++) {
      put(set, i, 20_000);
      if (i > 200) expect(set.bytes / (i + 1)).toBeLessThan(36);
    }
    put(set, openIdsMin, 20_000);
    set.takeChangedPages(20_000);
    expect(set.bytes / openIdsMin).toBeLessThan(4.2);
  });
});

test("an index of journal rows goes through its page, and a page of other code is refused", () => {
  const refs = [
    { seq: 3, lines: 4, held: false, from: NOW - 50, to: NOW },
    { seq: 9, lines: 1, held: true, from: NOW - 90_000, to: NOW - 90_000 },
  ];
  expect(fromIndexPage(toIndexPage(refs))).toEqual(refs);
  expect(fromIndexPage(Uint8Array.of(99))).toBeNull();
});

test("a day goes through its page with everything, and a page of another layout is refused", () => {
  const state = emptyAccount("acme");
  const at = NOW - 3_600_000;
  const events = [
    event({ occurredAt: at, user: { id: "ana" }, data: { feature: "report" } }),
    event({ occurredAt: at + 1_000_000, user: { id: "ana" } }),
    event({ occurredAt: at, user: { id: "ben" } }),
    event({ occurredAt: at, type: "ticket.created", data: { ticketId: "1" } }),
  ];
  for (const one of events) fold(state, one, NOW);
  const [record] = [...state.days.values()] as [DayRecord];
  const page = record.toPage();
  const read = DayRecord.fromPage(record.day, state.metricNames, page) as DayRecord;
  for (const part of ["counts", "users", "hours", "fives", "usersBelow", "spansBelow"] as const) expect(read[part]).toEqual(record[part]);
  expect(read.toPage()).toEqual(page);
  // Layout 2 had no stretches of activity: read as this one it would be nonsense, so the account is folded again.
  expect(DayRecord.fromPage(record.day, state.metricNames, Uint8Array.of(2, ...page.subarray(1)))).toBeNull();
});

test("a day whose only field is counted no longer goes through its page, as one that never had any", () => {
  const key = fieldKey({ kind: "numbers", type: "feature.used", field: "rows" });
  const dayOf = (counted: readonly string[]) => {
    const state = emptyAccount("acme", undefined, { counted });
    fold(state, event({ id: "e1", occurredAt: NOW - 3_600_000, user: { id: "ana" }, data: { rows: 3 } }), NOW);
    const [record] = [...state.days.values()] as [DayRecord];
    return { names: state.metricNames, record };
  };
  const never = dayOf([]).record.toPage();
  const { names, record } = dayOf([key]);
  const read = DayRecord.fromPage(record.day, names, record.toPage()) as DayRecord;
  expect(read.field(key)).not.toBeNull();
  read.dropFields([key]);
  const without = DayRecord.fromPage(record.day, names, read.toPage()) as DayRecord;
  expect(without.field(key)).toBeNull();
  expect([without.usersBelow, without.peopleKept, without.counts]).toEqual([record.usersBelow, record.peopleKept, record.counts]);
  expect(read.toPage()).toEqual(never);
});

test("a journal row gives each account its own lines with the key of each, however many rows it takes", () => {
  const line = (account: string, i: number) => {
    const one = event({ id: `${account}${i}`, occurredAt: NOW - i, data: { text: "é".repeat(i % 3 === 0 ? 5_000 : 3) } });
    return { line: toShortLine(one), stamp: stampOf(one), event: one, edge: { key: `user|${i % 2}`, version: i % 4 }, late: false };
  };
  const a = Array.from({ length: 200 }, (_, i) => line("a", i));
  const b = Array.from({ length: 100 }, (_, i) => line("b", i));
  const rows = packRows(
    [
      { account: 1, held: false, lines: a },
      { account: 2, held: true, lines: b },
    ],
    { "c/s": NOW },
  );
  const read = (account: number) => rows.flatMap((row) => linesOf(row, account).lines);
  const withoutEvent = ({ line: text, stamp, edge, late }: JournalLine) => ({ line: text, stamp, edge, late });
  expect(read(1)).toEqual(a.map(withoutEvent));
  expect(read(2)).toEqual(b.map(withoutEvent));
  expect(rows.every(({ body }) => body.length <= journalRowCharsMax)).toBe(true);
  expect(rows.length).toBeGreaterThan(1);
  const heads = rows.map(({ head }) => readHead(head));
  expect(heads.flatMap(({ parts }) => parts.filter(({ account }) => account === 2)).every(({ held }) => held)).toBe(true);
  expect(heads[0]?.watermarks).toEqual({ "c/s": NOW });
});

test("the timeline is by time whatever the order of arrival, page after page, even when few rows may be read", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(50), { minLength: 1, maxLength: 4 }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 3 }),
      (arrivals, limit, rowsMax) => {
        const rows = arrivals.map((times, seq) =>
          times.map((at, line): TimelineLine => ({
            at,
            seq,
            line,
            held: false,
            restated: false,
            event: event({ id: `${seq}.${line}`, occurredAt: at }),
          })),
        );
        const refs = rows.map((lines, seq) => ({
          seq,
          lines: lines.length,
          held: false,
          from: Math.min(...lines.map(({ at }) => at)),
          to: Math.max(...lines.map(({ at }) => at)),
        }));
        const found: TimelineLine[] = [];
        let before = null;
        for (let page = 0; page < 500; page++) {
          const answer = readTimeline(refs, ({ seq }) => rows[seq] as TimelineLine[], { limit, before, accepts: () => true }, rowsMax);
          expect(answer.items.length).toBeLessThanOrEqual(limit);
          found.push(...answer.items);
          if (answer.next === null) break;
          before = fromCursor(toCursor(answer.next));
        }
        expect(found).toEqual(rows.flat().sort(compareCursors));
      },
    ),
    { numRuns: 200 },
  );
});

test("what an account gives back is cut into packs that fit a message, each line in one of them", () => {
  const lines = Array.from({ length: 300 }, (_, i) =>
    toLine(event({ id: `${i}`, keys: ["user|u", `email|${i % 3}@x.de`], mayCreate: i % 2 === 0, data: { text: "x".repeat(i * 10) } })),
  );
  const groups = cutGivenBack(lines);
  expect(groups.flat()).toEqual(lines);
  const { header } = givenBackPack("p", "7", groups[0] as string[]);
  expect(header).toMatchObject({ origin: { kind: "account", name: "7" }, events: groups[0]?.length });
  expect(header.routes[header.routeOf[1] as number]).toEqual({ keys: ["user|u", "email|1@x.de"], mayCreate: false });
});

test("an account of 90 days with 30 people a day keeps within the stated sizes", () => {
  const state = emptyAccount("acme");
  for (let day = 0; day < 90; day++) {
    for (let user = 0; user < 30; user++) {
      fold(state, event({ occurredAt: NOW - day * DAY_MS, user: { id: `user${user}` }, data: { feature: `f${user % 12}` } }), NOW);
    }
  }
  const pages = [...state.days.values()].reduce((sum, record) => sum + record.toPage().byteLength, 0);
  const head = toHeadPage(state, { pagedSeq: 0, scoreLine: null }).length;
  expect(takeChangedRecordPages(state)).toEqual([]);
  expect(pages).toBeLessThan(90 * 30 * 20 + 90 * 200);
  expect(head).toBeLessThan(2_000);
  expect(stateBytes(state)).toBeLessThan(1_500_000);
});

test("a day with too many people keeps the same ones whatever the order", () => {
  const ids = Array.from({ length: usersPerDayMax + 50 }, (_, i) => `user${i}`);
  const dayOfAll = (order: readonly string[]): DayRecord => {
    const state = emptyAccount("acme");
    for (const id of order) fold(state, event({ id, user: { id } }), NOW);
    return [...state.days.values()][0] as DayRecord;
  };
  const usersOf = ({ users }: DayRecord): number[] => [...users.keys()].sort((a, b) => a - b);
  const record = dayOfAll(ids);
  const kept = usersOf(record);
  expect(kept).toHaveLength(usersPerDayMax);
  const reversed = dayOfAll([...ids].reverse());
  expect(usersOf(reversed)).toEqual(kept);
  const read = DayRecord.fromPage(record.day, nameIndex(["events", "events.feature.used", "product_events"]), record.toPage()) as DayRecord;
  // The page says that there were more, and how far those reach that it has.
  expect([record, reversed, read].map(({ usersBelow }) => usersBelow)).toEqual([kept.at(-1), kept.at(-1), kept.at(-1)]);
  expect(dayOfAll(ids.slice(0, usersPerDayMax)).usersBelow).toBe(Infinity);
});
