import { describe, expect, it } from "vitest";
import { mapDelivery } from "../../../src/connectors/index.ts";
import { receiveWebhook } from "../../../src/ingest/webhook-route.ts";
import { hmacBase64 } from "../../../src/platform/secrets.ts";
import { type TestDoors, connectionOf, doorNow, testDoors } from "../../support/ingest-doors.ts";

const secret = "c2VjcmV0LXRoYXQtbG9va3MtbGlrZS1iYXNlNjQ=";
const publicTestSecret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==";
const vendorEvent = (changes: Record<string, unknown> = {}): string =>
  JSON.stringify({
    id: "evt-1",
    type: "zen:event-type:ticket.created",
    time: "2026-11-25T08:59:58.123456789Z",
    detail: { id: "7", organization_id: "11", status: "NEW", priority: "URGENT" },
    event: {},
    ...changes,
  });

const doorsWith = (secrets: Record<string, string> = { webhookSecret: secret }): TestDoors =>
  testDoors({
    connections: { "connection|zendesk-1": connectionOf("zendesk"), "connection|mixpanel-1": connectionOf("mixpanel") },
    secrets,
  });

type Sent = {
  body?: string;
  at?: number;
  headers?: Record<string, string | null>;
  doors?: TestDoors;
  connector?: string;
  connection?: string;
  method?: string;
  key?: string;
};

async function send({
  body = vendorEvent(),
  at = doorNow,
  headers = {},
  doors = doorsWith(),
  connector = "zendesk",
  connection = "zendesk-1",
  method = "POST",
  key = secret,
}: Sent) {
  const timestamp = new Date(at).toISOString();
  const all = {
    "x-zendesk-webhook-signature": hmacBase64(key, timestamp, body),
    "x-zendesk-webhook-signature-timestamp": timestamp,
    "x-zendesk-webhook-invocation-id": "inv-1",
    ...headers,
  };
  const present = Object.entries(all).filter((header): header is [string, string] => header[1] !== null);
  const request = new Request(`https://pulseline.example/webhooks/${connector}/${connection}`, {
    method,
    headers: present,
    ...(method === "POST" ? { body } : {}),
  });
  const response = await receiveWebhook(request, connector, connection, doors);
  return { status: response.status, body: await response.json(), headers: response.headers, doors };
}

