import type { DayArrivals } from "../intake/stream.ts";
import type { EventKind, StreamFacts } from "../source-reach.ts";
import type { HourSketches } from "./hour-sketches.ts";
import type { FieldPart } from "./fields/field-part.ts";
import type { Verdicts } from "./verdicts.ts";

/**
 * The state of one account in memory: what the fold writes and the health model reads.
 *
 * Everything here derives from the account's events alone and does not depend on their order (for a fixed order of edge changes),
 * so refolding from the journal gives the same state. Sizes are bounded by limits.ts.
 */

/** 53-bit hash of a user id, as a number: small in memory, good in Maps; the odds of a clash are stated in docs/storage.md. */
export type UserKey = number;

/** One user's usage on one UTC day. */
export type DayUser = {
  /** Bit h set = active in hour h (0..23) of the day. */
  hours: number;
  /** Usage-category events that day. */
  actions: number;
  /** Indexes into `AccountState.features`. */
  features: Set<number>;
  /** When the person was active; see spans.ts. Only of people with a hash below the day's `spansBelow`. */
  spans: number[];
};

/** One UTC day of event time. */
export type DayPage = {
  readonly day: number;
  /** Per metric key (`events`, `product_events`, `events.feature.used`, `tickets_created`, …): the day's sum. */
  readonly counts: Map<string, number>;
  /** Sums of a metric in the 24 hours of the day; kept for the last weeks, absent in what was never folded. */
  readonly hours?: ReadonlyMap<string, ArrayLike<number>>;
  readonly hasHours?: boolean;
  /** Users with usage-category events. */
  readonly users: Map<UserKey, DayUser>;
  /** Infinity: `users` are all there were. Else all with a hash below this, who stand for the others (see sketch.ts). */
  readonly usersBelow: number;
  /** Everybody there was, of a day of which not all are in `users`; absent or null where older code has left some out. */
  readonly people?: HourSketches | null;
  /** The same for whose `spans` are known. */
  readonly spansBelow: number;
};

export type TicketStatus = "new" | "open" | "pending" | "hold" | "solved" | "closed" | "deleted";
export type TicketPriority = "low" | "normal" | "high" | "urgent";

export const isOpenStatus = (status: TicketStatus): boolean =>
  status === "new" || status === "open" || status === "pending" || status === "hold";

/** What one event said about a ticket. Kept sorted by (at, tie); equal ones are one. */
export type TicketObservation = {
  /** Vendor's clock, epoch ms. */
  readonly at: number;
  /** Breaks ties deterministically (the event id). */
  readonly tie: string;
  readonly status?: TicketStatus | undefined;
  readonly priority?: TicketPriority | null | undefined;
};

/** Derived from the sorted observations: the single source of counts and durations. */
export type TicketTransition = { readonly at: number; readonly kind: "created" | "solved" | "reopened" | "closed" };

export type TicketRecord = {
  /** `{scope}/{ticketId}`; scope is the connection id for vendors, `native` for ingest tokens. */
  readonly key: string;
  readonly ticketId: string;
  subject: string | null;
  /** Known time of creation; null when only later changes were seen. */
  createdAt: number | null;
  observations: TicketObservation[];
  transitions: TicketTransition[];
  /** Latest known, by the vendor's clock. */
  status: TicketStatus | null;
  priority: TicketPriority | null;
  rating: { readonly score: "good" | "bad"; readonly at: number } | null;
  publicComments: number;
  /** Who is in it, as far as told (people.ts); the first few by name. */
  people: string[];
  /** Ingest tokens that told of a native one, the first few by name. Absent: none did, or older code did not note them. */
  tokens?: readonly string[];
  updatedAt: number;
};

/** Kinds of records beside tickets; the order is that of their pages and is never changed. */
export const recordKinds = [
  "conversation",
  "subscription",
  "invoice",
  "payment",
  "opportunity",
  "goal",
  "survey",
  "contact",
  "note",
  "task",
] as const;
export type RecordKind = (typeof recordKinds)[number];
export type RecordFields = Readonly<Record<string, string | number | boolean>>;

