import { createExecutionContext } from "cloudflare:test";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Delivery } from "../../src/domain/delivery.ts";
import { archiveKey, toArchiveLine } from "../../src/domain/intake/archive-object.ts";
import type { DeliveryDetail, DeliveryItem } from "../../src/dashboard/api-types.ts";
import { bodyShownBytesMax } from "../../src/domain/limits.ts";
import type { Env } from "../../src/env.ts";
import { gzip } from "../../src/platform/gzip.ts";
import { hmacBase64 } from "../../src/platform/secrets.ts";
import { ask, origin, testEnv, tokenWith } from "../support/api-client.ts";
import { deliveryOf, nativeEvent } from "../support/intake-builders.ts";

let token = "";
let sender: { id: string; token: string };
beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
  sender = await tokenWith(["ingest"]);
});
const get = (path: string) => ask("GET", `/api/v1${path}`, { token });
const soon = <T>(work: () => Promise<T>) => vi.waitFor(work, { timeout: 20_000, interval: 100 });
const event = (id: string, more: object = {}) => ({ ...nativeEvent(id, "looked-at"), ...more });
const listed = async (connectionId: string): Promise<DeliveryItem[]> =>
  (await get(`/deliveries?connection=${connectionId}`)).json["items"] as DeliveryItem[];
/** The newest delivery of a sender, once nothing of it waits. */
const settled = (connectionId: string) =>
  soon(async () => {
    const [newest] = await listed(connectionId);
    expect(newest?.status).toBe("settled");
    return newest as DeliveryItem;
  });
const detail = async (id: string, query = ""): Promise<DeliveryDetail> =>
  (await get(`/deliveries/${id}${query}`)).json as unknown as DeliveryDetail;

/** A delivery of long ago: no shard knows it, only the archive. */
async function archived(delivery: Delivery, facts: Record<string, string>): Promise<void> {
  const { receivedAt, id } = delivery.head;
  const key = archiveKey({ name: "0", incarnation: `life-${id}` }, { fromSeq: 1, toSeq: 1, at: receivedAt });
  const other = deliveryOf([nativeEvent("other")], { id: "other", receivedAt });
  const text = [other, delivery].map((one) => `${toArchiveLine(one)}\n`).join("");
  await testEnv.ARCHIVE.put(key, gzip(new TextEncoder().encode(text)), { customMetadata: facts });
}
const idAt = (receivedAt: number): string => `${receivedAt.toString(36).padStart(9, "0")}-0123456789abcdef0123`;
/** The worker with another environment, where a part of it cannot be reached. */
async function askWith(parts: Partial<Env>, path: string, bearer = token): Promise<unknown> {
  const worker = (await import("../../src/worker.ts")).default as unknown as {
    fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response>;
  };
  const response = await worker.fetch(
    new Request(`${origin}/api/v1${path}`, { headers: { authorization: `Bearer ${bearer}` } }),
    { ...testEnv, ...parts },
    createExecutionContext(),
  );
  expect(response.status).toBe(200);
  return response.json();
}

