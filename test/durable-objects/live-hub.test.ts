import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { liveRingMessagesMax, liveStreamsMax } from "../../src/domain/limits.ts";
import type { LiveMessage } from "../../src/domain/live.ts";
import type { Env } from "../../src/env.ts";

const namespace = (env as unknown as Env).LIVE_HUB;
let name = "";
beforeEach(() => {
  name = crypto.randomUUID();
});
const hub = () => namespace.getByName(name);

type Listener = { tokenId?: string; accountIds?: readonly string[] | null; expiresAt?: number | null };
const request = (path: string, listener: Listener, headers: Record<string, string> = {}): Request =>
  new Request(`https://hub${path}`, {
    headers: {
      ...headers,
      "x-pulseline-listener": encodeURIComponent(JSON.stringify({ tokenId: "tok", accountIds: null, expiresAt: null, ...listener })),
    },
  });

/** An open socket and what it has heard so far. */
async function listen(options: Listener & { lastEventId?: string } = {}) {
  const { lastEventId, ...listener } = options;
  const query = lastEventId === undefined ? "" : `?lastEventId=${lastEventId}`;
  const response = await hub().fetch(request(`/live${query}`, listener, { upgrade: "websocket" }));
  expect(response.status).toBe(101);
  const socket = response.webSocket as WebSocket;
  const heard: LiveMessage[] = [];
  const closed: number[] = [];
  socket.addEventListener("message", ({ data }) => {
    if (data !== "pong") heard.push(JSON.parse(data as string) as LiveMessage);
  });
  socket.addEventListener("close", ({ code }) => void closed.push(code));
  socket.accept();
  return { socket, heard, closed };
}

const changed = (accountId: string, number = 1): Omit<LiveMessage, "id"> => ({
  type: "account.changed",
  accountId,
  at: Date.parse("2026-11-25T09:00:00Z"),
  data: { id: accountId, epoch: 1, number },
});
const told = (messages: readonly LiveMessage[]): string[] =>
  messages.map(({ id, type, accountId }) => [id, type, accountId].filter(Boolean).join(" "));
const expectHeard = (listener: { heard: readonly LiveMessage[] }, wanted: readonly string[]) =>
  vi.waitFor(() => expect(told(listener.heard)).toEqual(wanted));

