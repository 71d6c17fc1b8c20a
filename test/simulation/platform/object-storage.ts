import { DatabaseSync, type StatementSync } from "node:sqlite";

/** A query made ready: statements before the last one, run as they are, and the last one with the names of its columns. */
type Prepared = { readonly before: readonly string[]; readonly statement: StatementSync; readonly columns: readonly string[] };

/**
 * The part of Durable Object storage the product uses, on an in-memory SQLite database.
 *
 * The database outlives the object that uses it (that is the point of a crash); a handle dies with its object, as on the platform,
 * where code that goes on running after a reset fails at its next access to storage.
 */
export class ObjectDatabase {
  readonly database = new DatabaseSync(":memory:");
  alarmAt: number | null = null;
  private readonly statements = new Map<string, Prepared>();

  /** Made ready once: the product's queries are few and come again and again. Statements before the last one may make what that one needs. */
  prepared(query: string): Prepared {
    const known = this.statements.get(query);
    if (known !== undefined) {
      for (const part of known.before) this.database.exec(part);
      return known;
    }
    const before = query
      .split(";")
      .map((part) => part.trim())
      .filter((part) => part.length > 0);
    const last = before.pop() ?? "";
    for (const part of before) this.database.exec(part);
    const statement = this.database.prepare(last);
    statement.setReturnArrays(true);
    const prepared = { before, statement, columns: statement.columns().map(({ name }) => name) };
    this.statements.set(query, prepared);
    return prepared;
  }

  close(): void {
    this.database.close();
  }
}

type SqlValue = string | number | null | ArrayBuffer;

const toBinding = (value: unknown): string | number | null | Uint8Array => {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value === undefined) throw new TypeError("a binding may not be undefined");
  return value as string | number | null | Uint8Array;
};

const fromColumn = (value: unknown): SqlValue =>
  value instanceof Uint8Array
    ? (value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength) as ArrayBuffer)
    : (value as SqlValue);

class Cursor {
  readonly columnNames: readonly string[];
  readonly rowsRead: number;
  readonly rowsWritten: number;
  private readonly rows: SqlValue[][];
  private at = 0;

  constructor(columnNames: readonly string[], rows: SqlValue[][], rowsWritten: number) {
    this.columnNames = columnNames;
    this.rows = rows;
    this.rowsRead = rows.length;
    this.rowsWritten = rowsWritten;
  }

  private asObject(row: SqlValue[]): Record<string, SqlValue> {
    const object: Record<string, SqlValue> = {};
    for (const [i, name] of this.columnNames.entries()) object[name] = row[i] ?? null;
    return object;
  }

  next(): { done?: false; value: Record<string, SqlValue> } | { done: true; value?: never } {
    const row = this.rows[this.at++];
    return row === undefined ? { done: true } : { value: this.asObject(row) };
  }

  toArray(): Record<string, SqlValue>[] {
    return this.rows.slice(this.at).map((row) => this.asObject(row));
  }

  one(): Record<string, SqlValue> {
    if (this.rows.length !== 1) throw new Error(`Expected exactly one result from SQL query, but got ${this.rows.length}`);
    return this.asObject(this.rows[0] as SqlValue[]);
  }

  raw(): { toArray(): SqlValue[][]; [Symbol.iterator](): Iterator<SqlValue[]> } {
    const rows = this.rows;
    return { toArray: () => rows, [Symbol.iterator]: () => rows[Symbol.iterator]() };
  }

  *[Symbol.iterator](): Iterator<Record<string, SqlValue>> {
    for (const row of this.rows) yield this.asObject(row);
  }
}

/** What an ended life asks of its storage is refused, and nobody has to listen: on the platform its code is gone by then. */
function refused(): Promise<never> {
  const refusal = Promise.reject(new Error("Durable Object reset: this object has been restarted"));
  refusal.catch(() => undefined);
  return refusal;
}

/** A handle of one life of an object. `isAlive` false makes every access throw. */
export function storageHandle(file: ObjectDatabase, isAlive: () => boolean, onAlarmChange: () => void): DurableObjectStorage {
  let depth = 0;
  const guard = (): void => {
    if (!isAlive()) throw new Error("Durable Object reset: this object has been restarted");
  };
  const sql = {
    exec(query: string, ...bindings: unknown[]): Cursor {
      guard();
      const { statement, columns } = file.prepared(query);
      if (columns.length === 0) return new Cursor(columns, [], Number(statement.run(...bindings.map(toBinding)).changes));
      const rows = statement.all(...bindings.map(toBinding)) as unknown as unknown[][];
      for (const row of rows) for (let i = 0; i < row.length; i++) row[i] = fromColumn(row[i]);
      return new Cursor(columns, rows as SqlValue[][], 0);
    },
    get databaseSize(): number {
      return (file.prepared("PRAGMA page_count").statement.get() as unknown as [number])[0] * 4_096;
    },
  };
  const storage = {
    sql,
    transactionSync<T>(run: () => T): T {
      guard();
      const name = `t${depth++}`;
      const step = (command: string): void => void file.prepared(`${command} ${name}`).statement.run();
      step("SAVEPOINT");
      try {
        const result = run();
        step("RELEASE");
        return result;
      } catch (error) {
        step("ROLLBACK TO");
        step("RELEASE");
        throw error;
      } finally {
        depth--;
      }
    },
    sync(): Promise<void> {
      return isAlive() ? Promise.resolve() : refused();
    },
    setAlarm(at: number | Date): Promise<void> {
      if (!isAlive()) return refused();
      file.alarmAt = Number(at);
      onAlarmChange();
      return Promise.resolve();
    },
    getAlarm(): Promise<number | null> {
      return isAlive() ? Promise.resolve(file.alarmAt) : refused();
    },
    deleteAlarm(): Promise<void> {
      if (!isAlive()) return refused();
      file.alarmAt = null;
      onAlarmChange();
      return Promise.resolve();
    },
  };
  return storage as unknown as DurableObjectStorage;
}
