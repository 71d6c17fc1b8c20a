import { z } from "zod";
import { identityKey, isIdentityKeyKind, keyKind, keyValue, type IdentityKey } from "../../domain/identity/key.ts";
import { edgePriority, type KeyStatus, type LinkReply } from "../../domain/identity/messages.ts";
import { joins } from "../../domain/identity/free-mail.ts";
import { otherIdCharsMax, resolveKeysMax } from "../../domain/limits.ts";
import { isoTime } from "../../domain/time.ts";
import { isReadFailure, readFailure } from "../account-json.ts";
import { endpoint, okJson, type Call, type Endpoint } from "../endpoint.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { time } from "../schemas.ts";

const keyInput = z
  .object({
    kind: z.string().refine(isIdentityKeyKind, "must be account, user, email, domain or external:{system}"),
    value: z.string().min(1, "must not be empty").max(otherIdCharsMax),
  })
  .transform(({ kind, value }) => identityKey(kind, value));

const keySchema = z.object({ kind: z.string(), value: z.string() });
const toKey = (key: string) => ({ kind: keyKind(key as IdentityKey), value: keyValue(key as IdentityKey) });

const linkInput = z.object({ key: keyInput, accountId: z.string().min(1).max(otherIdCharsMax), reason: z.string().max(512).nullish() });
const linkSchema = z.object({
  key: keySchema,
  accountId: z.string(),
  version: z.number(),
  drainedEvents: z.number(),
  released: z.array(z.string()),
});
type Link = Call<unknown, z.infer<typeof linkInput>>;

async function link({ ports, body, identity, now }: Link) {
  if (!joins(body.key))
    return { failure: "invalid", pointer: "/key/value", detail: "is a free-mail domain: it would join strangers" } as const;
  const account = await ports.accounts.call(body.accountId, (shard) => shard.account(body.accountId));
  if (isReadFailure(account)) return readFailure(account);
  const edge = {
    key: body.key,
    accountId: body.accountId,
    evidence: "person",
    author: identity.tokenId,
    at: now,
    ...(body.reason == null ? {} : { reason: body.reason }),
  } as const;
  return okJson(linkJson(await ports.directory.call((directory) => directory.link(edge)), body.accountId));
}

async function unlink({ ports, body, identity, now }: Link) {
  const reply = await ports.directory.call((directory) =>
    directory.unlink(body.key, body.accountId, identity.tokenId, body.reason ?? undefined, now),
  );
  return okJson(linkJson(reply, body.accountId));
}

const evidence = z.enum(Object.keys(edgePriority) as ["person", ...string[]]);
const resolved = z.object({
  key: keySchema,
  accountId: z.string().nullable(),
  version: z.number(),
  evidence: evidence.nullable(),
  edges: z.array(z.object({ accountId: z.string(), evidence, author: z.string(), reason: z.string().nullable(), at: time })),
  conflicts: z.array(z.string()),
  waitingEvents: z.number(),
});

const shared = { tag: "identity", spansAccounts: true } as const;

export const identityEndpoints: readonly Endpoint[] = [
  endpoint({
    ...shared,
    method: "post",
    path: "/identity/link",
    summary: "Say to whom a key belongs",
    scope: "write",
    body: { schema: linkInput },
    answers: { 200: { description: "What it did", schema: linkSchema } },
    handle: link,
  }),
  endpoint({
    ...shared,
    method: "post",
    path: "/identity/unlink",
    summary: "Say that a key does not belong",
    scope: "write",
    body: { schema: linkInput },
    answers: { 200: { description: "What it did", schema: linkSchema } },
    handle: unlink,
  }),
  endpoint({
    ...shared,
    method: "post",
    path: "/identity/resolve",
    summary: "What keys lead to, and why",
    scope: "read",
    body: { schema: z.object({ keys: z.array(keyInput).min(1).max(resolveKeysMax) }) },
    answers: { 200: { description: "One item per key, in order", schema: z.object({ items: z.array(resolved) }) } },
    async handle({ ports, body }) {
      const found = await ports.directory.call((directory) => directory.status(body.keys));
      return okJson({ items: found.map(statusJson) });
    },
  }),
  endpoint({
    ...shared,
    method: "get",
    path: "/identity/unresolved",
    summary: "Keys for which events wait",
    scope: "read",
    query: z.object(pageQuery),
    answers: {
      200: {
        description: "A page of keys",
        schema: pageOf(
          z.object({
            key: keySchema,
            waitingEvents: z.number(),
            since: time,
            status: z.enum(["unlinked", "ambiguous"]),
            accountIds: z.array(z.string()),
            alsoUnder: z.array(keySchema),
          }),
        ),
      },
    },
    async handle({ ports, query, url }) {
      const cursor = fromCursor(query.cursor, z.object({ after: z.string() }));
      if (!cursor.ok) return cursor.error;
      const page = { limit: query.limit + 1, ...(cursor.value === null ? {} : { after: cursor.value.after }) };
      const found = await ports.directory.call((directory) => directory.unresolved(page));
      const items = found.slice(0, query.limit);
      const next = found.length <= query.limit ? null : { after: items.at(-1)?.key };
      return pageAnswer(
        url,
        items.map((item) => ({ ...item, key: toKey(item.key), since: isoTime(item.since), alsoUnder: item.alsoUnder.map(toKey) })),
        next,
      );
    },
  }),
];

const linkJson = (reply: LinkReply, accountId: string) => ({
  key: toKey(reply.key),
  accountId,
  version: reply.version,
  drainedEvents: reply.drainedEvents,
  released: reply.released,
});

const statusJson = (status: KeyStatus) => ({
  key: toKey(status.key),
  accountId: status.accountId,
  version: status.version,
  evidence: status.edges.find((edge) => edge.accountId === status.accountId)?.evidence ?? null,
  edges: status.edges.map(({ accountId, evidence: why, author, reason, at }) => ({
    accountId,
    evidence: why,
    author,
    reason: reason ?? null,
    at: isoTime(at),
  })),
  conflicts: status.conflicts,
  waitingEvents: status.waitingEvents,
});
