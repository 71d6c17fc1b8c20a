import { DurableObject } from "cloudflare:workers";
import {
  liveAttachmentBytesMax,
  liveRingMessagesMax,
  liveRowBytesMax,
  liveSocketsMax,
  liveStreamBacklogBytesMax,
  liveStreamHeartbeatMs,
  liveStreamsMax,
} from "../src/domain/limits.ts";
import { liveMessageKey, type LiveHubRpc, type LiveMessage } from "../src/domain/live.ts";
import { isoTime } from "../src/domain/time.ts";
import type { Env } from "../src/env.ts";
import { clockFrom } from "../src/platform/clock.ts";
import { problem } from "../src/platform/http/problem.ts";

/** Who listens. Kept in the socket's attachment, so that it outlives hibernation. */
type Listener = {
  readonly tokenId: string;
  /** Only messages of these accounts; null = all. */
  readonly accountIds: readonly string[] | null;
  /** Epoch ms; null = until it closes. */
  readonly expiresAt: number | null;
};

/** A message as it goes out, with what decides who gets it. */
type Stored = { readonly n: number; readonly key: string | null; readonly accountId: string | null; readonly text: string };

type OpenStream = {
  readonly listener: Listener;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly heartbeat: ReturnType<typeof setInterval>;
};

/**
 * The live feed: one object that numbers messages, keeps the last `liveRingMessagesMax` of them and pushes each to every open listener.
 *
 * A listener that comes back names the last id it saw and gets what it missed, or `reset` when that is too old. Ids rise over restarts.
 * WebSockets hibernate: while nothing happens the object costs nothing. Streams (SSE) keep it awake as long as they are open.
 * Not guaranteed: a message is pushed at most once to a listener and may be lost with its connection; resuming brings it.
 * A slow WebSocket is not cut off (the platform does not say how much waits); a slow stream is.
 */
