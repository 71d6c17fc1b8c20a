import { beforeAll, describe, expect, it } from "vitest";
import { connectionSettingsBytesMax } from "../../src/domain/limits.ts";
import { readCredentials } from "../../src/platform/d1/credential-store.ts";
import { decryptText, encryptText, sha256Hex } from "../../src/platform/secrets.ts";
import { ask, origin, testEnv, tokenWith } from "../support/api-client.ts";

let token = "";
beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
});
type Item = Record<string, unknown>;
const post = (path: string, body: unknown, headers: Record<string, string> = {}) => ask("POST", `/api/v1${path}`, { token, body, headers });
const get = (path: string) => ask("GET", `/api/v1${path}`, { token });

describe("tokens", () => {
  it("are shown once and kept as a hash", async () => {
    const made = await post("/tokens", { name: "sender", scopes: ["ingest", "ingest"], expiresAt: "2036-01-01" });
    expect(made.status).toBe(201);
    const { token: text, ...rest } = made.json;
    expect(text).toMatch(/^pl_[\w-]{43}$/);
    expect(rest).toMatchObject({
      name: "sender",
      scopes: ["ingest"],
      connectionId: null,
      accountIds: null,
      expiresAt: "2036-01-01T00:00:00.000Z",
      revokedAt: null,
    });
    const row = await testEnv.DB.prepare("SELECT * FROM tokens WHERE id = ?").bind(rest["id"]).first<Item>();
    expect(row?.["hash"]).toBe(sha256Hex(text as string));
    expect(JSON.stringify(row)).not.toContain(text);
    const listed = (await get("/tokens?limit=500")).json["items"] as Item[];
    expect(listed.find((item) => item["id"] === rest["id"])).toEqual(rest);
  });

  it("come page by page, the newest first", async () => {
    const made = [];
    for (const name of ["first", "second", "third"]) made.push((await post("/tokens", { name, scopes: ["read"] })).json["id"]);
    const page = await get("/tokens?limit=2");
    const next = await get(`/tokens?limit=1&cursor=${String(page.json["nextCursor"])}`);
    expect([page, next].flatMap(({ json }) => (json["items"] as Item[]).map((item) => item["id"]))).toEqual(made.reverse());
  });

  it("work at the doors at once, and with the database down because every door has a copy", async () => {
    const { json } = await post("/tokens", { name: "sender", scopes: ["ingest"] });
    const [copy] = await testEnv.INTAKE_SHARD.getByName("0").getCredentials([`token|${sha256Hex(json["token"] as string)}`]);
    expect(copy).toMatchObject({ kind: "token", tokenId: json["id"], scopes: ["ingest"] });
    const sent = await ask("POST", "/v1/events", {
      token: json["token"] as string,
      body: { id: "e1", type: "feature.used", time: new Date().toISOString(), account: { id: "at-once" } },
    });
    expect([sent.status, sent.json["accepted"]]).toEqual([202, 1]);
  });

  it.each([
    [{ scopes: ["read"] }, "/name"],
    [{ name: "x", scopes: [] }, "/scopes"],
    [{ name: "x", scopes: ["root"] }, "/scopes/0"],
    [{ name: "x", scopes: ["read"], expiresAt: "2020-01-01" }, "/expiresAt"],
    [{ name: "x", scopes: ["read"], connectionId: "con_nobody" }, "/connectionId"],
    [{ name: "x", scopes: ["read"], accountIds: [] }, "/accountIds"],
  ])("%j names %s", async (body, pointer) => {
    const { status, json } = await post("/tokens", body);
    expect([status, json["pointer"]]).toEqual([422, pointer]);
  });
});

