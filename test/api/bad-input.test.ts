import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { endpoints } from "../../src/api/endpoints.ts";
import { bodyEntriesMax } from "../../src/domain/limits.ts";
import { ask, tokenWith } from "../support/api-client.ts";

let token = "";
beforeAll(async () => {
  token = (await tokenWith(["admin"])).token;
  await ask("POST", "/api/v1/accounts", { token, body: { id: "known" } });
});

const pathOf = (path: string): string => `/api/v1${path.replaceAll("{accountId}", "known").replaceAll(/\{\w+\}/g, "nobody")}`;
const lists = endpoints.filter((endpoint) =>
  JSON.stringify(Object.keys((endpoint.query as { shape?: object }).shape ?? {})).includes("cursor"),
);
const jsonWrites = endpoints.filter((endpoint) => endpoint.body?.type === "json" && endpoint.scope !== "none");
/** Places in a JSON Schema where an object has named fields and takes others too. */
function openObjects(schema: unknown, at = ""): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const isOpen =
    "properties" in schema && "type" in schema && (schema as { additionalProperties?: unknown }).additionalProperties !== false;
  return [...(isOpen ? [at] : []), ...Object.entries(schema).flatMap(([name, part]) => openObjects(part, `${at}/${name}`))];
}
const named = (some: typeof endpoints) => some.map((endpoint) => [endpoint.method.toUpperCase(), endpoint.path] as const);

describe("lists", () => {
  it.each(named(lists))("%s %s refuses a cursor of rubbish and a limit out of range, naming it", async (_method, path) => {
    for (const [query, pointer] of [
      ["cursor=rubbish", "?cursor"],
      ["cursor=e30", "?cursor"],
      ["cursor=%00%ff", "?cursor"],
      ["limit=0", "?limit"],
      ["limit=501", "?limit"],
      ["limit=ten", "?limit"],
      ["limit=", "?limit"],
      ["limit=1e2", "?limit"],
    ]) {
      const { status, json } = await ask("GET", `${pathOf(path)}?${query}`, { token });
      expect([query, status, json["pointer"]]).toEqual([query, 400, pointer]);
    }
  });

  it("refuse a cursor of another sort", async () => {
    for (const id of ["p1", "p2"]) await ask("POST", "/api/v1/accounts", { token, body: { id } });
    const cursor = btoa(JSON.stringify({ sort: "score", value: null, id: "p1" })).replaceAll("=", "");
    expect((await ask("GET", `/api/v1/accounts?sort=name&cursor=${cursor}`, { token })).json["pointer"]).toBe("?cursor");
  });

  it("ignore query parameters they do not know", async () => {
    expect((await ask("GET", "/api/v1/accounts?utm_source=mail&__proto__=x&constructor=y", { token })).status).toBe(200);
  });
});

describe("query values", () => {
  it.each([
    ["/accounts?sort=colour", "?sort"],
    ["/accounts?band=purple", "?band"],
    ["/accounts/known/health?at=yesterday", "?at"],
    ["/accounts/known/health/history?from=2026-13-01", "?from"],
    ["/accounts/known/health/history?step=1m", "?step"],
    ["/accounts/known/health/history?step=1h&from=2020-01-01", "?step"],
    ["/accounts/known/health/changes?from=2026-11-02&to=2026-11-01", "?from"],
    ["/accounts/known/metrics/events?step=2d", "?step"],
    ["/accounts/known/metrics/events?from=1e400", "?from"],
    ["/accounts/known/metrics/events?step=5m&from=2020-01-01", "?step"],
    ["/accounts/known/tickets?status=lost", "?status"],
    ["/deliveries?status=lost", "?status"],
    ["/dead-letters?status=lost", "?status"],
  ])("%s is 400 and names it", async (path, pointer) => {
    const { status, json } = await ask("GET", `/api/v1${path}`, { token });
    expect([status, json["pointer"]]).toEqual([400, pointer]);
  });
});