export class LiveHub extends DurableObject<Env> implements LiveHubRpc {
  private readonly clock;
  private readonly streams = new Set<OpenStream>();
  /** Newest last. */
  private ring: Stored[] = [];
  private readonly keys = new Set<string>();
  private newest = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.clock = clockFrom(env.PULSELINE_CLOCK);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS schema_step (step INTEGER PRIMARY KEY) WITHOUT ROWID");
    // One row per publication, so that a batch of changes costs one write.
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS ring (last_n INTEGER PRIMARY KEY, messages TEXT NOT NULL, count INTEGER NOT NULL)");
    ctx.storage.sql.exec("INSERT INTO schema_step (step) VALUES (1) ON CONFLICT DO NOTHING");
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    for (const row of ctx.storage.sql.exec<{ messages: string }>("SELECT messages FROM ring ORDER BY last_n"))
      this.remember(JSON.parse(row.messages) as Stored[]);
  }

  async publish(messages: readonly Omit<LiveMessage, "id">[]): Promise<void> {
    const fresh: Stored[] = [];
    const freshKeys = new Set<string>();
    for (const message of messages) {
      const key = liveMessageKey(message);
      if (key !== null && (this.keys.has(key) || freshKeys.has(key))) continue;
      if (key !== null) freshKeys.add(key);
      const n = this.newest + fresh.length + 1;
      fresh.push({ n, key, accountId: message.accountId ?? null, text: toText(n, message) });
    }
    if (fresh.length === 0) return;
    this.ctx.storage.transactionSync(() => this.store(fresh));
    this.remember(fresh);
    this.push(fresh);
  }

  async disconnect(tokenId: string): Promise<void> {
    for (const socket of this.ctx.getWebSockets(tokenTag(tokenId))) socket.close(closeCodes.policy, "token revoked");
    for (const stream of this.streams) if (stream.listener.tokenId === tokenId) this.endStream(stream);
  }

  /**
   * `/live` with `Upgrade: websocket`, or `/live/sse`. The caller has authenticated and says who listens in `x-pulseline-listener` (JSON of Listener, percent-encoded);
   * nothing but the API can reach this object.
   */
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const listener = JSON.parse(decodeURIComponent(request.headers.get("x-pulseline-listener") ?? "null")) as Listener | null;
    if (listener === null) return problem(403, { reason: "listener_missing", detail: "nobody says who listens" });
    const lastEventId = url.searchParams.get("lastEventId") ?? request.headers.get("last-event-id");
    const greeting = this.greeting(lastEventId, listener);
    return url.pathname === "/live/sse" ? this.openStream(listener, greeting) : this.openSocket(listener, greeting);
  }

  override webSocketMessage(): void {
    // Listeners only listen; `ping` is answered without waking the object.
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    // 1005 and 1006 say that there was no code; they may not be sent.
    if (code !== closeCodes.none && code !== closeCodes.abnormal) socket.close(code, reason);
  }

  override webSocketError(): void {
    // The platform closes it; the listener resumes by its last id.
  }

  private openSocket(listener: Listener, greeting: readonly string[]): Response {
    if (this.ctx.getWebSockets().length >= liveSocketsMax) return busy();
    const attachment = JSON.stringify(listener);
    if (attachment.length > liveAttachmentBytesMax)
      return problem(413, { reason: "listener_too_large", detail: "the token names too many accounts for a live feed" });
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, [tokenTag(listener.tokenId)]);
    server.serializeAttachment(attachment);
    for (const text of greeting) server.send(text);
    return new Response(null, { status: 101, webSocket: client });
  }

  private openStream(listener: Listener, greeting: readonly string[]): Response {
    if (this.streams.size >= liveStreamsMax) return busy();
    let open: OpenStream | undefined;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const heartbeat = setInterval(() => open !== undefined && this.feed(open, ": still here\n\n"), liveStreamHeartbeatMs);
          open = { listener, controller, heartbeat };
          this.streams.add(open);
          for (const text of greeting) this.feed(open, toServerSentEvent(text));
        },
        cancel: () => {
          if (open !== undefined) this.endStream(open);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: liveStreamBacklogBytesMax }),
    );
    return new Response(body, {
      headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" },
    });
  }

  /** `hello`, then what was missed since `lastEventId`; or `reset` when the ring does not reach back that far. */
  private greeting(lastEventId: string | null, listener: Listener): readonly string[] {
    const now = this.clock.now();
    const hello = toText(this.newest, { type: "hello", at: now, data: {} });
    if (lastEventId === null || lastEventId === "") return [hello];
    const seen = /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : Number.NaN;
    const oldest = this.ring[0]?.n ?? this.newest + 1;
    if (!(seen >= oldest - 1 && seen <= this.newest)) return [hello, toText(this.newest, { type: "reset", at: now, data: {} })];
    return [hello, ...this.ring.filter((message) => message.n > seen && concerns(message, listener)).map((message) => message.text)];
  }

  private push(messages: readonly Stored[]): void {
    const now = this.clock.now();
    for (const socket of this.ctx.getWebSockets()) {
      const listener = JSON.parse(socket.deserializeAttachment() as string) as Listener;
      if (isExpired(listener, now)) socket.close(closeCodes.policy, "token expired");
      else for (const message of messages) if (concerns(message, listener)) trySend(socket, message.text);
    }
    for (const stream of this.streams) {
      if (isExpired(stream.listener, now)) this.endStream(stream);
      else for (const message of messages) if (concerns(message, stream.listener)) this.feed(stream, toServerSentEvent(message.text));
    }
  }

  private feed(stream: OpenStream, text: string): void {
    if (!this.streams.has(stream)) return;
    if ((stream.controller.desiredSize ?? 0) <= 0) this.endStream(stream);
    else stream.controller.enqueue(encoder.encode(text));
  }

  private endStream(stream: OpenStream): void {
    clearInterval(stream.heartbeat);
    if (!this.streams.delete(stream)) return;
    try {
      stream.controller.close();
    } catch {
      // Already cancelled by the reader.
    }
  }

  private store(fresh: readonly Stored[]): void {
    const kept = fresh.slice(-liveRingMessagesMax);
    let from = 0;
    let bytes = 0;
    kept.forEach((message, i) => {
      bytes += message.text.length;
      if (bytes < liveRowBytesMax && i < kept.length - 1) return;
      const row = kept.slice(from, i + 1);
      this.ctx.storage.sql.exec("INSERT INTO ring (last_n, messages, count) VALUES (?, ?, ?)", message.n, JSON.stringify(row), row.length);
      [from, bytes] = [i + 1, 0];
    });
    // Whole rows go, once everything after them fills the ring.
    this.ctx.storage.sql.exec(
      "DELETE FROM ring WHERE last_n <= (SELECT max(last_n) FROM (SELECT last_n, sum(count) OVER (ORDER BY last_n DESC) - count AS newer FROM ring) WHERE newer >= ?)",
      liveRingMessagesMax,
    );
  }

  private remember(messages: readonly Stored[]): void {
    for (const message of messages) {
      this.ring.push(message);
      if (message.key !== null) this.keys.add(message.key);
      this.newest = Math.max(this.newest, message.n);
    }
    const surplus = this.ring.length - liveRingMessagesMax;
    if (surplus <= 0) return;
    for (const message of this.ring.splice(0, surplus)) if (message.key !== null) this.keys.delete(message.key);
  }
}

const encoder = new TextEncoder();
const closeCodes = { policy: 1008, none: 1005, abnormal: 1006 } as const;
/** Tags may have 256 characters; token ids are ours and short. */
const tokenTag = (tokenId: string): string => tokenId.slice(0, 256);
const concerns = (message: Stored, listener: Listener): boolean =>
  listener.accountIds === null || (message.accountId !== null && listener.accountIds.includes(message.accountId));
const isExpired = (listener: Listener, now: number): boolean => listener.expiresAt !== null && listener.expiresAt <= now;
const toText = (n: number, message: Omit<LiveMessage, "id">): string =>
  JSON.stringify({ id: String(n), ...message, at: isoTime(message.at) });
const toServerSentEvent = (text: string): string => `id: ${(JSON.parse(text) as LiveMessage).id}\ndata: ${text}\n\n`;
const busy = (): Response =>
  problem(503, { reason: "too_many_listeners", detail: "too many live feeds are open", headers: { "retry-after": "10" } });

function trySend(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch {
    // It has closed meanwhile; the listener resumes by its last id.
  }
}
