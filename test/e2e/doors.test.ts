import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CloudEvent, Mode, emitterFor, httpTransport } from "cloudevents";
import Mixpanel from "mixpanel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRuntime, type Runtime } from "../../scripts/runtime/host.ts";

const adminToken = "admin-token-of-this-test";
const projectToken = "1".repeat(32);
const webhookSecret = "c2VjcmV0LXRoYXQtbG9va3MtbGlrZS1iYXNlNjQ=";
const folder = mkdtempSync(join(tmpdir(), "pulseline-doors-"));
let runtime: Runtime;

beforeAll(async () => {
  runtime = await startRuntime({ dataFolder: folder, adminToken });
});
afterAll(async () => {
  await runtime.stop();
  rmSync(folder, { recursive: true, force: true });
});

const bearer = { authorization: `Bearer ${adminToken}` };
const call = (path: string, init: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {}): Promise<Response> =>
  fetch(`${runtime.url}${path}`, { ...init, headers: { ...bearer, ...init.headers } });
async function create<T>(path: string, body: unknown): Promise<T> {
  const response = await call(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return await response.json<T>();
}
const event = (id: string, account: string): object => ({
  id,
  type: "feature.used",
  time: new Date().toISOString(),
  account: { id: account },
  user: { id: `user-of-${account}` },
  data: { feature: "export" },
});

/** Number of events applied to an account, once it is what it should be; else what it is after 15 s. */
async function eventsOf(account: string, wanted: number): Promise<number> {
  let events = -1;
  for (const end = Date.now() + 15_000; Date.now() < end && events !== wanted; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const response = await call(`/api/v1/accounts/${account}`);
    events = response.ok ? (await response.json<{ events: number }>()).events : -1;
  }
  return events;
}

describe("the doors of a running deployment", () => {
  it("count native events once, however they come and however often", async () => {
    const [a, b, c] = [event("n1", "native"), event("n2", "native"), event("n3", "native")];
    for (const [body, headers] of [
      [JSON.stringify(a), {}],
      [JSON.stringify([a, b]), { "content-type": "application/json" }],
      [`${JSON.stringify(b)}\n${JSON.stringify(c)}\n`, { "content-type": "application/x-ndjson" }],
      [gzipSync(JSON.stringify({ events: [a, b, c] })), { "content-encoding": "gzip" }],
    ] as const) {
      const response = await call("/v1/events", { method: "POST", body, headers });
      expect([response.status, await response.json()]).toMatchObject([202, { rejected: [] }]);
    }
    expect(await eventsOf("native", 3)).toBe(3);
  });

  it("take the official mixpanel client unchanged, and join its group to the account that bears it", async () => {
    await create("/api/v1/connections", {
      connector: "mixpanel",
      name: "Product",
      settings: { projectToken, groupKey: "company_id" },
      secrets: { apiSecret: "api-secret" },
    });
    await create("/api/v1/accounts", { id: "grouped", externalIds: { mixpanel: "company-1" } });
    const client = Mixpanel.init(projectToken, { host: `127.0.0.1:${runtime.port}`, protocol: "http", key: "api-secret" } as object);
    const sent = (send: (done: (error?: unknown) => void) => void): Promise<unknown> =>
      new Promise((resolve) => send((error) => resolve(error ?? null)));
    expect(
      await sent((done) => client.track("Report Exported", { distinct_id: "u1", $insert_id: "i1", company_id: "company-1" }, done)),
    ).toBeNull();
    const batch = Array.from({ length: 53 }, (_, i) => ({
      event: "Seat Added",
      properties: { distinct_id: `u${i}`, $insert_id: `b${i}`, company_id: ["company-1"], note: "subject?>>>>~~~~ ÿÿÿ" },
    }));
    expect(await sent((done) => client.track_batch(batch, done))).toBeFalsy();
    expect(await sent((done) => client.people.set("u1", { $email: "dana@acme.example" }, done))).toBeNull();
    const old = [
      {
        event: "Invoice Viewed",
        properties: { distinct_id: "u3", time: new Date(Date.now() - 90 * 86_400_000), $insert_id: "old", company_id: "company-1" },
      },
    ];
    expect(await sent((done) => client.import_batch(old as never, done))).toBeFalsy();
    expect(await eventsOf("grouped", 55)).toBe(55);
  });

  it("take the CloudEvents SDK unchanged", async () => {
    for (const [id, mode] of [
      ["c1", Mode.BINARY],
      ["c2", Mode.STRUCTURED],
    ] as const) {
      const emit = emitterFor(httpTransport(`${runtime.url}/v1/events`), { mode });
      await emit(new CloudEvent({ id, source: "/shop", type: "order.placed", accountid: "cloudy", data: { total: 5 } }), {
        headers: bearer,
      });
    }
    expect(await eventsOf("cloudy", 2)).toBe(2);
  });

  it("take a signed Zendesk webhook and refuse a forged one", async () => {
    const { webhookUrl } = await create<{ webhookUrl: string }>("/api/v1/connections", {
      connector: "zendesk",
      name: "Support",
      settings: {},
      secrets: { webhookSecret },
    });
    await create("/api/v1/accounts", { id: "supported", externalIds: { zendesk: "8447346622462" } });
    const timestamp = new Date().toISOString();
    const body = JSON.stringify({
      id: "z1",
      type: "zen:event-type:ticket.created",
      time: timestamp,
      detail: {
        id: "5158",
        organization_id: "8447346622462",
        status: "NEW",
        priority: "HIGH",
        created_at: timestamp,
        updated_at: timestamp,
      },
      event: {},
    });
    const send = (secret: string, at = timestamp, without = ""): Promise<Response> => {
      const headers = new Headers({
        "x-zendesk-webhook-signature": createHmac("sha256", secret)
          .update(at + body)
          .digest("base64"),
        "x-zendesk-webhook-signature-timestamp": at,
      });
      headers.delete(without === "" ? "x-nothing" : without);
      return fetch(new URL(new URL(webhookUrl).pathname, runtime.url), { method: "POST", body, headers });
    };
    expect([(await send(webhookSecret)).status, (await send(webhookSecret)).status]).toEqual([200, 200]);
    const old = new Date(Date.now() - 10 * 60_000).toISOString();
    const refused: readonly [Response, string][] = [
      [await send("forged"), "signature_mismatch"],
      [await send(webhookSecret, old), "timestamp_out_of_window"],
      [await send(webhookSecret, "yesterday"), "timestamp_invalid"],
      [await send(webhookSecret, timestamp, "x-zendesk-webhook-signature"), "signature_missing"],
      [await send(webhookSecret, timestamp, "x-zendesk-webhook-signature-timestamp"), "timestamp_missing"],
    ];
    for (const [response, reason] of refused)
      expect([response.status, await response.json()]).toMatchObject([401, { status: 401, reason, requestId: expect.any(String) }]);
    expect(await eventsOf("supported", 1)).toBe(1);
  });

  it("answer each bad request as they should, and never 500", async () => {
    const big = new Uint8Array(30_000_000).fill(32);
    const post = (body: BodyInit, headers: Record<string, string> = {}) => ({ method: "POST", body, headers });
    const gzip = { "content-encoding": "gzip" };
    const cases: readonly [name: string, path: string, init: Parameters<typeof call>[1], status: number, reason: object][] = [
      ["unknown connection", "/webhooks/zendesk/nobody", post("{}"), 404, { detail: "there is no such connection" }],
      ["unknown connector", "/webhooks/acme/1", post("{}"), 404, { detail: expect.stringContaining("connector") }],
      ["unknown path", "/v1/nothing", post("{}"), 404, {}],
      ["unknown account", "/api/v1/accounts/nobody", {}, 404, { reason: "not_found", detail: "there is no such account" }],
      ["rubbish cursor", "/api/v1/accounts?cursor=rubbish", {}, 400, { reason: "bad_query", pointer: "?cursor" }],
      ["bad query value", "/v1/events?lane=fast", post("[]"), 400, { reason: "bad_query", pointer: "?lane" }],
      ["empty body", "/v1/events", post(""), 400, { reason: "empty" }],
      ["not JSON", "/v1/events", post("{'a':1}"), 400, { reason: "not_json" }],
      ["truncated gzip", "/v1/events", post(gzipSync("[{}]").subarray(0, 12), gzip), 400, { reason: "broken_gzip" }],
      ["gzip bomb", "/v1/events", post(gzipSync(new Uint8Array(100_000_000)), gzip), 413, { reason: "body_too_large" }],
      ["an encoding that we do not have", "/v1/events", post("[]", { "content-encoding": "br" }), 415, { reason: "unsupported_encoding" }],
      ["invalid UTF-8", "/v1/events", post(Uint8Array.of(0x5b, 0xff, 0x5d)), 400, { reason: "not_utf8" }],
      ["30 MB", "/v1/events", post(big), 413, { reason: "body_too_large" }],
      ["50,000 levels", "/v1/events", post("[".repeat(50_000) + "]".repeat(50_000)), 413, { reason: "too_complex" }],
      ["100,000 events", "/v1/events", post(`[${"{},".repeat(99_999)}{}]`), 413, { reason: "too_many" }],
      ["null", "/v1/events", post("null"), 422, { reason: "not_events" }],
      ["a number", "/v1/events", post("7"), 422, { reason: "not_events" }],
      ["XML", "/v1/events", post("<a/>", { "content-type": "application/xml" }), 415, { reason: "unsupported_media_type" }],
      ["a token of nobody", "/v1/events", post("[]", { authorization: "Bearer nobody" }), 401, { reason: "token_unknown" }],
      ["no token", "/v1/events", post("[]", { authorization: "" }), 401, { reason: "token_missing" }],
      ["another method", "/v1/events", { method: "DELETE" }, 405, { detail: "this path takes POST" }],
      ["a path of 8 KB", `/${"a".repeat(8_192)}`, {}, 414, {}],
    ];
    for (const [name, path, init, status, reason] of cases) {
      const response = await call(path, init);
      expect([name, response.status, response.headers.get("content-type")]).toEqual([name, status, "application/problem+json"]);
      expect([name, await response.json()]).toMatchObject([
        name,
        {
          type: expect.any(String),
          title: expect.any(String),
          detail: expect.any(String),
          requestId: expect.any(String),
          status,
          ...reason,
        },
      ]);
    }
  });

  it("tell of each bad event why it is none, and take its neighbours", async () => {
    const good = event("good", "neighbours");
    const text = (changes: object): string => JSON.stringify({ ...event("bad", "neighbours"), ...changes });
    const tooLong = "x".repeat(10_240);
    const cases: readonly [name: string, item: string, reason: string, detail: string][] = [
      ["5,000 levels", "[".repeat(5_000) + "]".repeat(5_000), "invalid_event", "must be an object"],
      ["deep data", text({ data: JSON.parse(`${'{"a":'.repeat(40)}1${"}".repeat(40)}`) as object }), "too_deep", ""],
      ["dated 1970", text({ time: "1970-01-01T00:00:00Z" }), "time_out_of_range", "/time"],
      ["dated 2100", text({ time: "2100-01-01T00:00:00Z" }), "time_out_of_range", "/time"],
      ["no time", text({ time: "yesterday" }), "invalid_field", "/time"],
      ["an id of 10 KB", text({ id: tooLong }), "invalid_field", "/id"],
      ["an account id of 10 KB", text({ account: { id: tooLong } }), "invalid_field", "/account/id"],
      ["1e400", text({ data: {} }).replace('"data":{}', '"data":{"feature":"f","n":1e400}'), "number_out_of_range", ""],
      ["nobody's", text({ account: undefined, user: undefined }), "missing_field", "/account"],
    ];
    for (const [name, item, reason, detail] of cases) {
      const response = await call("/v1/events", { method: "POST", body: `[${item},${JSON.stringify(good)}]` });
      expect([name, response.status, await response.json()]).toEqual([
        name,
        202,
        { accepted: 1, rejected: [expect.objectContaining({ index: 0, reason, detail: expect.stringContaining(detail) })] },
      ]);
    }
    expect(await eventsOf("neighbours", 1)).toBe(1);
  });

  it("take what is odd and no fault: duplicate keys, __proto__, unknown types, unknown domains", async () => {
    const odd = JSON.stringify({ ...event("odd", "odd"), data: {} });
    const bodies = [
      // Of duplicate keys the last wins.
      odd.replace('"id":"odd"', '"id":"first","id":"last"'),
      odd
        .replace('"data":{}', '"data":{"__proto__":{"polluted":true},"constructor":{"prototype":1},"feature":"f"}')
        .replace("odd", "proto"),
      JSON.stringify({ ...event("typed", "odd"), type: "rocket.launched" }),
      JSON.stringify({ ...event("parked", "x"), account: { domain: "nobody-knows.example" }, user: undefined }),
    ];
    for (const body of bodies) {
      const response = await call("/v1/events", { method: "POST", body });
      expect([response.status, await response.json()]).toEqual([202, { accepted: 1, rejected: [] }]);
    }
    expect(await eventsOf("odd", 3)).toBe(3);
    const { items } = await (await call("/api/v1/accounts/odd/timeline")).json<{ items: { id: string; type: string }[] }>();
    expect(items.map(({ id, type }) => `${id} ${type}`).sort()).toEqual([
      "last feature.used",
      "proto feature.used",
      "typed rocket.launched",
    ]);
    const { items: unresolved } = await (await call("/api/v1/identity/unresolved")).json<{ items: unknown[] }>();
    expect(JSON.stringify(unresolved)).toContain("nobody-knows.example");
  });

  it("let a client that writes 30 MB without a length see its 413", async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(runtime.port, "127.0.0.1");
      socket.on("error", reject);
      socket.once("data", (bytes) => (resolve(bytes.toString().split("\r\n", 1)[0] ?? ""), socket.destroy()));
      socket.write(`POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${adminToken}\r\ntransfer-encoding: chunked\r\n\r\n`);
      const chunk = `f4240\r\n${" ".repeat(1_000_000)}\r\n`;
      for (let i = 0; i < 30; i++) socket.write(chunk);
      socket.write("0\r\n\r\n");
    });
    expect(answer).toContain("413");
  });
});
