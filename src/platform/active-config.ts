import { type ActiveConfig, activate, parseConfiguration } from "../domain/config/active.ts";
import {
  configCacheBytesMax,
  configPastBytesMax,
  configReadWaitMs,
  configVersionFreshMs,
  configsPerQueryMax,
  configsReadWaitMs,
} from "../domain/limits.ts";
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

/** `noRoomFor`: left out as they would not fit into the cache beside the newer ones; asking again brings nothing. */
export type PastConfigs = { readonly found: ReadonlyMap<number, ActiveConfig>; readonly noRoomFor: ReadonlySet<number> };

/**
 * Configurations that were in force once, by number: out of the isolate's cache, the database, or, from the first failure on, the copies in
 * R2. The newest are had first, as long as they fit into the cache together. What is in neither answer could not be had. Takes
 * `configsReadWaitMs` at most, and never rejects.
 */
export async function configsOf(env: Sources, numbers: readonly number[]): Promise<PastConfigs> {
  const left = [...new Set(numbers)].sort((a, b) => b - a);
  const taken = new Taken();
  const read = readerOf(env, wallNow() + configsReadWaitMs);
  while (left.length > 0 && taken.hasRoom) {
    const some = left.splice(0, configsPerQueryMax);
    for (const version of some) taken.add(cachedConfig(env.DB, version));
    const wanted = some.filter((version) => !taken.found.has(version));
    if (!taken.hasRoom) left.push(...wanted);
    else if (wanted.length > 0)
      for (const { version, text } of await read(wanted)) {
        if (taken.fits(text)) taken.add(openConfig(env.DB, text));
        else left.push(version);
      }
  }
  // At hand is at hand. The newest are used last: what the cache drops first is the oldest.
  for (const version of left) taken.add(cachedConfig(env.DB, version));
  for (const version of [...taken.found.keys()].sort((a, b) => a - b)) cachedConfig(env.DB, version);
  return { found: taken.found, noRoomFor: new Set(left.filter((version) => !taken.found.has(version))) };
}

class Taken {
  readonly found = new Map<number, ActiveConfig>();
  private chars = 0;
  private largest = 0;

  /** For another one as large as any: nothing is read again and again only to find that it does not fit. */
  get hasRoom(): boolean {
    return this.chars + this.largest <= configPastBytesMax;
  }

  fits(text: string): boolean {
    this.largest = Math.max(this.largest, text.length);
    return this.chars + text.length <= configPastBytesMax;
  }

  add(stored: StoredConfig | null): void {
    if (stored === null) return;
    const { config, text } = stored;
    this.largest = Math.max(this.largest, text.length);
    this.chars += text.length;
    this.found.set(config.version, config);
  }
}

type Row = { readonly version: number; readonly text: string };

/** Reads some at a time until the deadline (wall time). A database that has failed is not asked again: each time would cost its wait. */
function readerOf({ DB, ARCHIVE }: Sources, until: number): (numbers: readonly number[]) => Promise<readonly Row[]> {
  let isDatabaseUp = true;
  const waitMs = (): number => Math.min(configReadWaitMs, until - wallNow());
  return async (numbers) => {
    if (waitMs() <= 0) return [];
    try {
      if (isDatabaseUp) return await within(waitMs(), readRows(DB, numbers));
    } catch (error) {
      isDatabaseUp = false;
      reportLine("configurations_not_asked", { versions: numbers.join(" "), error: String(error) });
    }
    const copies = await Promise.allSettled(numbers.map((version) => readCopy(ARCHIVE, version, waitMs())));
    return copies.flatMap((copy, i) =>
      copy.status === "fulfilled" && copy.value !== null ? [{ version: numbers[i] as number, text: copy.value }] : [],
    );
  };
}

const theseSql =
  "SELECT version, document_json AS text FROM configurations WHERE version IN (SELECT value FROM json_each(?1)) ORDER BY version DESC";
const readRows = async (db: D1Database, numbers: readonly number[]): Promise<readonly Row[]> =>
  (await db.prepare(theseSql).bind(JSON.stringify(numbers)).all<Row>()).results;

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

async function readCopy(bucket: R2Bucket, version: number, waitMs = configReadWaitMs): Promise<string | null> {
  const copy = await within(waitMs, bucket.get(keyOf(version)));
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
