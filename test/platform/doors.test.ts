import { createExecutionContext, env as testEnv } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import { intakeShardName } from "../../src/domain/hash.ts";
import type { Credential } from "../../src/domain/intake/credential.ts";
import type { Scope } from "../../src/domain/intake/token.ts";
import type { Env } from "../../src/env.ts";
import { createDoors } from "../../src/ingest/routes.ts";
import { setupStores } from "../../src/platform/d1/setup-stores.ts";
import { forgetCredentials } from "../../src/platform/credentials.ts";
import { doorPorts } from "../../src/platform/door-ports.ts";
import { encryptText, hmacBase64, sha256Hex } from "../../src/platform/secrets.ts";
import { forgetTopology } from "../../src/platform/topology.ts";

const env = testEnv as unknown as Env;
const doors = createDoors<Env>(doorPorts);
const event = (id: string): object => ({
  id,
  type: "feature.used",
  time: new Date().toISOString(),
  account: { id: "acct-1" },
  data: { feature: "export" },
});

const post = (path: string, body: BodyInit, headers: Record<string, string> = {}, bindings: Env = env): Promise<Response> =>
  Promise.resolve(
    doors.fetch(new Request(`https://pulseline.example${path}`, { method: "POST", body, headers }), bindings, createExecutionContext()),
  );
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

let tokens = 0;
async function addToken(changes: { expiresAt?: number; revokedAt?: number; scopes?: Scope[] } = {}): Promise<string> {
  const token = `token-${++tokens}`;
  const row = {
    id: token,
    name: "test",
    scopes: changes.scopes ?? ["ingest"],
    connectionId: null,
    accountIds: null,
    expiresAt: changes.expiresAt ?? null,
    createdAt: 0,
    revokedAt: null,
  };
  await setupStores(env.DB).addToken(row, sha256Hex(token), "test");
  if (changes.revokedAt !== undefined) await setupStores(env.DB).revokeToken(token, changes.revokedAt);
  return token;
}

/** The same deployment with its database gone. */
const down = (): never => {
  throw new Error("D1 is down");
};
const withoutD1: Env = { ...env, DB: { prepare: down, batch: down, exec: down, withSession: down, dump: down } };

beforeEach(() => {
  forgetTopology();
});

