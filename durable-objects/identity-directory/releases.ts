import { directoryReleasesAtOnce, redriveCapMs } from "../../src/domain/limits.ts";
import { backOff } from "../../src/domain/retry.ts";
import { SECOND_MS } from "../../src/domain/time.ts";
import { reportLine } from "../../src/platform/report.ts";

/** `mergedInto`: what the account has passed on lies there, and must be given back there too. `isUnderWay`: it is not done yet. */
export type Releaser = {
  release(accountId: string, key: string, version: number): Promise<{ readonly mergedInto: string | null; readonly isUnderWay: boolean }>;
};
type Row = { account: string; key: string; version: number; tries: number };

/**
 * Accounts that must give back what a moved key brought them. The order is written in the transaction that moves the key and stands until
 * the account has answered, so no event stays behind when the call is lost, the account is down or this object restarts.
 */
export class Releases {
  private readonly storage: DurableObjectStorage;
  private readonly sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
    this.sql = storage.sql;
  }

  /** Inside the transaction that moves the key. */
  order(accountId: string, key: string, version: number, now: number): void {
    this.sql.exec(
      `INSERT INTO release (account, key, version, tries, next_at) VALUES (?, ?, ?, 0, ?)
       ON CONFLICT (account, key) DO UPDATE SET version = max(version, excluded.version), tries = 0, next_at = excluded.next_at`,
      accountId,
      key,
      version,
      now,
    );
  }

  pending(): number {
    return this.sql.exec<{ n: number }>("SELECT count(*) AS n FROM release").one().n;
  }

  dueAt(): number | null {
    return this.sql.exec<{ at: number | null }>("SELECT min(next_at) AS at FROM release").one().at;
  }

  /** One round of calls, a bounded number at once. One that failed, or is not done, is made again after 1 s, 2 s, … up to a minute. */
  async drive(releaser: Releaser, now: number): Promise<void> {
    const due = this.sql
      .exec<Row>(
        "SELECT account, key, version, tries FROM release WHERE next_at <= ? ORDER BY next_at LIMIT ?",
        now,
        directoryReleasesAtOnce,
      )
      .toArray();
    await Promise.all(
      due.map(async ({ account, key, version, tries }) => {
        const reply = await releaser.release(account, key, version).catch((error: unknown) => {
          reportLine("release_unanswered", { tries: tries + 1, error: String(error) });
          return null;
        });
        if (reply !== null && !reply.isUnderWay) this.done(account, key, version, reply.mergedInto, now);
        else
          this.sql.exec(
            "UPDATE release SET tries = tries + 1, next_at = ? WHERE account = ? AND key = ?",
            now + backOff(tries, SECOND_MS, redriveCapMs),
            account,
            key,
          );
      }),
    );
  }

  /** Only the version that was asked for: a later move of the key has written a later order meanwhile. */
  private done(account: string, key: string, version: number, mergedInto: string | null, now: number): void {
    this.storage.transactionSync(() => {
      if (mergedInto !== null) this.order(mergedInto, key, version, now);
      this.sql.exec("DELETE FROM release WHERE account = ? AND key = ? AND version = ?", account, key, version);
    });
  }
}
