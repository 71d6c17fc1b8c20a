import { sourceWatermarksFreshMs, sourceWatermarksRestMs, sourceWatermarksWaitMs } from "../domain/limits.ts";
import { mergeArrivals } from "../domain/intake/completeness.ts";
import type { DayArrivals } from "../domain/intake/messages.ts";
import { streamKey } from "../domain/intake/stream.ts";
import type { Env } from "../env.ts";
import { wallNow, type Clock } from "./clock.ts";
import { topology } from "./topology.ts";
import { within } from "./within.ts";

/** By `connectionId/stream`: how far it has come, epoch ms, and what came on its last days. */
export type SourceProgress = {
  readonly watermarks: Readonly<Record<string, number>>;
  readonly arrivals: Readonly<Record<string, readonly DayArrivals[]>>;
};

const nothingKnown: SourceProgress = { watermarks: {}, arrivals: {} };

/** Values only: a promise of one object may not be waited for by another. */
let cached: { readonly env: Env["INTAKE_SHARD"]; readonly progress: SourceProgress } | null = null;
let asked: Instant = { wallMs: 0, productMs: 0 };
type Instant = { readonly wallMs: number; readonly productMs: number };

/**
 * How far each stream has come and how complete it was, over all intake shards. At most ten seconds old, or as old as need be while the
 * intake shards cannot be asked: an old watermark ages a measure, it never invents a silence.
 *
 * An account that brings nothing learns by this that its sources are well, and that its silence is true. Never rejects.
 */
export async function sourceWatermarks(env: Pick<Env, "INTAKE_SHARD">, clock: Clock): Promise<SourceProgress> {
  const known = cached?.env === env.INTAKE_SHARD ? cached.progress : null;
  const now = { wallMs: wallNow(), productMs: clock.now() };
  if (known !== null && isFresh(asked, now)) return known;
  asked = now;
  try {
    const fresh = await within(sourceWatermarksWaitMs, readAll(env, clock));
    cached = { env: env.INTAKE_SHARD, progress: fresh };
    return fresh;
  } catch {
    const progress = known ?? nothingKnown;
    cached = { env: env.INTAKE_SHARD, progress };
    return progress;
  }
}

/** By both clocks, so that a rehearsal whose days are minutes is not told of an outage that is none; but never asked without a rest. */
function isFresh(since: Instant, now: Instant): boolean {
  const [wallMs, productMs] = [now.wallMs - since.wallMs, now.productMs - since.productMs];
  return wallMs < sourceWatermarksRestMs || (wallMs < sourceWatermarksFreshMs && productMs < sourceWatermarksFreshMs);
}

async function readAll(env: Pick<Env, "INTAKE_SHARD">, clock: Clock): Promise<SourceProgress> {
  const { intakeShardsHighest } = await topology(env, clock);
  const shards = await Promise.all(Array.from({ length: intakeShardsHighest }, (_, i) => env.INTAKE_SHARD.getByName(String(i)).streams()));
  const watermarks: Record<string, number> = {};
  const arrived: Record<string, readonly DayArrivals[]> = {};
  for (const { connectionId, stream, watermarkMs, arrivals = [] } of shards.flat()) {
    const key = streamKey(connectionId, stream);
    watermarks[key] = Math.max(watermarks[key] ?? 0, watermarkMs);
    arrived[key] = mergeArrivals(arrived[key] ?? [], arrivals);
  }
  return { watermarks, arrivals: arrived };
}
