import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { AccountShard } from "../../durable-objects/account-shard.ts";
import { writeDays } from "../../durable-objects/account-shard/day-paging.ts";
import { PageKind, PageStore } from "../../durable-objects/account-shard/page-store.ts";
import { fromPages, toHeadPage } from "../../src/domain/account/account-pages.ts";
import { groupOf } from "../../src/domain/account/day-group.ts";
import { fold } from "../../src/domain/account/fold.ts";
import { emptyAccount, type FoldedAccount } from "../../src/domain/account/folded.ts";
import { dayBucketsKeptMs, dayRowBytesMax, oldDayPagesPerWriteMax } from "../../src/domain/limits.ts";
import { DAY_MS, dayOf } from "../../src/domain/time.ts";
import type { Env } from "../../src/env.ts";
import { event, NOW, plain } from "../support/account-builders.ts";

const ACCOUNT = 7;
const HISTORY_DAYS = 90;
const groups = groupOf(dayOf(NOW)) - groupOf(dayOf(NOW) - HISTORY_DAYS + 1) + 1;

/** A store beside which nobody else writes, what it holds of the account, and how many rows were written or deleted since it was asked last. */
function withStore<T>(use: (store: { pages: PageStore; parts: () => number[]; written: () => number }) => T): Promise<T> {
  const stub = (env as unknown as Env).ACCOUNT_SHARD.getByName(crypto.randomUUID()) as unknown as DurableObjectStub<AccountShard>;
  return runInDurableObject(stub, (_, { storage: { sql } }) => {
    const changes = (): number => sql.exec<{ n: number }>("SELECT total_changes() AS n").one().n;
    let before = changes();
    const written = (): number => -(before - (before = changes()));
    const parts = (): number[] =>
      sql
        .exec<{ id: number }>("SELECT id FROM page ORDER BY id")
        .toArray()
        .map(({ id }) => id % 2 ** 22);
    return use({ pages: new PageStore(sql), parts, written });
  });
}

const use = (state: FoldedAccount, daysAgo: number, people: number): void => {
  for (let person = 0; person < people; person++)
    fold(state, event({ occurredAt: NOW - daysAgo * DAY_MS, user: { id: `u${person}` } }), NOW);
};

function withHistory(peopleADay: number): FoldedAccount {
  const state = emptyAccount("acme");
  for (let daysAgo = 0; daysAgo < HISTORY_DAYS; daysAgo++) use(state, daysAgo, peopleADay);
  return state;
}

function readAgain(pages: PageStore, state: FoldedAccount): FoldedAccount {
  pages.write(ACCOUNT, PageKind.head, 0, toHeadPage(state, { pagedSeq: 1, scoreLine: null }));
  const read = pages.readAccount(ACCOUNT).pages;
  const woken = read === null ? null : fromPages("acme", read);
  if (woken === null) throw new Error("nothing was read");
  return woken.state;
}

test("small days lie together: three months are a row or two, and a change of any of them is one", () =>
  withStore(({ pages, written }) => {
    const state = withHistory(3);
    written();
    writeDays(pages, ACCOUNT, state);
    expect(written()).toBe(groups);
    const woken = readAgain(pages, state);
    expect(plain(woken)).toEqual(plain(state));
    written();
    expect(writeDays(pages, ACCOUNT, woken)).toBe(0);
    for (const one of [state, woken]) use(one, 3, 4);
    writeDays(pages, ACCOUNT, woken);
    expect(written()).toBe(1);
    expect(plain(readAgain(pages, woken))).toEqual(plain(state));
  }));

test("days that older code wrote each for itself are read, and come together when one of them changes", () =>
  withStore(({ pages, parts }) => {
    const state = withHistory(3);
    for (const [day, record] of state.days) pages.write(ACCOUNT, PageKind.day, day, record.toPage());
    const woken = readAgain(pages, state);
    expect(plain(woken)).toEqual(plain(state));
    for (const one of [state, woken]) use(one, 1, 2);
    writeDays(pages, ACCOUNT, woken);
    const group = groupOf(dayOf(NOW) - 1);
    expect(parts().filter((part) => part === 0 || groupOf(part) !== group)).toHaveLength(parts().length);
    expect(plain(readAgain(pages, woken))).toEqual(plain(state));
  }));

