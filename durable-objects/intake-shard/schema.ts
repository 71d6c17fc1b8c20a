/** One step per change of the layout, run once each in order; a step is never edited after it has been deployed. */
const steps: readonly ((sql: SqlStorage) => void)[] = [
  (sql) => {
    sql.exec(`
      CREATE TABLE standing (one INTEGER PRIMARY KEY CHECK (one = 1), incarnation TEXT NOT NULL, name TEXT, body TEXT);
      CREATE TABLE row (
        seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, wall_at INTEGER NOT NULL, items INTEGER NOT NULL, accepted INTEGER NOT NULL,
        rejected INTEGER NOT NULL, deliveries INTEGER NOT NULL, bytes INTEGER NOT NULL, parts_left INTEGER NOT NULL, body BLOB NOT NULL
      );
      CREATE TABLE segment (
        from_seq INTEGER PRIMARY KEY, to_seq INTEGER NOT NULL, items INTEGER NOT NULL, plan INTEGER NOT NULL, cuts INTEGER NOT NULL,
        started_at INTEGER NOT NULL, progress BLOB NOT NULL, tries TEXT NOT NULL
      );
      CREATE TABLE stream (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE delivery_log (from_seq INTEGER PRIMARY KEY, entries INTEGER NOT NULL, body TEXT NOT NULL);
      CREATE TABLE dead_letter (
        number INTEGER PRIMARY KEY, status TEXT NOT NULL, at INTEGER NOT NULL, items INTEGER NOT NULL, chars INTEGER NOT NULL,
        version INTEGER NOT NULL, copied INTEGER NOT NULL, body TEXT NOT NULL
      );
      CREATE TABLE dead_letter_part (number INTEGER NOT NULL, part INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (number, part)) WITHOUT ROWID;
      CREATE TABLE credential (lookup TEXT PRIMARY KEY, owner TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE topology (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL)`);
    // Made once per storage: pack ids and archive keys of a shard that lost its storage never meet those of its next life.
    sql.exec("INSERT INTO standing (one, incarnation) VALUES (1, ?)", crypto.randomUUID().replaceAll("-", "").slice(0, 16));
  },
  // What a delivery's page needs: which rows its segment had, and which letters are its own.
  (sql) => {
    sql.exec(`
      ALTER TABLE delivery_log ADD COLUMN to_seq INTEGER;
      ALTER TABLE dead_letter ADD COLUMN delivery TEXT;
      ALTER TABLE dead_letter ADD COLUMN item INTEGER;
      CREATE INDEX dead_letter_delivery ON dead_letter (delivery) WHERE delivery IS NOT NULL`);
  },
  // What went wrong with each source, for the page of sources.
  (sql) => {
    sql.exec("CREATE TABLE source_fault (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID");
  },
];

export function schemaSteps(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS schema_step (step INTEGER PRIMARY KEY)");
  const done = sql.exec<{ step: number }>("SELECT coalesce(max(step), 0) AS step FROM schema_step").one().step;
  for (const [index, step] of steps.entries()) {
    if (index + 1 <= done) continue;
    step(sql);
    sql.exec("INSERT INTO schema_step (step) VALUES (?)", index + 1);
  }
}
