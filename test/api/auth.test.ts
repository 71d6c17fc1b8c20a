import { beforeAll, describe, expect, it } from "vitest";
import { endpoints } from "../../src/api/endpoints.ts";
import type { ApiPorts } from "../../src/api/ports.ts";
import { authenticate, makeSession } from "../../src/api/session.ts";
import { sessionMs } from "../../src/domain/limits.ts";
import { ok } from "../../src/domain/result.ts";
import { ask, origin, tokenWith } from "../support/api-client.ts";

const pathOf = (path: string): string => `/api/v1${path.replaceAll(/\{\w+\}/g, "nobody")}`;
const protectedOnes = endpoints.filter((endpoint) => endpoint.scope !== "none");
const names = protectedOnes.map((endpoint) => [endpoint.method.toUpperCase(), endpoint.path, endpoint] as const);

let admin = "";
let reader = "";
beforeAll(async () => {
  admin = (await tokenWith(["admin"])).token;
  reader = (await tokenWith(["read"])).token;
});

describe("without a good token", () => {
  it.each(names)("%s %s is 401", async (method, path) => {
    for (const token of [null, "pl_wrong"]) {
      const { status, headers } = await ask(method, pathOf(path), { token });
      expect(status).toBe(401);
      expect(headers.get("www-authenticate")).toContain("Bearer");
    }
  });

  it.each(["Basic cGw6cGw=", "Bearer", "Bearer ", "bearer a b", `Bearer ${"x".repeat(600)}`])(
    "the header `%s` is 401",
    async (authorization) => {
      expect((await ask("GET", "/api/v1/accounts", { headers: { authorization } })).status).toBe(401);
    },
  );

  it("one that has expired is 401, one that expires later is not", async () => {
    expect((await ask("GET", "/api/v1/session", { token: (await tokenWith(["read"], { expiresAt: 1 })).token })).status).toBe(401);
    expect(
      (await ask("GET", "/api/v1/session", { token: (await tokenWith(["read"], { expiresAt: Date.now() + 60_000 })).token })).status,
    ).toBe(200);
  });

  it("tells whoever reads all accounts how an author is called, and nobody else", async () => {
    const named = async (body: object) => (await ask("POST", "/api/v1/tokens", { token: admin, body })).json;
    const ana = await named({ name: "Ana Keller", scopes: ["read", "write"] });
    const path = `/api/v1/tokens/${ana["id"] as string}/name`;
    expect((await ask("GET", path, { token: ana["token"] as string })).json).toEqual({ id: ana["id"], name: "Ana Keller" });
    const portal = await named({ name: "portal", scopes: ["read"], accountIds: ["a"] });
    expect((await ask("GET", path, { token: portal["token"] as string })).status).toBe(403);
    expect((await ask("GET", "/api/v1/tokens/tok_none/name", { token: admin })).status).toBe(404);
  });

  it("one that is revoked is 401 at once", async () => {
    const made = await ask("POST", "/api/v1/tokens", { token: admin, body: { name: "short-lived", scopes: ["read"] } });
    const token = made.json["token"] as string;
    expect((await ask("GET", "/api/v1/session", { token })).status).toBe(200);
    expect((await ask("DELETE", `/api/v1/tokens/${made.json["id"] as string}`, { token: admin })).status).toBe(204);
    expect((await ask("GET", "/api/v1/session", { token })).status).toBe(401);
  });
});

describe("a token that is bound to a connection", () => {
  it("ends with it, at the doors and at the API, and is not ended by a pause", async () => {
    const connection = await ask("POST", "/api/v1/connections", { token: admin, body: { connector: "zendesk" } });
    const id = connection.json["id"] as string;
    const made = await ask("POST", "/api/v1/tokens", {
      token: admin,
      body: { name: "bound", scopes: ["ingest", "read"], connectionId: id },
    });
    const token = made.json["token"] as string;
    const answers = async () => {
      const [door, api] = [await ask("POST", "/v1/events", { token, body: [] }), await ask("GET", "/api/v1/session", { token })];
      return [door.status, door.json["reason"], api.status, api.json["detail"]];
    };
    expect(await answers()).toEqual([202, undefined, 200, undefined]);
    await ask("POST", `/api/v1/connections/${id}/pause`, { token: admin });
    expect(await answers()).toEqual([202, undefined, 200, undefined]);
    await ask("DELETE", `/api/v1/connections/${id}`, { token: admin });
    expect(await answers()).toEqual([401, "token_connection_removed", 401, "the token was bound to a connection that has been removed"]);
  });
});