describe("one delivery", () => {
  it("tells each event's place, account and outcome, and in plain words why one did not count", async () => {
    await ask("POST", "/v1/events", { token: sender.token, body: event("taken", { data: { feature: "one" } }) });
    await settled(sender.id);
    const body = [
      event("first"),
      { id: "old", type: "feature.used", time: "1970-01-01T00:00:00Z", account: { id: "looked-at" } },
      event("taken", { data: { feature: "two" } }),
      { id: "nobody", type: "feature.used", time: new Date().toISOString(), account: { domain: "nobody-has-it.example" } },
      event("mute", { data: {} }),
    ];
    await ask("POST", "/v1/events", { token: sender.token, body });
    const item = await soon(async () => {
      const [newest] = await listed(sender.id);
      expect(newest).toMatchObject({ status: "settled", accepted: 4, rejected: 1 });
      return newest as DeliveryItem;
    });
    const rejected = { outcome: "rejected", reason: "time_out_of_range" };
    const quarantined = { outcome: "quarantined", reason: "id_conflict" };
    expect(item.reasons).toMatchObject([
      { ...rejected, events: 1 },
      { ...quarantined, events: 1 },
    ]);
    const found = await detail(item.id);
    expect(found).toMatchObject({ lane: "live", contentType: "application/json", contentEncoding: "identity", eventsTotal: 5, body: null });
    expect(found.events).toMatchObject([
      { index: 0, id: "first", type: "feature.used", accountId: "looked-at", outcome: "applied", reason: null, deadLetterId: null },
      { index: 1, id: "old", type: null, accountId: null, ...rejected, detail: expect.stringContaining("clock") },
      { index: 2, id: "taken", accountId: "looked-at", ...quarantined, deadLetterId: expect.stringMatching(/^0-\d+$/) },
      { index: 3, id: "nobody", accountId: null, outcome: "parked", reason: "no_account", detail: expect.stringContaining("linked") },
      { index: 4, id: "mute", outcome: "applied", reason: "lacks_meaning", detail: expect.stringContaining("/data/feature") },
    ]);
    expect((await get(`/dead-letters/${found.events[2]?.deadLetterId}`)).json).toMatchObject({ eventId: "taken" });
  });

  it("shows its body on demand, at most so much of it, without the secrets in it", async () => {
    const made = await ask("POST", "/api/v1/connections", {
      token,
      body: { connector: "zendesk", secrets: { webhookSecret: "s3cret-of-the-desk" } },
    });
    const connectionId = made.json["id"] as string;
    const time = new Date().toISOString();
    const raw = JSON.stringify({
      type: "zen:event-type:unheard.of",
      note: "signed with s3cret-of-the-desk",
      api_token: "t0p",
      bearer: "Bearer abcdefgh12345678",
      filler: "é".repeat(bodyShownBytesMax),
    });
    const sent = await ask("POST", `/webhooks/zendesk/${connectionId}`, {
      raw,
      headers: {
        "x-zendesk-webhook-signature": hmacBase64("s3cret-of-the-desk", time, new TextEncoder().encode(raw)),
        "x-zendesk-webhook-signature-timestamp": time,
      },
    });
    expect(sent.status).toBe(200);
    const item = await settled(connectionId);
    expect(item.reasons).toMatchObject([{ outcome: "dropped", reason: "unknown_type", events: 1 }]);
    const { body, events } = await detail(item.id, "?body=1");
    expect(events).toMatchObject([{ outcome: "dropped", reason: "unknown_type", detail: expect.stringContaining("type") }]);
    expect(body).toMatchObject({ bytes: new TextEncoder().encode(raw).byteLength, truncated: true, masked: 3 });
    expect(body?.text?.length).toBeLessThanOrEqual(bodyShownBytesMax);
    expect(body?.text).toContain("signed with •••");
    for (const secret of ["s3cret-of-the-desk", "t0p", "abcdefgh12345678"]) expect(body?.text).not.toContain(secret);
  });

  it("a gzip body is shown expanded", async () => {
    const many = await tokenWith(["ingest"]);
    const text = JSON.stringify(event("packed"));
    const raw = new Uint8Array(gzip(new TextEncoder().encode(text)));
    await ask("POST", "/v1/events", { token: many.token, raw, headers: { "content-encoding": "gzip" } });
    const item = await settled(many.id);
    expect(await detail(item.id, "?body=1")).toMatchObject({ contentEncoding: "gzip", body: { text, truncated: false, masked: 0 } });
  });

  it("a body that is no text is not shown, and what could not be read has no names", async () => {
    const connectionId = `tok_${crypto.randomUUID()}`;
    const broken = {
      ...deliveryOf([], { id: `b-${connectionId}`.slice(0, 64), connectionId, receivedAt: Date.now(), accepted: 2 }),
      body: Uint8Array.of(255, 254, 0),
    };
    await testEnv.INTAKE_SHARD.getByName("0").append(broken);
    const item = await settled(connectionId);
    const found = await detail(item.id, "?body=1");
    expect(found.body).toEqual({ text: null, bytes: 3, truncated: false, masked: 0 });
    expect(found.events).toMatchObject([0, 1].map((index) => ({ index, id: null, outcome: "deadLettered", reason: "item_count_changed" })));
  });

  it.each(["nothing", "0mhelsn53-0123456789abcdef0123", "a%2Fb", "x".repeat(65)])("that does not exist is 404: %s", async (id) => {
    expect((await get(`/deliveries/${id}`)).status).toBe(404);
  });

  it("refuses another value of `body`", async () => {
    expect((await get("/deliveries/nothing?body=yes")).status).toBe(400);
  });
});

