import { plainPart } from "../../src/domain/account/fields/field-day.ts";
import type { ApplyCall } from "../../src/domain/account/messages.ts";
import type { EdgeRef, MergeHop } from "../../src/domain/account/edge.ts";
import type { FoldedAccount } from "../../src/domain/account/folded.ts";
import type { Event } from "../../src/domain/event.ts";
import { noSources, type SourceReach } from "../../src/domain/source-reach.ts";
import { linesOfCall } from "./event-lines.ts";

/** 2026-11-25T10:02:30Z. */
export const NOW = Date.UTC(2026, 10, 25, 10, 2, 30);

/** Sources of which nothing is known but how far they have come, per `connectionId/stream`. */
export const sourcesTo = (watermarks: Readonly<Record<string, number>>): SourceReach => ({
  ...noSources(),
  watermarks: new Map(Object.entries(watermarks)),
});

let made = 0;

/** An event that was received when it happened, by a delivery of its own. */
export const event = (over: Partial<Event> = {}): Event => {
  const id = over.id ?? `e${++made}`;
  const occurredAt = over.occurredAt ?? NOW - 60_000;
  return {
    contentHash: 1,
    connectionId: "tok_1",
    connector: "native",
    type: "feature.used",
    receivedAt: occurredAt,
    deliveryId: `d-${id}`,
    index: 0,
    lane: "live",
    keys: ["account|acme"],
    data: {},
    ...over,
    id,
    occurredAt,
  };
};

export type Addressed = {
  readonly account: string;
  readonly event: Event;
  readonly key?: string;
  readonly version?: number;
  readonly merges?: readonly MergeHop[];
  readonly mayCreate?: boolean;
};

/** One call, as the consumer makes it. Accounts may be created unless one says otherwise. */
export function callOf(items: readonly Addressed[], watermarks: Readonly<Record<string, number>> = {}): ApplyCall {
  const ids = [...new Set(items.map(({ account }) => account))];
  const edges: EdgeRef[] = [];
  return {
    accounts: ids.map((id) => ({ id, mayCreate: items.every((item) => item.account !== id || item.mayCreate !== false) })),
    accountOf: items.map(({ account }) => ids.indexOf(account)),
    edgeOf: items.map(
      ({ account, key, version, merges }) => edges.push({ key: key ?? `account|${account}`, version: version ?? 0, merges }) - 1,
    ),
    edges,
    ...linesOfCall(items.map((item) => item.event)),
    watermarks,
    configVersion: "standard-2",
  };
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1);

/** What a state means, without the order in which names were first seen: equal for equal facts. */
export function plain(state: FoldedAccount): unknown {
  const sorted = <T>(entries: Iterable<readonly [string | number, T]>): [string | number, T][] =>
    [...entries].map(([key, value]): [string | number, T] => [key, value]).sort(([a], [b]) => (a < b ? -1 : 1));
  const withoutZeros = (counts: ReadonlyMap<string | number, number>): [string | number, number][] =>
    sorted(counts).filter(([, n]) => n !== 0);
  const days = sorted(state.days).map(([day, record]) => ({
    day,
    counts: withoutZeros(record.counts),
    users: sorted(record.users).map(([user, { hours, actions, features, spans }]) => [
      user,
      hours,
      actions,
      [...features].map((index) => state.features[index] ?? "").sort(byText),
      spans,
    ]),
    hours: sorted(record.hours)
      .map(([metric, sums]) => [metric, [...sums]] as const)
      .filter(([, sums]) => sums.some((sum) => sum !== 0)),
    fields: [...state.fields.keys].sort(byText).flatMap((key) => {
      const part = state.fields.on(record.day, key);
      return part === null ? [] : [[key, plainPart(part)]];
    }),
    fives: sorted(record.fives)
      .map(([metric, slots]) => [metric, withoutZeros(slots)] as const)
      .filter(([, slots]) => slots.length > 0),
  }));
  return {
    ...state,
    fields: [...state.fields.keys].sort(byText),
    days: days.filter(({ counts, users }) => counts.length > 0 || users.length > 0),
    features: null,
    featureIndex: null,
    metricNames: null,
    attributes: sorted(state.attributes),
    attributeHistory: sorted(state.attributeHistory),
    registers: sorted(state.registers),
    totals: withoutZeros(state.totals),
    tickets: sorted(state.tickets).map(([key, ticket]) => [key, { ...ticket, slot: 0 }]),
    ticketShelf: null,
    records: sorted(state.records).map(([kind, records]) => [kind, sorted(records).map(([key, record]) => [key, { ...record, slot: 0 }])]),
    shelves: null,
    engagement: sorted(state.engagement),
    toldBy: sorted(state.toldBy).map(([source, scopes]) => [source, [...scopes].sort(byText)]),
    watermarks: null,
    streams: null,
    scoreDirtyFrom: null,
  };
}
