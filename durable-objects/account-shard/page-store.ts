import type { StoredPages } from "../../src/domain/account/account-pages.ts";
import { groupOf } from "../../src/domain/account/day-group.ts";
import { dayRowBytesMax, oldDayPagesPerWriteMax } from "../../src/domain/limits.ts";
import { invariant } from "../../src/domain/result.ts";

/** Kinds up to `idFilter` are what waking an account reads, in one range. */
export const PageKind = { head: 0, day: 1, records: 2, openIds: 3, idFilter: 4, index: 5, sealedIds: 6 } as const;
export type PageKind = (typeof PageKind)[keyof typeof PageKind];

const KINDS = 8;
const PARTS = 2 ** 22;
type Body = string | ArrayBuffer;

/** Pages of groups of days come after those of single days, which are numbered by the day. */
const FIRST_GROUP_PART = PARTS / 2;
export const groupPart = (group: number): number => FIRST_GROUP_PART + group;

/** What does not fit into the row of a single day. */
const FIRST_REST_PART = PARTS / 4;

const ANEW = 2 ** 27;

/** The number under which pages of an account lie that is being made anew, until they take the place of those it has. */
export function anewNumber(account: number): number {
  invariant(account < ANEW, "too many accounts");
  return account + ANEW;
}

const idOf = (account: number, kind: number, part: number): number => (account * KINDS + kind) * PARTS + part;
const bytesOf = (body: Body): Uint8Array => {
  invariant(typeof body !== "string", "this page is binary");
  return new Uint8Array(body);
};

function joined(first: Uint8Array | undefined, rest: Body): Uint8Array {
  invariant(first !== undefined, "a day's page has no beginning");
  const more = bytesOf(rest);
  const whole = new Uint8Array(first.byteLength + more.byteLength);
  whole.set(first);
  whole.set(more, first.byteLength);
  return whole;
}

/** What was written of an account, as read at once when it wakes. `pages` null: nothing yet. */
export type ReadAccount = {
  readonly pages: StoredPages | null;
  readonly openIds: Uint8Array[];
  readonly idFilters: { part: number; body: Uint8Array }[];
};

/** Pages: one row each, found by one number, so that a write is one row and an account lies together. */
export class PageStore {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  write(account: number, kind: PageKind, part: number, body: string | Uint8Array | null): void {
    invariant(part < PARTS, "too many parts");
    if (body === null) this.sql.exec("DELETE FROM page WHERE id = ?", idOf(account, kind, part));
    else
      this.sql.exec(
        "INSERT INTO page (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
        idOf(account, kind, part),
        body,
      );
  }

  /** The page of a single day; null: it has none of its own any more. */
  writeDay(account: number, day: number, page: Uint8Array | null): void {
    const isLong = page !== null && page.byteLength > dayRowBytesMax;
    this.write(account, PageKind.day, day, isLong ? page.subarray(0, dayRowBytesMax) : page);
    this.write(account, PageKind.day, FIRST_REST_PART + day, isLong ? page.subarray(dayRowBytesMax) : null);
  }

  /** Deletes pages of days before this one, and of groups that lie before it as a whole: some, the oldest first. */
  removeDaysBefore(account: number, day: number): void {
    const before = (from: number, to: number): void => {
      this.sql.exec(
        "DELETE FROM page WHERE id IN (SELECT id FROM page WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)",
        idOf(account, PageKind.day, from),
        idOf(account, PageKind.day, to),
        oldDayPagesPerWriteMax,
      );
    };
    before(0, day);
    before(FIRST_REST_PART, FIRST_REST_PART + day);
    before(FIRST_GROUP_PART, groupPart(groupOf(day)));
  }

  readSealedIds(account: number, part: number): Uint8Array | null {
    const row = this.sql
      .exec<{ body: ArrayBuffer }>("SELECT body FROM page WHERE id = ?", idOf(account, PageKind.sealedIds, part))
      .toArray()[0];
    return row === undefined ? null : new Uint8Array(row.body);
  }

  /** Of head, days and records. */
  derivedBytes(account: number): number {
    return this.sql
      .exec<{ bytes: number }>(
        "SELECT coalesce(sum(length(body)), 0) AS bytes FROM page WHERE id >= ? AND id < ?",
        idOf(account, 0, 0),
        idOf(account, PageKind.openIds, 0),
      )
      .one().bytes;
  }

