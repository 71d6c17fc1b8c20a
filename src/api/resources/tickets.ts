import { z } from "zod";
import { isOpenStatus, type TicketRecord } from "../../domain/account/state.ts";
import { isoTime } from "../../domain/time.ts";
import { isReadFailure, readFailure } from "../account-json.ts";
import { endpoint, type Endpoint } from "../endpoint.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { time } from "../schemas.ts";

const statuses = ["new", "open", "pending", "hold", "solved", "closed", "deleted"] as const;

const ticket = z.object({
  ticketId: z.string(),
  connectionId: z.string(),
  subject: z.string().nullable(),
  status: z.enum(statuses).nullable(),
  open: z.boolean(),
  priority: z.enum(["low", "normal", "high", "urgent"]).nullable(),
  createdAt: time.nullable(),
  updatedAt: time,
  transitions: z.array(z.object({ at: time, kind: z.enum(["created", "solved", "reopened", "closed"]) })),
  rating: z.object({ score: z.enum(["good", "bad"]), at: time }).nullable(),
  publicComments: z.number(),
});

export const ticketEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "get",
    path: "/accounts/{accountId}/tickets",
    tag: "accounts",
    summary: "Support tickets, open ones first",
    scope: "read",
    query: z.object({ ...pageQuery, status: z.enum(statuses).optional() }),
    answers: { 200: { description: "A page of tickets", schema: pageOf(ticket) } },
    async handle({ ports, params, query, url }) {
      const accountId = params["accountId"] ?? "";
      const cursor = fromCursor(query.cursor, z.object({ after: z.string() }));
      if (!cursor.ok) return cursor.error;
      const page = {
        limit: query.limit,
        ...(cursor.value === null ? {} : { after: cursor.value.after }),
        ...(query.status === undefined ? {} : { status: query.status }),
      };
      const tickets = await ports.accounts.call(accountId, (shard) => shard.tickets(accountId, page));
      if (isReadFailure(tickets)) return readFailure(tickets, "/tickets");
      const last = tickets.at(-1);
      return pageAnswer(url, tickets.map(toJson), last === undefined || tickets.length < query.limit ? null : { after: last.key });
    },
  }),
];

const toJson = (record: TicketRecord) => ({
  ticketId: record.ticketId,
  connectionId: record.key.slice(0, Math.max(0, record.key.length - record.ticketId.length - 1)),
  subject: record.subject,
  status: record.status,
  open: record.status !== null && isOpenStatus(record.status),
  priority: record.priority,
  createdAt: isoTime(record.createdAt),
  updatedAt: isoTime(record.updatedAt),
  transitions: record.transitions.map(({ at, kind }) => ({ at: isoTime(at), kind })),
  rating: record.rating === null ? null : { score: record.rating.score, at: isoTime(record.rating.at) },
  publicComments: record.publicComments,
});
