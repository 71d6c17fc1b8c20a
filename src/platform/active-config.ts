import { type ActiveConfig, activate, parseConfiguration } from "../domain/config/active.ts";
import { configCacheBytesMax, configReadWaitMs, configVersionFreshMs, configsPerQueryMax } from "../domain/limits.ts";
import type { Env } from "../env.ts";
import { wallNow } from "./clock.ts";
import { reportLine } from "./report.ts";
import { within } from "./within.ts";

type Sources = Pick<Env, "DB" | "ARCHIVE">;
export type StoredConfig = { readonly config: ActiveConfig; readonly text: string };

/** Values only: a promise of one object may not be waited for by another. Keyed by the database, as tests run several deployments in one isolate. */
const caches = new WeakMap<D1Database, Map<number, StoredConfig>>();
const versions = new WeakMap<D1Database, { version: number; readAt: number }>();

const keyOf = (version: number): string => `config/${version}.json`;

/** A configuration that some object of this isolate has read; all of them share it. */
export function cachedConfig(db: D1Database, version: number): StoredConfig | null {
  const cache = caches.get(db);
  const known = cache?.get(version);
  if (cache === undefined || known === undefined) return null;
  // What was used last goes last.
  cache.delete(version);
  cache.set(version, known);
  return known;
}

/** Reads a configuration once for all objects of the isolate; null where this code cannot read it. */
export function openConfig(db: D1Database, text: string): StoredConfig | null {
  const parsed = parseConfiguration(text);
  if (!parsed.ok) {
    reportLine("configuration_not_read", { error: parsed.error });
    return null;
  }
  const known = cachedConfig(db, parsed.value.version);
  if (known !== null) return known;
  const stored = { config: activate(parsed.value), text };
  let cache = caches.get(db);
  if (cache === undefined) caches.set(db, (cache = new Map()));
  cache.set(parsed.value.version, stored);
  dropUnused(cache);
  return stored;
}

function dropUnused(cache: Map<number, StoredConfig>): void {
  let chars = 0;
  for (const { text } of cache.values()) chars += text.length;
  for (const [version, { text }] of cache) {
    if (chars <= configCacheBytesMax || cache.size === 1) return;
    cache.delete(version);
    chars -= text.length;
  }
}

/**
 * Configurations that were in force once, by number: out of the isolate's cache, the database, or the copies in R2. What cannot be had, and
 * what would not fit into the cache, is not among them. Never rejects.
 */
export async function configsOf(env: Sources, numbers: readonly number[]): Promise<ReadonlyMap<number, ActiveConfig>> {
  const found = new Map<number, ActiveConfig>();
  let room = configCacheBytesMax;
  const take = (stored: StoredConfig | null): void => {
    if (stored === null) return;
    found.set(stored.config.version, stored.config);
    room -= stored.text.length;
  };
  for (const version of numbers) take(cachedConfig(env.DB, version));
  const wanted = numbers.filter((version) => !found.has(version));
  for (let at = 0; at < wanted.length && room > 0; at += configsPerQueryMax)
    for (const text of await readThese(env, wanted.slice(at, at + configsPerQueryMax))) take(openConfig(env.DB, text));
  return found;
}

async function readThese({ DB, ARCHIVE }: Sources, numbers: readonly number[]): Promise<readonly string[]> {
  try {
    const rows = DB.prepare("SELECT document_json AS text FROM configurations WHERE version IN (SELECT value FROM json_each(?1))")
      .bind(JSON.stringify(numbers))
      .all<{ text: string }>();
    return (await within(configReadWaitMs, rows)).results.map(({ text }) => text);
  } catch (error) {
    reportLine("configurations_not_asked", { versions: numbers.join(" "), error: String(error) });
  }
  const copies = await Promise.allSettled(numbers.map((version) => readCopy(ARCHIVE, version)));
  return copies.flatMap((copy) => (copy.status === "fulfilled" && copy.value !== null ? [copy.value] : []));
}

/**
 * The newest configuration, if it can be had at least `version`: out of the isolate's cache, the database, or, where that cannot be asked
 * or is behind, the second copy of that very version in R2. Null when none is found. Never rejects.
 */
export async function configOf(env: Sources, version: number): Promise<StoredConfig | null> {
  const cached = cachedConfig(env.DB, version);
  if (cached !== null) return cached;
  const newest = await readNewest(env.DB).catch((error: unknown) => {
    reportLine("configuration_not_asked", { version, error: String(error) });
    return null;
  });
  if (newest !== null && newest.version >= version) return openConfig(env.DB, newest.text);
  const copy = await readCopy(env.ARCHIVE, version).catch((error: unknown) => {
    reportLine("configuration_copy_not_read", { version, error: String(error) });
    return null;
  });
  const text = copy ?? newest?.text ?? null;
  return text === null ? null : openConfig(env.DB, text);
}

const newestSql = "SELECT version, document_json AS text FROM configurations ORDER BY version DESC LIMIT 1";
async function readNewest(db: D1Database): Promise<{ version: number; text: string } | null> {
  return within(configReadWaitMs, db.prepare(newestSql).first<{ version: number; text: string }>());
}

async function readCopy(bucket: R2Bucket, version: number): Promise<string | null> {
  const copy = await within(configReadWaitMs, bucket.get(keyOf(version)));
  return copy === null ? null : copy.text();
}

/** Makes sure that the second copy is there. */
export async function keepCopy(bucket: R2Bucket, version: number, text: string): Promise<void> {
  await within(configReadWaitMs, bucket.put(keyOf(version), text, { onlyIf: { etagDoesNotMatch: "*" } }));
}

export const hasCopy = async (bucket: R2Bucket, version: number): Promise<boolean> =>
  (await within(configReadWaitMs, bucket.head(keyOf(version)))) !== null;

/**
 * The number in force, as far as this isolate knows: at most ten seconds old, or as old as need be while the database cannot be asked.
 * 0 when nothing is known, which is always safe: whoever hears a lower number than he has ignores it. Never rejects.
 */
export async function configVersion(db: D1Database): Promise<number> {
  const known = versions.get(db) ?? { version: 0, readAt: Number.NEGATIVE_INFINITY };
  const wallMs = wallNow();
  if (Math.abs(wallMs - known.readAt) < configVersionFreshMs) return known.version;
  // Nobody else asks meanwhile: a database that hangs holds up one batch in ten seconds.
  versions.set(db, { ...known, readAt: wallMs });
  try {
    const row = await within(
      configReadWaitMs,
      db.prepare("SELECT coalesce(max(version), 0) AS version FROM configurations").first<{ version: number }>(),
    );
    heardOf(db, row?.version ?? 0);
  } catch {
    // What is known stays in use.
  }
  return versions.get(db)?.version ?? 0;
}

/** A number that was just put in force through this isolate. */
export function heardOf(db: D1Database, version: number): void {
  const known = versions.get(db)?.version ?? 0;
  versions.set(db, { version: Math.max(known, version), readAt: wallNow() });
}
