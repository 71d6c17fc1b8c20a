export type CounterName = "packs" | "drainedApplied" | "givenBack" | "expired";

/** Numbers that survive a restart; `add` is called inside the transaction whose effect it counts. */
export class Counters {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  add(name: CounterName, by: number): number {
    return this.sql
      .exec<{ value: number }>(
        "INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value RETURNING value",
        name,
        by,
      )
      .one().value;
  }

  get(name: CounterName): number {
    return this.sql.exec<{ value: number }>("SELECT value FROM counter WHERE name = ?", name).toArray()[0]?.value ?? 0;
  }
}
