import { z } from "zod";
import type { ListedKind, RecordView } from "../../domain/account/record-view.ts";
import type { Money } from "../../domain/account-row.ts";
import type { ContactView } from "../../domain/health/contact-page.ts";
import { isoTime } from "../../domain/time.ts";
import { isReadFailure, readFailure } from "../account-json.ts";
import { endpoint, type Endpoint } from "../endpoint.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import { time } from "../schemas.ts";

const money = z.object({ amount: z.number(), currency: z.string().nullable() });
const common = {
  connectionId: z.string(),
  status: z.string().nullable(),
  createdAt: time.nullable(),
  updatedAt: time,
};
const statuses = { statuses: z.array(z.object({ status: z.string(), at: time })) };

const schemas = {
  conversation: z.object({
    conversationId: z.string(),
    ...common,
    ...statuses,
    open: z.boolean(),
    subject: z.string().nullable(),
    priority: z.union([z.string(), z.boolean()]).nullable(),
    rating: z.union([z.string(), z.number()]).nullable(),
  }),
  subscription: z.object({
    subscriptionId: z.string(),
    ...common,
    ...statuses,
    plan: z.string().nullable(),
    quantity: z.number().nullable(),
    amount: money.nullable(),
    interval: z.string(),
    intervalCount: z.number(),
    startedAt: time.nullable(),
    endsAt: time.nullable(),
    committed: z.number().nullable(),
    consumed: z.number().nullable(),
  }),
  invoice: z.object({
    invoiceId: z.string(),
    ...common,
    ...statuses,
    subscriptionId: z.string().nullable(),
    amount: money.nullable(),
    due: time.nullable(),
  }),
  opportunity: z.object({
    opportunityId: z.string(),
    ...common,
    name: z.string().nullable(),
    stage: z.string().nullable(),
    stages: z.array(z.object({ stage: z.string(), at: time })),
    renewal: z.boolean(),
    amount: money.nullable(),
    closeDate: time.nullable(),
  }),
} as const satisfies Record<ListedKind, z.ZodType>;

const contact = z.object({
  person: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  role: z.string().nullable(),
  title: z.string().nullable(),
  champion: z.boolean(),
  sponsor: z.boolean(),
  leftAt: time.nullable(),
  lastContactAt: time.nullable(),
});

const afterCursor = z.object({ after: z.string() });

function listOf(kind: ListedKind, plural: string, toJson: (record: RecordView) => z.infer<(typeof schemas)[ListedKind]>): Endpoint {
  return endpoint({
    method: "get",
    path: `/accounts/{accountId}/${plural}`,
    tag: "accounts",
    summary: `The account's ${plural}, the latest change first`,
    scope: "read",
    query: z.object(pageQuery),
    answers: { 200: { description: `A page of ${plural}`, schema: pageOf(schemas[kind]) } },
    async handle({ ports, params, query, url }) {
      const accountId = params["accountId"] ?? "";
      const cursor = fromCursor(query.cursor, afterCursor);
      if (!cursor.ok) return cursor.error;
      const page = { limit: query.limit, ...cursor.value };
      const records = await ports.accounts.call(accountId, (shard) => shard.records(accountId, kind, page));
      if (isReadFailure(records)) return readFailure(records, `/${plural}`);
      const last = records.at(-1);
      return pageAnswer(url, records.map(toJson), last === undefined || records.length < query.limit ? null : { after: last.key });
    },
  });
}

const contacts = endpoint({
  method: "get",
  path: "/accounts/{accountId}/contacts",
  tag: "accounts",
  summary: "People of the account, those who were in touch last first",
  scope: "read",
  query: z.object(pageQuery),
  answers: { 200: { description: "A page of contacts", schema: pageOf(contact) } },
  async handle({ ports, params, query, url }) {
    const accountId = params["accountId"] ?? "";
    const cursor = fromCursor(query.cursor, afterCursor);
    if (!cursor.ok) return cursor.error;
    const people = await ports.accounts.call(accountId, (shard) => shard.contacts(accountId, { limit: query.limit, ...cursor.value }));
    if (isReadFailure(people)) return readFailure(people, "/contacts");
    const last = people.at(-1);
    return pageAnswer(url, people.map(toContact), last === undefined || people.length < query.limit ? null : { after: last.person });
  },
});

const toContact = ({ isChampion, isSponsor, leftAt, lastContactAt, ...rest }: ContactView): z.infer<typeof contact> => ({
  ...rest,
  champion: isChampion,
  sponsor: isSponsor,
  leftAt: isoTime(leftAt),
  lastContactAt: isoTime(lastContactAt),
});

type Fields = RecordView["fields"];
const text = (fields: Fields, name: string): string | null => {
  const value = fields[name];
  return typeof value === "string" ? value : null;
};
const number = (fields: Fields, name: string): number | null => {
  const value = fields[name];
  return typeof value === "number" ? value : null;
};
const instant = (fields: Fields, name: string): string | null => isoTime(number(fields, name));
const moneyOf = (fields: Fields): (Omit<Money, "currency"> & { currency: string | null }) | null => {
  const amount = number(fields, "amount");
  return amount === null ? null : { amount, currency: text(fields, "currency")?.toUpperCase() ?? null };
};
const commonOf = ({ scope, fields, createdAt, updatedAt }: RecordView) => ({
  connectionId: scope,
  status: text(fields, "status"),
  createdAt: isoTime(createdAt),
  updatedAt: isoTime(updatedAt),
});
const statusesOf = ({ history }: RecordView) => ({ statuses: history.map(({ value, at }) => ({ status: value, at: isoTime(at) })) });

/** Lists of what the account keeps of vendors' objects, and of its people. */
export const recordEndpoints: readonly Endpoint[] = [
  listOf("conversation", "conversations", (record) => ({
    conversationId: record.recordId,
    ...commonOf(record),
    ...statusesOf(record),
    open: record.fields["status"] !== "closed",
    subject: text(record.fields, "subject"),
    priority: typeof record.fields["priority"] === "number" ? null : (record.fields["priority"] ?? null),
    rating: typeof record.fields["rating"] === "boolean" ? null : (record.fields["rating"] ?? null),
  })),
  listOf("subscription", "subscriptions", (record) => ({
    subscriptionId: record.recordId,
    ...commonOf(record),
    ...statusesOf(record),
    plan: text(record.fields, "plan"),
    quantity: number(record.fields, "quantity"),
    amount: moneyOf(record.fields),
    interval: text(record.fields, "interval") ?? "month",
    intervalCount: number(record.fields, "intervalCount") ?? 1,
    startedAt: instant(record.fields, "startedAt"),
    endsAt: instant(record.fields, "endsAt"),
    committed: number(record.fields, "committed"),
    consumed: number(record.fields, "consumed"),
  })),
  listOf("invoice", "invoices", (record) => ({
    invoiceId: record.recordId,
    ...commonOf(record),
    ...statusesOf(record),
    subscriptionId: text(record.fields, "subscriptionId"),
    amount: moneyOf(record.fields),
    due: instant(record.fields, "due"),
  })),
  listOf("opportunity", "opportunities", (record) => ({
    opportunityId: record.recordId,
    ...commonOf(record),
    name: text(record.fields, "name"),
    stage: text(record.fields, "stage"),
    stages: record.history.map(({ value, at }) => ({ stage: value, at: isoTime(at) })),
    renewal: record.fields["renewal"] === true || text(record.fields, "kind")?.includes("renewal") === true,
    amount: moneyOf(record.fields),
    closeDate: instant(record.fields, "closeDate"),
  })),
  contacts,
];
