import { configSpreadConcurrencyMax, configToldShardsMax, sourceBackToldMs } from "../domain/limits.ts";
import { movedSince, type SourceReach } from "../domain/source-reach.ts";
import type { Env } from "../env.ts";
import { callObject } from "./call-object.ts";
import { clockFrom } from "./clock.ts";
import { lanesOf } from "./lanes.ts";
import { reportLine } from "./report.ts";
import { readSourceReach } from "./source-reach.ts";
import { topology } from "./topology.ts";

/** Of messages of the queue `changes`: when a source last was back or ended; null: none tells of one. */
export function sourcesMovedIn(bodies: readonly unknown[]): number | null {
  const told = bodies.flatMap((body) => {
    const at = (body as { readonly sourcesMovedAt?: unknown } | null)?.sourcesMovedAt;
    return typeof at === "number" ? [at] : [];
  });
  return told.length === 0 ? null : Math.max(...told);
}

/**
 * Tells account shards of the sources that are back or have ended, a bounded number, some at a time. Never rejects: whoever is not reached is told
 * by the work of each minute.
 */
export async function tellSourcesMoved(env: Env, at: number): Promise<void> {
  try {
    const moved = movedSince(await readSourceReach(env, clockFrom(env.PULSELINE_CLOCK)), at - sourceBackToldMs);
    // Of one that came through several intake shards only all of them together know whether it was silent.
    if (moved.streams.size === 0) return;
    const lanes = lanesOf(await shardNames(env), configSpreadConcurrencyMax);
    await Promise.all(lanes.map((names) => tell(env, names, moved)));
  } catch (error) {
    reportLine("sources_not_told", { error: String(error) });
  }
}

async function shardNames(env: Env): Promise<readonly string[]> {
  const { accountShards } = await topology(env, clockFrom(env.PULSELINE_CLOCK));
  if (accountShards > 0) return Array.from({ length: Math.min(accountShards, configToldShardsMax) }, (_, i) => String(i));
  const rows = await env.DB.prepare("SELECT name FROM account_shards ORDER BY name LIMIT ?1")
    .bind(configToldShardsMax)
    .all<{ name: string }>();
  return rows.results.map(({ name }) => name);
}

async function tell(env: Env, names: readonly string[], moved: SourceReach): Promise<void> {
  for (const name of names)
    try {
      await callObject(
        () => env.ACCOUNT_SHARD.getByName(name),
        (shard) => shard.sourcesMoved(moved),
      );
    } catch (error) {
      reportLine("account_shard_not_told", { shard: name, error: String(error) });
    }
}
