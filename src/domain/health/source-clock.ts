import { tellersOfRecord } from "../account/record-tellers.ts";
import { type AccountState, type RecordKind, recordKinds } from "../account/state.ts";
import { provenCompleteness } from "../intake/completeness.ts";
import type { DayArrivals } from "../intake/stream.ts";
import { sourceGoesOnMs, tellersPerKindMax } from "../limits.ts";
import { type EventKind, isAwaited, kindReach } from "../source-reach.ts";
import type { Measure, MeasureSource } from "./measure.ts";
import { anybody, type Sender } from "./reading-clock.ts";

/**
 * Who has told this account of what measures of a source read, and how far each has come by an instant. `events`: types, or beginnings of types,
 * of what is read; absent: all of the source.
 *
 * @param goesOnFrom senders that were up to date at that instant are taken to bring on what happens, as far as `at`
 */
export type SendersAt = (source: MeasureSource, events: Measure["events"], at: number, goesOnFrom?: number) => readonly Sender[];

/** Forms that never bring usage, where it is not known what a stream brings: vendors' webhooks bring records, `engage` and `groups` what a person or company is, `account` is our own API. */
const formsWithoutUsage: readonly string[] = ["webhook", "account", "engage", "groups"];

/**
 * Which senders speak for which measures.
 *
 * A connection or token that brought tickets or conversations speaks for support, one that brought messages for the relationship, and so on. A
 * stream speaks only for kinds of events that it brings, and as far as it has brought them (`kindReach`); of the streams of one connection the
 * furthest. Of outcomes and money it speaks for the kinds of records that it told of: who brings deals says nothing of invoices.
 */
export function sendersOf(state: AccountState): SendersAt {
  const streams = [...state.watermarks].map(([key, at]) => toStream(key, at, state));
  const known = new Map<string, readonly Sender[]>();
  const remembered = (name: string, make: () => readonly Sender[]): readonly Sender[] => {
    let senders = known.get(name);
    if (senders === undefined) known.set(name, (senders = make()));
    return senders;
  };
  const ofKind = (kind: EventKind): readonly Sender[] => remembered(kind, () => sendersOfKind(kind, tellersOf(state, kind), streams));
  const ofRecords = (kind: EventKind, records: readonly RecordKind[]): readonly Sender[] =>
    remembered([kind, ...records].join(" "), () => {
      const told = tellersOfRecords(state, records);
      const some = ofKind(kind).filter(({ id }) => told.has(id));
      return some.length === 0 ? ofKind(kind) : some;
    });
  const told = (source: MeasureSource, events: Measure["events"]): readonly Sender[] => {
    // No stream speaks for it: what is heard in the market is heard by chance, so it ages from the newest signal on.
    if (source === "market") return [];
    if (source === "lifecycle") return ofKind("usage");
    const records = source === "success" || source === "revenue" ? recordsIn(events) : [];
    return records.length === 0 || ofKind(source).length < 2 ? ofKind(source) : ofRecords(source, records);
  };
  return (source, events, at, goesOnFrom = Infinity) =>
    told(source, events).map((sender) =>
      sender.reachedMs >= goesOnFrom - sourceGoesOnMs ? { ...sender, reachedMs: Math.max(sender.reachedMs, at) } : sender,
    );
}

/** Kinds of records that events of these types are about. */
const recordsIn = (events: Measure["events"] = []): readonly RecordKind[] =>
  recordKinds.filter((kind) => events.some((type) => type.startsWith(`${kind}.`)));

function tellersOfRecords({ records }: AccountState, kinds: readonly RecordKind[]): ReadonlySet<string> {
  const told = new Set<string>();
  for (const kind of kinds)
    for (const record of records.get(kind)?.values() ?? []) for (const teller of tellersOfRecord(record)) told.add(teller);
  return told;
}

const none: ReadonlySet<string> = new Set();
const tellersOf = ({ toldBy }: AccountState, kind: EventKind): ReadonlySet<string> => toldBy.get(kind) ?? none;

/**
 * How complete each source was for a UTC day, 0..1: of what the streams that speak for it brought, the share that could count. 1 where
 * nothing came, where the day is longer ago than is kept, and for the market, for which no stream speaks; few events prove little (`provenCompleteness`).
 */
export function sourceCompleteness(state: AccountState): (source: MeasureSource, day: number) => number {
  const usage = tellersOf(state, "usage");
  const speaks = (source: MeasureSource, { connection, form }: StreamName): boolean => {
    if (source === "market") return false;
    if (source !== "usage" && source !== "lifecycle") return tellersOf(state, source).has(connection);
    return !formsWithoutUsage.includes(form) && (!isTellerKnown(usage) || usage.has(connection));
  };
  const own = new Map<MeasureSource, readonly (readonly DayArrivals[])[]>();
  const arrivalsFor = (source: MeasureSource): readonly (readonly DayArrivals[])[] => {
    const found = [...state.arrivals].flatMap(([key, arrivals]) => (speaks(source, nameOf(key)) ? [arrivals] : []));
    // Nearly always: nothing was lost, and no day has to be looked at.
    return found.some((arrivals) => arrivals.some(([, , lost]) => lost > 0)) ? found : [];
  };
  return (source, day) => {
    let found = own.get(source);
    if (found === undefined) own.set(source, (found = arrivalsFor(source)));
    return provenCompleteness(found, day);
  };
}

const isTellerKnown = (told: ReadonlySet<string>): boolean => told.size > 0 && told.size < tellersPerKindMax;

/**
 * How far each has come that told of a kind, its furthest stream for all. While it is not known who did (older code folded it, or too many did), they
 * are one sender together: of usage every stream that can bring some, else those that are known to have told.
 */
function sendersOfKind(kind: EventKind, told: ReadonlySet<string>, streams: readonly Stream[]): readonly Sender[] {
  const isKnown = isTellerKnown(told);
  const byTeller = new Map<string, Sender>();
  for (const { connection, form, reach, isAwaited: isWaitedFor } of streams) {
    if (kind === "usage" && formsWithoutUsage.includes(form)) continue;
    if (!told.has(connection) && (isKnown || kind !== "usage")) continue;
    const reachedMs = reach(kind);
    if (reachedMs === null) continue;
    const id = isKnown ? connection : anybody;
    const known = byTeller.get(id);
    byTeller.set(id, {
      id,
      reachedMs: Math.max(known?.reachedMs ?? reachedMs, reachedMs),
      isAwaited: known?.isAwaited === true || isWaitedFor,
    });
  }
  return [...byTeller.values()];
}

type StreamName = { readonly connection: string; readonly form: string };
type Stream = StreamName & { readonly reach: (kind: EventKind) => number | null; readonly isAwaited: boolean };

function nameOf(key: string): StreamName {
  const slash = key.lastIndexOf("/");
  return { connection: key.slice(0, slash), form: key.slice(slash + 1) };
}

function toStream(key: string, at: number, { streams }: AccountState): Stream {
  const facts = streams.get(key);
  return { ...nameOf(key), reach: (kind) => kindReach({ watermarkMs: at, ...facts }, kind), isAwaited: isAwaited(facts) };
}
