import { env as testEnv } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Credential } from "../../src/domain/intake/credential.ts";
import { credentialFreshMs, credentialRestMs, credentialStaleMaxMs } from "../../src/domain/limits.ts";
import type { Env } from "../../src/env.ts";
import { clockFrom } from "../../src/platform/clock.ts";
import { CredentialsUnavailable, findCredential, noteCredentialsMark } from "../../src/platform/credentials.ts";
import { setupStores } from "../../src/platform/d1/setup-stores.ts";
import { decryptText, encryptText, openSecrets, sameSecret, sha256Hex } from "../../src/platform/secrets.ts";
import { authenticate } from "../../src/platform/tokens.ts";
import { forgetTopology, topology } from "../../src/platform/topology.ts";

const env = testEnv as unknown as Env;
const down = (): never => {
  throw new Error("D1 is down");
};
const withoutD1: Env = { ...env, DB: { prepare: down, batch: down, exec: down, withSession: down, dump: down } };

let serial = 0;
async function addToken(): Promise<string> {
  const token = `cached-${++serial}`;
  const row = {
    id: token,
    name: token,
    scopes: ["ingest" as const],
    connectionId: null,
    accountIds: null,
    expiresAt: null,
    createdAt: 0,
    revokedAt: null,
  };
  await setupStores(env.DB).addToken(row, sha256Hex(token), "test");
  return token;
}
const lookupOf = (token: string): string => `token|${sha256Hex(token)}`;
const later = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

afterEach(() => {
  vi.useRealTimers();
});

describe("a credential at the door", () => {
  it("is asked for once a minute", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const token = await addToken();
    expect(await findCredential(env, lookupOf(token))).toMatchObject({ tokenId: token });
    await setupStores(env.DB).revokeToken(token, 5);
    later(credentialFreshMs - 1);
    expect(await findCredential(env, lookupOf(token))).not.toHaveProperty("revokedAt");
    later(1);
    expect(await findCredential(env, lookupOf(token))).toMatchObject({ revokedAt: 5 });
  });

  it("is asked for again at once when an intake shard tells that credentials have changed, and then not again", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const token = await addToken();
    noteCredentialsMark("0", 1);
    later(1);
    await findCredential(env, lookupOf(token));
    await setupStores(env.DB).revokeToken(token, 5);
    later(1);
    noteCredentialsMark("0", 1);
    expect(await findCredential(env, lookupOf(token))).not.toHaveProperty("revokedAt");
    noteCredentialsMark("0", 2);
    later(1);
    expect(await findCredential(env, lookupOf(token))).toMatchObject({ revokedAt: 5 });
    expect(await findCredential(withoutD1, lookupOf(token))).toMatchObject({ revokedAt: 5 });
  });

  it("serves for a day when the database is down, and no longer", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const token = await addToken();
    await findCredential(env, lookupOf(token));
    later(credentialStaleMaxMs - 1);
    expect(await findCredential(withoutD1, lookupOf(token))).toMatchObject({ tokenId: token });
    later(1);
    await expect(findCredential(withoutD1, lookupOf(token))).rejects.toThrow(CredentialsUnavailable);
  });

  it("is answered from the old copy while the database hangs: after one wait it is left alone, then tried again", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const [token, other] = [await addToken(), await addToken()];
    await findCredential(env, lookupOf(token));
    await findCredential(env, lookupOf(other));
    let asked = 0;
    let hangs = true;
    const prepare = (text: string) => {
      if (hangs && text.includes("tokens")) asked++;
      if (!hangs) return env.DB.prepare(text);
      const waits = () => new Promise<never>(() => {});
      const statement = { bind: () => statement, all: waits, raw: waits, first: waits, run: waits };
      return statement as unknown as D1PreparedStatement;
    };
    const hanging: Env = { ...env, DB: { prepare, batch: down, exec: down, withSession: down, dump: down } };
    later(credentialFreshMs);
    const askedAfter = async (lookup: string): Promise<unknown> => [await findCredential(hanging, lookup), asked];
    expect(await askedAfter(lookupOf(token))).toMatchObject([{ tokenId: token }, 1]);
    later(credentialRestMs - 1);
    expect(await askedAfter(lookupOf(token))).toMatchObject([{ tokenId: token }, 1]);
    expect(await askedAfter(lookupOf(other))).toMatchObject([{ tokenId: other }, 1]);
    later(1);
    const trying = askedAfter(lookupOf(token));
    expect(await askedAfter(lookupOf(other))).toMatchObject([{ tokenId: other }, 2]);
    await trying;
    await setupStores(env.DB).revokeToken(token, 5);
    hangs = false;
    later(credentialRestMs);
    expect(await findCredential(hanging, lookupOf(token))).toMatchObject({ revokedAt: 5 });
    expect(asked).toBe(2);
  });

  it("that is not known is always asked for, so that a new one works at once", async () => {
    const token = `cached-${serial + 1}`;
    expect(await findCredential(env, lookupOf(token))).toBeNull();
    await addToken();
    expect(await findCredential(env, lookupOf(token))).toMatchObject({ tokenId: token });
  });

  it("comes from a shard's second copy when the database is down, and from the database again once it is back", async () => {
    const token = await addToken();
    const copy: Credential = { kind: "token", hash: sha256Hex(token), tokenId: "the-copy", name: "copy", scopes: ["ingest"] };
    await env.INTAKE_SHARD.getByName("0").putCredentials([copy]);
    expect(await findCredential(withoutD1, lookupOf(token))).toMatchObject({ tokenId: "the-copy" });
    expect(await findCredential(env, lookupOf(token))).toMatchObject({ tokenId: token });
  });

  it("expires by the product's clock, not by the wall's", async () => {
    const expiresAt = Date.now() + 3_600_000;
    const row = {
      id: "short",
      name: "short",
      scopes: ["read" as const],
      connectionId: null,
      accountIds: null,
      expiresAt,
      createdAt: 0,
      revokedAt: null,
    };
    await setupStores(env.DB).addToken(row, sha256Hex("short"), "test");
    const request = new Request("https://x.example", { headers: { authorization: "Bearer short" } });
    const clockAt = (productMs: number) => clockFrom(JSON.stringify({ productMs, wallMs: 0, rate: 0 }));
    expect(await authenticate(request, env, clockAt(expiresAt - 1))).toMatchObject({ ok: true });
    expect(await authenticate(request, env, clockAt(expiresAt))).toEqual({ ok: false, error: "expired" });
  });

  it.each([undefined, "", "Basic abc", "Bearer", "Bearer a b", `Bearer ${"x".repeat(600)}`])(
    "is missing from the header %j",
    async (authorization) => {
      const request = new Request("https://x.example", authorization === undefined ? {} : { headers: { authorization } });
      expect(await authenticate(request, env, clockFrom(undefined))).toEqual({ ok: false, error: "missing" });
    },
  );
});

