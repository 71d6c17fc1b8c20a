import { parseRates, type Rates } from "../domain/money/rates.ts";
import { configReadWaitMs } from "../domain/limits.ts";
import type { Env } from "../env.ts";
import { reportLine } from "./report.ts";
import { within } from "./within.ts";

type Sources = Pick<Env, "DB" | "ARCHIVE">;
export type StoredRates = { readonly rates: Rates; readonly text: string };

/** The newest table that any object of this isolate has read; all of them share it. Keyed by the database, as tests run several deployments in one isolate. */
const newest = new WeakMap<D1Database, StoredRates>();

const keyOf = (version: number): string => `fx/${version}.json`;

/** The table of that version, where it is the newest that was read here. */
export function cachedRates(db: D1Database, version: number): StoredRates | null {
  const known = newest.get(db);
  return known?.rates.version === version ? known : null;
}

/** Reads a table once for all objects of the isolate; null where this code cannot read it. */
export function openRates(db: D1Database, text: string): StoredRates | null {
  const parsed = parseRates(text);
  if (!parsed.ok) {
    reportLine("rates_not_read", { error: parsed.error });
    return null;
  }
  const known = newest.get(db);
  if (known?.rates.version === parsed.value.version) return known;
  const stored = { rates: parsed.value, text };
  if (known === undefined || known.rates.version < parsed.value.version) newest.set(db, stored);
  return stored;
}

/**
 * The newest table, if it can be had at least `version`: out of the database, or, where that cannot be asked or is behind, the second copy of
 * that very version in R2. Null when none is found. Never rejects.
 */
export async function ratesOf(env: Sources, version: number): Promise<StoredRates | null> {
  const cached = cachedRates(env.DB, version);
  if (cached !== null) return cached;
  const row = await readNewest(env.DB).catch((error: unknown) => {
    reportLine("rates_not_asked", { version, error: String(error) });
    return null;
  });
  if (row !== null && row.version >= version) return openRates(env.DB, row.text);
  const copy = await readCopy(env.ARCHIVE, version).catch((error: unknown) => {
    reportLine("rates_copy_not_read", { version, error: String(error) });
    return null;
  });
  const text = copy ?? row?.text ?? null;
  return text === null ? null : openRates(env.DB, text);
}

const newestSql = "SELECT version, document_json AS text FROM fx_tables ORDER BY version DESC LIMIT 1";
async function readNewest(db: D1Database): Promise<{ version: number; text: string } | null> {
  return within(configReadWaitMs, db.prepare(newestSql).first<{ version: number; text: string }>());
}

async function readCopy(bucket: R2Bucket, version: number): Promise<string | null> {
  const copy = await within(configReadWaitMs, bucket.get(keyOf(version)));
  return copy === null ? null : copy.text();
}

/** Makes sure that the second copy of that very table is there; false where it cannot be had any more. */
export async function copyRates(env: Sources, version: number): Promise<boolean> {
  if ((await within(configReadWaitMs, env.ARCHIVE.head(keyOf(version)))) !== null) return true;
  const statement = env.DB.prepare("SELECT document_json AS text FROM fx_tables WHERE version = ?1").bind(version);
  const row = await within(configReadWaitMs, statement.first<{ text: string }>());
  if (row === null) return false;
  await within(configReadWaitMs, env.ARCHIVE.put(keyOf(version), row.text, { onlyIf: { etagDoesNotMatch: "*" } }));
  return true;
}
