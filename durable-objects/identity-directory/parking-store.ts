import { dayOf } from "../../src/domain/time.ts";
import type { FreedRow } from "../../src/domain/identity/freed-packs.ts";
import { arrivalOf, toParkedRows, type ArrivalState, type Taken } from "../../src/domain/identity/parking.ts";
import { fromLine } from "../../src/domain/event.ts";
import { idRetentionMs, parkedRowBytesMax } from "../../src/domain/limits.ts";
import { jsonParts } from "./json-parts.ts";

export type Arrival = { readonly state: ArrivalState; readonly held: boolean; readonly counted: boolean };
export type StoredCounts = { readonly parkedEvents: number; readonly parkedBytes: number; readonly drainingEvents: number };

/** Tables `parked`, `waiting` and `arrival`. Every method that writes is called inside a transaction. */
export class ParkingStore {
  private readonly sql: SqlStorage;
  private tally: StoredCounts;

  constructor(sql: SqlStorage) {
    this.sql = sql;
    this.tally = this.count();
  }

  /** Kept in memory, because each call asks; counted anew from the rows by `recount` when a transaction was rolled back. */
  get counts(): StoredCounts {
    return this.tally;
  }

  recount(): void {
    this.tally = this.count();
  }

  private adjust(parkedEvents: number, drainingEvents: number, parkedBytes: number): void {
    const { tally } = this;
    this.tally = {
      parkedEvents: tally.parkedEvents + parkedEvents,
      drainingEvents: tally.drainingEvents + drainingEvents,
      parkedBytes: tally.parkedBytes + parkedBytes,
    };
  }

  private count(): StoredCounts {
    const rows = this.sql
      .exec<{ state: number; events: number; bytes: number }>(
        "SELECT state, sum(events) AS events, sum(bytes) AS bytes FROM parked GROUP BY state",
      )
      .toArray();
    const waiting = rows.find(({ state }) => state === 0);
    const total = (pick: (row: { events: number; bytes: number }) => number): number => rows.reduce((sum, row) => sum + pick(row), 0);
    return {
      parkedEvents: waiting?.events ?? 0,
      parkedBytes: total(({ bytes }) => bytes),
      drainingEvents: total(({ events }) => events) - (waiting?.events ?? 0),
    };
  }

  arrivals(names: readonly string[]): Map<string, Arrival> {
    const found = new Map<string, Arrival>();
    for (const part of jsonParts(names)) {
      const rows = this.sql.exec<{ arrival: string; parked: number; counted: number; waiting: number }>(
        `SELECT a.arrival, a.parked, a.counted, p.id IS NOT NULL AS waiting FROM arrival a LEFT JOIN parked p ON p.id = a.parked AND p.state = 0
         WHERE a.arrival IN (SELECT value FROM json_each(?))`,
        part,
      );
      for (const { arrival, parked, counted, waiting } of rows)
        found.set(arrival, { state: waiting === 1 ? "waiting" : "gone", held: parked !== 0, counted: counted === 1 });
    }
    return found;
  }

  /** Stores events; `countedOf` says which have been counted as applied before. */
  store(taken: readonly Taken[], countedOf: (arrival: string) => boolean, now: number): void {
    const rows = toParkedRows(taken);
    let id = this.sql.exec<{ id: number }>("SELECT coalesce(max(id), 0) AS id FROM parked").one().id;
    const stored = rows.map((row) => ({ ...row, id: ++id }));
    const values = stored.map((row) => ({
      id: row.id,
      m: row.mayCreate ? 1 : 0,
      r: row.receivedBefore,
      n: row.lines.length,
      b: row.bytes,
      k: JSON.stringify(row.keys),
      t: row.lines.join("\n"),
    }));
    // A long event alone, because JSON of it may be twice as long as itself and then no value.
    for (const { id: row, m, r, n, b, k, t } of values.filter(({ b: bytes }) => bytes > parkedRowBytesMax)) {
      this.sql.exec(
        "INSERT INTO parked (id, state, may_create, at, received_before, events, bytes, keys, body) VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?)",
        row,
        m,
        now,
        r,
        n,
        b,
        k,
        t,
      );
    }
    for (const part of jsonParts(values.filter(({ b }) => b <= parkedRowBytesMax))) {
      this.sql.exec(
        `INSERT INTO parked (id, state, may_create, at, received_before, events, bytes, keys, body)
         SELECT value ->> 'id', 0, value ->> 'm', ?1, value ->> 'r', value ->> 'n', value ->> 'b', value ->> 'k', value ->> 't' FROM json_each(?2)`,
        now,
        part,
      );
    }
    const pairs = stored.flatMap((row) => row.keys.map((key) => [key, row.id]));
    for (const part of jsonParts(pairs))
      this.sql.exec("INSERT OR IGNORE INTO waiting (key, parked) SELECT value ->> 0, value ->> 1 FROM json_each(?)", part);
    const arrivals = stored.flatMap((row) =>
      row.lines.map((line) => {
        const name = arrivalOf(fromLine(line));
        return [name, row.id, countedOf(name) ? 1 : 0];
      }),
    );
    for (const part of jsonParts(arrivals)) {
      this.sql.exec(
        `INSERT INTO arrival (arrival, parked, counted, day) SELECT value ->> 0, value ->> 1, value ->> 2, ?1 FROM json_each(?2) WHERE true
         ON CONFLICT (arrival) DO UPDATE SET parked = excluded.parked, counted = excluded.counted, day = excluded.day`,
        dayOf(now),
        part,
      );
    }
    this.adjust(taken.length, 0, sumOf(rows));
  }

