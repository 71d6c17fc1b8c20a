/**
 * Steps of the directory's storage, in order; each runs once, in the constructor. Never edited after release, only added to.
 *
 * - `key`: one row for each key, everything known about it as JSON (domain/identity/record.ts).
 * - `parked`: rows of events (domain/identity/parking.ts). `state` 0 waiting, 1 set free, 2 in a pack. `keys` are those it waits under.
 * - `waiting`: which rows wait under a key; only rows in state 0.
 * - `arrival`: each arrival ever taken in, for 35 days after it left. `parked` is the row it lies in, 0 once delivered;
 *   `counted` 1 once it has been counted as applied.
 * - `pack`: packs under way, made of whole rows.
 * - `release`: accounts that still have to give back what a key brought them below a version.
 * - `expired`: what is left of events given up for good: where the raw delivery lies in the archive.
 * - `dead`: quarantined and dead events for a person to look at. `line` is the event; null where older code has put it into `doc`.
 * - `merge`: one row for each account that was ever merged into another. `next_at` null: the account has been told.
 */
export const schemaSteps: readonly (readonly string[])[] = [
  [
    `CREATE TABLE key (key TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE parked (id INTEGER PRIMARY KEY, state INTEGER NOT NULL, may_create INTEGER NOT NULL, at INTEGER NOT NULL, received_before INTEGER NOT NULL,
       events INTEGER NOT NULL, bytes INTEGER NOT NULL, keys TEXT NOT NULL, body TEXT NOT NULL)`,
    `CREATE INDEX parked_free ON parked (id) WHERE state = 1`,
    `CREATE TABLE waiting (key TEXT NOT NULL, parked INTEGER NOT NULL, PRIMARY KEY (key, parked)) WITHOUT ROWID`,
    `CREATE TABLE arrival (arrival TEXT PRIMARY KEY, parked INTEGER NOT NULL, counted INTEGER NOT NULL, day INTEGER NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE pack (id TEXT PRIMARY KEY, rows TEXT NOT NULL, failed TEXT NOT NULL, tries INTEGER NOT NULL, next_at INTEGER NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE release (account TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, tries INTEGER NOT NULL, next_at INTEGER NOT NULL,
       PRIMARY KEY (account, key)) WITHOUT ROWID`,
    `CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE expired (id INTEGER PRIMARY KEY, keys TEXT NOT NULL, at INTEGER NOT NULL, events INTEGER NOT NULL, pointers TEXT NOT NULL)`,
    `CREATE TABLE dead (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, status TEXT NOT NULL, copied INTEGER NOT NULL, doc TEXT NOT NULL)`,
    `CREATE INDEX dead_uncopied ON dead (number) WHERE copied = 0`,
    `CREATE TABLE identity (one INTEGER PRIMARY KEY, incarnation TEXT NOT NULL)`,
  ],
  [
    `CREATE TABLE merge (account TEXT PRIMARY KEY, into_account TEXT, version INTEGER NOT NULL, doc TEXT NOT NULL, tries INTEGER NOT NULL,
       next_at INTEGER) WITHOUT ROWID`,
    `CREATE INDEX merge_into ON merge (into_account)`,
    `CREATE INDEX merge_due ON merge (next_at) WHERE next_at IS NOT NULL`,
  ],
  [
    `CREATE INDEX dead_unclaimed ON dead (at) WHERE status = 'open' AND doc ->> 'reason' = 'unclaimed'`,
    `CREATE INDEX dead_at ON dead (status, at)`,
  ],
  [`ALTER TABLE dead ADD COLUMN line TEXT`],
];

/** Runs the steps that have not run; gives the incarnation: a name made once for this storage. */
export function openSchema(storage: DurableObjectStorage, newIncarnation: () => string): string {
  const { sql } = storage;
  storage.transactionSync(() => {
    sql.exec("CREATE TABLE IF NOT EXISTS schema_step (step INTEGER PRIMARY KEY)");
    const done = sql.exec<{ n: number }>("SELECT count(*) AS n FROM schema_step").one().n;
    for (const [step, statements] of schemaSteps.entries()) {
      if (step < done) continue;
      for (const statement of statements) sql.exec(statement);
      sql.exec("INSERT INTO schema_step (step) VALUES (?)", step);
    }
    sql.exec("INSERT OR IGNORE INTO identity (one, incarnation) VALUES (1, ?)", newIncarnation());
  });
  return sql.exec<{ incarnation: string }>("SELECT incarnation FROM identity").one().incarnation;
}
