import type { AccountState } from "../account/state.ts";
import { completenessOf } from "../intake/completeness.ts";
import type { DayArrivals } from "../intake/messages.ts";
import { scopesPerSourceMax, usageSourceReleasedAfterMs } from "../limits.ts";
import type { MeasureSource } from "./measure.ts";

export type SourceClock = Readonly<
  /** Event time up to which each kind of source is known, epoch ms; null when no stream of that kind has been heard of. */
  Record<MeasureSource, number | null> & {
    /** Active connections that bring usage to this account; 0 while nothing is known of who does. */
    usageConnections: number;
  }
>;

/** Forms that never bring usage: vendors' webhooks bring records, `engage` and `groups` what a person or company is, `account` is our own API. */
const formsWithoutUsage: readonly string[] = ["webhook", "account", "engage", "groups"];

/**
 * Which streams (`connectionId/form`) speak for which measures.
 *
 * A connection that brought tickets or conversations speaks for support, one that brought messages for the relationship, and so on; what came
 * by native events has the scope `native` and comes by the form `events`. Of several streams the one that is furthest counts: what is missing
 * then is that other stream's own part, and the list of sources shows it. Usage, and with it how a customer began, has a stricter rule (`usageClock`).
 */
export function sourceClock(state: AccountState): SourceClock {
  const scopes = scopesOf(state);
  const streams = [...state.watermarks].map(toStream);
  const usage = usageClock(state.toldBy.get("usage") ?? none, streams);
  const clock: Record<MeasureSource, number | null> = {
    usage: usage.knownTo,
    support: null,
    engagement: null,
    success: null,
    revenue: null,
    // No stream speaks for it: what is heard in the market is heard by chance, so it ages from the newest signal on.
    market: null,
    lifecycle: usage.knownTo,
  };
  const reach = (source: MeasureSource, at: number): void => void (clock[source] = Math.max(clock[source] ?? at, at));
  for (const stream of streams)
    for (const source of ["support", "engagement", "success", "revenue"] as const)
      if (scopeAmong(scopes[source], stream) !== null) reach(source, stream.at);
  return { ...clock, usageConnections: usage.connections };
}

const scopesOf = (state: AccountState) => ({
  support: scopesOfKeys(state.tickets.keys(), state.records.get("conversation")?.keys() ?? []),
  engagement: state.toldBy.get("engagement") ?? none,
  success: state.toldBy.get("success") ?? none,
  revenue: state.toldBy.get("revenue") ?? none,
});

/**
 * How complete each source was for a UTC day, 0..1: of what the streams that speak for it brought, the share that could count. 1 where
 * nothing came, where the day is longer ago than is kept, and for the market, for which no stream speaks.
 */
export function sourceCompleteness(state: AccountState): (source: MeasureSource, day: number) => number {
  const scopes = scopesOf(state);
  const usage = state.toldBy.get("usage") ?? none;
  const speaks = (source: MeasureSource, stream: Stream): boolean => {
    if (source === "market") return false;
    if (source !== "usage" && source !== "lifecycle") return scopeAmong(scopes[source], stream) !== null;
    return !formsWithoutUsage.includes(stream.form) && (!isUsageKnown(usage) || scopeAmong(usage, stream) !== null);
  };
  const own = new Map<MeasureSource, readonly (readonly DayArrivals[])[]>();
  const arrivalsFor = (source: MeasureSource): readonly (readonly DayArrivals[])[] => {
    const found = [...state.arrivals].flatMap(([key, arrivals]) => (speaks(source, toStream([key, 0])) ? [arrivals] : []));
    // Nearly always: nothing was lost, and no day has to be looked at.
    return found.some((arrivals) => arrivals.some(([, , lost]) => lost > 0)) ? found : [];
  };
  return (source, day) => {
    let found = own.get(source);
    if (found === undefined) own.set(source, (found = arrivalsFor(source)));
    return completenessOf(found, day) ?? 1;
  };
}

const isUsageKnown = (told: ReadonlySet<string>): boolean => told.size > 0 && told.size < scopesPerSourceMax;

/**
 * The sum of what several connections bring is known up to the least of them. One that is `usageSourceReleasedAfterMs` behind another is taken
 * to have been replaced or removed and holds nothing any more. While it is not known who brought usage (older code folded it, or too many
 * did), every stream that can bring usage speaks, and the furthest counts.
 */
function usageClock(
  told: ReadonlySet<string>,
  streams: readonly Stream[],
): { readonly knownTo: number | null; readonly connections: number } {
  const isKnown = isUsageKnown(told);
  const reached = new Map<string, number>();
  for (const stream of streams) {
    if (formsWithoutUsage.includes(stream.form)) continue;
    const scope = isKnown ? scopeAmong(told, stream) : "any";
    if (scope !== null) reached.set(scope, Math.max(reached.get(scope) ?? stream.at, stream.at));
  }
  if (reached.size === 0) return { knownTo: null, connections: 0 };
  const furthest = Math.max(...reached.values());
  const active = [...reached.values()].filter((at) => at >= furthest - usageSourceReleasedAfterMs);
  return { knownTo: Math.min(...active), connections: isKnown ? active.length : 0 };
}

const none: ReadonlySet<string> = new Set();

type Stream = { readonly connection: string; readonly form: string; readonly at: number };

function toStream([key, at]: readonly [string, number]): Stream {
  const slash = key.lastIndexOf("/");
  return { connection: key.slice(0, slash), form: key.slice(slash + 1), at };
}

/** The one of these scopes that a stream brings for; null when it is none of them. */
function scopeAmong(scopes: ReadonlySet<string>, { connection, form }: Stream): string | null {
  if (scopes.has(connection)) return connection;
  return form === "events" && scopes.has("native") ? "native" : null;
}

function scopesOfKeys(...keys: readonly Iterable<string>[]): ReadonlySet<string> {
  const scopes = new Set<string>();
  for (const some of keys) for (const key of some) scopes.add(key.slice(0, key.indexOf("/")));
  return scopes;
}
