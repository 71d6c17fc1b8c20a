import { createExecutionContext } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import type { Env } from "../../src/env.ts";
import { ask, origin, testEnv, tokenWith } from "../support/api-client.ts";

/** Whatever is asked of the database fails, as it does when D1 cannot be reached. */
const downDatabase = new Proxy({} as D1Database, {
  get: () => () => {
    throw new Error("D1_ERROR: Network connection lost.");
  },
});
/** Only statements of this kind fail. */
const databaseWithout = (kind: RegExp): D1Database =>
  new Proxy(testEnv.DB, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => {
        if (name === "prepare" && kind.test(String(given[0]))) throw new Error("D1_ERROR: Network connection lost.");
        return (value as (...args: unknown[]) => unknown).apply(target, given);
      };
    },
  });
const downEnv: Env = { ...testEnv, DB: downDatabase };

let token = "";
let worker: { fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> | Response };
const askDown = async (method: string, path: string, body?: unknown, { env = downEnv, bearer = token } = {}) =>
  worker.fetch(
    new Request(`${origin}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
    env,
    createExecutionContext(),
  );

beforeAll(async () => {
  worker = (await import("../../src/worker.ts")).default;
  const admin = (await tokenWith(["admin"])).token;
  // Made through the API, so that the doors have a copy; never used before, so that no cache knows it.
  token = (await ask("POST", "/api/v1/tokens", { token: admin, body: { name: "night", scopes: ["admin"] } })).json["token"] as string;
  await ask("POST", "/api/v1/accounts", { token: admin, body: { id: "night", name: "Night Ltd" } });
});

describe("with the database down", () => {
  it("an account and what explains it are read all the same", async () => {
    for (const path of ["", "/health", "/health/history", "/metrics/events", "/tickets", "/timeline"]) {
      expect([path, (await askDown("GET", `/api/v1/accounts/night${path}`)).status]).toEqual([path, 200]);
    }
  });

  it("the roll-up of a parent is the last that was known, or said to be unknown", async () => {
    const rollupOf = async (response: Response | Promise<Response>) => (await (await response).json<{ rollup: unknown }>()).rollup;
    expect(await rollupOf(askDown("GET", "/api/v1/accounts/night/health"))).toMatchObject({
      status: "unknown",
      accounts: null,
      score: null,
    });
    expect((await askDown("GET", "/api/v1/accounts/night/children")).status).toBe(503);
  });

  it("events are accepted, and accounts written", async () => {
    const event = { id: "n1", type: "feature.used", time: new Date().toISOString(), account: { id: "night" } };
    expect((await askDown("POST", "/v1/events", event)).status).toBe(202);
    expect((await askDown("POST", "/api/v1/accounts", { id: "night", name: "Night 2" })).status).toBe(200);
  });

  it("sources and deliveries are told, without names", async () => {
    expect((await askDown("GET", "/api/v1/sources")).status).toBe(200);
    expect((await askDown("GET", "/api/v1/deliveries")).status).toBe(200);
  });

  it.each(["/accounts", "/portfolio", "/tokens", "/connections", "/settings", "/dead-letters"])(
    "%s says so and when to ask again",
    async (path) => {
      const response = await askDown("GET", `/api/v1${path}`);
      expect([response.status, response.headers.get("content-type")]).toEqual([503, "application/problem+json"]);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(await response.text()).not.toContain("D1_ERROR");
    },
  );

  it("an unknown token is 503 and not 401: it may be a good one", async () => {
    expect((await askDown("GET", "/api/v1/accounts/night", undefined, { bearer: "pl_unknown" })).status).toBe(503);
  });

  it("a change of settings that can only be kept in part says so, and is sent again as it stands", async () => {
    const settings = async () => (await ask("GET", "/api/v1/settings", { token })).json as { version: number };
    const { version } = await settings();
    const body = { version, createAccountsFromEvents: false, timeZone: "Europe/Oslo" };
    const refused = await askDown("PUT", "/api/v1/settings", body, {
      env: { ...testEnv, DB: databaseWithout(/^(insert|update).*"settings"/i) },
    });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining("`createAccountsFromEvents` alone was kept") as unknown });
    expect(await settings()).toMatchObject({ version, createAccountsFromEvents: false, timeZone: "UTC" });

    const lost = await askDown("PUT", "/api/v1/settings", body, { env: { ...testEnv, DB: databaseWithout(/INSERT INTO configurations/) } });
    expect(lost.status).toBe(200);
    const stored = { version: version + 1, createAccountsFromEvents: false, timeZone: "Europe/Oslo" };
    expect(await settings()).toMatchObject(stored);
    const again = await ask("PUT", "/api/v1/settings", { token, body });
    expect([again.status, again.json]).toEqual([200, expect.objectContaining(stored)]);
    const other = await ask("PUT", "/api/v1/settings", { token, body: { ...body, timeZone: "Asia/Tokyo" } });
    expect([other.status, (await settings()).version]).toEqual([409, version + 1]);
    await ask("PUT", "/api/v1/settings", { token, body: { createAccountsFromEvents: true, timeZone: "UTC" } });
  });

  it("readiness says what is down, and stays up for the doors", async () => {
    const response = await askDown("GET", "/readyz");
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: "degraded", checks: { intake: "ok", directory: "ok", database: "down" } },
    ]);
  });
});