describe("scopes", () => {
  it.each(names)("%s %s needs its scope", async (method, path, endpoint) => {
    const wrong =
      endpoint.scope === null ? null : (await tokenWith(endpoint.scope === "read" ? ["ingest", "write"] : ["ingest", "read"])).token;
    if (wrong === null) return;
    const { status, json } = await ask(method, pathOf(path), { token: wrong });
    expect([status, json["reason"]]).toEqual([403, "scope_missing"]);
  });

  it("an ingest token cannot read, and an API token without ingest cannot send events", async () => {
    expect((await ask("GET", "/api/v1/portfolio", { token: (await tokenWith(["ingest"])).token })).status).toBe(403);
    expect((await ask("POST", "/v1/events", { token: reader, body: { id: "e", type: "t.done" } })).status).toBe(403);
  });
});

describe("a token restricted to some accounts", () => {
  it("sees those only, and nothing that spans accounts", async () => {
    const { token } = await tokenWith(["read", "write"], { accountIds: ["mine"] });
    const status = async (method: string, path: string, body?: unknown) =>
      (await ask(method, `/api/v1${path}`, { token, ...(body === undefined ? {} : { body }) })).status;
    expect(await status("GET", "/accounts/mine")).toBe(404);
    expect(await status("GET", "/accounts/other")).toBe(403);
    expect(await status("GET", "/accounts/other/health")).toBe(403);
    expect(await status("POST", "/accounts", { id: "other" })).toBe(403);
    expect(await status("POST", "/accounts", { id: "mine" })).toBe(201);
    expect(await status("POST", "/accounts", { id: "mine", externalIds: { zendesk: "somebody else's" } })).toBe(403);
    expect(await status("POST", "/accounts", { id: "mine", domains: ["else.example"] })).toBe(403);
    for (const path of ["/sources", "/deliveries", "/dead-letters", "/identity/unresolved", "/settings"])
      expect([path, await status("GET", path)]).toEqual([path, 403]);
    expect(await status("GET", "/portfolio")).toBe(200);
    expect((await ask("GET", "/metrics", { token })).status).toBe(403);
  });

  it("imports only rows of its accounts", async () => {
    const { token } = await tokenWith(["write"], { accountIds: ["mine-2"] });
    const { json } = await ask("POST", "/api/v1/accounts/import", { token, raw: "id\nmine-2\nother\n", type: "text/csv" });
    expect(json).toEqual({
      imported: 1,
      rejected: [{ line: 3, id: "other", pointer: "/id", detail: "this token may not touch this account" }],
      rejectedRows: 1,
    });
  });
});

