import { z } from "zod";
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

/** Where the next page starts; several deliveries may bear one millisecond, so those already shown of it are named. */
const cursorSchema = z.object({ at: z.number(), shown: z.array(z.string()).max(500) });

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
      const shown = new Set(cursor.value?.shown ?? []);
      const filter = {
        // One more than shown tells whether there is another page.
        limit: query.limit + shown.size + 1,
        ...(query.connection === undefined ? {} : { connectionId: query.connection }),
        ...(query.status === undefined ? {} : { status: query.status }),
        ...(cursor.value === null ? {} : { before: cursor.value.at + 1 }),
      };
      const [perShard, { names }] = await Promise.all([ports.intake.each((shard) => shard.deliveries(filter)), knownSenders(ports)]);
      const found = perShard
        .flat()
        .filter((item) => !shown.has(item.id))
        .sort((a, b) => b.receivedAt - a.receivedAt || (a.id < b.id ? 1 : -1));
      const items = found.slice(0, query.limit);
      return pageAnswer(
        url,
        items.map((item) => toJson(item, names)),
        nextAfter(items, found.length, cursor.value),
      );
    },
  }),
];

function nextAfter(items: readonly DeliverySummary[], found: number, previous: z.infer<typeof cursorSchema> | null) {
  const last = items.at(-1);
  if (last === undefined || found <= items.length) return null;
  const same = items.filter((item) => item.receivedAt === last.receivedAt).map((item) => item.id);
  return { at: last.receivedAt, shown: previous?.at === last.receivedAt ? [...previous.shown, ...same] : same };
}

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
