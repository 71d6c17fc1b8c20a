import type { AccountState } from "../account/state.ts";
import { completenessOf } from "../intake/completeness.ts";
import type { DayArrivals } from "../intake/stream.ts";
import { sourceGoesOnMs, tellersPerKindMax } from "../limits.ts";
import { type EventKind, isAwaited, kindReach, leastReach, type Reached } from "../source-reach.ts";
import type { MeasureSource } from "./measure.ts";

export type SourceClock = Readonly<
  /** Event time up to which each kind of source is known, epoch ms; null when no stream of that kind has been heard of. */
  Record<MeasureSource, number | null> & {
    /** Connections that bring usage to this account and hold it back; 0 while nothing is known of who does. */
    usageConnections: number;
  }
>;

/** `goesOnFrom`: sources that were up to date at that instant are taken to bring on what happens, as far as `at`. */
type SourceClockAt = (at: number, goesOnFrom?: number) => SourceClock;

/** Forms that never bring usage, where it is not known what a stream brings: vendors' webhooks bring records, `engage` and `groups` what a person or company is, `account` is our own API. */
const formsWithoutUsage: readonly string[] = ["webhook", "account", "engage", "groups"];

/**
 * Which streams (`connectionId/form`) speak for which measures, at any instant.
 *
 * A connection or token that brought tickets or conversations speaks for support, one that brought messages for the relationship, and so on. A
 * stream speaks only for kinds of events that it brings, and as far as it has brought them (`kindReach`). Of several streams the one that is furthest counts: what is missing then is that other stream's own
 * part, and the list of sources shows it. Usage, and with it how a customer began, is the sum of what all bring: it is known up to the least
 * of those that brought some (`leastReach`).
 */
export function sourceClock(state: AccountState): SourceClockAt {
  const streams = [...state.watermarks].map(([key, at]) => toStream(key, at, state));
  const [support, engagement] = [furthest(streams, "support", state), furthest(streams, "engagement", state)];
  const [success, revenue] = [furthest(streams, "success", state), furthest(streams, "revenue", state)];
  const usage = usageSources(tellersOf(state, "usage"), streams);
  return (at, goesOnFrom = Infinity) => {
    const goingOn = <T extends number | null>(reachedMs: T): T | number =>
      reachedMs !== null && reachedMs >= goesOnFrom - sourceGoesOnMs ? Math.max(reachedMs, at) : reachedMs;
    const sources = usage.sources.map((one) => ({ ...one, reachedMs: goingOn(one.reachedMs) }));
    const { knownTo, holding } = leastReach(sources);
    return {
      usage: knownTo,
      lifecycle: knownTo,
      usageConnections: usage.isKnown ? holding : 0,
      support: goingOn(support),
      engagement: goingOn(engagement),
      success: goingOn(success),
      revenue: goingOn(revenue),
      // No stream speaks for it: what is heard in the market is heard by chance, so it ages from the newest signal on.
      market: null,
    };
  };
}

const none: ReadonlySet<string> = new Set();
const tellersOf = ({ toldBy }: AccountState, kind: EventKind): ReadonlySet<string> => toldBy.get(kind) ?? none;

/**
 * How complete each source was for a UTC day, 0..1: of what the streams that speak for it brought, the share that could count. 1 where
 * nothing came, where the day is longer ago than is kept, and for the market, for which no stream speaks.
 */
export function sourceCompleteness(state: AccountState): (source: MeasureSource, day: number) => number {
  const usage = tellersOf(state, "usage");
  const speaks = (source: MeasureSource, { connection, form }: StreamName): boolean => {
    if (source === "market") return false;
    if (source !== "usage" && source !== "lifecycle") return tellersOf(state, source).has(connection);
    return !formsWithoutUsage.includes(form) && (!isUsageKnown(usage) || usage.has(connection));
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
    return completenessOf(found, day) ?? 1;
  };
}

const isUsageKnown = (told: ReadonlySet<string>): boolean => told.size > 0 && told.size < tellersPerKindMax;

/**
 * What each connection has reached that brought usage to the account, its furthest stream for all. While it is not known who did (older code
 * folded it, or too many did), every stream that can bring usage speaks, and together they are one source.
 */
function usageSources(
  told: ReadonlySet<string>,
  streams: readonly Stream[],
): { readonly sources: readonly Reached[]; readonly isKnown: boolean } {
  const isKnown = isUsageKnown(told);
  const byTeller = new Map<string, Reached>();
  for (const stream of streams) {
    if (formsWithoutUsage.includes(stream.form) || (isKnown && !told.has(stream.connection))) continue;
    const reachedMs = stream.reach("usage");
    if (reachedMs === null) continue;
    const teller = isKnown ? stream.connection : "any";
    const known = byTeller.get(teller) ?? { reachedMs, isAwaited: stream.isAwaited };
    byTeller.set(teller, {
      reachedMs: Math.max(known.reachedMs, reachedMs),
      isAwaited: known.isAwaited || stream.isAwaited,
    });
  }
  return { sources: [...byTeller.values()], isKnown };
}

function furthest(streams: readonly Stream[], kind: EventKind, state: AccountState): number | null {
  const told = tellersOf(state, kind);
  let reached: number | null = null;
  for (const stream of streams) {
    const at = told.has(stream.connection) ? stream.reach(kind) : null;
    if (at !== null) reached = Math.max(reached ?? at, at);
  }
  return reached;
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
