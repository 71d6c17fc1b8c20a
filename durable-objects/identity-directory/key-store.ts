import type { KeyView } from "../../src/domain/identity/messages.ts";
import { toView, type KeyRecord } from "../../src/domain/identity/record.ts";
import { directoryChangesTold } from "../../src/domain/limits.ts";
import { jsonParts } from "./json-parts.ts";

/** The rows of table `key`. Reads and writes many in few statements; call `write` inside a transaction. */
export class KeyStore {
  private readonly sql: SqlStorage;
  /** Edges of all keys; null until somebody has asked, because counting them reads every row. */
  private edges: number | null = null;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  /** Records of those that exist, by key. */
  read(keys: Iterable<string>): Map<string, KeyRecord> {
    const records = new Map<string, KeyRecord>();
    for (const part of jsonParts(new Set(keys))) {
      for (const { doc } of this.sql.exec<{ doc: string }>("SELECT doc FROM key WHERE key IN (SELECT value FROM json_each(?))", part)) {
        const record = JSON.parse(doc) as KeyRecord;
        records.set(record.key, record);
      }
    }
    return records;
  }

  countEdges(): number {
    this.edges ??= this.sql.exec<{ n: number | null }>("SELECT sum(json_array_length(doc, '$.edges')) AS n FROM key").one().n ?? 0;
    return this.edges;
  }

  write(records: readonly KeyRecord[]): void {
    for (const part of jsonParts(records)) {
      this.sql.exec(
        "INSERT INTO key (key, doc) SELECT value ->> 'key', value FROM json_each(?) WHERE true ON CONFLICT (key) DO UPDATE SET doc = excluded.doc",
        part,
      );
    }
  }

  /** Keeps the count of edges: call after the commit, with what the written keys were before. */
  written(records: readonly KeyRecord[], before: ReadonlyMap<string, KeyRecord>): void {
    if (this.edges === null) return;
    for (const { key, edges } of records) this.edges += edges.length - (before.get(key)?.edges.length ?? 0);
  }
}

export const viewOfRecords =
  (records: ReadonlyMap<string, KeyRecord>) =>
  (key: string): KeyView | null => {
    const record = records.get(key);
    return record === undefined ? null : toView(record);
  };

/**
 * Which keys changed lately, so that readers can keep views without a time to live. In memory: after a restart the epoch is another
 * and every reader is told to forget.
 */
export class ChangeFeed {
  private readonly epoch: string;
  private readonly recent: string[] = [];
  private first = 0;

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  get cursor(): string {
    return `${this.epoch}/${this.first + this.recent.length}`;
  }

  /** Call after the commit. */
  add(keys: readonly string[]): void {
    this.recent.push(...keys);
    const surplus = this.recent.length - 2 * directoryChangesTold;
    if (surplus <= 0) return;
    this.recent.splice(0, surplus);
    this.first += surplus;
  }

  /** Distinct keys changed since the cursor; `all` if that cannot be told. */
  since(cursor: string | null): readonly string[] | "all" {
    if (cursor === null) return [];
    const [epoch, text] = cursor.split("/");
    const number = Number(text);
    if (epoch !== this.epoch || number < this.first) return "all";
    const keys = new Set(this.recent.slice(number - this.first));
    return keys.size > directoryChangesTold ? "all" : [...keys];
  }
}
