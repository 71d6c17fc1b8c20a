import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import type { DataFolder } from "./data-folder.ts";
import { messageOf, RuntimeFailure } from "./failure.ts";
import { localDatabaseId } from "./worker-options.ts";

/** What drizzle-kit writes between two statements of a file. Wrangler can split SQL too, but stays in memory with 180 MB once it is loaded. */
const statementMark = "--> statement-breakpoint";

/** Statements of one migration as drizzle-kit wrote it. */
export const statementsOf = (file: string): string[] =>
  file
    .split(statementMark)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");

/** What of D1 is needed; Miniflare's own type is too deep here. */
type MigratedDatabase = {
  prepare(sql: string): { bind(...values: unknown[]): unknown; all(): Promise<{ results: Record<string, unknown>[] }> };
  batch(statements: unknown[]): Promise<unknown>;
};

/** Wrangler's own table, so that `wrangler d1 migrations apply --local` and this agree about what was applied. */
const table = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/**
 * Brings the folder's database up to the SQL files of `migrationsFolder`, before any door is open, so that no request meets an old schema.
 *
 * The names applied last are remembered beside the state, so that a start with nothing to do costs nothing.
 *
 * @returns names of those applied now
 */
export async function migrate(folder: DataFolder, migrationsFolder: string): Promise<string[]> {
  const names = migrationNames(migrationsFolder).join("\n");
  if (folder.read(appliedFile) === names) return [];
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      modules: true,
      script: "export default { fetch: () => new Response(null) }",
      d1Databases: { DB: localDatabaseId("DB") },
      cf: false,
      log: new Log(LogLevel.ERROR),
      unsafeRuntimeEnv: folder.environment,
    }),
    resourcePersistencePath: folder.statePath,
  });
  try {
    const applied = await applyMigrations(await miniflare.getD1Database("DB"), migrationsFolder);
    folder.write(appliedFile, names);
    return applied;
  } finally {
    await miniflare.dispose();
  }
}

const appliedFile = "state/migrations";

const migrationNames = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .toSorted();

/**
 * Applies the SQL files of a folder that were not applied yet, in the order of their names, each with its mark in one transaction.
 *
 * @returns names of those applied now
 */
async function applyMigrations(database: MigratedDatabase, folder: string): Promise<string[]> {
  await database.batch([database.prepare(table)]);
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all();
  const applied = new Set(results.map((row) => row["name"]));
  const missing = migrationNames(folder).filter((name) => !applied.has(name));
  if (missing.length === 0) return [];
  for (const name of missing) {
    const statements = statementsOf(readFileSync(join(folder, name), "utf8")).map((sql) => database.prepare(sql));
    try {
      await database.batch([...statements, database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name)]);
    } catch (error) {
      throw new RuntimeFailure(`Migration ${name} failed; the database is as it was before it. ${messageOf(error)}`);
    }
  }
  return missing;
}
