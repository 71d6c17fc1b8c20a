type Value = string | number | ArrayBuffer;

/** A few single values of the shard. */
export class MetaStore {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
  }

  get(name: string): Value | null {
    return this.sql.exec<{ value: Value }>("SELECT value FROM meta WHERE name = ?", name).toArray()[0]?.value ?? null;
  }

  text(name: string): string | null {
    const value = this.get(name);
    return typeof value === "string" ? value : null;
  }

  number(name: string): number {
    return Number(this.get(name) ?? 0);
  }

  put(name: string, value: string | number | Uint8Array): void {
    this.sql.exec("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value);
  }

  remove(name: string): void {
    this.sql.exec("DELETE FROM meta WHERE name = ?", name);
  }

  /** The stored value, else the one made now, which is stored. */
  once<T extends string | number>(name: string, make: () => T): T {
    const known = this.get(name);
    if (known !== null) return known as T;
    const made = make();
    this.put(name, made);
    return made;
  }
}
