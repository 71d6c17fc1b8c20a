import type { Topology } from "../domain/intake/topology.ts";
import { topologyFreshMs } from "../domain/limits.ts";
import type { Env } from "../env.ts";
import type { Clock } from "./clock.ts";
import { within } from "./within.ts";

let cached: { readonly env: Env["INTAKE_SHARD"]; readonly topology: Topology; readonly readAt: number } | null = null;

/**
 * How many shards there are, and the settings the doors need; kept by intake shard "0", cached for a minute.
 *
 * While that shard cannot be reached an old answer is used for as long as need be: any shard may hold any delivery, and account shards never change.
 * Throws when nothing was ever known to this isolate: guessing the account shards would split accounts in two.
 */
export async function topology(env: Pick<Env, "INTAKE_SHARD">, clock: Clock): Promise<Topology> {
  const known = cached?.env === env.INTAKE_SHARD ? cached : null;
  if (known !== null && Math.abs(clock.now() - known.readAt) < topologyFreshMs) return known.topology;
  try {
    const fresh = await within(TOPOLOGY_WAIT_MS, env.INTAKE_SHARD.getByName("0").getTopology());
    cached = { env: env.INTAKE_SHARD, topology: fresh, readAt: clock.now() };
    return fresh;
  } catch (error) {
    if (known === null) throw error;
    cached = { ...known, readAt: clock.now() };
    return known.topology;
  }
}

const TOPOLOGY_WAIT_MS = 3_000;

/** After a change through this isolate, so that it sees its own writing. */
export function forgetTopology(): void {
  cached = null;
}