describe("connections", () => {
  const make = async (more: Item = {}) => (await post("/connections", { connector: "zendesk", name: "Support", ...more })).json;

  it("tell where the vendor shall send, and never give secrets back", async () => {
    const made = await make({ settings: { subdomain: "acme" }, secrets: { webhookSecret: "very secret" } });
    expect(made).toMatchObject({
      connector: "zendesk",
      name: "Support",
      status: "active",
      baseUrl: null,
      settings: { subdomain: "acme" },
      secrets: ["webhookSecret"],
    });
    expect(made["webhookUrl"]).toBe(`${origin}/webhooks/zendesk/${made["id"] as string}`);
    expect((await get(`/connections/${made["id"] as string}`)).json).toEqual(made);
    const row = await testEnv.DB.prepare("SELECT * FROM connections WHERE id = ?").bind(made["id"]).first<Item>();
    expect(JSON.stringify(row)).not.toContain("very secret");
    expect(JSON.parse(await decryptText(testEnv.PULSELINE_SECRET_KEY, row?.["secrets_ciphertext"] as string))).toEqual({
      webhookSecret: "very secret",
    });
  });

  it("can be made with nothing but a connector, and say what is missing", async () => {
    const { status, json } = await post("/connections", { connector: "zendesk" });
    expect([status, json["name"]]).toEqual([201, "Zendesk Support"]);
    const tested = await ask("POST", `/api/v1/connections/${json["id"] as string}/test`, { token });
    expect([tested.json["ok"], tested.json["lastReceivedAt"]]).toEqual([false, null]);
    expect((tested.json["missing"] as Item[]).map((missing) => missing["name"])).toContain("webhookSecret");
  });

  it("refuse the secret that the vendor has published, and name it where it was stored before", async () => {
    const webhookSecret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==";
    const fault = { pointer: "/secrets/webhookSecret", detail: expect.stringContaining("published test secret") };
    expect(await post("/connections", { connector: "zendesk", secrets: { webhookSecret } })).toMatchObject({ status: 422, json: fault });
    const made = await make({ secrets: { webhookSecret: "its-own" } });
    const path = `/api/v1/connections/${made["id"] as string}`;
    expect(await ask("PATCH", path, { token, body: { secrets: { webhookSecret } } })).toMatchObject({ status: 422, json: fault });
    expect((await ask("POST", `${path}/test`, { token })).json).toMatchObject({ ok: true, missing: [] });
    const old = await encryptText(testEnv.PULSELINE_SECRET_KEY, JSON.stringify({ webhookSecret }));
    await testEnv.DB.prepare("UPDATE connections SET secrets_ciphertext = ?1 WHERE id = ?2").bind(old, made["id"]).run();
    expect((await ask("POST", `${path}/test`, { token })).json).toMatchObject({ ok: false, missing: [{ name: "webhookSecret" }] });
  });

  it("have nothing to poll where the connector is pushed", async () => {
    const made = await make({});
    expect(await ask("POST", `/api/v1/connections/${made["id"] as string}/sync`, { token })).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining("nothing to poll") },
    });
    expect((await ask("POST", "/api/v1/connections/con_nobody/sync", { token })).status).toBe(404);
  });

  it("change by name: what is not named stays, null takes a setting or secret away", async () => {
    const made = await make({ settings: { subdomain: "acme", accountKey: "x" }, secrets: { webhookSecret: "a", clientSecret: "b" } });
    const path = `/api/v1/connections/${made["id"] as string}`;
    const patched = await ask("PATCH", path, {
      token,
      body: { settings: { accountKey: null }, secrets: { clientSecret: null, accessToken: "c" } },
    });
    expect(patched.json).toMatchObject({ name: "Support", settings: { subdomain: "acme" }, secrets: ["accessToken", "webhookSecret"] });
    const put = await ask("PUT", path, { token, body: { name: "New" } });
    expect(put.json).toMatchObject({ name: "New", settings: {}, secrets: ["accessToken", "webhookSecret"] });
  });

  it.each([
    ["text", "98701"],
    ["a number", 98702],
  ])("of Mixpanel are found by project id, given as %s, until they are removed", async (_, projectId) => {
    const { json } = await post("/connections", {
      connector: "mixpanel",
      settings: { projectToken: `token of ${projectId}`, projectId },
      secrets: { serviceAccountUser: "svc", serviceAccountSecret: "secret of svc" },
    });
    const body = [
      { event: "Seen", properties: { time: Math.floor(Date.now() / 1_000), distinct_id: "dana", $insert_id: `i-${projectId}` } },
    ];
    const headers = { authorization: `Basic ${btoa("svc:secret of svc")}` };
    const sent = () => ask("POST", `/import?project_id=${projectId}`, { body, headers });
    expect([(await sent()).status, (await ask("POST", "/import?project_id=98799", { body, headers })).status]).toEqual([200, 401]);
    const [copy] = await testEnv.INTAKE_SHARD.getByName("0").getCredentials([`mixpanel-project|${projectId}`]);
    expect(copy).toMatchObject({ id: json["id"] });
    await ask("DELETE", `/api/v1/connections/${json["id"] as string}`, { token });
    expect((await readCredentials(testEnv.DB, [`mixpanel-project|${projectId}`]))[0]).toBeNull();
  });

  it("of Mixpanel are found by their API secret alone, until it is another one; the secret itself is kept nowhere in clear", async () => {
    const { json } = await post("/connections", { connector: "mixpanel", secrets: { apiSecret: "secret-of-import" } });
    const body = [{ event: "Seen", properties: { time: Math.floor(Date.now() / 1_000), distinct_id: "dana", $insert_id: "i-alone" } }];
    const sent = async (secret: string) =>
      (await ask("POST", "/import", { body, headers: { authorization: `Basic ${btoa(`${secret}:`)}` } })).status;
    expect([await sent("secret-of-import"), await sent("secret-of-nobody")]).toEqual([200, 401]);
    const row = await testEnv.DB.prepare("SELECT * FROM connections WHERE id = ?").bind(json["id"]).first<Item>();
    expect(JSON.stringify(row)).not.toContain("secret-of-import");
    expect(JSON.stringify((await get(`/connections/${json["id"] as string}`)).json)).not.toContain(row?.["api_secret_digest"]);
    await ask("PATCH", `/api/v1/connections/${json["id"] as string}`, { token, body: { secrets: { apiSecret: "another-secret" } } });
    expect([await sent("secret-of-import"), await sent("another-secret")]).toEqual([401, 200]);
    await ask("DELETE", `/api/v1/connections/${json["id"] as string}`, { token });
    expect(await sent("another-secret")).toBe(401);
  });

  it("are paused, resumed and removed at every door at once", async () => {
    const id = (await make())["id"] as string;
    const atDoor = async () => (await testEnv.INTAKE_SHARD.getByName("0").getCredentials([`connection|${id}`]))[0];
    for (const [action, status] of [
      ["pause", "paused"],
      ["resume", "active"],
    ] as const) {
      expect((await ask("POST", `/api/v1/connections/${id}/${action}`, { token })).json["status"]).toBe(status);
      expect(await atDoor()).toMatchObject({ status });
    }
    expect((await ask("DELETE", `/api/v1/connections/${id}`, { token })).status).toBe(204);
    expect(await atDoor()).toMatchObject({ status: "deleted" });
    for (const [method, path] of [
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/pause"],
      ["POST", "/test"],
    ] as const) {
      expect((await ask(method, `/api/v1/connections/${id}${path}`, { token })).status).toBe(404);
    }
    expect(JSON.stringify((await get("/connections?limit=500")).json)).not.toContain(id);
  });

  const refused: readonly (readonly [Item, string])[] = [
    [{}, "/connector"],
    [{ connector: "pulseline" }, "/connector"],
    [{ connector: "zendesk", secrets: { password: "x" } }, "/secrets/password"],
    [{ connector: "zendesk", settings: 7 }, "/settings"],
    [{ connector: "zendesk", settings: { subdomain: "acme", colour: "red" } }, "/settings/colour"],
    [{ connector: "zendesk", settings: { projectToken: "of another connector" } }, "/settings/projectToken"],
    ...[
      "http://127.0.0.1:1",
      "http://0x7f000001",
      "http://2130706433/",
      "http://localhost",
      "https://db.internal",
      "http://169.254.169.254/latest",
      "http://10.1.2.3",
      "http://172.16.0.1",
      "http://192.168.1.1",
      "http://100.64.0.1",
      "http://[::1]",
      "http://[fd00::1]",
      "http://[::ffff:10.0.0.1]",
      "http://intranet",
      "ftp://a.example",
      "file:///etc/passwd",
      "https://user:pw@a.example",
      "not a url",
    ].map((baseUrl) => [{ connector: "zendesk", baseUrl }, "/baseUrl"] as const),
    [{ connector: "zendesk", tokenUrl: "http://127.0.0.1" }, "/tokenUrl"],
  ];
  it.each(refused)("refuse %j", async (body, pointer) => {
    const { status, json } = await post("/connections", body);
    expect([status, json["pointer"]]).toEqual([422, pointer]);
  });

  it("hold 8 KB of settings, over all changes, and are left as they were by more", async () => {
    const made = await make({ settings: { subdomain: "x".repeat(5_000) } });
    const path = `/api/v1/connections/${made["id"] as string}`;
    const grow = (chars: number) => ask("PATCH", path, { token, body: { settings: { authMode: "ü".repeat(chars) } } });
    const overhead = '{"subdomain":"","authMode":""}'.length;
    const room = Math.floor((connectionSettingsBytesMax - overhead - 5_000) / 2);
    expect((await grow(room)).status).toBe(200);
    const refusal = await grow(room + 1);
    expect([refusal.status, refusal.json["pointer"]]).toEqual([422, "/settings"]);
    expect(((await get(`/connections/${made["id"] as string}`)).json["settings"] as Item)["authMode"]).toBe("ü".repeat(room));
  });

  it("come page by page", async () => {
    for (let i = 0; i < 3; i++) await make({ name: `page ${i}` });
    const first = await get("/connections?limit=2");
    expect(first.headers.get("link")).toBe(`</api/v1/connections?limit=2&cursor=${first.json["nextCursor"] as string}>; rel="next"`);
    const all = ((await get("/connections?limit=500")).json["items"] as Item[]).map((item) => item["id"]);
    const paged: unknown[] = [];
    for (let next: unknown = null, page = first; ; page = await get(`/connections?limit=2&cursor=${next as string}`)) {
      paged.push(...(page.json["items"] as Item[]).map((item) => item["id"]));
      next = page.json["nextCursor"];
      if (next === null) break;
    }
    expect(paged).toEqual(all);
  });
});

