import { z } from "zod";
import type { Token } from "../../domain/intake/token.ts";
import { isoTime } from "../../domain/time.ts";
import { endFeed } from "../end-feed.ts";
import { endpoint, noContent, okJson, type Call, type Endpoint } from "../endpoint.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { time } from "../schemas.ts";
import { instant } from "../time-range.ts";

const scopes = z
  .array(z.enum(["ingest", "read", "write", "admin"]))
  .min(1, "must name a scope")
  .max(4);
/** A credential is copied to every door: keep it small. */
const accountIdsMax = 500;

const token = z.object({
  id: z.string(),
  name: z.string(),
  scopes,
  connectionId: z.string().nullable(),
  accountIds: z.array(z.string()).nullable(),
  expiresAt: time.nullable(),
  createdAt: time,
  revokedAt: time.nullable(),
});

const tokenInput = z.strictObject({
  name: z.string().trim().min(1, "must not be empty").max(128),
  scopes,
  connectionId: z.string().min(1).max(128).nullish(),
  accountIds: z.array(z.string().min(1).max(512)).min(1).max(accountIdsMax).nullish(),
  expiresAt: instant.nullish(),
});

async function create({ ports, body, identity, now }: Call<unknown, z.infer<typeof tokenInput>>) {
  if (body.expiresAt != null && body.expiresAt <= now)
    return { failure: "invalid", pointer: "/expiresAt", detail: "is over already" } as const;
  if (body.connectionId != null) {
    const connection = await ports.store.connection(body.connectionId);
    if (connection === null || connection.status === "deleted")
      return { failure: "invalid", pointer: "/connectionId", detail: "there is no such connection" } as const;
  }
  const text = ports.ids.token();
  const made: Token = {
    id: ports.ids.id("tok"),
    name: body.name,
    scopes: [...new Set(body.scopes)],
    connectionId: body.connectionId ?? null,
    accountIds: body.accountIds ?? null,
    expiresAt: body.expiresAt ?? null,
    createdAt: now,
    revokedAt: null,
  };
  await ports.credentials.spread(await ports.store.addToken(made, ports.crypto.sha256Hex(text), identity.tokenId));
  return { status: 201, json: { ...toJson(made), token: text } };
}

export const tokenEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/tokens",
    tag: "tokens",
    summary: "Tokens, revoked ones too, the newest first",
    scope: "admin",
    spansAccounts: true,
    query: z.object(pageQuery),
    answers: { 200: { description: "A page of tokens", schema: pageOf(token) } },
    async handle({ ports, query, url }) {
      const cursor = fromCursor(query.cursor, z.object({ id: z.string() }));
      if (!cursor.ok) return cursor.error;
      const found = await ports.store.tokens({ limit: query.limit + 1, after: cursor.value?.id ?? null });
      const items = found.slice(0, query.limit);
      return pageAnswer(url, items.map(toJson), found.length <= query.limit ? null : { id: items.at(-1)?.id });
    },
  }),
  endpoint({
    method: "get",
    path: "/tokens/{id}/name",
    tag: "tokens",
    summary: "How an author is called, who is told as the token's id: of an override, an opinion, a draft",
    scope: "read",
    spansAccounts: true,
    answers: { 200: { description: "The name that the token was given", schema: z.object({ id: z.string(), name: z.string() }) } },
    async handle({ ports, params }) {
      const id = params["id"] ?? "";
      const name = await ports.store.tokenName(id);
      return name === null ? { failure: "not_found", what: "token" } : okJson({ id, name });
    },
  }),
  endpoint({
    method: "post",
    path: "/tokens",
    tag: "tokens",
    summary: "Make a token; its text is shown this once",
    scope: "admin",
    spansAccounts: true,
    body: { schema: tokenInput },
    answers: { 201: { description: "The token", schema: token.extend({ token: z.string() }) } },
    handle: create,
  }),
  endpoint({
    method: "delete",
    path: "/tokens/{id}",
    tag: "tokens",
    summary: "Revoke a token",
    scope: "admin",
    spansAccounts: true,
    answers: { 204: { description: "Revoked" } },
    async handle({ ports, params, now }) {
      const revoked = await ports.store.revokeToken(params["id"] ?? "", now);
      if (revoked === null) return { failure: "not_found", what: "token" };
      await ports.credentials.spread(revoked);
      await endFeed(params["id"] ?? "", ports);
      return noContent;
    },
  }),
];

const toJson = (made: Token) => ({
  ...made,
  expiresAt: isoTime(made.expiresAt),
  createdAt: isoTime(made.createdAt),
  revokedAt: isoTime(made.revokedAt),
});
