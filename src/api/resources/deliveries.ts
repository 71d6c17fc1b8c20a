import { z } from "zod";
import { newestFirst } from "../../domain/intake/delivery-log.ts";
import type { DeliverySummary } from "../../domain/intake/messages.ts";
import { outcomeNames } from "../../domain/outcome.ts";
import { isoTime } from "../../domain/time.ts";
import { endpoint, type Endpoint } from "../endpoint.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { time } from "../schemas.ts";
import { knownSenders } from "../senders.ts";

const statuses = ["settled", "waiting", "stuck"] as const;

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
        items.map((item) => toJson(item, names)),
        found.length > items.length ? positionOf(items.at(-1)) : null,
      );
    },
  }),
];

const positionOf = (last: DeliverySummary | undefined) => (last === undefined ? null : { receivedAt: last.receivedAt, id: last.id });

const toJson = (item: DeliverySummary, names: ReadonlyMap<string, string>) => ({
  id: item.id,
  connectionId: item.connectionId,
  connectionName: names.get(item.connectionId) ?? null,
  connector: item.connector,
  form: item.form,
  receivedAt: isoTime(item.receivedAt),
  bytes: item.bytes,
  accepted: item.accepted,
  rejected: item.rejected,
  outcomes: item.outcomes,
  status: item.status,
  settledAt: isoTime(item.settledAt ?? null),
  accountIds: item.accountIds,
});