describe("a delivery that only the archive remembers", () => {
  const receivedAt = Date.parse("2026-03-04T05:59:59.500Z");

  it("is told from there as done, as no shard still has it, and that outcomes are remembered of the last ones only", async () => {
    const delivery = deliveryOf([nativeEvent("then", "acme", receivedAt)], { id: idAt(receivedAt), receivedAt, connectionId: "tok_then" });
    await archived(delivery, { receivedFrom: String(receivedAt), receivedTo: String(receivedAt) });
    const found = await detail(delivery.head.id, "?body=1");
    expect(found).toMatchObject({ status: "settled", outcomes: null, source: "archive", accountIds: ["acme"], settledAt: null });
    expect(found.events).toMatchObject([
      { id: "then", accountId: "acme", outcome: "unknown", reason: "not_kept", detail: expect.stringContaining("has been worked") },
    ]);
    expect(found.body?.text).toContain('"then"');
  });

  it("is not called done while a shard that may still have it cannot be asked", async () => {
    const at = receivedAt + 4 * 86_400_000;
    const delivery = deliveryOf([nativeEvent("perhaps", "acme", at)], { id: idAt(at), receivedAt: at });
    await archived(delivery, { receivedFrom: String(at), receivedTo: String(at) });
    const mute = {
      getTopology: () => testEnv.INTAKE_SHARD.getByName("0").getTopology(),
      delivery: () => Promise.reject(new Error("overloaded")),
    };
    const found = await askWith(
      { INTAKE_SHARD: { getByName: () => mute } as unknown as Env["INTAKE_SHARD"] },
      `/deliveries/${delivery.head.id}`,
    );
    expect(found).toMatchObject({ status: "archived", events: [{ outcome: "unknown", reason: "not_asked" }] });
  });

  it("keeps its body to itself when its connection, and so its secrets, are not known any more", async () => {
    const at = receivedAt + 3 * 86_400_000;
    const delivery = deliveryOf([nativeEvent("orphan", "acme", at)], { id: idAt(at), receivedAt: at, connectionId: "con_gone" });
    await archived(delivery, { receivedFrom: String(at), receivedTo: String(at) });
    expect((await detail(delivery.head.id, "?body=1")).body).toMatchObject({ text: null });
  });

  it("is found in an object of older code, which does not say what it spans, and in the hour after", async () => {
    const at = receivedAt + 86_400_000;
    const delivery = deliveryOf([nativeEvent("older", "acme", at)], { id: idAt(at), receivedAt: at });
    await archived({ ...delivery, head: { ...delivery.head, receivedAt: at + 60_000 } }, {});
    expect(await detail(delivery.head.id)).toMatchObject({ status: "settled", source: "archive" });
  });

  it("is not looked for in objects that cannot hold it", async () => {
    const at = receivedAt + 2 * 86_400_000;
    const delivery = deliveryOf([nativeEvent("hidden", "acme", at)], { id: idAt(at), receivedAt: at });
    await archived(delivery, { receivedFrom: String(at - 9_000), receivedTo: String(at - 1) });
    expect((await get(`/deliveries/${delivery.head.id}`)).status).toBe(404);
  });
});

describe("with the database down", () => {
  it("a delivery is told all the same, and its body without its connection's secrets", async () => {
    const downDatabase = new Proxy({} as D1Database, {
      get: () => () => {
        throw new Error("D1_ERROR: Network connection lost.");
      },
    });
    const night = await ask("POST", "/api/v1/tokens", { token, body: { name: "night", scopes: ["admin"] } });
    await ask("POST", "/v1/events", { token: sender.token, body: event("night") });
    const item = await settled(sender.id);
    const found = await askWith({ DB: downDatabase }, `/deliveries/${item.id}?body=1`, night.json["token"] as string);
    expect(found).toMatchObject({ id: item.id, connectionName: null, events: [{ id: "night", outcome: "applied" }] });
  });
});
