import { z } from "zod";
import { canaryFigures, type CanaryFigures } from "../../domain/canary.ts";
import { completenessDays, type SourceDay } from "../../domain/intake/completeness.ts";
import type { SourceFacts } from "../../domain/intake/rpc.ts";
import { type SourceFault, faultsOfDay, mergeFaults } from "../../domain/intake/source-fault.ts";
import {
  type StoredStream,
  type StreamStatus,
  isReleased,
  lastAcceptedAt,
  lastLiveAt,
  leastDelayMs,
  mergeStream,
  streamKey,
} from "../../domain/intake/stream.ts";
import { usualPauses } from "../../domain/intake/pauses.ts";
import { fullShardsKeptMs, kindTargetMs, overdueAlarmsKeptMs, sourceDaysKept, streamIdleAfterMs } from "../../domain/limits.ts";
import { eventKinds, isAwaited, kindReach } from "../../domain/source-reach.ts";
import type { OverdueAlarm } from "../../domain/watchdog.ts";
import { DAY_MS, isoTime, SECOND_MS, startOfDay } from "../../domain/time.ts";
import { endpoint, okJson, type Endpoint } from "../endpoint.ts";
import { Unavailable, type ApiPorts, type Connection } from "../ports.ts";
import { reasonText } from "../reason-words.ts";
import { knownSenders, type Senders } from "../senders.ts";
import { time } from "../schemas.ts";

/** How old the newest event may be, s, before it is worth a word: support in real time, usage within 15 minutes, everything else hourly. */
const freshnessTargetSeconds: Readonly<Record<string, number>> = { zendesk: 300, intercom: 900, native: 900, mixpanel: 900, segment: 900 };
const freshnessTargetOtherSeconds = 3_600;

const source = z.object({
  connectionId: z.string(),
  connector: z.string(),
  name: z.string(),
  connectionStatus: z.enum(["active", "paused"]).nullable(),
  stream: z.string().nullable(),
  watermark: time.nullable(),
  lagSeconds: z.number().nullable(),
  freshnessTargetSeconds: z.number(),
  clockSkewMs: z.number(),
  leastDelayMs: z.number().nullable(),
  lastReceivedAt: time.nullable(),
  lastSuccessAt: time.nullable(),
  accepted: z.number(),
  rejected: z.number(),
  completeness: z.number().nullable(),
  completenessDays: z.array(
    z.object({
      day: z.string(),
      status: z.enum(["complete", "partial", "down", "none"]),
      events: z.number(),
      rejected: z.number(),
      failed: z.number(),
      refused: z.number(),
      completeness: z.number().nullable(),
      watermark: time.nullable(),
      gaps: z.array(z.object({ from: time, to: time, refused: z.number() })),
    }),
  ),
  lastError: z
    .object({
      at: time,
      kind: z.enum(["refused", "rejected", "quarantined", "deadLettered"]),
      reason: z.string(),
      detail: z.string(),
      count24h: z.number(),
      refused24h: z.number(),
    })
    .nullable(),
  kinds: z.array(
    z.object({
      kind: z.enum(eventKinds),
      newestAt: time,
      knownTo: time,
      usualPauseSeconds: z.number().nullable(),
      status: z.enum(["fresh", "resting", "stopped"]),
    }),
  ),
  awaited: z.boolean(),
  status: z.enum(["fresh", "quiet", "idle", "late", "imported", "waiting", "paused", "ended"]),
});

const overdueAlarm = z.object({ shard: z.string(), at: time, overdueMs: z.number() });
const canarySchema = z.object({ seen: z.number(), lastAt: time, p50Ms: z.number(), p95Ms: z.number(), p99Ms: z.number() }).nullable();

export const sourceEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/sources",
    tag: "flow",
    summary: "How fresh each stream is",
    scope: "read",
    spansAccounts: true,
    answers: {
      200: {
        description: "An item for each connection and stream",
        schema: z.object({ items: z.array(source), canary: canarySchema, overdueAlarms: z.array(overdueAlarm).nullable(), asOf: time }),
      },
    },
    handle: async ({ ports, now }) => {
      const [items, canary, overdue] = await Promise.all([readSources(ports, now), readCanary(ports), readOverdueAlarms(ports, now)]);
      const overdueAlarms = overdue?.map((alarm) => ({ ...alarm, at: isoTime(alarm.at) })) ?? null;
      return okJson({ items, canary: canary === null ? null : canaryJson(canary), overdueAlarms, asOf: isoTime(now) });
    },
  }),
  endpoint({
    method: "post",
    path: "/sources/{connectionId}/release",
    tag: "flow",
    summary: "Wait for nothing more from a connection or token, until something comes",
    scope: "write",
    spansAccounts: true,
    answers: {
      200: { description: "Its streams, none of which is waited for", schema: z.object({ items: z.array(source) }) },
      404: { description: "Nothing has come from it" },
    },
    handle: async ({ ports, params, now }) => {
      const connectionId = params["connectionId"] ?? "";
      const known = await ports.intake.each((shard) => shard.releaseStreams(connectionId, now));
      if (!known.some((streams) => streams > 0)) return { failure: "not_found", what: "source" };
      const items = await readSources(ports, now);
      return okJson({ items: items.filter((item) => item.connectionId === connectionId) });
    },
  }),
];

