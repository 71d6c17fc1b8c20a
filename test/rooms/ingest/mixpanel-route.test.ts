import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { mapDelivery } from "../../../src/connectors/index.ts";
import { receiveMixpanel } from "../../../src/ingest/mixpanel-route.ts";
import { DoorUnavailable } from "../../../src/ingest/ports.ts";
import { type TestDoors, type TestDoorsOptions, connectionOf, testDoors } from "../../support/ingest-doors.ts";

const token = "11111111111111111111111111111111";
const connection = connectionOf("mixpanel", { settings: { projectToken: token, groupKey: "company_id" } });
const doorsWith = (options: TestDoorsOptions = {}): TestDoors =>
  testDoors({
    connections: { [`mixpanel|${token}`]: connection },
    secrets: { apiSecret: "api-secret", serviceAccountUser: "svc", serviceAccountSecret: "svc-secret" },
    ...options,
  });

const event = (changes: Record<string, unknown> = {}): unknown => ({
  event: "Report Exported",
  properties: { token, distinct_id: "dana@acme.example", $insert_id: "i1", time: 1795597100, company_id: "acme", ...changes },
});
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64");

type Sent = { path?: string; method?: string; body?: BodyInit; headers?: Record<string, string>; doors?: TestDoors };
async function send({ path = "/track", method = "POST", body, headers = {}, doors = doorsWith() }: Sent) {
  const request = new Request(`https://pulseline.example${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const form = path.replace(/^\//, "").replace(/[/?].*$/, "") as "track";
  const response = await receiveMixpanel(request, form, doors);
  return { status: response.status, text: await response.text(), headers: response.headers, doors };
}

describe("the Mixpanel doors", () => {
  it("answer exactly 1 to a GET with the event in its query, and store it", async () => {
    const { status, text, headers, doors } = await send({
      method: "GET",
      path: `/track?ip=0&verbose=0&data=${encodeURIComponent(base64(event()))}`,
    });
    expect([status, text]).toEqual([200, "1"]);
    expect(headers.get("content-type")).toContain("text/plain");
    expect(doors.first().head).toMatchObject({
      connectionId: "mixpanel-1",
      connector: "mixpanel",
      form: "track",
      accepted: 1,
      lane: "live",
    });
    expect(mapDelivery(doors.first()).items).toMatchObject([
      {
        event: {
          type: "feature.used",
          keys: ["external:mixpanel|acme", "user|dana@acme.example", "email|dana@acme.example", "domain|acme.example"],
        },
      },
    ]);
  });

  it("read base64 whose plus signs were not escaped", async () => {
    const raw = base64([event({ note: "subject?>>>>~~~~ ÿÿÿ" })]);
    expect(raw).toContain("+");
    const { text, doors } = await send({ body: `data=${raw}`, headers: { "content-type": "application/x-www-form-urlencoded" } });
    expect(text).toBe("1");
    expect(JSON.stringify(mapDelivery(doors.first()).items)).toContain("subject?>>>>~~~~ ÿÿÿ");
  });

  it.each<[string, BodyInit, Record<string, string>]>([
    ["a browser's escaped base64", `data=${encodeURIComponent(base64([event()]))}&ip=1`, {}],
    ["a browser's escaped JSON", `data=${encodeURIComponent(JSON.stringify([event({ note: "a b" })]))}`, {}],
    ["JSON as the body", JSON.stringify([event()]), { "content-type": "application/json" }],
    ["NDJSON", `${JSON.stringify(event())}\n${JSON.stringify(event())}`, { "content-type": "application/x-ndjson" }],
    ["a gzip body", gzipSync(JSON.stringify([event()])), { "content-encoding": "gzip" }],
    ["a beacon's text/plain form", `data=${encodeURIComponent(base64([event()]))}`, { "content-type": "text/plain" }],
  ])("take %s", async (_, body, headers) => {
    const { text, doors } = await send({ path: "/track/", body, headers });
    expect(text).toBe("1");
    expect(doors.first().head.accepted).toBeGreaterThan(0);
  });

  it("take profile updates of people and groups", async () => {
    const person = await send({
      method: "GET",
      path: `/engage?verbose=1&data=${encodeURIComponent(base64({ $token: token, $distinct_id: "u1", $set: { $email: "dana@acme.example" } }))}`,
    });
    expect(JSON.parse(person.text)).toEqual({ status: 1, error: null });
    const group = await send({
      path: "/groups/",
      body: `data=${base64({ $token: token, $group_key: "company_id", $group_id: "acme", $set: { $name: "Acme" } })}`,
    });
    expect(mapDelivery(group.doors.first()).items).toMatchObject([
      { event: { type: "account.updated", keys: ["external:mixpanel|acme"], data: { name: "Acme" } } },
    ]);
  });

  it("say what was wrong in verbose mode, and 0 otherwise", async () => {
    const body = `data=${base64(event({ time: 4102444800 }))}`;
    expect(await send({ body })).toMatchObject({ status: 200, text: "0" });
    expect(JSON.parse((await send({ path: "/track?verbose=1", body })).text)).toEqual({
      status: 0,
      error: "time_out_of_range: /properties/time: must be from 800 days ago to 24 hours ahead",
    });
  });

  it("answer an image or a script where the client asks for it", async () => {
    const body = `data=${base64(event())}`;
    const image = await send({ path: "/track?img=1", body });
    expect([image.status, image.headers.get("content-type"), image.text.slice(0, 6)]).toEqual([200, "image/gif", "GIF89a"]);
    const script = await send({ path: "/track?callback=app.done", body });
    expect([script.headers.get("content-type"), script.text]).toEqual(["text/javascript; charset=utf-8", "app.done(1);"]);
    expect((await send({ path: "/track?callback=alert(1)//", body })).text).toBe("1");
  });

  it("name the origin in preflight and answer, because browsers send credentials", async () => {
    const headers = {
      origin: "https://shop.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,x-a",
    };
    const preflight = await send({ method: "OPTIONS", headers });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      "access-control-allow-origin": "https://shop.example",
      "access-control-allow-credentials": "true",
      "access-control-allow-headers": "content-type,x-a",
      "access-control-allow-methods": "GET, POST, OPTIONS",
      vary: "Origin",
    });
    const answer = await send({ body: `data=${base64(event())}`, headers: { origin: "https://shop.example" } });
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://shop.example");
  });

  it.each<[string, Sent, number, string]>([
    [
      "a token of no project",
      { body: `data=${base64(event({ token: "2".repeat(32) }))}` },
      401,
      '{"error":"The project token belongs to no connection.","status":"error"}',
    ],
    [
      "an event without a token",
      { body: `data=${base64({ event: "x", properties: {} })}` },
      401,
      '{"error":"The project token belongs to no connection.","status":"error"}',
    ],
    ["no data", { method: "GET", path: "/track" }, 400, "0"],
    ["data that is no base64", { body: "data=%%%" }, 400, "0"],
    ["cut-off gzip", { body: gzipSync("data=").subarray(0, 9), headers: { "content-encoding": "gzip" } }, 400, "0"],
    ["brotli", { body: "data=", headers: { "content-encoding": "br" } }, 415, "0"],
    ["a number", { body: "data=Nw==" }, 422, "0"],
    ["10,001 events", { body: JSON.stringify(Array.from({ length: 10_001 }, () => 0)) }, 413, "0"],
    ["20 MB", { body: new Uint8Array(20_000_000) }, 413, "0"],
  ])("refuse %s and store nothing", async (_, sent, status, text) => {
    const answer = await send(sent);
    expect([answer.status, answer.text]).toEqual([status, text]);
    expect(answer.doors.appended).toEqual([]);
  });

  it("answer 405 with Allow to other methods, HEAD among them, and store nothing", async () => {
    for (const method of ["HEAD", "PUT", "DELETE"]) {
      const { status, headers } = await send({ method });
      expect([status, headers.get("allow")]).toEqual([405, "GET, POST, OPTIONS"]);
    }
  });

  it("take a single import by GET, as the official client sends it", async () => {
    const path = `/import?api_key=api-secret&data=${encodeURIComponent(base64(event()))}`;
    const { status, text, doors } = await send({ method: "GET", path });
    expect([status, text]).toEqual([200, "1"]);
    expect(doors.first().head).toMatchObject({ form: "import", accepted: 1 });
  });

  it("never answer 1 when nothing was stored", async () => {
    const body = `data=${base64(event())}`;
    const full = await send({ body, doors: doorsWith({ append: () => ({ stored: false, retryAfterMs: 1_500 }) }) });
    expect([full.status, full.text, full.headers.get("retry-after")]).toEqual([503, "0", "2"]);
    const down = { ...doorsWith(), connection: () => Promise.reject(new DoorUnavailable()) };
    expect(await send({ body, doors: down })).toMatchObject({ status: 503, text: "0" });
  });
});

describe("POST /import", () => {
  const basic = (user: string, password: string): Record<string, string> => ({
    authorization: `Basic ${btoa(`${user}:${password}`)}`,
    "content-type": "application/json",
  });
  const body = JSON.stringify([event(), event({ $insert_id: "i2" })]);

  it.each<[string, Sent]>([
    ["the service account", { path: "/import?project_id=1", headers: basic("svc", "svc-secret"), body }],
    ["the API secret as user name", { path: "/import", headers: basic("api-secret", ""), body }],
    ["the project token as user name", { path: "/import", headers: basic(token, ""), body }],
    ["the API secret as api_key", { path: "/import?api_key=api-secret", body }],
  ])("takes %s and answers the count", async (_, sent) => {
    const { status, text, doors } = await send(sent);
    expect([status, JSON.parse(text)]).toEqual([200, { code: 200, num_records_imported: 2, status: "OK" }]);
    expect(doors.first().head).toMatchObject({ form: "import", lane: "backfill", accepted: 2 });
  });

  it("finds the connection by project_id when no event names the project token, and only with the service account's secret", async () => {
    const doors = doorsWith({ connections: { "mixpanel-project|4711": connection } });
    const bare = JSON.stringify([event({ token: undefined })]);
    const at = (path: string, secret: string) => send({ path, headers: basic("svc", secret), body: bare, doors });
    expect((await at("/import?project_id=4711", "wrong")).status).toBe(401);
    expect((await at("/import?project_id=4712", "svc-secret")).status).toBe(401);
    expect(JSON.parse((await at("/import?project_id=4711", "svc-secret")).text)).toMatchObject({ num_records_imported: 1 });
  });

  it("finds the connection by its API secret alone, and by no other", async () => {
    const doors = doorsWith({ connections: { "mixpanel-secret|digest of api-secret": connection } });
    const bare = JSON.stringify([event({ token: undefined })]);
    const statusOf = async (sent: Sent) => (await send({ body: bare, doors, ...sent })).status;
    expect(await statusOf({ path: "/import", headers: basic("api-secret", "") })).toBe(200);
    expect(await statusOf({ path: "/import?api_key=api-secret" })).toBe(200);
    expect(await statusOf({ path: "/import", headers: basic("other-secret", "") })).toBe(401);
    expect(await statusOf({ path: "/import", headers: basic("svc", "svc-secret") })).toBe(401);
    expect(await statusOf({ path: "/import" })).toBe(401);
  });

  it.each<[string, Sent]>([
    ["the project token alone", { path: "/import", body }],
    ["a wrong secret", { path: "/import", headers: basic("svc", "wrong"), body }],
    ["a wrong api_key", { path: "/import?api_key=x", body }],
    ["a broken header", { path: "/import", headers: { authorization: "Basic !" }, body }],
  ])("answers 401 to %s", async (_, sent) => {
    const { status, text, doors } = await send(sent);
    expect([status, JSON.parse(text)]).toEqual([401, { code: 401, error: "Invalid credentials", status: "Unauthorized" }]);
    expect(doors.appended).toEqual([]);
  });

  it("answers 1 to the SDKs, which send a form", async () => {
    expect((await send({ path: "/import?ip=0&verbose=0&api_key=api-secret", body: `data=${base64([event()])}` })).text).toBe("1");
  });

  it("stores the good records of a mixed batch and, with strict=1, names the others in a 400", async () => {
    const mixed = JSON.stringify([event(), event({ $insert_id: "bad", time: "soon" })]);
    const strict = await send({ path: "/import?strict=1", headers: basic(token, ""), body: mixed });
    expect([strict.status, JSON.parse(strict.text)]).toEqual([
      400,
      {
        code: 400,
        error: "some data points in the request failed validation",
        failed_records: [
          {
            index: 1,
            insert_id: "bad",
            $insert_id: "bad",
            field: "properties.time",
            message: "'properties.time' is invalid: must be specified as seconds or milliseconds since epoch",
          },
        ],
        num_records_imported: 1,
        status: "Bad Request",
      },
    ]);
    expect(strict.doors.first().head).toMatchObject({ accepted: 1, rejected: 1 });
    expect((await send({ path: "/import", headers: basic(token, ""), body: mixed })).status).toBe(200);
  });
});
