import { useEffect, useState } from "preact/hooks";
import type { AccountRow, Source } from "./api-types.ts";
import { calibrate } from "./clock.ts";

/** What the feed tells (docs/api.md, Live). */
export type LiveNews =
  | { readonly id: string; readonly type: "account.changed"; readonly accountId: string; readonly at: string; readonly data: AccountRow }
  | {
      readonly id: string;
      readonly type: "dead_letter.added";
      readonly accountId?: string;
      readonly at: string;
      readonly data: { readonly id: string; readonly kind: string; readonly reason: string };
    }
  | { readonly id: string; readonly type: "source.status"; readonly at: string; readonly data: Source }
  | { readonly id: string; readonly type: "reset" | "hello"; readonly at: string; readonly data: Readonly<Record<string, never>> };

/** `heardAt` and `since` by this machine's clock, epoch ms. `heardAt`: the last sign of life, so the age of what the page shows. */
export type LiveState = { readonly status: "connecting" | "live" | "lost"; readonly since: number; readonly heardAt: number | null };

/** A quiet feed is asked whether it lives each 20 s; no answer within 8 s means that it does not. Half-open connections are found in under 30 s. */
const pingEveryMs = 20_000;
const pongWaitMsMax = 8000;
const reconnectMs = [500, 1000, 2000, 4000, 8000, 15_000] as const;

let state: LiveState = { status: "connecting", since: Date.now(), heardAt: null };
let socket: WebSocket | null = null;
let lastId: string | null = null;
let failures = 0;
let wanted = false;
let reconnectTimer: ReturnType<typeof setTimeout> | undefined;
let pingTimer: ReturnType<typeof setInterval> | undefined;
let pongTimer: ReturnType<typeof setTimeout> | undefined;

const stateListeners = new Set<() => void>();
const newsListeners = new Set<(news: LiveNews) => void>();

function setState(next: Partial<LiveState>): void {
  const changed = next.status !== undefined && next.status !== state.status;
  state = { ...state, ...next, ...(changed ? { since: Date.now() } : {}) };
  if (changed) for (const listener of stateListeners) listener();
}

const heard = (): void => {
  clearTimeout(pongTimer);
  setState({ heardAt: Date.now() });
};

function ping(): void {
  if (socket?.readyState !== WebSocket.OPEN) return;
  socket.send("ping");
  clearTimeout(pongTimer);
  pongTimer = setTimeout(drop, pongWaitMsMax);
}

function receive(text: string): void {
  heard();
  if (text === "pong") return;
  const news = JSON.parse(text) as LiveNews;
  if (news.type === "hello") calibrate(news.at);
  // A hello names where the feed stands. When resuming, what was missed still follows, so it must not move the place to resume from.
  if (news.type === "hello" && lastId !== null) return;
  lastId = news.id;
  // The first hello closes the gap between the first reading of a page and the feed: whatever was read before is read again.
  const told: LiveNews = news.type === "hello" ? { ...news, type: "reset" } : news;
  for (const listener of newsListeners) listener(told);
}

/**
 * A socket's refusal has no status: after so many in a row, and so many more, it is asked by an ordinary request whether there is still a session.
 * Again, because the first time may have met a network that was down.
 */
const failuresUntilAsking = 3;
let askWhetherSignedIn: () => void = () => {};
export const onRepeatedFailure = (ask: () => void): void => {
  askWhetherSignedIn = ask;
};

/** Leaves the socket at once, without waiting for a closing handshake that a dead network never answers. */
function drop(): void {
  clearInterval(pingTimer);
  clearTimeout(pongTimer);
  const left = socket;
  socket = null;
  left?.close();
  if (!wanted) return;
  setState({ status: "lost" });
  const wait = reconnectMs[Math.min(failures, reconnectMs.length - 1)] ?? 15_000;
  failures += 1;
  if (failures % failuresUntilAsking === 0) askWhetherSignedIn();
  clearTimeout(reconnectTimer);
  // Jitter: a restarted server is not met by all pages at once.
  reconnectTimer = setTimeout(connect, wait * (0.75 + Math.random() * 0.5));
}

function connect(): void {
  clearTimeout(reconnectTimer);
  if (!wanted || socket !== null) return;
  const url = new URL("/api/v1/live", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  if (lastId !== null) url.searchParams.set("lastEventId", lastId);
  const opened = new WebSocket(url);
  socket = opened;
  opened.addEventListener("open", () => {
    if (socket !== opened) return;
    failures = 0;
    setState({ status: "live" });
    heard();
    pingTimer = setInterval(ping, pingEveryMs);
  });
  opened.addEventListener("message", (event) => {
    if (socket === opened && typeof event.data === "string") receive(event.data);
  });
  opened.addEventListener("close", () => {
    if (socket === opened) drop();
  });
}

/** Tries now: a person asked, the network came back, or the page was looked at again. */
export function reconnectNow(): void {
  if (socket === null) connect();
  else ping();
}

const onVisible = (): void => {
  if (document.visibilityState === "visible") reconnectNow();
};

export function startLive(): void {
  if (wanted) return;
  wanted = true;
  addEventListener("online", reconnectNow);
  addEventListener("offline", drop);
  document.addEventListener("visibilitychange", onVisible);
  connect();
}

export function stopLive(): void {
  wanted = false;
  lastId = null;
  removeEventListener("online", reconnectNow);
  removeEventListener("offline", drop);
  document.removeEventListener("visibilitychange", onVisible);
  clearTimeout(reconnectTimer);
  drop();
  setState({ status: "connecting", heardAt: null });
}

export const liveState = (): LiveState => state;

export function useLiveState(): LiveState {
  const [seen, setSeen] = useState(state);
  useEffect(() => {
    const update = (): void => setSeen(state);
    stateListeners.add(update);
    update();
    return () => void stateListeners.delete(update);
  }, []);
  return seen;
}

/** Calls `listener` for each message while the component stands. `inputs` as for an effect. */
export function useNews(listener: (news: LiveNews) => void, inputs: readonly unknown[]): void {
  useEffect(() => {
    newsListeners.add(listener);
    return () => void newsListeners.delete(listener);
  }, inputs);
}
