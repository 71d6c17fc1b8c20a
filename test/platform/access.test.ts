import { createExecutionContext, env as testEnv } from "cloudflare:test";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Env } from "../../src/env.ts";
import worker from "../../src/worker.ts";
import { AccessUnavailable, accessUser } from "../../src/platform/access.ts";

const team = "acme.cloudflareaccess.com";
const roles = { "Dana@Acme.example": ["admin"], "robot.access": ["ingest"] };
let env: Env;
type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
let own: Keys;
let foreign: Keys;
let jwks: { keys: object[] };
let fetched: string[] = [];
let keysAnswer: () => Response;

beforeAll(async () => {
  [own, foreign] = await Promise.all([generateKeyPair("RS256", { extractable: true }), generateKeyPair("RS256")]);
  jwks = { keys: [{ ...(await exportJWK(own.publicKey)), kid: "k1", alg: "RS256", use: "sig" }] };
});
beforeEach(() => {
  fetched = [];
  keysAnswer = () => Response.json(jwks);
  env = {
    ...(testEnv as unknown as Env),
    ACCESS_TEAM_DOMAIN: team,
    ACCESS_AUDIENCE: "aud-1",
    ACCESS_ROLES: JSON.stringify(roles),
  };
});

type Changes = { claims?: object; key?: Keys; audience?: string; issuer?: string; expires?: string | number; kid?: string };
const jwtOf = ({ claims = { email: "dana@acme.example" }, key = own, kid = "k1", ...rest }: Changes = {}): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "RS256", kid })
    .setAudience(rest.audience ?? "aud-1")
    .setIssuer(rest.issuer ?? `https://${team}`)
    .setIssuedAt()
    .setExpirationTime(rest.expires ?? "5m")
    .sign(key.privateKey);
const requestWith = (jwt: string | null): Request =>
  new Request("https://pulseline.example/", jwt === null ? {} : { headers: { "cf-access-jwt-assertion": jwt } });
/** A local set of keys in place of the team's; a new function each time, so that nothing is remembered. */
const localKeys = () => async (url: string) => {
  fetched.push(url);
  return keysAnswer();
};
const check = async (jwt: string | null, bindings = env) => accessUser(requestWith(jwt), bindings, localKeys());

