/** What undoes a step of an account shard's storage, by the step: the tables are empty then. */
const undone: readonly (readonly [step: number, statements: readonly string[]])[] = [
  [8, []],
  [7, ["DROP TABLE released", "ALTER TABLE account ADD COLUMN released TEXT", "DROP INDEX leaving_of_account"]],
  [
    6,
    [
      "DROP TABLE pack",
      "CREATE TABLE give_back (number INTEGER PRIMARY KEY, body TEXT NOT NULL, failed TEXT NOT NULL, tries INTEGER NOT NULL, next_at INTEGER NOT NULL)",
    ],
  ],
  [5, []],
];

/** The storage as code left it that knew the steps before this one (5 at least), so that the next life makes it and those after it. */
export function asOfStep(sql: SqlStorage, step: number): void {
  for (const [of, statements] of undone) {
    if (of < step) return;
    for (const statement of statements) sql.exec(statement);
    sql.exec("DELETE FROM schema_step WHERE step = ?", of);
  }
}
