import { z } from "zod";
import { isoTime } from "../../domain/time.ts";
import { isReadFailure, readFailure } from "../account-json.ts";
import { endpoint, type Endpoint } from "../endpoint.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { time } from "../schemas.ts";

const entry = z.object({
  id: z.string(),
  type: z.string(),
  occurredAt: time,
  receivedAt: time,
  connectionId: z.string(),
  connector: z.string(),
  userId: z.string().nullable(),
  userName: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
  outcome: z.enum(["applied", "held", "derived"]),
  restated: z.boolean(),
  deliveryId: z.string().nullable(),
});

export const timelineEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/accounts/{accountId}/timeline",
    tag: "accounts",
    summary: "What happened, newest first",
    scope: "read",
    query: z.object({
      ...pageQuery,
      type: z.string().min(1).max(128).optional(),
      sessions: z.enum(["0", "1"], "must be 0 or 1").default("0"),
    }),
    answers: { 200: { description: "A page of events", schema: pageOf(entry) } },
    async handle({ ports, params, query, url }) {
      const accountId = params["accountId"] ?? "";
      const cursor = fromCursor(query.cursor, z.object({ before: z.string() }));
      if (!cursor.ok) return cursor.error;
      const page = {
        limit: query.limit,
        ...(cursor.value === null ? {} : { before: cursor.value.before }),
        ...(query.type === undefined ? {} : { type: query.type }),
        sessions: query.sessions === "1",
      };
      const timeline = await ports.accounts.call(accountId, (shard) => shard.timeline(accountId, page));
      if (isReadFailure(timeline)) return readFailure(timeline, "/timeline");
      const items = timeline.items.map((item) => ({
        ...item,
        userName: item.userName ?? null,
        occurredAt: isoTime(item.occurredAt),
        receivedAt: isoTime(item.receivedAt),
      }));
      return pageAnswer(url, items, timeline.next === null ? null : { before: timeline.next });
    },
  }),
];
