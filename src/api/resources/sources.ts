import { z } from "zod";
import type { StreamStatus } from "../../domain/intake/messages.ts";
import { mergeStream } from "../../domain/intake/stream.ts";
import { DAY_MS, isoTime, SECOND_MS } from "../../domain/time.ts";
import { endpoint, okJson, type Endpoint } from "../endpoint.ts";
import type { ApiPorts, Connection } from "../ports.ts";
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
  lastReceivedAt: time.nullable(),
  lastSuccessAt: time.nullable(),
  accepted: z.number(),
  rejected: z.number(),
  completeness: z.number().nullable(),
  status: z.enum(["fresh", "quiet", "late", "waiting", "paused"]),
});

export const sourceEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/sources",
    tag: "flow",
    summary: "How fresh each stream is",
    scope: "read",
    spansAccounts: true,
    answers: { 200: { description: "An item for each connection and stream", schema: z.object({ items: z.array(source), asOf: time }) } },
    handle: async ({ ports, now }) => okJson({ items: await readSources(ports, now), asOf: isoTime(now) }),
  }),
];

/** An item for each connection and stream, as `GET sources` and the live feed tell them. */
export async function readSources(ports: ApiPorts, now: number) {
  const [streams, senders] = await Promise.all([ports.intake.each((shard) => shard.streams()), knownSenders(ports)]);
  return sourcesOf(merged(streams.flat()), senders, now);
}

/** One stream may arrive through several shards: the newest of each, and the sums. */
function merged(streams: readonly StreamStatus[]): readonly StreamStatus[] {
  const byName = new Map<string, StreamStatus>();
  for (const stream of streams) {
    const name = `${stream.connectionId}/${stream.stream}`;
    byName.set(name, mergeStream(byName.get(name), stream));
  }
  return [...byName.values()];
}

function sourcesOf(streams: readonly StreamStatus[], { connections, names }: Senders, now: number) {
  const byId = new Map(connections.map((connection) => [connection.id, connection]));
  const silent = connections.filter(
    (connection) => connection.status !== "deleted" && !streams.some((stream) => stream.connectionId === connection.id),
  );
  const told = streams.filter((stream) => byId.get(stream.connectionId)?.status !== "deleted");
  return [...told.map((stream) => toSource(stream, byId.get(stream.connectionId), names, now)), ...silent.map(toSilentSource)];
}

function toSource(stream: StreamStatus, connection: Connection | undefined, names: Senders["names"], now: number) {
  const target = freshnessTargetSeconds[stream.connector] ?? freshnessTargetOtherSeconds;
  const hasWatermark = stream.watermarkMs > 0;
  const received = stream.accepted + stream.rejected;
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
    lastReceivedAt: isoTime(stream.lastReceivedAt),
    lastSuccessAt: stream.accepted > 0 ? isoTime(stream.lastReceivedAt) : null,
    accepted: stream.accepted,
    rejected: stream.rejected,
    completeness: received === 0 ? null : stream.accepted / received,
    status: connection?.status === "paused" ? "paused" : hasWatermark ? freshness(stream, target * SECOND_MS, now) : "waiting",
  };
}

/** How far ahead of ours the sender's clock was when it last was by more than 5 minutes; forgotten after a day. */
const clockSkewMs = ({ ahead }: StreamStatus, now: number): number => (ahead !== undefined && now - ahead.at < DAY_MS ? ahead.ms : 0);

/** Silence is not an outage: what came in time and then stopped is quiet, not late. */
function freshness(stream: StreamStatus, targetMs: number, now: number): "fresh" | "quiet" | "late" {
  if (now - stream.watermarkMs <= targetMs) return "fresh";
  return stream.lastReceivedAt - stream.watermarkMs > targetMs ? "late" : "quiet";
}

const toSilentSource = (connection: Connection) => ({
  connectionId: connection.id,
  connector: connection.connector,
  name: connection.name,
  connectionStatus: connection.status,
  stream: null,
  watermark: null,
  lagSeconds: null,
  clockSkewMs: 0,
  freshnessTargetSeconds: freshnessTargetSeconds[connection.connector] ?? freshnessTargetOtherSeconds,
  lastReceivedAt: null,
  lastSuccessAt: null,
  accepted: 0,
  rejected: 0,
  completeness: null,
  status: connection.status === "paused" ? "paused" : "waiting",
});
