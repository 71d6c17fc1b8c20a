import { gzipSync } from "node:zlib";
import { expect, describe, it } from "vitest";
import { mapDelivery } from "../../../src/connectors/index.ts";
import { receiveEvents } from "../../../src/ingest/native-route.ts";
import { warningsShownMax } from "../../../src/domain/limits.ts";
import { type TestDoors, ingestToken, testDoors } from "../../support/ingest-doors.ts";

const event = (id: string, changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  id,
  type: "feature.used",
  time: "2026-11-25T08:59:00Z",
  account: { id: "acct-1" },
  data: { feature: "export" },
  ...changes,
});

type Sent = {
  readonly body?: BodyInit | null;
  readonly headers?: Record<string, string>;
  readonly query?: string;
  readonly doors?: TestDoors;
};

async function send({
  body = null,
  headers = {},
  query = "",
  doors = testDoors(),
}: Sent): Promise<{ status: number; body: unknown; headers: Headers; doors: TestDoors }> {
  const url = new URL(`https://pulseline.example/v1/events${query}`);
  const request = new Request(url, {
    method: "POST",
    body,
    headers: { authorization: "Bearer good", ...headers },
    duplex: "half",
  } as RequestInit);
  const response = await receiveEvents(request, doors);
  return { status: response.status, body: await response.json(), headers: response.headers, doors };
}

