import { z } from "zod";
import { parseInstant } from "./instant.ts";
import { instantMaxMs, intervalCountMax, otherIdCharsMax, quantityMax } from "./limits.ts";

/**
 * The catalogue of event types: what a type means, which `data` fields carry that meaning, and whether it moves usage.
 *
 * Types that are not here are welcome: archived, counted as `events.{type}`, shown in the timeline; they move no score.
 * A field is optional unless `meaningNeeds` names it, and even then its absence only takes the meaning away, never the event.
 * A field that is present must have its kind: a status nobody knows is a sender's mistake that should be told at once.
 * `null` is the same as absent. Fields that are not listed pass as they are.
 */
export type EventCategory = "usage" | "profile" | "experiment" | "support" | "engagement" | "success" | "revenue" | "market";

export type FieldKind =
  /** Text of 1 to 512 characters, or a whole number (kept as text). */
  | "id"
  | "text"
  /** Whole number: money in minor units. */
  | "integer"
  | "boolean"
  /** RFC 3339 date-time, a date, or epoch ms; kept as epoch ms. */
  | "time"
  | "any"
  | NumberRange
  /** One of these words, in any case; kept in lower case. */
  | readonly string[];

/** A number in these bounds, both included. */
export type NumberRange = { readonly from: number; readonly to: number };

export type EventType = {
  readonly type: string;
  readonly title: string;
  readonly category: EventCategory;
  /** Changes what is known of an account or a person; applied, but not counted in `events`. */
  readonly profileUpdate: boolean;
  readonly fields: Readonly<Record<string, FieldKind>>;
  /** Without one of each of these groups the event counts only as an event. */
  readonly meaningNeeds: readonly (readonly string[])[];
  /** The field that holds the judgement, of types that tell one; without it the event tells of the rest. */
  readonly judgedBy: string | null;
  readonly docs: string;
  readonly dataSchema: z.ZodType<Record<string, unknown>>;
};

const quantity: NumberRange = { from: 0, to: quantityMax };

export const ticketStatuses = ["new", "open", "pending", "hold", "solved", "closed", "deleted"] as const;
export const ticketPriorities = ["low", "normal", "high", "urgent"] as const;

type Entry = Pick<EventType, "type" | "title" | "docs"> & Partial<Pick<EventType, "profileUpdate" | "meaningNeeds" | "judgedBy">>;

const family = (
  category: EventCategory,
  fields: Readonly<Record<string, FieldKind>>,
  meaningNeeds: readonly (readonly string[])[],
  entries: readonly Entry[],
): EventType[] =>
  entries.map((entry) => ({
    profileUpdate: false,
    judgedBy: null,
    ...entry,
    category,
    fields,
    meaningNeeds: entry.meaningNeeds ?? meaningNeeds,
    dataSchema: z.looseObject(
      Object.fromEntries(Object.entries(fields).map(([name, kind]) => [name, kindSchema(kind).describe(expectation(kind)).nullish()])),
    ),
  }));

const ticketFields = {
  ticketId: "id",
  status: ticketStatuses,
  priority: ticketPriorities,
  subject: "text",
  createdAt: "time",
  updatedAt: "time",
  public: "boolean",
  author: "any",
} as const satisfies Record<string, FieldKind>;
const moneyFields = { amount: "integer", currency: "text", status: "text", due: "time" } as const satisfies Record<string, FieldKind>;

