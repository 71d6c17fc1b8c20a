import type { Merge } from "../../src/domain/identity/merge.ts";
import { directoryReleasesAtOnce, mergeDepthMax, redriveCapMs } from "../../src/domain/limits.ts";
import { backOff } from "../../src/domain/retry.ts";
import { SECOND_MS } from "../../src/domain/time.ts";
import { jsonParts } from "./json-parts.ts";

export type MergeTeller = { setMerged(accountId: string, into: string | null, version: number): Promise<void> };
type Row = { account: string; into_account: string | null; version: number; tries: number };

/**
 * Which accounts were merged into which. What an account has to be told is written in the transaction of the merge and stands until the
 * account has answered: it is the account that passes its events on.
 */
export class Merges {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  of(accountId: string): Merge | null {
    const row = this.sql.exec<{ doc: string }>("SELECT doc FROM merge WHERE account = ?", accountId).toArray()[0];
    return row === undefined ? null : (JSON.parse(row.doc) as Merge);
  }

  /** The account that has everything of this one: itself, or the end of its chain. */
  survivorOf(accountId: string): string {
    let survivor = accountId;
    for (let hop = 0; hop < mergeDepthMax; hop++) {
      const into = this.of(survivor)?.into ?? null;
      if (into === null) break;
      survivor = into;
    }
    return survivor;
  }

  /** Accounts in the longest chain that ends in this one, itself not counted. */
  heightOf(accountId: string): number {
    let ending = [accountId];
    for (let height = 0; height <= mergeDepthMax; height++) {
      const before: string[] = [];
      for (const part of jsonParts(ending)) {
        const rows = this.sql.exec<{ account: string }>(
          "SELECT account FROM merge WHERE into_account IN (SELECT value FROM json_each(?))",
          part,
        );
        for (const { account } of rows) before.push(account);
      }
      if (before.length === 0) return height;
      ending = before;
    }
    return mergeDepthMax + 1;
  }

  /** Inside the transaction that decides it. */
  put(merge: Merge, now: number): void {
    this.sql.exec(
      `INSERT INTO merge (account, into_account, version, doc, tries, next_at) VALUES (?, ?, ?, ?, 0, ?)
       ON CONFLICT (account) DO UPDATE SET into_account = excluded.into_account, version = excluded.version, doc = excluded.doc, tries = 0,
         next_at = excluded.next_at`,
      merge.accountId,
      merge.into,
      merge.version,
      JSON.stringify(merge),
      now,
    );
  }

  count(): number {
    return this.sql.exec<{ n: number }>("SELECT count(*) AS n FROM merge WHERE into_account IS NOT NULL").one().n;
  }

  dueAt(): number | null {
    return this.sql.exec<{ at: number | null }>("SELECT min(next_at) AS at FROM merge WHERE next_at IS NOT NULL").one().at;
  }

  /** One round of calls, a bounded number at once. A failed one is made again after 1 s, 2 s, … up to a minute. */
  async drive(teller: MergeTeller, now: number): Promise<void> {
    const due = this.sql
      .exec<Row>(
        "SELECT account, into_account, version, tries FROM merge WHERE next_at <= ? ORDER BY next_at LIMIT ?",
        now,
        directoryReleasesAtOnce,
      )
      .toArray();
    await Promise.all(
      due.map(async ({ account, into_account: into, version, tries }) => {
        const told = await teller.setMerged(account, into, version).then(
          () => true,
          () => false,
        );
        // Only the version that was told: a later merge has written a later order meanwhile.
        this.sql.exec(
          "UPDATE merge SET tries = ?, next_at = ? WHERE account = ? AND version = ?",
          told ? 0 : tries + 1,
          told ? null : now + backOff(tries, SECOND_MS, redriveCapMs),
          account,
          version,
        );
      }),
    );
  }
}