/** What the canary of each minute has measured in a day; null where it has not come through, or cannot be asked for. */
export async function readCanary(ports: Pick<ApiPorts, "store">): Promise<CanaryFigures | null> {
  return orUnknown(async () => canaryFigures(await ports.store.canarySightings()));
}

/** Account shards whose alarm was overdue in the last 24 hours, the newest first; null where that cannot be asked for. */
const readOverdueAlarms = ({ store }: Pick<ApiPorts, "store">, now: number): Promise<readonly OverdueAlarm[] | null> =>
  orUnknown(() => store.overdueAlarms(now - overdueAlarmsKeptMs));

/** How many they are, also beyond those that are listed. */
export const countOverdueAlarms = ({ store }: Pick<ApiPorts, "store">, now: number): Promise<number | null> =>
  orUnknown(() => store.overdueAlarmShards(now - overdueAlarmsKeptMs));

/** Account shards whose storage was nearly full in the last 24 hours. */
export const countFullShards = ({ store }: Pick<ApiPorts, "store">, now: number): Promise<number | null> =>
  orUnknown(() => store.fullShards(now - fullShardsKeptMs));

async function orUnknown<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Unavailable) return null;
    throw error;
  }
}

const canaryJson = ({ seen, lastReceivedAt, p50Ms, p95Ms, p99Ms }: CanaryFigures) => ({
  seen,
  lastAt: isoTime(lastReceivedAt),
  p50Ms,
  p95Ms,
  p99Ms,
});

/** An item for each connection and stream, as `GET sources` and the live feed tell them. */
export async function readSources(ports: ApiPorts, now: number) {
  const [facts, senders] = await Promise.all([ports.intake.each((shard) => shard.sources()), knownSenders(ports)]);
  const streams = facts.flatMap((one) => one.streams);
  const faults = facts.flatMap((one) => one.faults);
  const ended = facts.flatMap((one) => one.ended ?? []);
  return sourcesOf({ streams: mergedBySource(streams, mergeStream), faults: mergedBySource(faults, mergeFaults), ended }, senders, now);
}

/** One stream may arrive through several shards: the newest of each, and the sums. */
function mergedBySource<T extends { readonly connectionId: string; readonly stream: string }>(
  parts: readonly T[],
  merge: (known: T | undefined, part: T) => T,
): readonly T[] {
  const bySource = new Map<string, T>();
  for (const part of parts) {
    const key = streamKey(part.connectionId, part.stream);
    bySource.set(key, merge(bySource.get(key), part));
  }
  return [...bySource.values()];
}

/** A stream of which nothing was ever taken, only refused, is told too: it has no watermark. */
function sourcesOf({ streams, faults, ended = [] }: SourceFacts, { connections, names }: Senders, now: number) {
  const byId = new Map(connections.map((connection) => [connection.id, connection]));
  const isTold = ({ connectionId }: { readonly connectionId: string }): boolean => byId.get(connectionId)?.status !== "deleted";
  const faultOfSource = new Map(faults.map((fault) => [streamKey(fault.connectionId, fault.stream), fault]));
  const endedIds = new Set(ended);
  const known = new Set(streams.map(({ connectionId, stream }) => streamKey(connectionId, stream)));
  const onlyRefused = faults
    .filter((fault) => fault.last.kind === "refused" && !known.has(streamKey(fault.connectionId, fault.stream)))
    .map(({ connectionId, connector, stream }) => ({ ...nothingYet, connectionId, connector, stream }));
  const told = [...streams, ...onlyRefused].filter(isTold);
  const silent = connections.filter(({ id, status }) => status !== "deleted" && !told.some(({ connectionId }) => connectionId === id));
  return [
    ...told.map((stream) => {
      const fault = faultOfSource.get(streamKey(stream.connectionId, stream.stream));
      const isEnded = endedIds.has(stream.connectionId) || isReleased(stream);
      return toSource(stream, { fault, connection: byId.get(stream.connectionId), names, isEnded }, now);
    }),
    ...silent.map((connection) => toSilentSource(connection, now)),
  ];
}

const nothingYet = { watermarkMs: 0, lastReceivedAt: 0, accepted: 0, rejected: 0 };

type Known = {
  readonly fault: SourceFault | undefined;
  readonly connection: Connection | undefined;
  readonly names: Senders["names"];
  readonly isEnded: boolean;
};