export const eventTypes: readonly EventType[] = [
  ...family(
    "usage",
    { feature: "text", name: "text", event: "text" },
    [["feature", "name", "event"]],
    [
      {
        type: "feature.used",
        title: "Feature used",
        docs: "A person did something in the product. `feature`, else `name`, else `event` says what.",
      },
    ],
  ),
  ...family(
    "usage",
    { page: "text", url: "text", title: "text" },
    [["page"]],
    [{ type: "page.viewed", title: "Page viewed", docs: "A person looked at a page of the product." }],
  ),
  ...family(
    "usage",
    {},
    [],
    [
      { type: "session.started", title: "Session started", docs: "A person opened the product." },
      { type: "user.signed_in", title: "User signed in", docs: "A person signed in." },
    ],
  ),
  ...family(
    "profile",
    {},
    [],
    [
      {
        type: "user.identified",
        title: "User identified",
        profileUpdate: true,
        docs: "Tells what is known of a person, and by its keys to whom the person belongs. Of a contact `name`, `email`, `role`, `title` and `status` (`left`: does not work there any more) are kept.",
      },
      {
        type: "account.updated",
        title: "Account updated",
        profileUpdate: true,
        docs: "Tells what is known of an account: `name`, `attributes`, or any attribute as a field of its own. A value written by a person wins; of two told at one instant that of the event with the greater `id`.",
      },
    ],
  ),
  ...family(
    "experiment",
    { experiment: "text", variant: "text" },
    [["experiment"], ["variant"]],
    [{ type: "experiment.exposed", title: "Experiment exposed", docs: "A person was shown a variant." }],
  ),
  ...family(
    "support",
    ticketFields,
    [["ticketId"]],
    [
      { type: "ticket.created", title: "Ticket created", docs: "A support ticket was opened." },
      {
        type: "ticket.updated",
        title: "Ticket updated",
        docs: "Something about a ticket changed; `status` and `priority` are those after the change.",
      },
      { type: "ticket.solved", title: "Ticket solved", docs: "A ticket was solved (status `solved` is implied)." },
      { type: "ticket.reopened", title: "Ticket reopened", docs: "A solved ticket is open again (status `open` is implied)." },
      {
        type: "ticket.commented",
        title: "Ticket commented",
        docs: "Somebody wrote in a ticket; `public` tells whether the customer sees it.",
      },
    ],
  ),
  ...family(
    "support",
    { ...ticketFields, score: ["good", "bad"], comment: "text" },
    [["ticketId"]],
    [
      {
        type: "ticket.rated",
        title: "Ticket rated",
        judgedBy: "score",
        docs: "The customer judged a ticket good or bad. Without a score nobody has judged yet: it takes back no judgement, and tells of the ticket as `ticket.updated` does.",
      },
    ],
  ),
  ...family(
    "support",
    { conversationId: "id", status: "text", priority: "any", subject: "text", createdAt: "time", author: "any", rating: "any" },
    [["conversationId"]],
    [
      { type: "conversation.created", title: "Conversation created", docs: "A conversation was opened." },
      { type: "conversation.updated", title: "Conversation updated", docs: "Something about a conversation changed." },
      {
        type: "conversation.replied",
        title: "Conversation replied",
        docs: "Somebody wrote in a conversation; `author` (a word, or an object with `type` or `isStaff`) tells which side.",
      },
      { type: "conversation.closed", title: "Conversation closed", docs: "A conversation was closed." },
      {
        type: "conversation.rated",
        title: "Conversation rated",
        judgedBy: "rating",
        docs: "The customer judged a conversation: `rating` 1 to 5, or good or bad.",
      },
    ],
  ),
  ...family(
    "engagement",
    { at: "time", with: "any" },
    [],
    [
      {
        type: "message.sent",
        title: "Message sent",
        docs: "We wrote to the customer. `at` says when, if not at the event's time; `with` to whom (ids, e-mails or objects with them), beside the event's user.",
      },
      { type: "message.replied", title: "Message replied", docs: "The customer answered." },
      { type: "meeting.held", title: "Meeting held", docs: "A meeting took place." },
      { type: "meeting.missed", title: "Meeting missed", docs: "A meeting was planned and did not take place." },
    ],
  ),
  ...family(
    "market",
    { headline: "text", url: "text", sentiment: ["positive", "neutral", "negative"] },
    [["sentiment"]],
    [
      {
        type: "news.published",
        title: "News published",
        docs: "Something was published about the customer; `sentiment` says whether it is good or bad for what it has with us.",
      },
    ],
  ),
  ...family(
    "market",
    { site: "text", url: "text", rating: { from: 1, to: 5 }, comment: "text" },
    [["rating"]],
    [
      {
        type: "review.posted",
        title: "Review posted",
        docs: "The customer judged us in public: `rating` from 1 to 5; from 4 on it is good, up to 2 bad.",
      },
    ],
  ),
  ...family(
    "market",
    { competitor: "text", url: "text", context: "text" },
    [["competitor"]],
    [{ type: "competitor.mentioned", title: "Competitor mentioned", docs: "The customer was heard or seen with a competitor of ours." }],
  ),
  ...family(
    "success",
    { kind: ["nps", "csat", "ces"], score: { from: 0, to: 100 }, role: "text", comment: "text" },
    [["kind"], ["score"]],
    [{ type: "survey.answered", title: "Survey answered", docs: "A person answered a survey; the latest answer of each person counts." }],
  ),
  ...family(
    "success",
    { goalId: "id", title: "text", due: "time", status: "text" },
    [["goalId"]],
    [
      {
        type: "goal.updated",
        title: "Goal updated",
        docs: "A goal of the account was set or its status changed; `done`, `achieved`, `completed` or `reached` is done, `canceled` takes it away.",
      },
    ],
  ),
  ...family(
    "revenue",
    {
      opportunityId: "id",
      name: "text",
      stage: "text",
      kind: "text",
      renewal: "any",
      createdAt: "time",
      closeDate: "time",
      ...moneyFields,
    },
    [["opportunityId"]],
    [
      {
        type: "opportunity.created",
        title: "Opportunity created",
        docs: "A deal was opened. `renewal` true, or `kind` with the word renewal, marks the renewal of the contract.",
      },
      { type: "opportunity.updated", title: "Opportunity updated", docs: "Something about a deal changed." },
      { type: "opportunity.won", title: "Opportunity won", docs: "A deal was won." },
      { type: "opportunity.lost", title: "Opportunity lost", docs: "A deal was lost." },
    ],
  ),
  ...family(
    "revenue",
    {
      subscriptionId: "id",
      plan: "text",
      quantity,
      startedAt: "time",
      endsAt: "time",
      interval: "text",
      intervalCount: { from: 1, to: intervalCountMax },
      committed: quantity,
      consumed: quantity,
      cancelAtPeriodEnd: "boolean",
      ...moneyFields,
    },
    [["subscriptionId"]],
    [
      {
        type: "subscription.created",
        title: "Subscription created",
        docs: "A subscription began (status `active` unless told). `amount` is the price of all of it for one interval: `intervalCount` (1) times `interval` (day, week, month, quarter or year; month).",
      },
      {
        type: "subscription.updated",
        title: "Subscription updated",
        docs: "A subscription changed. `committed` and `consumed` count what was bought for the term and what of it has been used by now.",
      },
      {
        type: "subscription.canceled",
        title: "Subscription canceled",
        docs: "A subscription ended, or will end at `endsAt`: notice to leave, where no other goes on.",
      },
    ],
  ),
  ...family(
    "revenue",
    { invoiceId: "id", subscriptionId: "id", createdAt: "time", ...moneyFields },
    [["invoiceId"]],
    [
      { type: "invoice.created", title: "Invoice created", docs: "An invoice was written." },
      { type: "invoice.updated", title: "Invoice updated", docs: "An invoice changed." },
      { type: "invoice.paid", title: "Invoice paid", docs: "An invoice was paid in full." },
      { type: "invoice.overdue", title: "Invoice overdue", docs: "An invoice was not paid when it was due." },
      { type: "invoice.voided", title: "Invoice voided", docs: "An invoice was withdrawn." },
    ],
  ),
  ...family(
    "revenue",
    { paymentId: "id", invoiceId: "id", ...moneyFields },
    [["paymentId"]],
    [
      { type: "payment.succeeded", title: "Payment succeeded", docs: "A payment arrived." },
      { type: "payment.failed", title: "Payment failed", docs: "A payment was refused." },
      { type: "payment.refunded", title: "Payment refunded", docs: "A payment was given back." },
    ],
  ),
];