describe("bodies", () => {
  it("with a list of very many entries are refused at the list, before each of them is complained of", async () => {
    const keys = Array.from({ length: bodyEntriesMax + 1 }, () => 1);
    const { status, json } = await ask("POST", "/api/v1/identity/resolve", { token, body: { keys } });
    expect([status, json["pointer"], json["detail"]]).toEqual([422, "/keys", `has more than ${bodyEntriesMax} entries`]);
  });

  const deep = "[".repeat(5_000) + "]".repeat(5_000);
  const rubbish: readonly (readonly [string, BodyInit, number])[] = [
    ["empty", "", 400],
    ["not JSON", "{", 400],
    ["JSON with something behind", "{} x", 400],
    ["not UTF-8", new Uint8Array([0x7b, 0xff, 0x7d]), 400],
    ["null", "null", 422],
    ["a number", "7", 422],
    ["a list", "[]", 422],
    ["5,000 levels", deep, 422],
    ["5,000 levels inside", `{"id":"x","attributes":{"a":${deep}}}`, 422],
    ["a number beyond the double range", '{"id":"x","attributes":{"a":1e400}}', 422],
    ["more than a megabyte", JSON.stringify({ id: "x".repeat(1_100_000) }), 413],
  ];

  it.each(named(jsonWrites))("%s %s tells what is wrong with each of them", async (method, path) => {
    for (const [what, raw, wanted] of rubbish) {
      const { status } = await ask(method, pathOf(path), { token, raw });
      // A path whose subject does not exist may say so first, and a body of which all is optional may be an empty one.
      const optional = what === "empty" && /\/(replay|validate|publish|compare)$/.test(path) ? [404] : [];
      expect(
        [wanted, ...optional, ...(what.includes("number beyond") || what.includes("levels inside") ? [422] : [])],
        `${what} at ${path}`,
      ).toContain(status);
    }
  });

  it.each(named(jsonWrites))("%s %s wants application/json, unpacked", async (method, path) => {
    expect((await ask(method, pathOf(path), { token, raw: "{}", type: "text/plain" })).status).toBe(415);
    expect((await ask(method, pathOf(path), { token, raw: "{}", headers: { "content-encoding": "gzip" } })).status).toBe(415);
  });

  it("of 30 MB are 413, and the client hears it", async () => {
    expect((await ask("POST", "/api/v1/accounts", { token, raw: new Uint8Array(30_000_000) })).status).toBe(413);
  });

  it.each([
    [{}, "/id"],
    [{ id: "" }, "/id"],
    [{ id: 7 }, "/id"],
    [{ id: "x".repeat(10_000) }, "/id"],
    [{ id: "a\u0000b" }, "/id"],
    [{ id: "x", name: 7 }, "/name"],
    [{ id: "x", domains: ["acme.com", "not a domain"] }, "/domains/1"],
    [{ id: "x", domains: ["gmail.com"] }, "/domains/0"],
    [{ id: "x", externalIds: { "Zen/desk": "1" } }, "/externalIds/Zen~1desk"],
    [{ id: "x", externalIds: { zendesk: [""] } }, "/externalIds/zendesk/0"],
    [{ id: "x", attributes: { note: "x".repeat(9_000) } }, "/attributes/note"],
    [{ id: "x", attributes: "gold" }, "/attributes"],
    [{ id: "x", parentId: "" }, "/parentId"],
    [{ id: "x", seats: 10 }, "/seats"],
    [{ id: "x", "a/b": 10 }, "/a~1b"],
  ])("of an account: %j names %s", async (body, pointer) => {
    const { status, json } = await ask("POST", "/api/v1/accounts", { token, body });
    expect([status, json["pointer"]]).toEqual([422, pointer]);
  });

  it("name each field that they know: none takes another without a word", () => {
    const open = jsonWrites
      .concat(endpoints.filter(({ scope, body }) => body !== null && scope === "none"))
      .flatMap(({ method, path, body }) => {
        const schema = z.toJSONSchema(body?.schema ?? z.never(), { io: "input", unrepresentable: "any" });
        return openObjects(schema).map((at) => `${method} ${path} ${at}`);
      });
    expect(openObjects(z.toJSONSchema(z.object({ list: z.array(z.object({ key: z.string() })) }), { io: "input" }))).toHaveLength(2);
    expect(open).toEqual([]);
  });

  it.each([
    ["POST", "/identity/link", { key: { kind: "domain", value: "a.example", colour: "red" }, accountId: "known" }, "/key/colour"],
    ["PUT", "/settings", { retention: { archiveDays: 800, colour: "red" } }, "/retention/colour"],
    ["PUT", "/settings", { timezone: "Europe/Berlin" }, "/timezone"],
    ["POST", "/tokens", { name: "x", scopes: ["read"], expires: "2030-01-01" }, "/expires"],
    ["POST", "/accounts/known/override", { value: 50, reason: "why", until: "2030-01-01" }, "/until"],
    ["POST", "/analytics/funnel", { steps: [{ type: "a.b" }, { type: "c.d" }], windows: 3 }, "/windows"],
    ["PUT", "/fx-rates", { date: "2026-11-20", rates: { USD: 1.1 }, amount: 100 }, "/amount"],
    ["PUT", "/fx-rates", [{ date: "2026-11-20", currency: "USD", rate: 1.1, unit: 100 }], "/0/unit"],
  ])("%s %s with a field that nobody knows names it: %j", async (method, path, body, pointer) => {
    const { status, json } = await ask(method, `/api/v1${path}`, { token, body });
    expect([status, json["pointer"], json["detail"]]).toEqual([422, pointer, "is not known here"]);
  });

  it("of an account with a field that is none of its own tell where it belongs", async () => {
    const { json } = await ask("POST", "/api/v1/accounts", { token, body: { id: "x", seats: 10 } });
    expect(json["detail"]).toContain("`attributes`");
  });

  it("are taken as they were read: settings, and the body a connection was made with", async () => {
    const settings = (await ask("GET", "/api/v1/settings", { token })).json;
    expect((await ask("PUT", "/api/v1/settings", { token, body: settings })).status).toBe(200);
    const moved = { ...settings, version: undefined, accountShards: 7 };
    expect((await ask("PUT", "/api/v1/settings", { token, body: moved })).json["pointer"]).toBe("/accountShards");
    const body = { connector: "zendesk", name: "Support", settings: { subdomain: "acme" } };
    const made = (await ask("POST", "/api/v1/connections", { token, body })).json;
    const path = `/api/v1/connections/${made["id"] as string}`;
    expect((await ask("PUT", path, { token, body })).status).toBe(200);
    expect((await ask("PUT", path, { token, body: { ...body, connector: "mixpanel" } })).json["pointer"]).toBe("/connector");
  });

  it("with `__proto__` among attributes change nothing but the account, and of two equal keys the last wins", async () => {
    const raw = '{"id":"proto","name":"first","name":"last","attributes":{"__proto__":{"polluted":1},"plan":"pro"}}';
    const { status, json } = await ask("POST", "/api/v1/accounts", { token, raw });
    expect([status, json["name"]]).toEqual([201, "last"]);
    const refused = await ask("POST", "/api/v1/accounts", { token, raw: '{"id":"proto","__proto__":{"polluted":1}}' });
    expect([refused.status, refused.json["pointer"]]).toEqual([422, "/__proto__"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("doors and API", () => {
  const post = (path: string, how: Parameters<typeof ask>[2]) => ask("POST", path, { token, ...how });
  it.each<[string, (path: string) => ReturnType<typeof ask>, number, string]>([
    ["text that is no JSON", (path) => post(path, { raw: "{" }), 400, "not_json"],
    ["no body", (path) => post(path, { raw: "" }), 400, "empty"],
    ["no UTF-8", (path) => post(path, { raw: new Uint8Array([0x7b, 0xff, 0x7d]) }), 400, "not_utf8"],
    ["too much", (path) => post(path, { raw: new Uint8Array(11_000_000) }), 413, "body_too_large"],
    ["an encoding", (path) => post(path, { raw: "{}", headers: { "content-encoding": "br" } }), 415, "unsupported_encoding"],
    ["XML", (path) => post(path, { raw: "<a/>", type: "application/xml" }), 415, "unsupported_media_type"],
    ["an unknown token", (path) => post(path, { token: "pl_unknown", raw: "{}" }), 401, "token_unknown"],
    ["no token", (path) => ask("POST", path, { raw: "{}" }), 401, "token_missing"],
    ["another method", (path) => ask("DELETE", path, { token }), 405, "method_not_allowed"],
    ["a long path", (path) => post(`${path}/${"x".repeat(5_000)}`, { raw: "{}" }), 414, "uri_too_long"],
  ])("tell %s in one form", async (_what, send, status, reason) => {
    const [door, api] = await Promise.all([send("/v1/events"), send("/api/v1/accounts")]);
    const formOf = ({ json }: typeof door) => [Object.keys(json).sort(), json["type"], json["title"], json["status"], json["reason"]];
    expect(formOf(door)).toEqual(formOf(api));
    expect([api.status, api.json["reason"]]).toEqual([status, reason]);
    for (const { json } of [door, api]) expect(json["detail"]).toMatch(/^([a-z`]|Content-|the Authorization).*[^.]$/);
  });
});

describe("paths", () => {
  it("that do not exist are 404, as a problem", async () => {
    for (const path of [
      "/api/v1",
      "/api/v1/",
      "/api/v1/nothing",
      "/api/v2/accounts",
      "/nothing",
      "/accounts.html",
      "/index.html",
      "/api/v1/accounts/x/nothing",
      "/%ff%fe",
      "/api/v1/accounts/%ff",
    ]) {
      const { status, headers } = await ask("GET", path, { token });
      expect([path, status, headers.get("content-type")]).toEqual([path, 404, "application/problem+json"]);
    }
  });

  it.each([
    ["DELETE", "/api/v1/accounts", "GET, HEAD, POST"],
    ["PUT", "/api/v1/accounts/x", "GET, HEAD"],
    ["POST", "/api/v1/accounts/x/health", "GET, HEAD"],
    ["GET", "/api/v1/accounts/import", "GET, HEAD"],
    ["POST", "/healthz", "GET, HEAD"],
    ["POST", "/metrics", "GET, HEAD"],
    ["POST", "/api/openapi.json", "GET, HEAD"],
    ["POST", "/portfolio", "GET, HEAD"],
  ])("know their methods: %s %s", async (method, path, allow) => {
    const { status, headers } = await ask(method, path, { token });
    // `import` is also a possible account id, so GET finds that there is none.
    if (path.endsWith("/import")) return expect(status).toBe(404);
    expect([status, headers.get("allow")]).toEqual([405, allow]);
  });

  it("of 8 KB are 414", async () => {
    expect((await ask("GET", `/api/v1/accounts/${"x".repeat(8_192)}`, { token })).status).toBe(414);
  });

  it("take account ids of any letters", async () => {
    for (const id of ["a/b", "a b", "ü?#", "%2F", "..", "a:b@c|d"]) {
      expect((await ask("POST", "/api/v1/accounts", { token, body: { id } })).status).toBe(201);
      if (id === "..") continue;
      expect((await ask("GET", `/api/v1/accounts/${encodeURIComponent(id)}`, { token })).json["id"]).toBe(id);
    }
  });

  it("answer HEAD like GET, without a body", async () => {
    const { status, text } = await ask("HEAD", "/api/v1/accounts", { token });
    expect([status, text]).toEqual([200, ""]);
  });
});

describe("nothing answers 500", () => {
  const nasty = [
    "\u0000",
    "%00",
    "'; DROP TABLE accounts; --",
    "\ud800",
    "-1",
    "NaN",
    "[object Object]",
    "x".repeat(2_000),
    "💥",
    "../../etc/passwd",
    "{{7*7}}",
  ];

  it.each(named(endpoints.filter((endpoint) => !endpoint.path.startsWith("/live"))))("%s %s", async (method, path) => {
    for (const text of nasty) {
      const encoded = encodeURIComponent(text.toWellFormed());
      const full = `/api/v1${path.replaceAll(/\{\w+\}/g, encoded)}?limit=${encoded}&cursor=${encoded}&q=${encoded}&from=${encoded}`;
      const hasBody = method !== "GET" && method !== "DELETE";
      const { status } = await ask(method, full, {
        token,
        ...(hasBody ? { body: { id: text, key: text, keys: [text], name: text, scopes: [text], token: text, settings: text } } : {}),
      });
      expect(status, `${method} ${full}`).toBeLessThan(500);
    }
  });
});
