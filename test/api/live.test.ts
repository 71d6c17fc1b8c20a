import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { LiveMessage } from "../../src/domain/live.ts";
import { ask, origin, tokenWith } from "../support/api-client.ts";

const worker = (exports as unknown as { default: Fetcher }).default;
let token = "";
beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
});
const soon = <T>(work: () => T | Promise<T>) => vi.waitFor(work, { timeout: 20_000, interval: 50 });
const upgrade = (path: string, headers: Record<string, string>) =>
  worker.fetch(`${origin}/api/v1/live${path}`, { headers: { upgrade: "websocket", ...headers } });

async function listen(headers: Record<string, string>, path = "") {
  const response = await upgrade(path, headers);
  expect(response.status).toBe(101);
  const heard: LiveMessage[] = [];
  const closed: number[] = [];
  response.webSocket?.addEventListener("message", ({ data }) => void heard.push(JSON.parse(data as string) as LiveMessage));
  response.webSocket?.addEventListener("close", ({ code }) => void closed.push(code));
  response.webSocket?.accept();
  return { heard, closed };
}

const cookieFor = async (text: string) =>
  ((await ask("POST", "/api/v1/session", { body: { token: text } })).headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";

describe("the live feed", () => {
  it("tells of an account that changes, as the row a list would show", async () => {
    const { heard } = await listen({ authorization: `Bearer ${token}` });
    await ask("POST", "/api/v1/accounts", { token, body: { id: "live-1", name: "Live" } });
    const message = await soon(() => {
      const found = heard.find(({ accountId }) => accountId === "live-1");
      expect(found).toBeDefined();
      return found as LiveMessage;
    });
    await soon(async () => {
      const { json } = await ask("GET", "/api/v1/accounts?q=live-1", { token });
      const row = (json["items"] as { epoch: number; number: number }[])[0];
      const same = heard.find(
        ({ accountId, data }) => accountId === "live-1" && data["epoch"] === row?.epoch && data["number"] === row?.number,
      );
      expect(same?.data).toEqual(row);
    });
    expect(message.type).toBe("account.changed");
  });

  it("resumes after the last id", async () => {
    const first = await listen({ authorization: `Bearer ${token}` });
    await soon(() => expect(first.heard[0]?.type).toBe("hello"));
    const since = first.heard[0]?.id ?? "";
    await ask("POST", "/api/v1/accounts", { token, body: { id: "live-2" } });
    await soon(() => expect(first.heard.some(({ accountId }) => accountId === "live-2")).toBe(true));
    const { heard } = await listen({ authorization: `Bearer ${token}` }, `?lastEventId=${since}`);
    await soon(() => expect(heard.filter(({ accountId }) => accountId === "live-2").length).toBeGreaterThan(0));
  });

  it("takes a session from our own pages only", async () => {
    const cookie = await cookieFor(token);
    await listen({ cookie, origin });
    expect((await upgrade("", { cookie, origin: "https://evil.example" })).status).toBe(403);
    expect((await upgrade("", { cookie })).status).toBe(403);
    expect((await upgrade("", {})).status).toBe(401);
    expect((await upgrade("", { authorization: `Bearer ${(await tokenWith(["ingest"])).token}` })).status).toBe(403);
  });

  it("ends with its token", async () => {
    const made = await ask("POST", "/api/v1/tokens", { token, body: { name: "watcher", scopes: ["read"] } });
    const { heard, closed } = await listen({ authorization: `Bearer ${made.json["token"] as string}` });
    await soon(() => expect(heard).toHaveLength(1));
    await ask("DELETE", `/api/v1/tokens/${made.json["id"] as string}`, { token });
    await soon(() => expect(closed).toEqual([1008]));
  });

  it("ends with the connection that its token is bound to", async () => {
    const connection = await ask("POST", "/api/v1/connections", { token, body: { connector: "zendesk" } });
    const connectionId = connection.json["id"] as string;
    const made = await ask("POST", "/api/v1/tokens", { token, body: { name: "bound", scopes: ["read"], connectionId } });
    const bound = await listen({ authorization: `Bearer ${made.json["token"] as string}` });
    const other = await listen({ authorization: `Bearer ${token}` });
    await soon(() => expect(bound.heard).toHaveLength(1));
    await ask("DELETE", `/api/v1/connections/${connectionId}`, { token });
    await soon(() => expect(bound.closed).toEqual([1008]));
    expect(other.closed).toEqual([]);
  });

  it("says how to ask when asked like a page", async () => {
    const { status, json } = await ask("GET", "/api/v1/live", { token });
    expect([status, json["detail"]]).toEqual([400, expect.stringContaining("WebSocket")]);
  });

  it("is also a stream of server-sent events", async () => {
    const response = await worker.fetch(`${origin}/api/v1/live/sse`, { headers: { authorization: `Bearer ${token}` } });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    const reader = response.body?.getReader();
    const first = new TextDecoder().decode((await reader?.read())?.value as Uint8Array);
    expect(first).toMatch(/^id: \d+\ndata: \{"id":"\d+","type":"hello"/);
    await reader?.cancel();
  });
});
