import { z } from "zod";
import { isoTime, startOfDay } from "../../domain/time.ts";
import { isReadFailure, readFailure } from "../account-json.ts";
import { endpoint, type Endpoint } from "../endpoint.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { time } from "../schemas.ts";

const restatement = z.object({
  eventId: z.string(),
  connectionId: z.string(),
  type: z.string(),
  occurredAt: time,
  receivedAt: time,
  figures: z.array(
    z.object({
      metric: z.string(),
      day: z.iso.date(),
      to: z.iso.date().nullable(),
      change: z.number().nullable(),
      currency: z.string().nullable(),
    }),
  ),
  measures: z.array(z.object({ key: z.string(), title: z.string(), day: z.iso.date(), to: z.iso.date().nullable() })),
});
const position = z.object({ receivedAt: z.number(), eventId: z.string() });

/** `to` null: the one day. A shard that runs older code tells single days, and no measures. */
const daysJson = ({ day, to = day }: { readonly day: number; readonly to?: number }) => ({
  day: dateOf(day),
  to: to === day ? null : dateOf(to),
});
const dateOf = (day: number): string => isoTime(startOfDay(day)).slice(0, 10);

export const restatementEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/accounts/{accountId}/restatements",
    tag: "accounts",
    summary: "Events that came late and which closed figures they changed, newest arrival first",
    scope: "read",
    query: z.object(pageQuery),
    answers: { 200: { description: "A page of restatements", schema: pageOf(restatement).extend({ total: z.number(), asOf: time }) } },
    async handle({ ports, params, query, url, now }) {
      const accountId = params["accountId"] ?? "";
      const cursor = fromCursor(query.cursor, position);
      if (!cursor.ok) return cursor.error;
      const page = { limit: query.limit, ...(cursor.value === null ? {} : { after: cursor.value }) };
      const found = await ports.accounts.call(accountId, (shard) => shard.restatements(accountId, page));
      if (isReadFailure(found)) return readFailure(found, "/restatements");
      const last = found.items.at(-1);
      const items = found.items.map(({ occurredAt, receivedAt, figures, measures = [], ...rest }) => ({
        ...rest,
        occurredAt: isoTime(occurredAt),
        receivedAt: isoTime(receivedAt),
        figures: figures.map(({ metric, change, currency = null, ...days }) => ({ metric, ...daysJson(days), change, currency })),
        measures: measures.map(({ key, title, ...days }) => ({ key, title, ...daysJson(days) })),
      }));
      const next = last === undefined || items.length < query.limit ? null : { receivedAt: last.receivedAt, eventId: last.eventId };
      return pageAnswer(url, items, next, { total: found.total, asOf: isoTime(now) });
    },
  }),
];