describe("settings", () => {
  it("are what is named, and the public URL goes into webhook URLs", async () => {
    const before = (await get("/settings")).json;
    const { status, json } = await ask("PUT", "/api/v1/settings", {
      token,
      body: { timeZone: "Europe/Berlin", publicUrl: "https://hooks.example/base/", createAccountsFromEvents: false, intakeShards: 2 },
    });
    expect([status, json]).toEqual([
      200,
      {
        ...before,
        timeZone: "Europe/Berlin",
        publicUrl: "https://hooks.example/base",
        createAccountsFromEvents: false,
        intakeShards: 2,
        version: (before["version"] as number) + 1,
      },
    ]);
    expect((await get("/settings")).json).toEqual(json);
    const made = await post("/connections", { connector: "zendesk" });
    expect(made.json["webhookUrl"]).toBe(`https://hooks.example/base/webhooks/zendesk/${made.json["id"] as string}`);
    await ask("PUT", "/api/v1/settings", { token, body: { publicUrl: null, createAccountsFromEvents: true, intakeShards: 1 } });
  });

  it("are not written over somebody else's", async () => {
    const { version } = (await get("/settings")).json as { version: number };
    expect((await ask("PUT", "/api/v1/settings", { token, body: { version, reportingCurrency: "USD" } })).status).toBe(200);
    expect((await ask("PUT", "/api/v1/settings", { token, body: { version, reportingCurrency: "GBP" } })).status).toBe(409);
  });

  it.each([
    [{ timeZone: "Mars/Olympus" }, "/timeZone"],
    [{ reportingCurrency: "euro" }, "/reportingCurrency"],
    [{ publicUrl: "javascript:alert(1)" }, "/publicUrl"],
    [{ intakeShards: 0 }, "/intakeShards"],
    [{ intakeShards: 1_000 }, "/intakeShards"],
    [{ retention: { archiveDays: -1 } }, "/retention/archiveDays"],
  ])("%j names %s", async (body, pointer) => {
    const { status, json } = await ask("PUT", "/api/v1/settings", { token, body });
    expect([status, json["pointer"]]).toEqual([422, pointer]);
  });
});

