/**
 * Steps of an account shard's storage, in order; each runs once, in the constructor. Never edited after release, only added to.
 *
 * - `meta`: the shard's name, the key of the id hashes, the incarnation, the epoch, reserved change numbers, packed timers (docs/storage.md).
 * - `account`: one row for each account. `set_aside` and `merged` are JSON, mostly null.
 * - `released`: keys whose events have left an account, and below which version.
 * - `journal`: one row for each call that brought something new, its events packed (domain/account/journal-row.ts). The truth until paged.
 * - `page`: everything derived, in packed pages; `id` is account, kind and part in one number (page-store.ts).
 * - `pack`: events that left an account because a key moved, in packs that are under way. Names are never given twice (`packs` in `meta`).
 * - `archived`: a range of journal rows that is in the archive; `objects` is JSON: [partition, key, lines].
 * - `leaving`: rows of the journal whose lines are on their way out of an account; `taken` is JSON (leaving.ts).
 * - `refold`: an account that is made anew in steps; `keys` and `pass` are JSON (refold-store.ts).
 * - `refused`: given-back events that nobody took: quarantined or dead where they were sent. `more` is JSON: kind, detail, account, tries.
 */
const schemaSteps: readonly (readonly string[])[] = [
  [
    `CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID`,
    `CREATE TABLE account (number INTEGER PRIMARY KEY, id TEXT NOT NULL, set_aside TEXT, released TEXT)`,
    `CREATE TABLE journal (seq INTEGER PRIMARY KEY, head TEXT NOT NULL, body TEXT NOT NULL)`,
    `CREATE TABLE page (id INTEGER PRIMARY KEY, body NOT NULL)`,
    `CREATE TABLE give_back (number INTEGER PRIMARY KEY, body TEXT NOT NULL, failed TEXT NOT NULL, tries INTEGER NOT NULL, next_at INTEGER NOT NULL)`,
    `CREATE TABLE refused (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, reason TEXT NOT NULL, line TEXT NOT NULL)`,
  ],
  [`ALTER TABLE account ADD COLUMN merged TEXT`],
  [
    `ALTER TABLE refused ADD COLUMN status TEXT NOT NULL DEFAULT 'open'`,
    `ALTER TABLE refused ADD COLUMN copied INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE refused ADD COLUMN more TEXT NOT NULL DEFAULT '{}'`,
    `CREATE INDEX refused_uncopied ON refused (number) WHERE copied = 0`,
  ],
  [
    `CREATE TABLE archived (from_seq INTEGER PRIMARY KEY, to_seq INTEGER NOT NULL, objects TEXT NOT NULL)`,
    `CREATE TABLE leaving (number INTEGER PRIMARY KEY, account INTEGER NOT NULL, taken TEXT NOT NULL, to_seq INTEGER NOT NULL, next_seq INTEGER NOT NULL, next_line INTEGER NOT NULL)`,
  ],
  [`CREATE TABLE refold (number INTEGER PRIMARY KEY, account INTEGER NOT NULL UNIQUE, keys TEXT NOT NULL, pass TEXT)`],
  // Pages that are there now may be of older code: heads and tickets of layout 3 (domain/account/account-pages.ts).
  [`INSERT OR IGNORE INTO refold (account, keys) SELECT number, '[]' FROM account ORDER BY number`],
  // Reports name packs as older code called them. It gave the number of a settled one to the next.
  [
    `CREATE TABLE pack (id TEXT PRIMARY KEY, body TEXT NOT NULL, failed TEXT NOT NULL, tries INTEGER NOT NULL, next_at INTEGER NOT NULL)`,
    `INSERT INTO pack (id, body, failed, tries, next_at)
       SELECT 'back-' || (SELECT value FROM meta WHERE name = 'incarnation') || '-' || number, body, failed, tries, next_at FROM give_back ORDER BY number`,
    `DROP TABLE give_back`,
  ],
  [
    `CREATE TABLE released (account INTEGER NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (account, key)) WITHOUT ROWID`,
    `INSERT OR REPLACE INTO released (account, key, version)
       SELECT account.number, entry.value ->> 0, entry.value ->> 1 FROM account, json_each(account.released) AS entry`,
    `ALTER TABLE account DROP COLUMN released`,
    `CREATE INDEX leaving_of_account ON leaving (account, number)`,
  ],
  // Heads that are there now may be of older code, which ordered otherwise what attributes were told at one instant (layouts 3 and 4).
  [`INSERT OR IGNORE INTO refold (account, keys) SELECT number, '[]' FROM account ORDER BY number`],
];

export function runSchemaSteps(storage: DurableObjectStorage): void {
  const { sql } = storage;
  storage.transactionSync(() => {
    sql.exec("CREATE TABLE IF NOT EXISTS schema_step (step INTEGER PRIMARY KEY)");
    const done = sql.exec<{ n: number }>("SELECT count(*) AS n FROM schema_step").one().n;
    for (const [step, statements] of schemaSteps.entries()) {
      if (step < done) continue;
      for (const statement of statements) sql.exec(statement);
      sql.exec("INSERT INTO schema_step (step) VALUES (?)", step);
    }
  });
}