const byType: ReadonlyMap<string, EventType> = new Map(eventTypes.map((entry) => [entry.type, entry]));

export const eventTypeOf = (type: string): EventType | undefined => byType.get(type);
export const isProfileUpdate = (type: string): boolean => byType.get(type)?.profileUpdate === true;
export const isUsage = (type: string): boolean => byType.get(type)?.category === "usage";
export const isMarket = (type: string): boolean => byType.get(type)?.category === "market";

/** Whether the event carries what its type means. False only takes the meaning away; the event still counts as an event. */
export function hasMeaning(type: string, data: Readonly<Record<string, unknown>>): boolean {
  const entry = byType.get(type);
  return (
    entry !== undefined &&
    entry.meaningNeeds.every((group) => group.some((name) => data[name] !== undefined && data[name] !== null && data[name] !== ""))
  );
}

/**
 * Checks `data` against its type, as `dataSchema` does, without the price of a parser: the doors run it for every event.
 * A property test holds the two together.
 *
 * @returns the first field that is wrong, or null
 */
export function checkData(type: string, data: Readonly<Record<string, unknown>>): { field: string; expected: string } | null {
  const entry = byType.get(type);
  if (entry === undefined) return null;
  const { fields } = entry;
  for (const field in fields) {
    const value = data[field];
    if (value === undefined || value === null) continue;
    const kind = fields[field] as FieldKind;
    if (!isOfKind(kind, value)) return { field, expected: expectation(kind) };
  }
  return null;
}