describe("secrets at rest", () => {
  it("open under the key they were sealed with, and under no other", async () => {
    const sealed = await encryptText(env.PULSELINE_SECRET_KEY, '{"webhookSecret":"geheim – ✓"}');
    expect(sealed).not.toContain("geheim");
    expect(await decryptText(env.PULSELINE_SECRET_KEY, sealed)).toBe('{"webhookSecret":"geheim – ✓"}');
    expect(await encryptText(env.PULSELINE_SECRET_KEY, '{"webhookSecret":"geheim – ✓"}')).not.toBe(sealed);
    const otherKey = btoa("x".repeat(32));
    expect(await openSecrets(otherKey, sealed)).toBeNull();
    expect(await openSecrets(env.PULSELINE_SECRET_KEY, sealed)).toEqual({ webhookSecret: "geheim – ✓" });
    expect(await openSecrets(env.PULSELINE_SECRET_KEY, "")).toEqual({});
    expect(await openSecrets(env.PULSELINE_SECRET_KEY, `${sealed.slice(0, -4)}AAAA`)).toBeNull();
  });

  it("compare equal only to themselves", () => {
    expect([sameSecret("a", "a"), sameSecret("a", "b"), sameSecret("a", "aa"), sameSecret("", "")]).toEqual([true, false, false, true]);
  });
});

describe("the topology", () => {
  const document = { accountShards: 256, intakeShards: 2, intakeShardsHighest: 2, createAccountsFromEvents: true, version: 3 };
  const shards = (answer: () => Promise<unknown>): Env => ({
    ...env,
    INTAKE_SHARD: { getByName: () => ({ getTopology: answer }) } as unknown as Env["INTAKE_SHARD"],
  });

  it("is asked for once a minute and outlives its keeper", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    forgetTopology();
    let asked = 0;
    let isDown = false;
    const counted = shards(() => (asked++, isDown ? Promise.reject(new Error("shard 0 is down")) : Promise.resolve(document)));
    const clock = clockFrom(undefined);
    expect([await topology(counted, clock), await topology(counted, clock), asked]).toEqual([document, document, 1]);
    isDown = true;
    later(61_000);
    expect([await topology(counted, clock), asked]).toEqual([document, 2]);
  });

  it("is not guessed when it was never known: two numbers of account shards would split accounts in two", async () => {
    forgetTopology();
    await expect(
      topology(
        shards(() => Promise.reject(new Error("shard 0 is down"))),
        clockFrom(undefined),
      ),
    ).rejects.toThrow("shard 0 is down");
  });
});