  /** Bytes of each page of a single day; those of groups are small. */
  dayBytes(account: number): { day: number; bytes: number }[] {
    const first = idOf(account, PageKind.day, 0);
    return this.sql
      .exec<{ day: number; bytes: number }>(
        "SELECT (id - ?1) % ?2 AS day, sum(length(body)) AS bytes FROM page WHERE id >= ?1 AND id < ?1 + ?3 GROUP BY 1 ORDER BY 1",
        first,
        FIRST_REST_PART,
        FIRST_GROUP_PART,
      )
      .toArray();
  }

  readAccount(account: number): ReadAccount {
    return this.read(account, [[idOf(account, 0, 0), idOf(account, PageKind.index, 0)]]);
  }

  /** The same without ids, and of days only these (both included); groups that have some of them are there whole. */
  readSome(account: number, { first, last }: { readonly first: number; readonly last: number }): StoredPages | null {
    const day = (part: number): number => idOf(account, PageKind.day, part);
    return this.read(account, [
      [idOf(account, PageKind.head, 0), day(0)],
      [day(first), day(Math.min(last + 1, FIRST_REST_PART))],
      [day(FIRST_REST_PART + first), day(Math.min(FIRST_REST_PART + last + 1, FIRST_GROUP_PART))],
      [day(groupPart(groupOf(first))), day(Math.min(groupPart(groupOf(last)) + 1, PARTS))],
      [idOf(account, PageKind.records, 0), idOf(account, PageKind.openIds, 0)],
    ]).pages;
  }

  /** @param ranges of ids, each from one up to another that is not in it; ascending */
  private read(account: number, ranges: readonly (readonly [from: number, to: number])[]): ReadAccount {
    const first = idOf(account, 0, 0);
    const where = ranges.map(() => "(id >= ? AND id < ?)").join(" OR ");
    const rows = this.sql
      .exec<{ id: number; body: Body }>(`SELECT id, body FROM page WHERE ${where} ORDER BY id`, ...ranges.flat())
      .raw<[number, Body]>();
    let head: string | null = null;
    const days = new Map<number, Uint8Array>();
    const dayGroups: { group: number; body: Uint8Array }[] = [];
    const records: string[] = [];
    const openIds: Uint8Array[] = [];
    const idFilters: { part: number; body: Uint8Array }[] = [];
    for (const [id, body] of rows) {
      const part = (id - first) % PARTS;
      const kind = Math.floor((id - first) / PARTS);
      if (kind === PageKind.head) head = body as string;
      else if (kind === PageKind.day && part >= FIRST_GROUP_PART) dayGroups.push({ group: part - FIRST_GROUP_PART, body: bytesOf(body) });
      else if (kind === PageKind.day && part >= FIRST_REST_PART)
        days.set(part - FIRST_REST_PART, joined(days.get(part - FIRST_REST_PART), body));
      else if (kind === PageKind.day) days.set(part, bytesOf(body));
      else if (kind === PageKind.records) records.push(body as string);
      else if (kind === PageKind.openIds) openIds.push(bytesOf(body));
      else idFilters.push({ part, body: bytesOf(body) });
    }
    const ownDays = [...days].map(([day, body]) => ({ day, body }));
    return { pages: head === null ? null : { head, days: ownDays, dayGroups, records }, openIds, idFilters };
  }

  /** Index pages in order; with `last` only the newest one. */
  readIndex(account: number, last: boolean): { part: number; body: Uint8Array }[] {
    const first = idOf(account, PageKind.index, 0);
    const order = last ? "DESC LIMIT 1" : "";
    return this.sql
      .exec<{ id: number; body: ArrayBuffer }>(
        `SELECT id, body FROM page WHERE id >= ? AND id < ? ORDER BY id ${order}`,
        first,
        first + PARTS,
      )
      .toArray()
      .map(({ id, body }) => ({ part: id - first, body: new Uint8Array(body) }));
  }

  /** Where an account has nothing derived: what was made anew takes its place. */
  takeAnew(account: number): void {
    const [from, to] = [idOf(anewNumber(account), 0, 0), idOf(anewNumber(account) + 1, 0, 0)];
    this.sql.exec("UPDATE page SET id = id - ? WHERE id >= ? AND id < ?", from - idOf(account, 0, 0), from, to);
  }

  /** Everything derived; the index of the journal stays. */
  removeDerived(account: number): void {
    this.sql.exec("DELETE FROM page WHERE id >= ? AND id < ?", idOf(account, 0, 0), idOf(account, PageKind.index, 0));
    this.sql.exec("DELETE FROM page WHERE id >= ? AND id < ?", idOf(account, PageKind.sealedIds, 0), idOf(account + 1, 0, 0));
  }
}