  /** Sets free what waits under a key. */
  free(key: string): { events: number; receivedBefore: number } {
    const ids = "SELECT parked FROM waiting WHERE key = ?1";
    const freed = this.sql
      .exec<{ events: number | null; before: number | null }>(
        `SELECT sum(events) AS events, max(received_before) AS before FROM parked WHERE id IN (${ids}) AND state = 0`,
        key,
      )
      .one();
    if (freed.events === null) return { events: 0, receivedBefore: 0 };
    this.sql.exec(`UPDATE parked SET state = 1 WHERE id IN (${ids}) AND state = 0`, key);
    this.sql.exec(
      `DELETE FROM waiting WHERE key <> ?1 AND (key, parked) IN
         (SELECT j.value, w.parked FROM waiting w JOIN parked p ON p.id = w.parked, json_each(p.keys) j WHERE w.key = ?1)`,
      key,
    );
    this.sql.exec("DELETE FROM waiting WHERE key = ?1", key);
    this.adjust(-freed.events, freed.events, 0);
    return { events: freed.events, receivedBefore: freed.before ?? 0 };
  }

  /** Takes rows set free, oldest first, at most `limit`. */
  freeRows(limit: number): { id: number; events: number; bytes: number }[] {
    return this.sql
      .exec<{ id: number; events: number; bytes: number }>(
        "SELECT id, events, bytes FROM parked WHERE state = 1 ORDER BY id LIMIT ?",
        limit,
      )
      .toArray();
  }