describe("POST /webhooks/zendesk/{connectionId}", () => {
  it("says in the words of the native door that a ticket without its id is no more than an event", async () => {
    const { body, headers } = await send({ body: vendorEvent({ detail: { organization_id: "11", status: "NEW" } }) });
    expect(body).toEqual({ accepted: 1, rejected: [] });
    expect(headers.get("pulseline-warnings")).toBe('"/data/ticketId: is missing, so this counts as an event and no more";index=0');
  });

  it("stores a signed event, which maps to a ticket of the organization", async () => {
    const { status, body, doors } = await send({});
    expect({ status, body }).toEqual({ status: 200, body: { accepted: 1, rejected: [] } });
    expect(doors.first().head).toMatchObject({
      connectionId: "zendesk-1",
      connector: "zendesk",
      form: "webhook",
      accepted: 1,
      meta: { invocationId: "inv-1" },
    });
    expect(mapDelivery(doors.first()).items).toMatchObject([
      {
        event: {
          id: "evt-1",
          type: "ticket.created",
          keys: ["external:zendesk|11"],
          data: { ticketId: "7", status: "new", priority: "urgent" },
        },
      },
    ]);
  });

  it("checks the vendor's published vector as timestamp before body, secret as text", () => {
    const vectors = [
      ["2021-03-25T05:09:27Z", '{"event":"ticket.updated","id":123}', "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM="],
      ["2024-04-17T17:18:10Z", '{"say": "hello"}', "uxEWFaNOmXm/HFqIBtEPGTgIWx+SBqKUO/t3+9I2mkw="],
      ["2024-04-17T17:18:10Z", "", "a9HeCVFs3oo3D8z5WT8ptnWDDf13aRXlGQiHonVDOqU="],
    ] as const;
    for (const [timestamp, body, signature] of vectors)
      expect(hmacBase64(publicTestSecret, timestamp, new TextEncoder().encode(body))).toBe(signature);
  });

  const timestamp = new Date(doorNow).toISOString();
  it.each<[string, Sent, string]>([
    ["no signature", { headers: { "x-zendesk-webhook-signature": null } }, "signature_missing"],
    ["no timestamp", { headers: { "x-zendesk-webhook-signature-timestamp": null } }, "timestamp_missing"],
    ["another secret", { key: "other" }, "signature_mismatch"],
    [
      "one changed byte",
      { body: vendorEvent(), headers: { "x-zendesk-webhook-signature": hmacBase64(secret, timestamp, `${vendorEvent()} `) } },
      "signature_mismatch",
    ],
    [
      "the secret decoded from base64",
      { headers: { "x-zendesk-webhook-signature": hmacBase64(atob(secret), timestamp, vendorEvent()) } },
      "signature_mismatch",
    ],
    [
      "body before timestamp",
      { headers: { "x-zendesk-webhook-signature": hmacBase64(secret, vendorEvent(), timestamp) } },
      "signature_mismatch",
    ],
    ["a timestamp 5 minutes and a second old", { at: doorNow - 301_000 }, "timestamp_out_of_window"],
    ["a timestamp 5 minutes and a second ahead", { at: doorNow + 301_000 }, "timestamp_out_of_window"],
    ["a timestamp that is none", { headers: { "x-zendesk-webhook-signature-timestamp": "soon" } }, "timestamp_invalid"],
    ["a connection without a secret", { doors: doorsWith({}) }, "secret_missing"],
    [
      "the vendor's public test secret, even if it is stored",
      { key: publicTestSecret, doors: doorsWith({ webhookSecret: publicTestSecret }) },
      "secret_is_public",
    ],
  ])("answers 401 to %s, stores nothing, and counts the refusal", async (_, sent, reason) => {
    const answer = await send(sent);
    expect(answer).toMatchObject({ status: 401, body: { reason } });
    expect(answer.doors.appended).toEqual([]);
    expect(answer.doors.refusals).toMatchObject([{ connectionId: "zendesk-1", connector: "zendesk", stream: "webhook", reason }]);
  });

  it("tells a person who signs in the order of the older page", async () => {
    const { doors } = await send({ headers: { "x-zendesk-webhook-signature": hmacBase64(secret, vendorEvent(), timestamp) } });
    expect(doors.reported).toContain("webhook_signed_in_reverse_order");
  });

  it("is open at 5 minutes sharp, before and after", async () => {
    expect((await send({ at: doorNow - 300_000 })).status).toBe(200);
    expect((await send({ at: doorNow + 300_000 })).status).toBe(200);
  });

  it.each<[string, Sent]>([
    ["a connector nobody wrote", { connector: "acme" }],
    ["a connector without webhooks", { connector: "mixpanel", connection: "mixpanel-1" }],
    ["a connection that does not exist", { connection: "nobody" }],
    ["a connection of another connector", { connection: "mixpanel-1" }],
  ])("answers 404 to %s", async (_, sent) => {
    expect((await send(sent)).status).toBe(404);
  });

  it("answers 405 with Allow to other methods: this vendor probes nothing", async () => {
    for (const method of ["GET", "HEAD", "PUT"]) {
      const request = new Request("https://pulseline.example/webhooks/zendesk/zendesk-1", { method });
      const response = await receiveWebhook(request, "zendesk", "zendesk-1", doorsWith());
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    }
  });

  it.each([
    ["a trigger's broken JSON", '{"title":"he said "hello""}'],
    ["an empty body", ""],
    ["a body that is null", "null"],
  ])("answers 2xx to %s, because the vendor repeats nothing, and stores it as refused", async (_, text) => {
    const { status, body, doors } = await send({ body: text });
    expect({ status, body }).toMatchObject({ status: 200, body: { accepted: 0, rejected: [{ reason: "not_json_object" }] } });
    expect(doors.first().head).toMatchObject({ accepted: 0, rejected: 1 });
  });

  it("takes a type that does not exist without effect", async () => {
    const { status, doors } = await send({ body: vendorEvent({ type: "zen:event-type:ticket.updated" }) });
    expect([status, doors.first().head.accepted]).toEqual([200, 1]);
    expect(mapDelivery(doors.first()).items).toEqual([{ drop: "unknown_type" }]);
  });

  it("tells of a ticket event of 1970 and stores it as refused", async () => {
    const { status, body, doors } = await send({ body: vendorEvent({ time: "1970-01-01T00:00:00Z" }) });
    expect({ status, body }).toMatchObject({ status: 200, body: { accepted: 0, rejected: [{ reason: "time_out_of_range" }] } });
    expect(doors.first().head).toMatchObject({ accepted: 0, rejected: 1 });
  });

  it("still takes the events of a paused connection: refused, they would be lost", async () => {
    const doors = testDoors({
      connections: { "connection|zendesk-1": connectionOf("zendesk", { status: "paused" }) },
      secrets: { webhookSecret: secret },
    });
    expect((await send({ doors })).status).toBe(200);
    expect(doors.appended).toHaveLength(1);
  });

  it("answers 503 with a wait below the vendor's minute when no shard takes it", async () => {
    const doors = testDoors({
      connections: { "connection|zendesk-1": connectionOf("zendesk") },
      secrets: { webhookSecret: secret },
      append: () => ({ stored: false, retryAfterMs: 2_000 }),
    });
    const { status, headers } = await send({ doors });
    expect([status, headers.get("retry-after")]).toEqual([503, "2"]);
    expect(doors.refusals).toMatchObject([{ connectionId: "zendesk-1", reason: "not_stored" }]);
  });
});