/** What one event said about a record: only the fields it named. Kept sorted by (at, tie); equal ones are one. */
export type RecordObservation = {
  /** Vendor's clock, epoch ms. */
  readonly at: number;
  /** Breaks ties deterministically (the event id). */
  readonly tie: string;
  readonly fields: RecordFields;
};

/** One object of a vendor, or one person: how it stood at any time follows from its observations (records.ts). */
export type AccountRecord = {
  /** `{scope}/{recordId}`; scope is the connection id for vendors, `native` for ingest tokens. For contacts the person (people.ts). */
  readonly key: string;
  readonly recordId: string;
  observations: readonly RecordObservation[];
  /** Known time of creation or start, where it lies before what was observed. Epoch ms. */
  beganAt: number | null;
  /** Contacts: UTC days on which the person wrote to us or met us, ascending. */
  contactDays: number[];
  /** Newest observation or day of contact, epoch ms. */
  updatedAt: number;
};

/** One UTC day of the conversation between us and the customer, in counts. `spoke`: the customer's words that answer no message of ours. */
export type EngagementDay = { sent: number; replied: number; held: number; missed: number; spoke: number };

/** `source`: `person:{tokenId}`, a connection id, or `event`. A person's value wins until withdrawn; else the newest by asOf. */
export type AttributeValue = { readonly value: unknown; readonly source: string; readonly asOf: number };

/** What an attribute was since an instant (event time, epoch ms) until the next; null: not known. */
export type AttributeStanding = { readonly since: number; readonly value: AttributeValue | null };

/**
 * A metric of a UTC day that was changed, or of each day from `day` to `to` by as much. `day` and `to` are day numbers. `change` null: by how much
 * was not looked for, or there was nothing to compare with. `currency`: of an amount, in minor units of it.
 */
export type Figure = {
  readonly metric: string;
  readonly day: number;
  readonly to?: number;
  readonly change: number | null;
  readonly currency?: string;
};

/** An event that came after its day had been closed, and what it changed. */
export type Restatement = {
  readonly eventId: string;
  readonly connectionId: string;
  readonly type: string;
  readonly occurredAt: number;
  readonly receivedAt: number;
  readonly figures: readonly Figure[];
};

/** Fields of events that measures of one's own ask about, by key (`fieldKey`). */
export type CountedFields = {
  /** Those of which all events are counted. */
  readonly keys: ReadonlySet<string>;
  /** What was counted on a UTC day; null: nothing, or the key is not among them. */
  on(day: number, key: string): FieldPart | null;
  /** Days on which there may be anything. */
  daysWith(): Iterable<number>;
};

export type AccountState = {
  readonly id: string;
  name: string | null;
  /** UTC day of `now` at the last fold or expiry: buckets are kept as of then. */
  today: number;
  readonly attributes: Map<string, AttributeValue>;
  /** Of attributes that have changed: what they were, the oldest first, neighbours different. The first holds before its time too. */
  readonly attributeHistory: Map<string, readonly AttributeStanding[]>;
  readonly verdicts: Verdicts;
  /** Event times of the first and the last event, epoch ms. */
  firstEventAt: number | null;
  lastEventAt: number | null;
  lastReceivedAt: number | null;
  /** Events applied, profile updates excluded (the metric `events`, ever). */
  events: number;
  /** Feature names, in order of first index: the first `featuresPerAccountMax`, and beside them named ones; other uses count without a name. */
  readonly features: string[];
  readonly days: Map<number, DayPage>;
  readonly fields: CountedFields;
  readonly tickets: Map<string, TicketRecord>;
  /** By kind, then by key; a kind of which nothing was told is absent. */
  readonly records: ReadonlyMap<RecordKind, ReadonlyMap<string, AccountRecord>>;
  /** By UTC day; kept for `engagementKeptMs`. */
  readonly engagement: Map<number, EngagementDay>;
  /** Which connections and tokens have told of what. */
  readonly toldBy: Map<EventKind, Set<string>>;
  /** How far the sources are, per `connectionId/stream`; see `SourceReach`. */
  readonly watermarks: Map<string, number>;
  readonly streams: Map<string, StreamFacts>;
  /** What came through each stream on its last days, by the same key; absent: not known. */
  readonly arrivals: ReadonlyMap<string, readonly DayArrivals[]>;
};