  markPacked(ids: readonly number[]): void {
    this.sql.exec("UPDATE parked SET state = 2 WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(ids));
  }

  /** In the order of their ids, which is that of the pack. */
  rows(ids: readonly number[]): FreedRow[] {
    return this.sql
      .exec<{ id: number; may_create: number; events: number; bytes: number; body: string }>(
        "SELECT id, may_create, events, bytes, body FROM parked WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        JSON.stringify(ids),
      )
      .toArray()
      .map(({ may_create: mayCreate, ...row }) => ({ ...row, mayCreate: mayCreate === 1 }));
  }

  /** The row each of these arrivals lies in (0: none) and whether it has been counted as applied. */
  whereabouts(names: readonly string[]): Map<string, { row: number; counted: boolean }> {
    const found = new Map<string, { row: number; counted: boolean }>();
    for (const part of jsonParts(names)) {
      const rows = this.sql.exec<{ arrival: string; parked: number; counted: number }>(
        "SELECT arrival, parked, counted FROM arrival WHERE arrival IN (SELECT value FROM json_each(?))",
        part,
      );
      for (const { arrival, parked, counted } of rows) found.set(arrival, { row: parked, counted: counted === 1 });
    }
    return found;
  }

  /** The rows have reached their accounts; arrivals that lie elsewhere by now stay where they are. */
  deliver(ids: readonly number[], applied: readonly string[], others: readonly string[]): void {
    for (const part of jsonParts(applied))
      this.sql.exec("UPDATE arrival SET parked = 0, counted = 1 WHERE arrival IN (SELECT value FROM json_each(?))", part);
    for (const part of jsonParts(others))
      this.sql.exec("UPDATE arrival SET parked = 0 WHERE arrival IN (SELECT value FROM json_each(?))", part);
    const gone = this.sql
      .exec<{ events: number; bytes: number }>(
        "DELETE FROM parked WHERE id IN (SELECT value FROM json_each(?)) RETURNING events, bytes",
        JSON.stringify(ids),
      )
      .toArray();
    this.adjust(0, -gone.reduce((sum, { events }) => sum + events, 0), -sumOf(gone));
  }

  /** Puts one event on the path at once, e.g. a dead letter that a person sends again. */
  setFree(line: string, mayCreate: boolean, now: number): void {
    const event = fromLine(line);
    this.store([{ item: { keys: event.keys, mayCreate, line }, event }], () => false, now);
    const id = this.sql.exec<{ id: number }>("SELECT max(id) AS id FROM parked").one().id;
    this.sql.exec("DELETE FROM waiting WHERE parked = ? AND key IN (SELECT value FROM json_each(?))", id, JSON.stringify(event.keys));
    this.sql.exec("UPDATE parked SET state = 1 WHERE id = ?", id);
    this.adjust(-1, 1, 0);
  }

  /** Gives up rows parked before an instant, a bounded number, and hands over their events. */
  expire(parkedBefore: number, limit: number, give: (line: string, keys: readonly string[]) => void): number {
    const rows = this.sql
      .exec<{ id: number; keys: string; events: number; bytes: number; body: string }>(
        "SELECT id, keys, events, bytes, body FROM parked WHERE state = 0 AND at < ? ORDER BY id LIMIT ?",
        parkedBefore,
        limit,
      )
      .toArray();
    for (const { id, keys, body } of rows) {
      const lines = body.split("\n");
      for (const line of lines) give(line, JSON.parse(keys) as string[]);
      this.sql.exec("DELETE FROM waiting WHERE parked = ?1 AND key IN (SELECT value FROM json_each(?2))", id, keys);
      this.sql.exec(
        "UPDATE arrival SET parked = 0 WHERE parked = ?1 AND arrival IN (SELECT value FROM json_each(?2))",
        id,
        JSON.stringify(lines.map((line) => arrivalOf(fromLine(line)))),
      );
      this.sql.exec("DELETE FROM parked WHERE id = ?", id);
    }
    const events = rows.reduce((sum, row) => sum + row.events, 0);
    this.adjust(-events, 0, -sumOf(rows));
    return events;
  }

  /** Arrivals that left long ago, a bounded number: their packs are settled, so nobody asks for them any more. */
  forgetArrivals(now: number, limit: number): number {
    return this.sql.exec(
      "DELETE FROM arrival WHERE arrival IN (SELECT arrival FROM arrival WHERE parked = 0 AND day < ? LIMIT ?)",
      dayOf(now - idRetentionMs),
      limit,
    ).rowsWritten;
  }

  waitingUnder(keys: readonly string[]): Map<string, number> {
    const found = new Map<string, number>();
    for (const part of jsonParts(new Set(keys))) {
      const rows = this.sql.exec<{ key: string; events: number }>(
        "SELECT w.key, sum(p.events) AS events FROM waiting w JOIN parked p ON p.id = w.parked WHERE w.key IN (SELECT value FROM json_each(?)) GROUP BY w.key",
        part,
      );
      for (const { key, events } of rows) found.set(key, events);
    }
    return found;
  }

  unresolved(page: { limit: number; after?: string }): { key: string; events: number; since: number }[] {
    return this.sql
      .exec<{ key: string; events: number; since: number }>(
        "SELECT w.key, sum(p.events) AS events, min(p.at) AS since FROM waiting w JOIN parked p ON p.id = w.parked WHERE w.key > ? GROUP BY w.key ORDER BY w.key LIMIT ?",
        page.after ?? "",
        page.limit,
      )
      .toArray();
  }

  /** Per key the other keys under which some of its events wait too, at most `limit` each. */
  alsoUnder(keys: readonly string[], limit: number): Map<string, string[]> {
    const rows = this.sql.exec<{ key: string; other: string }>(
      `SELECT key, other FROM (
         SELECT key, other, row_number() OVER (PARTITION BY key ORDER BY other) AS place FROM (
           SELECT DISTINCT w.key AS key, j.value AS other FROM waiting w JOIN parked p ON p.id = w.parked, json_each(p.keys) j
           WHERE w.key IN (SELECT value FROM json_each(?1)) AND j.value <> w.key))
       WHERE place <= ?2`,
      JSON.stringify(keys),
      limit,
    );
    const found = new Map<string, string[]>();
    for (const { key, other } of rows) found.set(key, [...(found.get(key) ?? []), other]);
    return found;
  }
}

const sumOf = (rows: readonly { readonly bytes: number }[]): number => rows.reduce((sum, { bytes }) => sum + bytes, 0);