describe("an Idempotency-Key", () => {
  it("gives the first answer again, secret token and all, and makes nothing twice", async () => {
    const headers = { "idempotency-key": crypto.randomUUID() };
    const body = { name: "once", scopes: ["read"] };
    const first = await post("/tokens", body, headers);
    const second = await post("/tokens", body, headers);
    expect([second.status, second.json]).toEqual([first.status, first.json]);
    expect([first.headers.get("idempotency-replayed"), second.headers.get("idempotency-replayed")]).toEqual([null, "true"]);
    const kept = await testEnv.DB.prepare("SELECT * FROM idempotency_keys").all<Item>();
    expect(JSON.stringify(kept.results)).not.toContain(first.json["token"]);
  });

  it("gives a long answer again", async () => {
    const headers = { "idempotency-key": crypto.randomUUID() };
    const attributes = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`a${i}`, "x".repeat(8_000)]));
    const first = await post("/accounts", { id: "long", attributes }, headers);
    const second = await post("/accounts", { id: "long", attributes }, headers);
    expect([first.status, second.status, second.headers.get("idempotency-replayed")]).toEqual([201, 201, "true"]);
    expect(second.json).toEqual(first.json);
  });

  it("is 409 with another body, and another token's key is another key", async () => {
    const headers = { "idempotency-key": "shared-key" };
    expect((await post("/tokens", { name: "a", scopes: ["read"] }, headers)).status).toBe(201);
    expect((await post("/tokens", { name: "b", scopes: ["read"] }, headers)).status).toBe(409);
    const other = (await tokenWith(["admin"])).token;
    expect((await ask("POST", "/api/v1/tokens", { token: other, body: { name: "b", scopes: ["read"] }, headers })).status).toBe(201);
  });

  it("is free again after a failure, and two at a time make one", async () => {
    const headers = { "idempotency-key": crypto.randomUUID() };
    expect((await post("/tokens", { name: "x", scopes: ["read"], connectionId: "con_nobody" }, headers)).status).toBe(422);
    const body = { name: headers["idempotency-key"], scopes: ["read"] };
    const both = await Promise.all([post("/tokens", body, headers), post("/tokens", body, headers)]);
    expect(both.map(({ status }) => status).filter((status) => status === 201).length).toBeGreaterThan(0);
    const made = await testEnv.DB.prepare("SELECT count(*) AS n FROM tokens WHERE name = ?").bind(body.name).first<{ n: number }>();
    expect(made?.n).toBe(1);
  });

  it("has 1 to 255 characters", async () => {
    expect((await post("/tokens", { name: "x", scopes: ["read"] }, { "idempotency-key": "x".repeat(256) })).status).toBe(422);
  });
});

describe("the catalogues", () => {
  it("name the connectors with what each needs, and no secret value", async () => {
    const items = (await get("/connectors")).json["items"] as Item[];
    expect(items.map((item) => item["name"])).toEqual(expect.arrayContaining(["zendesk", "mixpanel"]));
    expect(items.map((item) => item["name"])).not.toContain("pulseline");
  });

  it("describe each event type by a JSON Schema", async () => {
    const items = (await get("/event-types")).json["items"] as Item[];
    expect(items.find((item) => item["type"] === "ticket.created")).toMatchObject({
      category: "support",
      profileUpdate: false,
      schema: { type: "object" },
    });
  });

  it("define every metric", async () => {
    expect(((await get("/metrics")).json["items"] as Item[]).map((item) => item["metric"])).toContain("active_users_28d");
  });
});
