import { z } from "zod";
import { newestFirst, type DeliveryRecord, type DeliverySummary } from "../../domain/intake/delivery-log.ts";
import { deliveryTime, isDeliveryId } from "../../domain/ids.ts";
import { outcomeNames, type OutcomeName } from "../../domain/outcome.ts";
import { toBodyJson, toDeliveryJson, toDetailJson, type KnownDelivery } from "../delivery-json.ts";
import { endpoint, okJson, type Answer, type Call, type Endpoint } from "../endpoint.ts";
import type { Failure } from "../failure.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { Unavailable, type ApiPorts } from "../ports.ts";
import { time } from "../schemas.ts";
import { knownSenders } from "../senders.ts";

const statuses = ["settled", "waiting", "stuck"] as const;
const outcomes = [...(outcomeNames as [OutcomeName, ...OutcomeName[]]), "rejected", "unknown"] as const;

const delivery = z.object({
  id: z.string(),
  connectionId: z.string(),
  connectionName: z.string().nullable(),
  connector: z.string(),
  form: z.string(),
  receivedAt: time,
  bytes: z.number(),
  accepted: z.number(),
  rejected: z.number(),
  outcomes: z.record(z.enum(outcomeNames as [string, ...string[]]), z.number()),
  status: z.enum(statuses),
  settledAt: time.nullable(),
  accountIds: z.array(z.string()),
  reasons: z.array(z.object({ outcome: z.enum(outcomes), reason: z.string(), detail: z.string(), events: z.number() })),
});

const deliveryDetail = delivery.extend({
  outcomes: delivery.shape.outcomes.nullable(),
  status: z.enum([...statuses, "archived"]),
  lane: z.enum(["live", "backfill"]).nullable(),
  contentType: z.string().nullable(),
  contentEncoding: z.enum(["identity", "gzip"]).nullable(),
  source: z.enum(["intake", "archive"]).nullable(),
  events: z.array(
    z.object({
      index: z.number(),
      id: z.string().nullable(),
      type: z.string().nullable(),
      accountId: z.string().nullable(),
      occurredAt: time.nullable(),
      outcome: z.enum(outcomes),
      reason: z.string().nullable(),
      detail: z.string().nullable(),
      deadLetterId: z.string().nullable(),
    }),
  ),
  eventsTotal: z.number(),
  body: z.object({ text: z.string().nullable(), bytes: z.number(), truncated: z.boolean(), masked: z.number() }).nullable(),
});

/** The last delivery shown: the next page starts behind it. */
const cursorSchema = z.object({ receivedAt: z.number(), id: z.string() });

export const deliveryEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/deliveries",
    tag: "flow",
    summary: "The last deliveries and what became of each",
    scope: "read",
    spansAccounts: true,
    query: z.object({ ...pageQuery, connection: z.string().min(1).max(128).optional(), status: z.enum(statuses).optional() }),
    answers: { 200: { description: "A page of deliveries, newest first", schema: pageOf(delivery) } },
    async handle({ ports, query, url }) {
      const cursor = fromCursor(query.cursor, cursorSchema);
      if (!cursor.ok) return cursor.error;
      const filter = {
        // One more than shown tells whether there is another page.
        limit: query.limit + 1,
        ...(query.connection === undefined ? {} : { connectionId: query.connection }),
        ...(query.status === undefined ? {} : { status: query.status }),
        ...(cursor.value === null ? {} : { after: cursor.value }),
      };
      const [perShard, { names }] = await Promise.all([ports.intake.each((shard) => shard.deliveries(filter)), knownSenders(ports)]);
      const found = perShard.flat().sort(newestFirst);
      const items = found.slice(0, query.limit);
      return pageAnswer(
        url,
        items.map((item) => toDeliveryJson(item, names)),
        found.length > items.length ? positionOf(items.at(-1)) : null,
      );
    },
  }),
  endpoint({
    method: "get",
    path: "/deliveries/{id}",
    tag: "flow",
    summary: "One delivery: its events, what became of each and why, on demand its body",
    scope: "read",
    spansAccounts: true,
    query: z.object({ body: z.enum(["0", "1"], "must be 0 or 1").default("0") }),
    answers: { 200: { description: "The delivery", schema: deliveryDetail } },
    handle: readOne,
  }),
];

async function readOne({ ports, params, query }: Call<{ body: "0" | "1" }>): Promise<Answer | Failure> {
  const id = params["id"] ?? "";
  if (!isDeliveryId(id)) return notFound;
  const [{ record, unreachable }, { names }] = await Promise.all([recordOf(id, ports), knownSenders(ports)]);
  const isAskedEverywhere = unreachable === undefined;
  const raw = await rawOf(id, record, ports);
  if (raw === null && (record === null || record.logged === null)) {
    // Somebody who might know could not be asked.
    if (!isAskedEverywhere) throw new Unavailable("intake", unreachable);
    return notFound;
  }
  const read = raw === null ? null : ports.intake.read(raw.delivery);
  const body =
    query.body === "0" || raw === null
      ? null
      : toBodyJson(read?.body ?? raw.delivery.body, await secretsOf(raw.delivery.head.connectionId, ports));
  return okJson(toDetailJson({ record, raw, read, isAskedEverywhere }, names, body));
}

const notFound: Failure = { failure: "not_found", what: "delivery" };

/** Which shard took it is not in its id, and their number may have changed: all are asked, and one that is down hides its own only. */
async function recordOf(id: string, ports: ApiPorts): Promise<{ record: DeliveryRecord | null; unreachable: unknown }> {
  const { intakeShardsHighest } = await ports.intake.topology();
  const asked = await Promise.allSettled(
    Array.from({ length: intakeShardsHighest }, (_, name) => ports.intake.call(String(name), (shard) => shard.delivery(id))),
  );
  const records = asked.flatMap((one) => (one.status === "fulfilled" && one.value !== null ? [one.value] : []));
  // A second copy may lie in another shard; the one whose log has it tells more.
  const record = records.find(({ logged }) => logged !== null) ?? records[0] ?? null;
  return { record, unreachable: asked.find((one) => one.status === "rejected")?.reason };
}

/** From the shard while it has it, else from the archive, if that can be reached. */
async function rawOf(id: string, record: DeliveryRecord | null, ports: ApiPorts): Promise<KnownDelivery["raw"]> {
  if (record !== null && record.raw !== null) return { delivery: record.raw, source: "intake" };
  const receivedAt = record?.logged?.receivedAt ?? deliveryTime(id);
  if (receivedAt === null) return null;
  try {
    const found = await ports.archive.delivery({ id, receivedAt, connectionId: record?.logged?.connectionId });
    return found === null ? null : { delivery: found, source: "archive" };
  } catch (error) {
    if (record === null || record.logged === null || !(error instanceof Unavailable)) throw error;
    return null;
  }
}

/** What must not be shown of a body: its connection's secrets. Null when they are not known or cannot be opened. A token that sent has none but itself. */
async function secretsOf(connectionId: string, ports: ApiPorts): Promise<readonly string[] | null> {
  if (connectionId === "admin" || connectionId.startsWith("tok_")) return [];
  const connection = await ports.credentials.connection(connectionId);
  if (connection === null) return null;
  const secrets = await ports.crypto.decrypt(connection.secretsCiphertext);
  return secrets === null ? null : Object.values(secrets);
}

const positionOf = (last: DeliverySummary | undefined) => (last === undefined ? null : { receivedAt: last.receivedAt, id: last.id });
