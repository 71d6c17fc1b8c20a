import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import type { Endpoint } from "../../src/api/endpoint.ts";
import { endpoints } from "../../src/api/endpoints.ts";
import type { Scope } from "../../src/domain/intake/token.ts";
import type { Env } from "../../src/env.ts";
import { setupStores } from "../../src/platform/d1/setup-stores.ts";
import { sha256Hex } from "../../src/platform/secrets.ts";

export const testEnv = env as unknown as Env;
export const origin = "https://pulse.example";
const worker = (exports as unknown as { default: Fetcher }).default;

type Json = Record<string, unknown>;
export type Reply = { readonly status: number; readonly headers: Headers; readonly json: Json; readonly text: string };
export type Ask = {
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly raw?: BodyInit;
  readonly type?: string;
};

/** A token in the database, as `POST tokens` would leave it. */
export async function tokenWith(
  scopes: readonly Scope[],
  more: { accountIds?: readonly string[]; expiresAt?: number } = {},
): Promise<{ id: string; token: string }> {
  const id = `tok_${crypto.randomUUID()}`;
  const token = `pl_${crypto.randomUUID()}`;
  const row = {
    id,
    name: "test",
    scopes,
    connectionId: null,
    accountIds: more.accountIds ?? null,
    expiresAt: more.expiresAt ?? null,
    createdAt: 1,
    revokedAt: null,
  };
  await setupStores(testEnv.DB).addToken(row, sha256Hex(token), "test");
  return { id, token };
}

/** Asks the whole worker. What it answers with 2xx under `/api/v1` is held against the endpoint's own schema: no field too few, none too many. */
export async function ask(
  method: string,
  path: string,
  { token = null, headers = {}, body, raw, type = "application/json" }: Ask = {},
): Promise<Reply> {
  const hasBody = body !== undefined || raw !== undefined;
  const response = await worker.fetch(`${origin}${path}`, {
    method,
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(hasBody ? { "content-type": type } : {}), ...headers },
    ...(hasBody ? { body: raw ?? JSON.stringify(body) } : {}),
    redirect: "manual",
  });
  // As bytes: the runtime warns of `text()` on types it does not know as text.
  const text = new TextDecoder().decode(await response.arrayBuffer());
  const json = text !== "" && (response.headers.get("content-type") ?? "").includes("json") ? (JSON.parse(text) as Json) : {};
  if (response.ok && method !== "HEAD") assertAgreed(method, path, response.status, json);
  if (response.status >= 400 && response.status !== 404 && path.startsWith("/api")) assertProblem(response, json);
  return { status: response.status, headers: response.headers, json, text };
}

export const endpointOf = (method: string, path: string): Endpoint | undefined => {
  const parts = (path.split("?")[0] ?? "").slice("/api/v1".length).split("/");
  return endpoints.find((endpoint) => {
    const wanted = endpoint.path.split("/");
    return (
      endpoint.method === method.toLowerCase() &&
      wanted.length === parts.length &&
      wanted.every((part, i) => part.startsWith("{") || part === parts[i])
    );
  });
};

function assertAgreed(method: string, path: string, status: number, json: Json): void {
  const answer = endpointOf(method, path)?.answers[status];
  if (answer?.schema !== undefined) expect(answer.schema.parse(json)).toEqual(json);
}

function assertProblem(response: Response, json: Json): void {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(json).toMatchObject({
    type: expect.any(String),
    title: expect.any(String),
    status: response.status,
    detail: expect.any(String),
    requestId: expect.any(String),
  });
}
