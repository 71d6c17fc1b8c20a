import { fold } from "../../src/domain/account/fold.ts";
import { AccountFields } from "../../src/domain/account/fields/account-fields.ts";
import { emptyAccount, type FoldedAccount } from "../../src/domain/account/folded.ts";
import { event } from "./account-builders.ts";
import type {
  AccountRecord,
  AccountState,
  RecordKind,
  DayPage,
  DayUser,
  TicketPriority,
  TicketRecord,
  TicketStatus,
  TicketTransition,
} from "../../src/domain/account/state.ts";
import { noVerdicts } from "../../src/domain/account/verdicts.ts";
import { DAY_MS, HOUR_MS, dayOf } from "../../src/domain/time.ts";

/** Noon of a fixed day: tests name instants as days and hours before it. */
export const NOW = Date.UTC(2026, 10, 24, 12);
export const daysAgo = (days: number, hours = 0): number => NOW - days * DAY_MS - hours * HOUR_MS;

export const anAccount = (attributes: Readonly<Record<string, unknown>> = {}): AccountState => ({
  id: "acme",
  name: "Acme",
  today: dayOf(NOW),
  attributes: new Map(Object.entries(attributes).map(([key, value]) => [key, { value, source: "person:t1", asOf: NOW }])),
  attributeHistory: new Map(),
  verdicts: noVerdicts(),
  firstEventAt: null,
  lastEventAt: null,
  lastReceivedAt: null,
  events: 0,
  features: [],
  days: new Map(),
  fields: new AccountFields(new Map()),
  tickets: new Map(),
  records: new Map(),
  engagement: new Map(),
  toldBy: new Map(),
  watermarks: new Map([
    ["mix/track", NOW],
    ["zen/webhook", NOW],
  ]),
  streams: new Map(),
  arrivals: new Map(),
});

function pageOf(state: AccountState, day: number): DayPage {
  const page = state.days.get(day) ?? {
    day,
    counts: new Map<string, number>(),
    users: new Map<number, DayUser>(),
    usersBelow: Infinity,
    spansBelow: Infinity,
  };
  state.days.set(day, page);
  return page;
}

function featureIndex(state: AccountState, name: string): number {
  const known = state.features.indexOf(name);
  return known >= 0 ? known : state.features.push(name) - 1;
}

/** A person used features on the day of an instant, in its hour. */
export function used(state: AccountState, user: number, at: number, features: readonly string[] = ["report"]): void {
  const page = pageOf(state, dayOf(at));
  const person = page.users.get(user) ?? { hours: 0, actions: 0, features: new Set<number>(), spans: [] };
  person.hours |= 1 << Math.floor((at % DAY_MS) / HOUR_MS);
  person.actions += features.length;
  for (const feature of features) person.features.add(featureIndex(state, feature));
  page.users.set(user, person);
  page.counts.set("product_events", (page.counts.get("product_events") ?? 0) + features.length);
}

const folded = new WeakMap<AccountState, FoldedAccount>();

/** Tells a state by events what it cannot be told by hand: records, messages and meetings. They come by native events, whose stream is up to date. */
export function told(state: AccountState, at: number, type: string, data: Record<string, unknown> = {}, person?: string): void {
  const account = folded.get(state) ?? emptyAccount(state.id);
  folded.set(state, account);
  fold(account, event({ type, data, occurredAt: at, ...(person === undefined ? {} : { user: { id: person } }) }), NOW);
  const records = state.records as Map<RecordKind, ReadonlyMap<string, AccountRecord>>;
  for (const [kind, some] of account.records) records.set(kind, some);
  for (const [key, record] of account.tickets) state.tickets.set(key, record);
  for (const [day, counts] of account.engagement) state.engagement.set(day, counts);
  for (const [kind, tellers] of account.toldBy) state.toldBy.set(kind, new Set([...(state.toldBy.get(kind) ?? []), ...tellers]));
  if (!state.watermarks.has("tok_1/events")) state.watermarks.set("tok_1/events", NOW);
}

type TicketStory = {
  id: string;
  at: number;
  priority?: TicketPriority;
  solvedAt?: number;
  reopenedAt?: number;
  rating?: { score: "good" | "bad"; at: number };
  people?: string[];
};

export function ticket(state: AccountState, { id, at, priority, solvedAt, reopenedAt, rating, people = [] }: TicketStory): void {
  const transitions: TicketTransition[] = [{ at, kind: "created" }];
  if (solvedAt !== undefined) transitions.push({ at: solvedAt, kind: "solved" });
  if (reopenedAt !== undefined) transitions.push({ at: reopenedAt, kind: "reopened" });
  const status: TicketStatus = transitions.at(-1)?.kind === "solved" ? "solved" : "open";
  const record: TicketRecord = {
    key: `zen/${id}`,
    ticketId: id,
    subject: null,
    createdAt: at,
    observations: transitions.map((step, i) => ({
      at: step.at,
      tie: `${id}-${i}`,
      status: step.kind === "solved" ? "solved" : "open",
      ...(priority === undefined ? {} : { priority }),
    })),
    transitions,
    status,
    priority: priority ?? null,
    rating: rating ?? null,
    publicComments: 0,
    people,
    updatedAt: Math.max(rating?.at ?? 0, ...transitions.map((step) => step.at)),
  };
  state.tickets.set(record.key, record);
  state.toldBy.set("support", new Set([...(state.toldBy.get("support") ?? []), "zen"]));
}
