import { refoldKeysCharsMax } from "../../src/domain/limits.ts";
import type { Entry } from "./entry.ts";
import type { Progress } from "./rebuild.ts";

/** What is to be done with an account: keys whose events below a version leave it, or nothing of that: it is to be folded again as it is. */
export type Order = { readonly keys: readonly (readonly [key: string, version: number])[] };

/** What was begun of it: the keys that were asked for by then, by which code, and how far that has come. */
export type Pass = Order & { readonly foldVersion: number; readonly progress: Progress };

type Row = { readonly account: number; readonly keys: string; readonly pass: string | null };
export type Ordered = { readonly account: number; readonly order: Order; readonly pass: Pass | null };

/** Accounts that are to be made anew in steps, in the order in which they were asked for. One row each, written by orders and checkpoints. */
export class RefoldStore {
  private readonly sql: SqlStorage;
  /** Numbers of the accounts that have a row; kept, because every call asks. */
  private readonly accounts: Set<number>;

  constructor(sql: SqlStorage) {
    this.sql = sql;
    this.accounts = new Set(
      sql
        .exec<{ account: number }>("SELECT account FROM refold")
        .toArray()
        .map(({ account }) => account),
    );
  }

  get isEmpty(): boolean {
    return this.accounts.size === 0;
  }

  has({ number }: Entry): boolean {
    return this.accounts.has(number);
  }

  /** Whether it is to be folded again, and nothing is to leave it. */
  isWhole(entry: Entry): boolean {
    return this.has(entry) && this.row(entry.number)?.order.keys.length === 0;
  }

  /** This and what is asked for already: of a key the highest version counts. */
  with({ number }: Entry, { keys }: Order): Order {
    const known = new Map(this.row(number)?.order.keys ?? []);
    for (const [key, version] of keys) known.set(key, Math.max(version, known.get(key) ?? 0));
    return { keys: [...known] };
  }

  /** Adds to what is asked for already; false: that is so much that there is no room, and it is to be asked for again. */
  order(entry: Entry, order: Order): boolean {
    const keys = JSON.stringify(this.with(entry, order).keys);
    if (this.has(entry) && order.keys.length > 0 && keys.length > refoldKeysCharsMax) return false;
    this.sql.exec(
      "INSERT INTO refold (account, keys) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET keys = excluded.keys",
      entry.number,
      keys,
    );
    this.accounts.add(entry.number);
    return true;
  }

  first(): Ordered | null {
    const found = this.sql.exec<{ account: number }>("SELECT account FROM refold ORDER BY number LIMIT 1").toArray()[0];
    return found === undefined ? null : this.row(found.account);
  }

  private row(account: number): Ordered | null {
    const row = this.sql.exec<Row>("SELECT account, keys, pass FROM refold WHERE account = ?", account).toArray()[0];
    if (row === undefined) return null;
    const pass = row.pass === null ? null : (JSON.parse(row.pass) as Pass);
    return { account, order: { keys: JSON.parse(row.keys) as Order["keys"] }, pass };
  }

  /** Inside the commit that stores the pages. */
  keep({ number }: Entry, pass: Pass): void {
    this.sql.exec("UPDATE refold SET pass = ? WHERE account = ?", JSON.stringify(pass), number);
  }

  /** Inside a commit; `changed` follows whether or not it succeeds. What was asked for beyond `done` is still to be done. */
  finish({ number }: Entry, done: Order): void {
    const did = new Map(done.keys);
    const left = (this.row(number)?.order.keys ?? []).filter(([key, version]) => version > (did.get(key) ?? 0));
    if (left.length === 0) this.sql.exec("DELETE FROM refold WHERE account = ?", number);
    else this.sql.exec("UPDATE refold SET keys = ?, pass = NULL WHERE account = ?", JSON.stringify(left), number);
  }

  /** Inside a commit: what was begun of it is forgotten. */
  again({ number }: Entry): void {
    this.sql.exec("UPDATE refold SET pass = NULL WHERE account = ?", number);
  }

  /** Inside a commit; `changed` follows. */
  remove({ number }: Entry): void {
    this.sql.exec("DELETE FROM refold WHERE account = ?", number);
  }

  changed({ number }: Entry): void {
    if (this.row(number) === null) this.accounts.delete(number);
    else this.accounts.add(number);
  }

  /** It lets the others go first. */
  postpone(account: number): void {
    this.sql.exec("UPDATE refold SET number = (SELECT max(number) FROM refold) + 1 WHERE account = ?", account);
  }
}
