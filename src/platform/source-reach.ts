import { sourceWatermarksFreshMs, sourceWatermarksRestMs, sourceWatermarksWaitMs } from "../domain/limits.ts";
import { mergeArrivals } from "../domain/intake/completeness.ts";
import { type StreamStanding, isReleased, lastLiveAt, mergeStream, streamKey } from "../domain/intake/stream.ts";
import { usualPauses } from "../domain/intake/pauses.ts";
import { returnedAt } from "../domain/intake/silences.ts";
import { knownOf, noSources, type SourceReach, type StreamFacts } from "../domain/source-reach.ts";
import type { Env } from "../env.ts";
import { wallNow, type Clock } from "./clock.ts";
import { topology } from "./topology.ts";
import { within } from "./within.ts";

/** Values only: a promise of one object may not be waited for by another. */
let cached: { readonly env: Env["INTAKE_SHARD"]; readonly sources: SourceReach } | null = null;
let asked: Instant = { wallMs: 0, productMs: 0 };
type Instant = { readonly wallMs: number; readonly productMs: number };

/**
 * How far each stream has come and how complete it was, over all intake shards. At most ten seconds old, or as old as need be while the intake shards cannot be asked:
 * an old watermark ages a measure, it never invents a silence.
 *
 * An account that brings nothing learns by this that its sources are well, and that its silence is true. Never rejects.
 */
export async function sourceReach(env: Pick<Env, "INTAKE_SHARD">, clock: Clock): Promise<SourceReach> {
  const known = cached?.env === env.INTAKE_SHARD ? cached.sources : null;
  const now = { wallMs: wallNow(), productMs: clock.now() };
  if (known !== null && isFresh(asked, now)) return known;
  asked = now;
  try {
    const fresh = await within(sourceWatermarksWaitMs, readSourceReach(env, clock));
    cached = { env: env.INTAKE_SHARD, sources: fresh };
    return fresh;
  } catch {
    cached = { env: env.INTAKE_SHARD, sources: known ?? noSources() };
    return cached.sources;
  }
}

/** What was told of sources that have moved, for whoever asks in this isolate before it is to be read again: all of it is newer than what they had. */
export function noteSourcesMoved(env: Pick<Env, "INTAKE_SHARD">, moved: SourceReach): void {
  if (cached?.env !== env.INTAKE_SHARD) return;
  const { watermarks, streams, arrivals } = cached.sources;
  const news = [...moved.streams].filter(([key, { movedAt = 0 }]) => movedAt > (streams.get(key)?.movedAt ?? 0));
  const further = news.flatMap(([key]): [string, number][] => {
    const at = moved.watermarks.get(key);
    return at === undefined ? [] : [[key, Math.max(at, watermarks.get(key) ?? 0)]];
  });
  const came = knownOf(
    moved.arrivals,
    news.map(([key]) => key),
  );
  const sources = {
    watermarks: new Map([...watermarks, ...further]),
    streams: new Map([...streams, ...news]),
    arrivals: new Map([...arrivals, ...came]),
  };
  cached = { env: env.INTAKE_SHARD, sources };
}

/** By both clocks, so that a rehearsal whose days are minutes is not told of an outage that is none; but never asked without a rest. */
function isFresh(since: Instant, now: Instant): boolean {
  const [wallMs, productMs] = [now.wallMs - since.wallMs, now.productMs - since.productMs];
  return wallMs < sourceWatermarksRestMs || (wallMs < sourceWatermarksFreshMs && productMs < sourceWatermarksFreshMs);
}

/** The same as it is now. Rejects while an intake shard cannot be asked. */
export async function readSourceReach(env: Pick<Env, "INTAKE_SHARD">, clock: Clock): Promise<SourceReach> {
  const { intakeShardsHighest } = await topology(env, clock);
  const shards = await Promise.all(Array.from({ length: intakeShardsHighest }, (_, i) => env.INTAKE_SHARD.getByName(String(i)).streams()));
  const reach = noSources();
  const standings = new Map<string, StreamStanding>();
  for (const one of shards.flat()) {
    const key = streamKey(one.connectionId, one.stream);
    const known = standings.get(key);
    reach.arrivals.set(key, mergeArrivals(reach.arrivals.get(key) ?? [], one.arrivals ?? []));
    // Each shard has a copy of the credentials; one that has heard of an end is right.
    const endedAt = Math.max(known?.endedAt ?? 0, one.endedAt ?? 0);
    standings.set(key, { ...mergeStream(known, one), isEnded: known?.isEnded === true || one.isEnded === true, endedAt });
  }
  for (const [key, standing] of standings) {
    reach.watermarks.set(key, standing.watermarkMs);
    reach.streams.set(key, toFacts(standing));
  }
  return reach;
}

function toFacts(standing: StreamStanding): StreamFacts {
  const { kinds, rests, silences, isEnded = false, endedAt = 0, releasedAt = 0, partial } = standing;
  const completenessMovedAt = partial?.movedAt ?? 0;
  return {
    kinds,
    usualPauses: usualPauses(rests),
    liveAt: lastLiveAt(standing),
    isEnded: isEnded || isReleased(standing),
    movedAt: Math.max(returnedAt(silences), endedAt, releasedAt, completenessMovedAt),
    completenessMovedAt,
  };
}
