import { readFileSync, writeFileSync } from "node:fs";
import { RuntimeFailure } from "../runtime/failure.ts";
import type { CloudNeeds } from "./setup.ts";

/** In wrangler.toml until a set-up has found or made the database. */
export const databaseIdMissing = "00000000-0000-0000-0000-000000000000";
const databaseIdLine = /^(database_id\s*=\s*)"([^"]*)"/gm;

/** Queues, database and bucket that wrangler.toml names. */
export async function cloudNeeds(configPath: string): Promise<CloudNeeds> {
  process.env["WRANGLER_LOG"] ??= "error";
  const { unstable_readConfig } = await import("wrangler");
  const config = unstable_readConfig({ config: configPath });
  const ends: readonly { readonly queue: string }[] = [...config.queues.producers, ...config.queues.consumers];
  const queues = [...new Set(ends.map(({ queue }) => queue))];
  const database = config.d1_databases[0]?.database_name;
  const bucket = config.r2_buckets[0]?.bucket_name;
  if (database === undefined || bucket === undefined) throw new RuntimeFailure(`${configPath} names no database or no bucket.`);
  return { queues, database, bucket };
}

export function databaseIdOf(configPath: string): string {
  const ids = [...readFileSync(configPath, "utf8").matchAll(databaseIdLine)].map((match) => match[2] ?? "");
  if (ids.length !== 1) throw new RuntimeFailure(`${configPath} must have exactly one database_id, not ${ids.length}.`);
  return ids[0] ?? "";
}

/** Writes the id in place, so that comments and everything else stay as they are. */
export function writeDatabaseId(configPath: string, id: string): void {
  if (databaseIdOf(configPath) === id) return;
  const text = readFileSync(configPath, "utf8");
  writeFileSync(
    configPath,
    text.replace(databaseIdLine, (_, key: string) => `${key}"${id}"`),
  );
}