test("days that have grown large part, each is then written by itself, and they do not come together again for a little less", () =>
  withStore(({ pages, parts, written }) => {
    const state = withHistory(3);
    writeDays(pages, ACCOUNT, state);
    use(state, 1, 1_000);
    writeDays(pages, ACCOUNT, state);
    const group = groupOf(dayOf(NOW) - 1);
    const ofGroup = [...state.days.keys()].filter((day) => groupOf(day) === group).toSorted((a, b) => a - b);
    expect(parts().filter((part) => groupOf(part) === group)).toEqual(ofGroup);
    use(state, 1, 1_001);
    written();
    writeDays(pages, ACCOUNT, state);
    expect(written()).toBe(1);
    expect(plain(readAgain(pages, state))).toEqual(plain(state));
  }));

test("pages of days that are kept no more go, some with each write, and those of days that are kept stay", () =>
  withStore(({ pages, parts }) => {
    const oldest = dayOf(NOW) - dayBucketsKeptMs / DAY_MS;
    const state = emptyAccount("acme");
    const before = NOW - 200 * DAY_MS;
    for (const day of [oldest - 150, oldest - 1, oldest, oldest + 1])
      fold(state, event({ occurredAt: day * DAY_MS, user: { id: "u" } }), before);
    writeDays(pages, ACCOUNT, state);
    const older = state.days.get(oldest - 1)?.toPage() ?? null;
    const own = Array.from({ length: oldDayPagesPerWriteMax + 3 }, (_, i) => oldest - 1 - i);
    for (const day of own) pages.write(ACCOUNT, PageKind.day, day, older);
    pages.write(ACCOUNT + 1, PageKind.day, oldest - 1, older);
    const woken = readAgain(pages, state);

    fold(woken, event({ occurredAt: NOW, user: { id: "u" } }), NOW);
    const kept = plain(woken);
    const isOld = (part: number): boolean => (part < 2 ** 21 ? part !== 0 && part < oldest : part - 2 ** 21 < groupOf(oldest));
    writeDays(pages, ACCOUNT, woken);
    expect(parts().filter(isOld)).toEqual([...own.slice(0, 3).toReversed(), oldest - 1]);
    expect(plain(readAgain(pages, woken))).toEqual(kept);
    writeDays(pages, ACCOUNT, woken);
    expect(parts().filter(isOld)).toEqual([oldest - 1]);
  }));

test("a day that does not fit into one row of the platform goes on in a second, and comes back to one or to its group", () =>
  withStore(({ pages, parts }) => {
    const today = dayOf(NOW);
    const long = Uint8Array.from({ length: dayRowBytesMax + 700_000 }, (_, i) => i % 251);
    pages.write(ACCOUNT, PageKind.head, 0, "{}");
    for (const day of [today - 1, today]) pages.writeDay(ACCOUNT, day, long);
    pages.writeDay(ACCOUNT, today + 1, long.subarray(0, 10));
    // Compared by hand: a matcher takes seconds for millions of bytes.
    const isLong = ({ day, body }: { readonly day: number; readonly body: Uint8Array }) =>
      [day, body.length === long.length && body.every((byte, i) => byte === long[i])]; // prettier-ignore
    expect(pages.readAccount(ACCOUNT).pages?.days.map(isLong)).toEqual([[today - 1, true], [today, true], [today + 1, false]]); // prettier-ignore
    expect(pages.readSome(ACCOUNT, { first: today, last: today })?.days.map(isLong)).toEqual([[today, true]]);
    expect(pages.dayBytes(ACCOUNT).map(({ bytes }) => bytes)).toEqual([long.length, long.length, 10]);
    pages.writeDay(ACCOUNT, today, long.subarray(0, 20));
    expect(pages.dayBytes(ACCOUNT)[1]).toEqual({ day: today, bytes: 20 });
    pages.removeDaysBefore(ACCOUNT, today);
    expect(pages.readAccount(ACCOUNT).pages?.days.map(({ day }) => day)).toEqual([today, today + 1]);
    for (const day of [today, today + 1]) pages.writeDay(ACCOUNT, day, null);
    expect(parts()).toEqual([0]);
  }));
