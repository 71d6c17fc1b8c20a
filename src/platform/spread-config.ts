import { configSpreadConcurrencyMax, configToldShardsMax } from "../domain/limits.ts";
import type { Env } from "../env.ts";
import { configOf, configVersion, hasCopy, heardOf, keepCopy } from "./active-config.ts";
import { copyRates } from "./active-rates.ts";
import { callObject } from "./call-object.ts";
import { lanesOf } from "./lanes.ts";
import { reportLine } from "./report.ts";

/**
 * Brings the configuration in force to everyone who scores: a second copy to R2, and its number to each account shard that has not confirmed
 * it, a bounded number in one go. Running it twice changes nothing; the minute job goes on where it was left.
 *
 * A shard that has never sent a change is not known here and learns with its first events.
 *
 * @param version in force at least; 0: ask the database
 */
export async function spreadConfig(env: Env, version = 0): Promise<{ readonly told: number; readonly left: number }> {
  if (version > 0) heardOf(env.DB, version);
  const newest = Math.max(version, await configVersion(env.DB));
  if (newest === 0) return { told: 0, left: 0 };
  await copy(env, newest).catch((error: unknown) => reportLine("configuration_not_copied", { version: newest, error: String(error) }));
  const rows = await env.DB.prepare("SELECT name FROM account_shards WHERE config_version < ?1 ORDER BY config_version, name LIMIT ?2")
    .bind(newest, configToldShardsMax)
    .all<{ name: string }>();
  const names = rows.results.map(({ name }) => name);
  const told = (await Promise.all(lanesOf(names, configSpreadConcurrencyMax).map((lane) => tell(env, lane, newest)))).flat();
  if (told.length > 0)
    await env.DB.prepare(
      "UPDATE account_shards SET config_version = ?1 WHERE name IN (SELECT value FROM json_each(?2)) AND config_version < ?1",
    )
      .bind(newest, JSON.stringify(told))
      .run();
  return { told: told.length, left: names.length - told.length };
}

/** After a publication. Never rejects: it stands, and whoever is not reached now is told by the work of each minute. */
export async function spreadConfigSafely(env: Env, version: number): Promise<void> {
  await spreadConfig(env, version).catch((error: unknown) => reportLine("configuration_not_spread", { version, error: String(error) }));
}

/** One after another; gives those that have it now. One that fails is told again in a minute. */
async function tell(env: Env, names: readonly string[], version: number): Promise<readonly string[]> {
  const told: string[] = [];
  for (const name of names) {
    try {
      const has = await callObject(
        () => env.ACCOUNT_SHARD.getByName(name),
        (shard) => shard.configure(version),
      );
      if (has.version >= version) told.push(name);
    } catch (error) {
      reportLine("account_shard_not_configured", { shard: name, version, error: String(error) });
    }
  }
  return told;
}

async function copy(env: Env, version: number): Promise<void> {
  if (await hasCopy(env.ARCHIVE, version)) return;
  const stored = await configOf(env, version);
  if (stored === null) return;
  // First what it names: whoever finds the copy of a configuration is to find its rates. Where they are gone, newer ones were put since.
  const { rates } = stored.config.company;
  if (rates > 0 && !(await copyRates(env, rates))) return;
  await keepCopy(env.ARCHIVE, stored.config.version, stored.text);
}
