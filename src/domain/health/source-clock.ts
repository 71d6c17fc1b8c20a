import type { AccountState } from "../account/state.ts";
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
  const scopes = {
    support: scopesOfKeys(state.tickets.keys(), state.records.get("conversation")?.keys() ?? []),
    engagement: state.toldBy.get("engagement") ?? none,
    success: state.toldBy.get("success") ?? none,
    revenue: state.toldBy.get("revenue") ?? none,
  };
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

/**
 * The sum of what several connections bring is known up to the least of them. One that is `usageSourceReleasedAfterMs` behind another is taken
 * to have been replaced or removed and holds nothing any more. While it is not known who brought usage (older code folded it, or too many
 * did), every stream that can bring usage speaks, and the furthest counts.
 */
function usageClock(
  told: ReadonlySet<string>,
  streams: readonly Stream[],
): { readonly knownTo: number | null; readonly connections: number } {
  const isKnown = told.size > 0 && told.size < scopesPerSourceMax;
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
