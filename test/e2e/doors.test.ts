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
    const send = (secret: string): Promise<Response> =>
      fetch(new URL(new URL(webhookUrl).pathname, runtime.url), {
        method: "POST",
        body,
        headers: {
          "x-zendesk-webhook-signature": createHmac("sha256", secret)
            .update(timestamp + body)
            .digest("base64"),
          "x-zendesk-webhook-signature-timestamp": timestamp,
        },
      });
    expect([(await send(webhookSecret)).status, (await send(webhookSecret)).status, (await send("forged")).status]).toEqual([
      200, 200, 401,
    ]);
    expect(await eventsOf("supported", 1)).toBe(1);
  });

  it("answer each bad request as they should, and never 500", async () => {
    const big = new Uint8Array(30_000_000).fill(32);
    const cases: readonly [string, string, Parameters<typeof call>[1], number][] = [
      ["unknown connection", "/webhooks/zendesk/nobody", { method: "POST", body: "{}" }, 404],
      ["unknown connector", "/webhooks/acme/1", { method: "POST", body: "{}" }, 404],
      ["unknown path", "/v1/nothing", { method: "POST", body: "{}" }, 404],
      [
        "truncated gzip",
        "/v1/events",
        { method: "POST", body: gzipSync("[{}]").subarray(0, 12), headers: { "content-encoding": "gzip" } },
        400,
      ],
      [
        "gzip bomb",
        "/v1/events",
        { method: "POST", body: gzipSync(new Uint8Array(100_000_000)), headers: { "content-encoding": "gzip" } },
        413,
      ],
      ["invalid UTF-8", "/v1/events", { method: "POST", body: Uint8Array.of(0x5b, 0xff, 0x5d) }, 400],
      ["JSON of 5,000 levels", "/v1/events", { method: "POST", body: "[".repeat(5_000) + "]".repeat(5_000) }, 202],
      ["30 MB", "/v1/events", { method: "POST", body: big }, 413],
      ["100,000 events", "/v1/events", { method: "POST", body: `[${"{},".repeat(99_999)}{}]` }, 413],
      ["null", "/v1/events", { method: "POST", body: "null" }, 422],
      ["XML", "/v1/events", { method: "POST", body: "<a/>", headers: { "content-type": "application/xml" } }, 415],
      ["no token", "/v1/events", { method: "POST", body: "[]", headers: { authorization: "Bearer nobody" } }, 401],
      ["another method", "/v1/events", { method: "DELETE" }, 405],
      ["a path of 8 KB", `/${"a".repeat(8_192)}`, {}, 414],
    ];
    for (const [name, path, init, status] of cases) {
      const response = await call(path, init);
      expect([name, response.status]).toEqual([name, status]);
      if (status !== 202) expect(await response.json()).toMatchObject({ status, requestId: expect.any(String) });
    }
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
