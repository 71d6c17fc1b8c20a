import { z } from "zod";
import { fromLine } from "../../domain/event.ts";
import { directoryName } from "../../domain/identity/messages.ts";
import type { DeadLetter, DeadLetterCopy } from "../../domain/intake/dead-letter.ts";
import { isoTime } from "../../domain/time.ts";
import { endpoint, okJson, type Call, type Endpoint } from "../endpoint.ts";
import type { Failure } from "../failure.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { Unavailable, type ApiPorts } from "../ports.ts";
import { time } from "../schemas.ts";

const statuses = ["open", "replayed", "discarded"] as const;

const letter = z.object({
  id: z.string(),
  kind: z.enum(["quarantined", "deadLettered"]),
  reason: z.string(),
  detail: z.string(),
  connectionId: z.string(),
  connector: z.string(),
  type: z.string(),
  eventId: z.string(),
  accountId: z.string().nullable(),
  at: time,
  tries: z.number(),
  status: z.enum(statuses),
});
const letterWithEvent = letter.extend({ event: z.record(z.string(), z.unknown()) });

const listQuery = z.object({
  ...pageQuery,
  status: z.enum(statuses).default("open"),
  reason: z.string().min(1).max(128).optional(),
  connection: z.string().min(1).max(128).optional(),
});

async function list({ ports, query, url }: Call<z.infer<typeof listQuery>>) {
  const cursor = fromCursor(query.cursor, z.object({ at: z.number(), id: z.string() }));
  if (!cursor.ok) return cursor.error;
  const filter = { status: query.status, reason: query.reason ?? null, connectionId: query.connection ?? null };
  const [found, groups] = await Promise.all([
    ports.store.deadLetters(filter, { limit: query.limit + 1, after: cursor.value }),
    ports.store.deadLetterGroups(),
  ]);
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  return pageAnswer(url, items.map(toJson), last === undefined || found.length <= query.limit ? null : { at: last.at, id: last.id }, {
    groups,
  });
}

/** The id leads to the object that keeps the original: an intake shard's number, the directory, or an account shard. */
type Keeper = {
  deadLetter(id: string): Promise<DeadLetter | null>;
  replayDeadLetter(id: string, options: { asNew: boolean }): Promise<DeadLetter | null>;
  discardDeadLetter(id: string, reason: string): Promise<DeadLetter | null>;
};

async function atKeeper(id: string, ports: ApiPorts, work: (keeper: Keeper) => Promise<DeadLetter | null>): Promise<DeadLetter | Failure> {
  const accountShard = /^account-(.{1,530})-\d{1,15}$/.exec(id)?.[1];
  if (accountShard !== undefined) return (await ports.accounts.atShard(accountShard, work)) ?? notFound;
  const owner = /^(directory|\d{1,4})-[\w-]{1,64}$/.exec(id)?.[1];
  if (owner === undefined) return notFound;
  const { intakeShardsHighest } = await ports.intake.topology();
  // Asking a shard that never was would make one.
  if (owner !== directoryName && Number(owner) >= intakeShardsHighest) return notFound;
  const found = owner === directoryName ? await ports.directory.call(work) : await ports.intake.call(owner, work);
  return found ?? notFound;
}

const notFound: Failure = { failure: "not_found", what: "dead letter" };

/** Acts on the original, then brings the list's copy up to date; the copy follows by itself if that fails. */
async function act(id: string, ports: ApiPorts, work: (keeper: Keeper) => Promise<DeadLetter | null>) {
  const changed = await atKeeper(id, ports, work);
  if ("failure" in changed) return changed;
  try {
    await ports.store.keepDeadLetters([changed]);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
  }
  return okJson(withEvent(changed));
}

export const deadLetterEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/dead-letters",
    tag: "flow",
    summary: "Events that wait for a person",
    scope: "read",
    spansAccounts: true,
    query: listQuery,
    answers: {
      200: {
        description: "A page of dead letters, newest first",
        schema: pageOf(letter).extend({ groups: z.array(z.object({ kind: z.string(), reason: z.string(), open: z.number() })) }),
      },
    },
    handle: list,
  }),
  endpoint({
    method: "get",
    path: "/dead-letters/{id}",
    tag: "flow",
    summary: "One of them with its event",
    scope: "read",
    spansAccounts: true,
    answers: { 200: { description: "The dead letter", schema: letterWithEvent } },
    async handle({ ports, params }) {
      const found = await atKeeper(params["id"] ?? "", ports, (keeper) => keeper.deadLetter(params["id"] ?? ""));
      return "failure" in found ? found : okJson(withEvent(found));
    },
  }),
  endpoint({
    method: "post",
    path: "/dead-letters/{id}/replay",
    tag: "flow",
    summary: "Put it back on the path",
    scope: "write",
    spansAccounts: true,
    body: { schema: z.strictObject({ asNew: z.boolean().default(false) }), optional: true },
    answers: { 200: { description: "The dead letter, replayed", schema: letterWithEvent } },
    handle: ({ ports, params, body }) =>
      act(params["id"] ?? "", ports, (keeper) => keeper.replayDeadLetter(params["id"] ?? "", { asNew: body.asNew })),
  }),
  endpoint({
    method: "post",
    path: "/dead-letters/{id}/discard",
    tag: "flow",
    summary: "Say that it need not be counted",
    scope: "write",
    spansAccounts: true,
    body: { schema: z.strictObject({ reason: z.string().trim().min(1, "say why").max(512) }) },
    answers: { 200: { description: "The dead letter, discarded", schema: letterWithEvent } },
    handle: ({ ports, params, body }) =>
      act(params["id"] ?? "", ports, (keeper) => keeper.discardDeadLetter(params["id"] ?? "", body.reason)),
  }),
];

const toJson = (copy: DeadLetterCopy) => ({
  id: copy.id,
  kind: copy.kind,
  reason: copy.reason,
  detail: copy.detail,
  connectionId: copy.connectionId,
  connector: copy.connector,
  type: copy.type,
  eventId: copy.eventId,
  accountId: copy.accountId ?? null,
  at: isoTime(copy.at),
  tries: copy.tries,
  status: copy.status,
});

function withEvent(original: DeadLetter) {
  return { ...toJson(original), event: eventOf(original.line) };
}

/** A letter that could not be mapped holds something else than an event line; then it is shown as it is. */
function eventOf(line: string): Record<string, unknown> {
  try {
    const event = fromLine(line);
    return { ...event, occurredAt: isoTime(event.occurredAt), receivedAt: isoTime(event.receivedAt) };
  } catch {
    return { raw: line };
  }
}