/** Whether a text of 1 to 512 characters is right for every field of this type: nothing more has to be asked of data that has only such texts. */
export const takesAnyText = (type: string): boolean => !choosyTypes.has(type);

const choosyTypes: ReadonlySet<string> = new Set(
  eventTypes
    .filter(({ fields }) => Object.values(fields).some((kind) => !["text", "id", "any"].includes(kind as string)))
    .map(({ type }) => type),
);

/** Whether values of this kind are numbers once they are in one form. */
export const isNumeric = (kind: FieldKind): boolean =>
  kind === "integer" || kind === "time" || (typeof kind === "object" && "from" in kind);

/** Brings fields to the one form the fold reads: ids as text, words in lower case, times as epoch ms. Answers the same object when nothing changes. */
export function normaliseData(type: string, data: Record<string, unknown>): Record<string, unknown> {
  const entry = byType.get(type);
  if (entry === undefined) return data;
  let result = data;
  for (const field in entry.fields) {
    const value = data[field];
    if (value === undefined || value === null) continue;
    const normal = normalValue(entry.fields[field] as FieldKind, value);
    if (normal === value) continue;
    if (result === data) result = { ...data };
    result[field] = normal;
  }
  return result;
}

/**
 * Takes fields of the catalogue that are null away, which to the sender of a native event is the same as absent; connectors may say by null that
 * there is none. Fields that are not listed are kept. Answers the same object when nothing changes.
 */
export function withoutNulls(type: string, data: Record<string, unknown>): Record<string, unknown> {
  let result = data;
  for (const field in byType.get(type)?.fields) {
    if (data[field] !== null) continue;
    if (result === data) result = { ...data };
    delete result[field];
  }
  return result;
}

function normalValue(kind: FieldKind, value: unknown): unknown {
  if (kind === "id") return typeof value === "number" ? String(value) : value;
  if (kind === "time") return typeof value === "string" ? readTime(value) : value;
  return Array.isArray(kind) ? (value as string).toLowerCase() : value;
}

function isOfKind(kind: FieldKind, value: unknown): boolean {
  switch (kind) {
    case "id":
      return typeof value === "string" ? value.length > 0 && value.length <= otherIdCharsMax : Number.isSafeInteger(value);
    case "text":
      return typeof value === "string";
    case "integer":
      return Number.isSafeInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "time":
      return typeof value === "string" ? readTime(value) !== null : typeof value === "number" && Math.abs(value) <= instantMaxMs;
    case "any":
      return true;
    default:
      if ("from" in kind) return typeof value === "number" && value >= kind.from && value <= kind.to;
      return typeof value === "string" && (kind.includes(value) || kind.includes(value.toLowerCase()));
  }
}

const readTime = (text: string): number | null => parseInstant(text.length === 10 ? `${text}T00:00:00Z` : text);

function expectation(kind: FieldKind): string {
  if (typeof kind !== "string") return "from" in kind ? `a number from ${kind.from} to ${kind.to}` : `one of ${kind.join(", ")}`;
  const expected: Record<Extract<FieldKind, string>, string> = {
    id: `text of 1 to ${otherIdCharsMax} characters or a whole number`,
    text: "text",
    integer: "a whole number",
    boolean: "true or false",
    time: "an RFC 3339 time, a date or epoch milliseconds",
    any: "anything",
  };
  return expected[kind];
}

function kindSchema(kind: FieldKind): z.ZodType {
  switch (kind) {
    case "id":
      return z.union([z.string().min(1).max(otherIdCharsMax), z.number().int()]);
    case "text":
      return z.string();
    case "integer":
      return z.number().int();
    case "boolean":
      return z.boolean();
    case "time":
      return z.union([z.string().refine((text) => readTime(text) !== null), z.number().min(-instantMaxMs).max(instantMaxMs)]);
    case "any":
      return z.unknown();
    default:
      if ("from" in kind) return z.number().min(kind.from).max(kind.to);
      return z.string().refine((text) => kind.includes(text.toLowerCase()));
  }
}