describe("the live hub", () => {
  it("greets a listener and pushes what is published, numbered and with RFC 3339 times", async () => {
    const listener = await listen();
    await hub().publish([changed("a"), changed("b")]);
    await expectHeard(listener, ["0 hello", "1 account.changed a", "2 account.changed b"]);
    expect(listener.heard[1]).toEqual({
      id: "1",
      type: "account.changed",
      accountId: "a",
      at: "2026-11-25T09:00:00.000Z",
      data: { id: "a", epoch: 1, number: 1 },
    });
  });

  it("sends one (account, epoch, number) once, however often it is published", async () => {
    const listener = await listen();
    await hub().publish([changed("a"), changed("a")]);
    await hub().publish([changed("a")]);
    await hub().publish([changed("a", 2)]);
    await expectHeard(listener, ["0 hello", "1 account.changed a", "2 account.changed a"]);
  });

  it("gives a listener that comes back what it has missed", async () => {
    await hub().publish([changed("a"), changed("b")]);
    await hub().publish([changed("c")]);
    await expectHeard(await listen({ lastEventId: "1" }), ["3 hello", "2 account.changed b", "3 account.changed c"]);
    await expectHeard(await listen({ lastEventId: "3" }), ["3 hello"]);
  });

  it("says reset to one whose last message is unknown, too old or not a number", async () => {
    await hub().publish(Array.from({ length: liveRingMessagesMax + 10 }, (_, i) => changed(`a${i}`)));
    const newest = String(liveRingMessagesMax + 10);
    await expectHeard(await listen({ lastEventId: "3" }), [`${newest} hello`, `${newest} reset`]);
    await expectHeard(await listen({ lastEventId: "999999" }), [`${newest} hello`, `${newest} reset`]);
    await expectHeard(await listen({ lastEventId: "rubbish" }), [`${newest} hello`, `${newest} reset`]);
    const oldest = await listen({ lastEventId: "10" });
    await vi.waitFor(() => expect(oldest.heard).toHaveLength(1 + liveRingMessagesMax));
  });

  it("keeps the ring bounded over many publications", async () => {
    for (let i = 0; i < 30; i++) await hub().publish(Array.from({ length: 100 }, (_, j) => changed(`a${i}-${j}`)));
    const listener = await listen({ lastEventId: "2000" });
    await vi.waitFor(() => expect(listener.heard).toHaveLength(1 + liveRingMessagesMax));
    await expectHeard(await listen({ lastEventId: "1999" }), ["3000 hello", "3000 reset"]);
  });

  it("remembers the ring, its numbers and what it has sent over a crash", async () => {
    await hub().publish([changed("a"), changed("b")]);
    await abortAllDurableObjects();
    await hub().publish([changed("b"), changed("c")]);
    await expectHeard(await listen({ lastEventId: "0" }), ["3 hello", "1 account.changed a", "2 account.changed b", "3 account.changed c"]);
  });

  it("reaches sockets that outlived its sleep", async () => {
    const listener = await listen();
    await expectHeard(listener, ["0 hello"]);
    await evictDurableObject(hub() as unknown as DurableObjectStub);
    await hub().publish([changed("a")]);
    await expectHeard(listener, ["0 hello", "1 account.changed a"]);
  });

  it("tells a restricted token of its accounts only, also when it resumes", async () => {
    const listener = await listen({ accountIds: ["b"] });
    await hub().publish([changed("a"), changed("b"), { type: "source.status", at: 0, data: {} }]);
    await expectHeard(listener, ["0 hello", "2 account.changed b"]);
    await expectHeard(await listen({ accountIds: ["b"], lastEventId: "0" }), ["3 hello", "2 account.changed b"]);
  });

  it("ends the sockets of a revoked token, and of one that has expired", async () => {
    const revoked = await listen({ tokenId: "tok-1" });
    const expired = await listen({ tokenId: "tok-2", expiresAt: 1 });
    const other = await listen({ tokenId: "tok-3" });
    await hub().disconnect("tok-1");
    await hub().publish([changed("a")]);
    await vi.waitFor(() => expect([revoked.closed, expired.closed]).toEqual([[1008], [1008]]));
    await expectHeard(other, ["0 hello", "1 account.changed a"]);
    expect(told(expired.heard)).toEqual(["0 hello"]);
  });

  it("answers ping", async () => {
    const { socket } = await listen();
    const answered = new Promise((resolve) => socket.addEventListener("message", ({ data }) => data === "pong" && resolve(data)));
    socket.send("ping");
    expect(await answered).toBe("pong");
  });

  it("streams the same as server-sent events, resumed by Last-Event-ID", async () => {
    await hub().publish([changed("a")]);
    const response = await hub().fetch(request("/live/sse", {}, { "last-event-id": "0" }));
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const reader = (response.body as ReadableStream<Uint8Array>)
      .pipeThrough(new TextDecoderStream() as never)
      .getReader() as ReadableStreamDefaultReader<string>;
    await hub().publish([changed("b")]);
    let text = "";
    while (!text.includes("id: 2\n")) text += (await reader.read()).value ?? "";
    expect(
      text
        .split("\n\n")
        .filter(Boolean)
        .map((event) => event.split("\n")[0]),
    ).toEqual(["id: 1", "id: 1", "id: 2"]);
    expect(text).toContain('data: {"id":"2","type":"account.changed","accountId":"b"');
    await reader.cancel();
  });

  it("refuses a caller who does not say who listens", async () => {
    const response = await hub().fetch(new Request("https://hub/live"));
    expect(response.status).toBe(403);
  });

  it("says why it does not listen, as problem details", async () => {
    const accountIds = Array.from({ length: 500 }, (_, i) => `account-with-a-long-id-${i}`);
    const refusals = [
      await hub().fetch(new Request("https://hub/live/sse")),
      await hub().fetch(request("/live", { accountIds }, { upgrade: "websocket" })),
    ];
    for (const response of refusals) expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await Promise.all(refusals.map((response) => response.json()))).toMatchObject([
      { status: 403, reason: "listener_missing", requestId: expect.any(String) },
      { status: 413, reason: "listener_too_large", requestId: expect.any(String) },
    ]);
  });

  it("says when to come again once it has as many streams as it may", async () => {
    const open = await Promise.all(Array.from({ length: liveStreamsMax }, () => hub().fetch(request("/live/sse", {}))));
    const refused = await hub().fetch(request("/live/sse", {}));
    expect([refused.status, refused.headers.get("retry-after"), await refused.json()]).toMatchObject([
      503,
      "10",
      { status: 503, reason: "too_many_listeners" },
    ]);
    for (const response of open) await response.body?.cancel();
  });
});