function toSource(stream: StoredStream, { fault, connection, names, isEnded }: Known, now: number) {
  const target = freshnessTargetSeconds[stream.connector] ?? freshnessTargetOtherSeconds;
  const hasWatermark = stream.watermarkMs > 0;
  const days = completenessDays(stream.days ?? [], fault?.hours ?? [], now);
  const acceptedAt = lastAcceptedAt(stream);
  return {
    connectionId: stream.connectionId,
    connector: stream.connector,
    name: names.get(stream.connectionId) ?? stream.connectionId,
    connectionStatus: connection === undefined || connection.status === "deleted" ? null : connection.status,
    stream: stream.stream,
    watermark: hasWatermark ? isoTime(stream.watermarkMs) : null,
    lagSeconds: hasWatermark ? Math.max(0, Math.round((now - stream.watermarkMs) / SECOND_MS)) : null,
    freshnessTargetSeconds: target,
    clockSkewMs: clockSkewMs(stream, now),
    leastDelayMs: leastDelayMs(stream, now),
    lastReceivedAt: stream.lastReceivedAt === 0 ? null : isoTime(stream.lastReceivedAt),
    lastSuccessAt: acceptedAt === null ? null : isoTime(acceptedAt),
    accepted: stream.accepted,
    rejected: stream.rejected,
    completeness: days.at(-1)?.completeness ?? null,
    completenessDays: days.map(toDayJson),
    lastError: toErrorJson(fault, now),
    kinds: kindsOf(stream, now),
    awaited: hasWatermark && bringsKinds(stream) && isAwaited({ liveAt: lastLiveAt(stream), isEnded }),
    status: statusOf(stream, { isPaused: connection?.status === "paused", isEnded }, target * SECOND_MS, now),
  };
}

/** Nothing is measured by profile updates: no figure waits for who brings nothing else. */
const bringsKinds = ({ kinds }: StoredStream): boolean => kinds === undefined || Object.keys(kinds).length > 0;

/** How each kind of event that it has brought stands; none where older code has not noted which it brought. */
const kindsOf = (stream: StoredStream, now: number) => {
  const usual = usualPauses(stream.rests);
  return eventKinds.flatMap((kind) => {
    const newestAt = stream.kinds?.[kind];
    const knownTo = kindReach({ ...stream, usualPauses: usual }, kind);
    if (newestAt === undefined || knownTo === null) return [];
    const [pause, target] = [usual[kind], kindTargetMs[kind]];
    return {
      kind,
      newestAt: isoTime(newestAt),
      knownTo: isoTime(knownTo),
      usualPauseSeconds: pause === undefined ? null : Math.round(pause / SECOND_MS),
      status: now - newestAt <= target ? ("fresh" as const) : now - knownTo <= target ? ("resting" as const) : ("stopped" as const),
    };
  });
};

type Standing = { readonly isPaused: boolean; readonly isEnded: boolean };
function statusOf(stream: StoredStream, { isPaused, isEnded }: Standing, targetMs: number, now: number) {
  if (isPaused) return "paused";
  if (stream.watermarkMs === 0) return "waiting";
  return isEnded ? "ended" : freshness(stream, targetMs, now);
}

/** How far ahead of ours the sender's clock was when it last was by more than 5 minutes; forgotten after a day. */
const clockSkewMs = ({ ahead }: StreamStatus, now: number): number => (ahead !== undefined && now - ahead.at < DAY_MS ? ahead.ms : 0);

const toDayJson = ({ day, watermarkMs, gaps, ...figures }: SourceDay) => ({
  ...figures,
  day: isoTime(startOfDay(day)).slice(0, 10),
  watermark: watermarkMs === 0 ? null : isoTime(watermarkMs),
  gaps: gaps.map(({ from, to, refused }) => ({ from: isoTime(from), to: isoTime(to), refused })),
});

/** The last fault, while it lies within the days that are told. */
function toErrorJson(fault: SourceFault | undefined, now: number) {
  if (fault === undefined || fault.last.at < now - sourceDaysKept * DAY_MS) return null;
  const { at, kind, reason, detail } = fault.last;
  const { refused, failed } = faultsOfDay(fault.hours, now);
  return { at: isoTime(at), kind, reason, detail: reasonText(reason, detail), count24h: refused + failed, refused24h: refused };
}

/**
 * Silence is not an outage: what came in time and then stopped is quiet, not late. Nor is history late: it is as old as it should be. What has
 * brought nothing for long is idle: whether it comes back a person must know.
 */
function freshness(stream: StreamStatus, targetMs: number, now: number): "fresh" | "quiet" | "idle" | "late" | "imported" {
  if (now - stream.watermarkMs <= targetMs) return "fresh";
  const liveAt = lastLiveAt(stream);
  if (liveAt === null) return "imported";
  if (now - liveAt >= streamIdleAfterMs) return "idle";
  return liveAt - stream.watermarkMs > targetMs ? "late" : "quiet";
}

const toSilentSource = (connection: Connection, now: number) => ({
  connectionId: connection.id,
  connector: connection.connector,
  name: connection.name,
  connectionStatus: connection.status,
  stream: null,
  watermark: null,
  lagSeconds: null,
  clockSkewMs: 0,
  leastDelayMs: null,
  freshnessTargetSeconds: freshnessTargetSeconds[connection.connector] ?? freshnessTargetOtherSeconds,
  lastReceivedAt: null,
  lastSuccessAt: null,
  accepted: 0,
  rejected: 0,
  completeness: null,
  completenessDays: completenessDays([], [], now).map(toDayJson),
  lastError: null,
  kinds: [],
  awaited: false,
  status: connection.status === "paused" ? "paused" : "waiting",
});
