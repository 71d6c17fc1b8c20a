import { z } from "zod";
import { isCustomer } from "../../domain/canary.ts";
import { identityKey, isIdentityKeyKind, keyKind, keyValue, type IdentityKey } from "../../domain/identity/key.ts";
import { edgePriority, type KeyStatus, type LinkReply } from "../../domain/identity/messages.ts";
import { joins } from "../../domain/identity/free-mail.ts";
import type { MergeDecision, MergeRefusal, MergeRequest } from "../../domain/identity/merge.ts";
import { mergeDepthMax, otherIdCharsMax, resolveKeysMax } from "../../domain/limits.ts";
import { isoTime } from "../../domain/time.ts";
import { isReadFailure, readFailure, writeFailure } from "../account-json.ts";
import { endpoint, okJson, type Call, type Endpoint } from "../endpoint.ts";
import type { Failure } from "../failure.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import type { ApiPorts } from "../ports.ts";
import { time } from "../schemas.ts";

const keyInput = z
  .strictObject({
    kind: z.string().refine(isIdentityKeyKind, "must be account, user, email, domain or external:{system}"),
    value: z.string().min(1, "must not be empty").max(otherIdCharsMax),
  })
  .transform(({ kind, value }) => identityKey(kind, value));

const keySchema = z.object({ kind: z.string(), value: z.string() });
const toKey = (key: string) => ({ kind: keyKind(key as IdentityKey), value: keyValue(key as IdentityKey) });

const linkInput = z.strictObject({
  key: keyInput,
  accountId: z.string().min(1).max(otherIdCharsMax),
  reason: z.string().max(512).nullish(),
});
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
  const fault = await faultOfAccount(body.accountId, ports);
  if (fault !== null) return fault;
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

/** Null if the account exists and has not been merged into another. */
async function faultOfAccount(accountId: string, ports: ApiPorts): Promise<Failure | null> {
  if (!isCustomer(accountId)) return { failure: "not_found", what: "account" };
  const account = await ports.accounts.call(accountId, (shard) => shard.account(accountId));
  return isReadFailure(account) ? writeFailure(account, accountId) : null;
}

async function unlink({ ports, body, identity, now }: Link) {
  const reply = await ports.directory.call((directory) =>
    directory.unlink(body.key, body.accountId, identity.tokenId, body.reason ?? undefined, now),
  );
  return okJson(linkJson(reply, body.accountId));
}

const accountInput = z.string().min(1).max(otherIdCharsMax);
const mergeInput = z.strictObject({ from: accountInput, into: accountInput, reason: z.string().max(512).nullish() });
const mergeSchema = z.object({ from: z.string(), into: z.string(), version: z.number() });
type MergeInput = z.infer<typeof mergeInput>;
type MergeCall = Call<unknown, MergeInput>;

async function merge({ ports, body, identity, now }: MergeCall) {
  if (!isCustomer(body.from)) return { failure: "not_found", what: "account" } as const;
  const from = await ports.accounts.call(body.from, (shard) => shard.account(body.from));
  // Merged already is for the directory to judge: it may be this very merge, asked for again.
  if (isReadFailure(from) && from.failure !== "moved") return readFailure(from);
  const fault = await faultOfAccount(body.into, ports);
  if (fault !== null) return fault;
  return mergeAnswer(await ports.directory.call((directory) => directory.merge(toMergeRequest(body, identity, now))), body);
}

async function unmerge({ ports, body, identity, now }: MergeCall) {
  return mergeAnswer(await ports.directory.call((directory) => directory.unmerge(toMergeRequest(body, identity, now))), body);
}

const toMergeRequest = ({ from, into, reason }: MergeInput, { tokenId }: MergeCall["identity"], now: number): MergeRequest => ({
  from,
  into,
  author: tokenId,
  at: now,
  ...(reason == null ? {} : { reason }),
});

function mergeAnswer(decision: MergeDecision, { from, into }: MergeInput) {
  return decision.ok ? okJson({ from, into, version: decision.value.merge.version }) : refusalOf(decision.error, from, into);
}

function refusalOf(refusal: MergeRefusal, from: string, into: string): Failure {
  switch (refusal.reason) {
    case "same_account":
      return { failure: "invalid", pointer: "/into", detail: "is the same account" };
    case "merged_already":
      return { failure: "conflict", detail: `${refusal.accountId} was merged into ${refusal.into}` };
    case "not_merged":
      return { failure: "conflict", detail: `${from} is not merged into ${into}` };
    case "chain_too_long":
      return { failure: "conflict", detail: `a chain of merges has at most ${mergeDepthMax + 1} accounts` };
  }
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
    path: "/identity/merge",
    summary: "Give all that an account has and will get to another",
    scope: "write",
    body: { schema: mergeInput },
    answers: { 200: { description: "Merged; events follow within seconds", schema: mergeSchema } },
    handle: merge,
  }),
  endpoint({
    ...shared,
    method: "post",
    path: "/identity/unmerge",
    summary: "Take a merge back",
    scope: "write",
    body: { schema: mergeInput },
    answers: { 200: { description: "Taken back; events follow within seconds", schema: mergeSchema } },
    handle: unmerge,
  }),
  endpoint({
    ...shared,
    method: "post",
    path: "/identity/resolve",
    summary: "What keys lead to, and why",
    scope: "read",
    body: { schema: z.strictObject({ keys: z.array(keyInput).min(1).max(resolveKeysMax) }) },
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
  // Edges are in the order of their strength; they may name an account that was merged into this one.
  evidence:
    status.accountId === null
      ? null
      : ((status.edges.find(({ accountId }) => accountId === status.accountId) ?? status.edges[0])?.evidence ?? null),
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