describe("POST /v1/events", () => {
  it("takes what lacks the field that its type needs, and says what is lost by it", async () => {
    const events = [
      event("no-data", { data: undefined }),
      event("by-name", { data: { name: "export" } }),
      event("empty", { data: { feature: "", plan: "pro" } }),
      event("rated", { type: "ticket.rated", data: { ticketId: "7" } }),
      event("unknown", { type: "thing.done", data: {} }),
      event("bad", { time: "then" }),
    ];
    const { status, body, headers, doors } = await send({ body: JSON.stringify(events) });
    const loss = "(`name` or `event` would do), so this counts as an event and no more";
    expect([status, doors.first().head.accepted, body]).toEqual([
      202,
      5,
      { accepted: 5, rejected: [expect.objectContaining({ index: 5, id: "bad" })] },
    ]);
    expect(headers.get("pulseline-warnings")).toBe(
      `"/data/feature: is missing ${loss}";index=0, "/data/feature: is missing ${loss}";index=2, "/data/score: is missing, so this judges nothing";index=3`,
    );
    expect(headers.get("location")).toBe(`/api/v1/deliveries/${doors.first().head.id}`);
    expect((await send({ body: JSON.stringify([event("e1")]) })).headers.has("pulseline-warnings")).toBe(false);
    const many = Array.from({ length: warningsShownMax + 1 }, (_, i) => event(`e${i}`, { data: {} }));
    expect((await send({ body: JSON.stringify(many) })).headers.get("pulseline-warnings")?.split(', "')).toHaveLength(warningsShownMax);
  });

  it("stores the body as it came and says how many events it holds", async () => {
    const text = ` ${JSON.stringify([event("e1"), event("e2")])}\n`;
    const { status, body, doors } = await send({ body: text });
    expect({ status, body }).toEqual({ status: 202, body: { accepted: 2, rejected: [] } });
    expect(doors.appended).toHaveLength(1);
    const delivery = doors.first();
    expect(new TextDecoder().decode(delivery.body)).toBe(text);
    expect(delivery.head).toMatchObject({
      connectionId: "tok-1",
      connector: "native",
      form: "events",
      lane: "live",
      accepted: 2,
      rejected: 0,
      mayCreateAccounts: true,
      contentEncoding: "identity",
    });
    expect(mapDelivery(delivery).items).toHaveLength(2);
  });

  it("takes the good neighbours of a bad event, and is 202 even when all are bad", async () => {
    const mixed = await send({ body: JSON.stringify([event("e1"), event("e2", { time: "2100-01-01T00:00:00Z" })]) });
    expect(mixed).toMatchObject({ status: 202, body: { accepted: 1, rejected: [{ index: 1, id: "e2", reason: "time_out_of_range" }] } });
    const bad = await send({ body: JSON.stringify(event("", {})) });
    expect(bad).toMatchObject({ status: 202, body: { accepted: 0, rejected: [{ index: 0, reason: "invalid_field" }] } });
    expect(bad.doors.appended).toHaveLength(1);
  });

  it("stores nothing for no events", async () => {
    const { status, body, doors } = await send({ body: "[]" });
    expect({ status, body, appended: doors.appended }).toEqual({ status: 202, body: { accepted: 0, rejected: [] }, appended: [] });
  });

  it("keeps gzip as gzip", async () => {
    const zipped = gzipSync(JSON.stringify([event("e1")]));
    const { status, doors } = await send({ body: zipped, headers: { "content-encoding": "gzip" } });
    expect(status).toBe(202);
    expect(doors.first().head.contentEncoding).toBe("gzip");
    expect(Buffer.from(doors.first().body).equals(zipped)).toBe(true);
  });

  it("marks history by `?lane=backfill` and ignores parameters it does not know", async () => {
    const { doors } = await send({ body: JSON.stringify(event("e1")), query: "?lane=backfill&whatever=1" });
    expect(doors.first().head.lane).toBe("backfill");
  });

  it("files a token's events under its connection, and under itself where it has none", async () => {
    const doors = testDoors({ tokens: { good: { ...ingestToken, connectionId: "shop" } } });
    await send({ body: JSON.stringify(event("e1")), doors });
    expect(doors.first().head.connectionId).toBe("shop");
  });

  it("does not let a token create accounts when the setting says no", async () => {
    const doors = testDoors({ mayCreateAccounts: false });
    await send({ body: JSON.stringify(event("e1")), doors });
    expect(mapDelivery(doors.first()).items).toEqual([{ event: expect.not.objectContaining({ mayCreate: true }) }]);
  });

  const big = new Uint8Array(30_000_000).fill(0x20);
  it.each<[string, Sent, number, string]>([
    ["an empty body", { body: "" }, 400, "empty"],
    ["no JSON", { body: "{" }, 400, "not_json"],
    ["text that is not UTF-8", { body: Uint8Array.of(0x5b, 0xff, 0x5d) }, 400, "not_utf8"],
    [
      "gzip that was cut off",
      { body: gzipSync(JSON.stringify(event("e1"))).subarray(0, 40), headers: { "content-encoding": "gzip" } },
      400,
      "broken_gzip",
    ],
    ["a lane nobody knows", { body: JSON.stringify(event("e1")), query: "?lane=fast" }, 400, "bad_query"],
    ["no token", { body: "[]", headers: { authorization: "" } }, 401, "token_unknown"],
    ["a wrong token", { body: "[]", headers: { authorization: "Bearer bad" } }, 401, "token_unknown"],
    [
      "a token that may only read",
      { body: "[]", doors: testDoors({ tokens: { good: { ...ingestToken, scopes: ["read"] } } }) },
      403,
      "scope_missing",
    ],
    ["a body of 30 MB", { body: big }, 413, "body_too_large"],
    ["a body of 30 MB of unknown length", { body: new Blob([big]).stream() }, 413, "body_too_large"],
    ["a gzip bomb", { body: gzipSync(new Uint8Array(40_000_000)), headers: { "content-encoding": "gzip" } }, 413, "body_too_large"],
    ["100,000 events", { body: `[${"{},".repeat(99_999)}{}]` }, 413, "too_many"],
    ["XML", { body: "<event/>", headers: { "content-type": "application/xml" } }, 415, "unsupported_media_type"],
    [
      "CloudEvents in a form we do not read",
      { body: "x", headers: { "content-type": "application/cloudevents+avro" } },
      415,
      "unsupported_media_type",
    ],
    ["brotli", { body: "x", headers: { "content-encoding": "br" } }, 415, "unsupported_encoding"],
    ["null", { body: "null" }, 422, "not_events"],
    ["a number", { body: "12" }, 422, "not_events"],
  ])("refuses %s, stores nothing, and counts the refusal of a sender it knows", async (_, sent, status, reason) => {
    const answer = await send(sent);
    const isKnown = status !== 401 && status !== 403;
    expect(answer.doors.refusals).toMatchObject(isKnown ? [{ connectionId: "tok-1", connector: "native", stream: "events", reason }] : []);
    expect(answer).toMatchObject({
      status,
      body: { type: "about:blank", status, reason, detail: expect.any(String), requestId: expect.any(String), title: expect.any(String) },
    });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.doors.appended).toEqual([]);
  });

  it.each<[string, Sent, string]>([
    ["a lane nobody knows", { body: "[]", query: "?lane=fast" }, "?lane"],
    ["events that are no array", { body: '{"events":5}' }, "/events"],
    ["a number", { body: "12" }, ""],
  ])("names where %s is wrong", async (_, sent, pointer) => {
    expect((await send(sent)).body).toMatchObject({ pointer });
  });

  it("gives null for the id of a rejected event that has none it could be known by", async () => {
    const bad = [event("", { id: undefined }), event("", { id: "x".repeat(300) }), event("", { id: 7 }), 5, event("e4", { time: "soon" })];
    const { body } = await send({ body: JSON.stringify(bad) });
    const { rejected } = body as { rejected: readonly { id: unknown }[] };
    expect(rejected.map(({ id }) => id)).toEqual([null, null, null, null, "e4"]);
    expect(Object.keys(rejected[0] ?? {})).toEqual(["index", "id", "reason", "detail"]);
  });

  it("answers 503 with a time to come back when no shard takes it", async () => {
    const doors = testDoors({ append: () => ({ stored: false, retryAfterMs: 90_000 }) });
    const { status, headers } = await send({ body: JSON.stringify(event("e1")), doors });
    expect({ status, retryAfter: headers.get("retry-after") }).toEqual({ status: 503, retryAfter: "30" });
  });

  it.each([
    ["application/json", "json"],
    ["", "json"],
    ["text/plain;charset=UTF-8", "json"],
    ["application/x-ndjson", "ndjson"],
    ["application/vnd.acme+json", "json"],
    ["Application/CloudEvents+JSON; charset=utf-8", "structured"],
    ["application/cloudevents-batch+json", "batch"],
  ])("reads %j as %s", async (type, mode) => {
    const { doors } = await send({
      body: new TextEncoder().encode(
        mode === "batch" || mode === "json" ? `[${JSON.stringify(event("e1"))}]` : JSON.stringify(event("e1")),
      ),
      headers: type === "" ? {} : { "content-type": type },
    });
    expect(doors.first().head.meta).toEqual({ mode });
  });

  it("takes a binary CloudEvent: its headers, decoded once, and its body as data", async () => {
    const { body, doors } = await send({
      body: '{"amount":5}',
      headers: {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "a%20b",
        "ce-source": "/s",
        "ce-type": "invoice.paid",
        "ce-accountid": "acct-1",
        "ce-time": "2026-11-25T08:00:00Z",
        "x-private": "1",
      },
    });
    expect(body).toEqual({ accepted: 1, rejected: [] });
    expect(doors.first().head.meta).not.toHaveProperty("x-private");
    expect(doors.first().head.meta).not.toHaveProperty("authorization");
    expect(mapDelivery(doors.first()).items).toMatchObject([
      { event: { id: "/s#a b", type: "invoice.paid", keys: ["account|acct-1"], data: { amount: 5 } } },
    ]);
  });
});