describe("a Cloudflare Access JWT", () => {
  it("is a token with the scopes of its line, by whatever case the address is written in, and `read` without one", async () => {
    expect(await check(await jwtOf({ claims: { email: "DANA@acme.example" } }))).toMatchObject({
      ok: true,
      value: { isPerson: true, token: { tokenId: "access:dana@acme.example", scopes: ["admin"] } },
    });
    expect(await check(await jwtOf({ claims: { email: "kim@acme.example" } }))).toMatchObject({ value: { token: { scopes: ["read"] } } });
    expect(await check(await jwtOf({ claims: { common_name: "robot.access" } }))).toMatchObject({
      value: { isPerson: false, token: { scopes: ["ingest"] } },
    });
    expect(await check(await jwtOf({ claims: { common_name: "constructor" } }))).toMatchObject({ value: { token: { scopes: ["read"] } } });
    expect(fetched).toEqual(Array.from({ length: 4 }, () => `https://${team}/cdn-cgi/access/certs`));
  });

  it.each<[string, () => Promise<string>]>([
    ["of another key", () => jwtOf({ key: foreign })],
    ["of a key that the team does not have", () => jwtOf({ kid: "k2" })],
    ["for another application", () => jwtOf({ audience: "aud-2" })],
    ["of another team", () => jwtOf({ issuer: "https://evil.cloudflareaccess.com" })],
    ["that has expired", () => jwtOf({ expires: Math.floor(Date.now() / 1_000) - 120 })],
    ["of nobody", () => jwtOf({ claims: {} })],
    ["that is rubbish", async () => "rubbish"],
    ["that is endless", async () => "x".repeat(20_000)],
    ["without a signature", async () => `${btoa('{"alg":"none"}')}.${btoa('{"email":"dana@acme.example"}')}.`.replaceAll("=", "")],
  ])("%s is refused", async (_, jwt) => {
    expect(await check(await jwt())).toEqual({ ok: false, error: "invalid" });
  });

  it("is not looked at while Access is not configured, nor missed where there is none", async () => {
    expect(await check(await jwtOf(), { ...env, ACCESS_TEAM_DOMAIN: "" })).toBeNull();
    expect(await check(await jwtOf(), { ...env, ACCESS_AUDIENCE: "" })).toBeNull();
    expect(await check(null)).toBeNull();
    expect(fetched).toEqual([]);
  });

  it("lets nobody in while the keys or the roles cannot be read", async () => {
    for (const answer of [
      () => new Response("no", { status: 500 }),
      () => new Response("<html>"),
      () => Response.json({ keys: 7 }),
      (): Response => {
        throw new TypeError("network");
      },
    ]) {
      keysAnswer = answer;
      await expect(check(await jwtOf())).rejects.toThrow(AccessUnavailable);
    }
    keysAnswer = () => Response.json(jwks);
    for (const ACCESS_ROLES of ["rubbish", '{"dana@acme.example":"admin"}', '{"dana@acme.example":["root"]}'])
      await expect(check(await jwtOf(), { ...env, ACCESS_ROLES })).rejects.toThrow(AccessUnavailable);
  });

  it("is checked by keys that are kept for ten minutes and no longer, whether they can be fetched again or not", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const keys = localKeys();
      const ask = async () => accessUser(requestWith(await jwtOf()), env, keys);
      expect([(await ask())?.ok, (await ask())?.ok, fetched.length]).toEqual([true, true, 1]);
      keysAnswer = () => new Response(null, { status: 503 });
      vi.setSystemTime(Date.now() + 599_000);
      expect((await ask())?.ok).toBe(true);
      vi.setSystemTime(Date.now() + 2_000);
      await expect(ask()).rejects.toThrow(AccessUnavailable);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a deployment behind Cloudflare Access", () => {
  const ask = async (method: string, path: string, headers: Record<string, string>, body?: unknown) => {
    vi.stubGlobal("fetch", localKeys());
    try {
      const request = new Request(`https://pulseline.example${path}`, {
        method,
        headers: { "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return await worker.fetch(request as Parameters<typeof worker.fetch>[0], env, createExecutionContext());
    } finally {
      vi.unstubAllGlobals();
    }
  };
  const access = async (claims: object) => ({ "cf-access-jwt-assertion": await jwtOf({ claims }) });
  const ownPage = { origin: "https://pulseline.example" };
  const event = (id: string) => ({ id, type: "feature.used", time: new Date().toISOString(), account: { id: "behind" } });

  it("knows a person without a sign-in, by their role, and takes their writes from its own pages only", async () => {
    const dana = await access({ email: "dana@acme.example" });
    const kim = await access({ email: "kim@acme.example" });
    const session = await ask("GET", "/api/v1/session", dana);
    expect([session.status, await session.json()]).toMatchObject([200, { name: "dana@acme.example", scopes: ["admin"] }]);
    expect((await ask("POST", "/api/v1/accounts", { ...dana, ...ownPage }, { id: "behind" })).status).toBe(201);
    expect((await ask("POST", "/api/v1/accounts", { ...dana, origin: "https://evil.example" }, { id: "behind" })).status).toBe(403);
    expect((await ask("POST", "/api/v1/accounts", dana, { id: "behind" })).status).toBe(403);
    expect((await ask("POST", "/api/v1/accounts", { ...kim, ...ownPage }, { id: "behind" })).status).toBe(403);
    expect((await ask("GET", "/api/v1/accounts/behind", kim)).status).toBe(200);
  });

  it("takes events of services and not of people, and a Bearer token before all", async () => {
    const robot = await access({ common_name: "robot.access" });
    expect((await ask("POST", "/v1/events", robot, event("robot-1"))).status).toBe(202);
    expect((await ask("POST", "/v1/events", await access({ email: "dana@acme.example" }), event("dana-1"))).status).toBe(401);
    expect((await ask("GET", "/api/v1/portfolio", robot)).status).toBe(403);
    expect((await ask("POST", "/v1/events", { ...robot, authorization: "Bearer pl_wrong" }, event("robot-2"))).status).toBe(401);
  });

  it("says 503 and 401 where it must", async () => {
    expect((await ask("GET", "/api/v1/session", { "cf-access-jwt-assertion": "rubbish" })).status).toBe(401);
    expect((await ask("POST", "/v1/events", { "cf-access-jwt-assertion": "rubbish" }, event("x"))).status).toBe(401);
    env = { ...env, ACCESS_ROLES: "rubbish" };
    for (const [method, path] of [
      ["GET", "/api/v1/session"],
      ["POST", "/v1/events"],
    ] as const) {
      const response = await ask(method, path, await access({ email: "dana@acme.example" }), method === "POST" ? event("y") : undefined);
      expect([path, response.status, Number(response.headers.get("retry-after")) > 0]).toEqual([path, 503, true]);
    }
  });
});