describe("the dashboard's session", () => {
  const signIn = async (token = admin, headers: Record<string, string> = {}) =>
    ask("POST", "/api/v1/session", { body: { token }, headers });
  const cookieOf = async (token = admin): Promise<string> => ((await signIn(token)).headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";

  it("is a cookie that scripts cannot read and other sites cannot send", async () => {
    const { status, json, headers } = await signIn();
    expect([status, json["scopes"]]).toEqual([200, ["admin"]]);
    expect(headers.get("set-cookie")).toMatch(/^pulseline_session=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/);
  });

  it("reads with the cookie alone", async () => {
    expect((await ask("GET", "/api/v1/portfolio", { headers: { cookie: `a=b; ${await cookieOf()}` } })).status).toBe(200);
  });

  it("writes only from our own pages", async () => {
    const cookie = await cookieOf();
    const write = async (headers: Record<string, string>) =>
      (await ask("POST", "/api/v1/accounts", { body: { id: "by-cookie" }, headers: { cookie, ...headers } })).status;
    expect(await write({})).toBe(403);
    expect(await write({ origin: "https://evil.example" })).toBe(403);
    expect(await write({ origin: "null" })).toBe(403);
    expect(await write({ "sec-fetch-site": "same-site" })).toBe(403);
    expect(await write({ origin: "https://evil.example", "sec-fetch-site": "same-origin" })).toBe(403);
    expect(await write({ origin })).toBe(201);
    expect(await write({ "sec-fetch-site": "same-origin" })).toBe(200);
  });

  it("writes also from pages under the public URL of the settings, while it is set", async () => {
    const cookie = await cookieOf();
    const write = async () =>
      (await ask("POST", "/api/v1/accounts", { body: { id: "by-proxy" }, headers: { cookie, origin: "https://health.acme.example" } }))
        .status;
    const setPublicUrl = (publicUrl: string | null) => ask("PUT", "/api/v1/settings", { token: admin, body: { publicUrl } });
    expect(await write()).toBe(403);
    await setPublicUrl("https://health.acme.example/");
    expect(await write()).toBe(201);
    await setPublicUrl(null);
    expect(await write()).toBe(403);
  });

  it("cannot be forged, moved to another token, prolonged, or used after sign-out of its token", async () => {
    const cookie = await cookieOf();
    const [, value = ""] = cookie.split("pulseline_session=");
    const [hash, id, end, signature] = value.split(".");
    const read = async (session: string) =>
      (await ask("GET", "/api/v1/session", { headers: { cookie: `pulseline_session=${session}` } })).status;
    expect(await read(`${hash}.${id}.${end}.${signature}`)).toBe(200);
    expect(await read(`${hash}.${id}.${Number(end) + 1}.${signature}`)).toBe(401);
    expect(await read(`${hash}.ses_another.${end}.${signature}`)).toBe(401);
    expect(await read(`${"0".repeat(64)}.${id}.${end}.${signature}`)).toBe(401);
    expect(await read(`${hash}.${id}.${end}.`)).toBe(401);
    // As older versions made it: whoever has one signs in again.
    expect(await read(`${hash}.${end}.${signature}`)).toBe(401);
    expect(await read("rubbish")).toBe(401);
  });

  it("ends with its token", async () => {
    const made = await ask("POST", "/api/v1/tokens", { token: admin, body: { name: "person", scopes: ["read"] } });
    const cookie = await cookieOf(made.json["token"] as string);
    expect((await ask("GET", "/api/v1/session", { headers: { cookie } })).status).toBe(200);
    await ask("DELETE", `/api/v1/tokens/${made.json["id"] as string}`, { token: admin });
    expect((await ask("GET", "/api/v1/session", { headers: { cookie } })).status).toBe(401);
  });

  it("listens no longer than it lasts, nor than its token", async () => {
    const now = Date.now();
    const known = (expiresAt: number | null) =>
      ({
        credentials: { token: async () => ok({ tokenId: "tok", name: "n", scopes: ["read"], expiresAt }) },
        sessions: { isEnded: async () => false },
        ids: { id: () => "ses_1" },
        crypto: { sha256Hex: () => "0".repeat(64), sign: () => "signed", verify: () => true },
      }) as unknown as ApiPorts;
    const endsAt = async (expiresAt: number | null) => {
      const cookie = `pulseline_session=${makeSession("text", known(expiresAt), now)}`;
      const found = await authenticate(new Request(origin, { headers: { cookie } }), new URL(origin), known(expiresAt), now);
      return found.ok ? found.value.endsAt : found.error;
    };
    expect([await endsAt(null), await endsAt(now + 1_000), await endsAt(now + 2 * sessionMs)]).toEqual([
      now + sessionMs,
      now + 1_000,
      now + sessionMs,
    ]);
  });

  it("is not given for a wrong token, for one that cannot read, or to another site's page", async () => {
    expect((await signIn("pl_wrong")).status).toBe(401);
    expect((await signIn((await tokenWith(["ingest"])).token)).status).toBe(403);
    expect((await signIn(admin, { "sec-fetch-site": "cross-site" })).status).toBe(403);
  });

  it("ends with DELETE, for whoever has kept its cookie too, and no other session of the token", async () => {
    const [cookie, other] = [await cookieOf(), await cookieOf()];
    const read = async (session: string) => (await ask("GET", "/api/v1/session", { headers: { cookie: session } })).status;
    expect([await read(cookie), await read(other)]).toEqual([200, 200]);
    const { status, headers } = await ask("DELETE", "/api/v1/session", { headers: { cookie } });
    expect([status, headers.get("set-cookie")]).toEqual([204, "pulseline_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0; Secure"]);
    expect([await read(cookie), await read(other)]).toEqual([401, 200]);
    expect((await ask("DELETE", "/api/v1/session", { headers: { cookie } })).status).toBe(204);
    expect((await ask("DELETE", "/api/v1/session")).status).toBe(204);
  });
});

describe("every answer", () => {
  it("tells the rate limit, and is not cached", async () => {
    const { headers } = await ask("GET", "/api/v1/session", { token: reader });
    expect(headers.get("ratelimit-policy")).toBe('"api";q=60000;w=60');
    expect(headers.get("ratelimit")).toMatch(/^"api";r=\d+;t=\d+$/);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-request-id")).toMatch(/./);
  });
});