describe("the doors in workerd", () => {
  it("make an event durable before they answer 202, with a token created a moment ago", async () => {
    const token = await addToken();
    const response = await post("/v1/events", JSON.stringify([event("e1"), event("e2")]), bearer(token));
    expect([response.status, await response.json()]).toEqual([202, { accepted: 2, rejected: [] }]);
    const kept = await env.INTAKE_SHARD.getByName("0").deliveries({ connectionId: token, limit: 10 });
    expect(kept).toMatchObject([{ connector: "native", form: "events", accepted: 2, rejected: 0 }]);
  });

  it("refuse tokens that are wrong, expired, revoked or of another scope", async () => {
    const statuses = [];
    for (const token of [
      "nobody",
      await addToken({ expiresAt: Date.now() - 1 }),
      await addToken({ revokedAt: 1 }),
      await addToken({ scopes: ["read"] }),
    ]) {
      statuses.push((await post("/v1/events", "[]", bearer(token))).status);
    }
    expect(statuses).toEqual([401, 401, 401, 403]);
    const withAdmin = { ...env, PULSELINE_ADMIN_TOKEN_HASH: sha256Hex("the-admin-token") };
    expect((await post("/v1/events", "[]", bearer("the-admin-token"), withAdmin)).status).toBe(202);
  });

  it("hear with the next append that a token was revoked elsewhere, and do not wait for their minute to be over", async () => {
    const token = await addToken();
    const send = async (id: string) => (await post("/v1/events", JSON.stringify(event(id)), bearer(token))).status;
    expect([await send("r1"), await send("r2")]).toEqual([202, 202]);
    // As another isolate does it: the database first, then every shard's copy.
    const revoked = await setupStores(env.DB).revokeToken(token, Date.now());
    await env.INTAKE_SHARD.getByName("0").putCredentials([revoked as Credential]);
    await send("r3");
    expect(await send("r4")).toBe(401);
  });

  it("work with the database down, in an isolate that knows nothing, by the shards' second copy", async () => {
    const token = "spread-token";
    const credential: Credential = { kind: "token", hash: sha256Hex(token), tokenId: "tok-spread", name: "spread", scopes: ["ingest"] };
    await env.INTAKE_SHARD.getByName("0").putCredentials([credential]);
    forgetCredentials([`token|${credential.hash}`]);
    expect((await post("/v1/events", JSON.stringify(event("d1")), bearer(token), withoutD1)).status).toBe(202);
  });

  it("work with the database down on what they remember", async () => {
    const token = await addToken();
    expect((await post("/v1/events", "[]", bearer(token))).status).toBe(202);
    expect((await post("/v1/events", JSON.stringify(event("m1")), bearer(token), withoutD1)).status).toBe(202);
  });

  it("say 503, not 401, to a token nobody can judge: the sender would throw its events away", async () => {
    const response = await post("/v1/events", "[]", bearer("unheard-of"), withoutD1);
    expect([response.status, Number(response.headers.get("retry-after")) > 0]).toEqual([503, true]);
  });

  it("take a signed webhook whose secret lies encrypted in the database", async () => {
    const secret = "signing-secret";
    const sealed = await encryptText(env.PULSELINE_SECRET_KEY, JSON.stringify({ webhookSecret: secret }));
    const connection = {
      id: "zen-1",
      connector: "zendesk",
      name: "z",
      status: "active",
      baseUrl: null,
      tokenUrl: null,
      settings: {},
      secretNames: ["webhookSecret"],
      secretsCiphertext: sealed,
      apiSecretDigest: null,
      createdAt: 0,
      updatedAt: 0,
    } as const;
    await setupStores(env.DB).putConnection(connection);
    const timestamp = new Date().toISOString();
    const body = JSON.stringify({
      id: "z1",
      type: "zen:event-type:ticket.created",
      time: timestamp,
      detail: { id: "7", organization_id: "11", status: "NEW" },
      event: {},
    });
    const headers = {
      "x-zendesk-webhook-signature": hmacBase64(secret, timestamp, body),
      "x-zendesk-webhook-signature-timestamp": timestamp,
    };
    expect((await post("/webhooks/zendesk/zen-1", body, headers)).status).toBe(200);
    expect((await post("/webhooks/zendesk/zen-1", `${body} `, headers)).status).toBe(401);
    expect((await post("/webhooks/zendesk/nobody", body, headers)).status).toBe(404);
  });

  it("stop a gzip bomb and tell it from broken gzip", async () => {
    const token = await addToken();
    const zip = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
      new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer());
    const bomb = await zip(new Uint8Array(33_000_000));
    const good = await zip(new TextEncoder().encode(JSON.stringify(event("g1"))));
    const headers = { ...bearer(token), "content-encoding": "gzip" };
    const statuses = [];
    for (const body of [bomb, good.slice(0, 30), good]) statuses.push((await post("/v1/events", body, headers)).status);
    expect(statuses).toEqual([413, 400, 202]);
  });

  it("read a body that is too large to its end, declared or not", async () => {
    const token = await addToken();
    const large = new Uint8Array(30_000_000);
    expect((await post("/v1/events", large, bearer(token))).status).toBe(413);
    let sent = 0;
    const stream = new ReadableStream({
      pull: (controller) => (sent++ < 300 ? controller.enqueue(new Uint8Array(100_000)) : controller.close()),
    });
    expect((await post("/v1/events", stream, bearer(token))).status).toBe(413);
    expect(sent).toBeGreaterThan(299);
  });

  it("refuse one event of 5,000 levels and 10 MB of brackets alike, without harm", async () => {
    const token = await addToken();
    const deep = await post("/v1/events", `${"[".repeat(5_000)}${"]".repeat(5_000)}`, bearer(token));
    expect([deep.status, await deep.json()]).toMatchObject([202, { accepted: 0, rejected: [{ reason: "invalid_event" }] }]);
    expect((await post("/v1/events", "[".repeat(9_999_999), bearer(token))).status).toBe(413);
  });

  it("do not store on HEAD, and name the methods they take", async () => {
    for (const [path, allow] of [
      ["/v1/events", "POST"],
      ["/track", "GET, POST, OPTIONS"],
      ["/import", "GET, POST, OPTIONS"],
    ] as const) {
      const response = await doors.fetch(
        new Request(`https://pulseline.example${path}`, { method: "HEAD" }),
        env,
        createExecutionContext(),
      );
      expect([path, response.status, response.headers.get("allow")]).toEqual([path, 405, allow]);
    }
  });

  it("bring a delivery to one other shard when its own fails, and say 503 when both do", async () => {
    const token = await addToken();
    const tried: string[] = [];
    const shards = (failing: (name: string) => boolean): Env => ({
      ...env,
      INTAKE_SHARD: {
        getByName: (name: string) => ({
          getTopology: async () => ({
            accountShards: 256,
            intakeShards: 4,
            intakeShardsHighest: 4,
            createAccountsFromEvents: true,
            version: 1,
          }),
          append: async (delivery: { head: { id: string; connectionId: string } }) => {
            tried.push(name);
            if (tried.length === 1) expect(name).toBe(intakeShardName(delivery.head.connectionId, delivery.head.id, 4));
            if (failing(name)) throw new Error("this shard is down");
            return { status: "stored" };
          },
        }),
      } as unknown as Env["INTAKE_SHARD"],
    });
    expect(
      (
        await post(
          "/v1/events",
          JSON.stringify(event("s1")),
          bearer(token),
          shards(() => tried.length === 1),
        )
      ).status,
    ).toBe(202);
    expect(new Set(tried).size).toBe(2);
    tried.length = 0;
    const response = await post(
      "/v1/events",
      JSON.stringify(event("s2")),
      bearer(token),
      shards(() => true),
    );
    expect([response.status, response.headers.get("retry-after"), tried.length]).toEqual([503, "2", 2]);
  });
});
