import type { AccountState } from "../account/state.ts";
import type { MeasureSource } from "./measure.ts";

/** Event time up to which each kind of source is known, epoch ms; null when no stream of that kind has been heard of. */
export type SourceClock = Readonly<Record<MeasureSource, number | null>>;

/** Forms that never bring usage: vendors' webhooks bring records, and `account` is what our own API writes. */
const formsWithoutUsage: readonly string[] = ["webhook", "account"];

/**
 * Which streams (`connectionId/form`) speak for which measures.
 *
 * A connection that brought tickets or conversations speaks for support, one that brought messages for the relationship, and so on; what came
 * by native events has the scope `native` and comes by the form `events`. Streams of every form that can bring usage speak for usage, and so
 * for how a customer began. Of several streams the one that is furthest counts: what is missing then is that other stream's own part, and the
 * list of sources shows it.
 */
export function sourceClock(state: AccountState): SourceClock {
  const scopes = {
    support: scopesOfKeys(state.tickets.keys(), state.records.get("conversation")?.keys() ?? []),
    engagement: state.toldBy.get("engagement") ?? none,
    success: state.toldBy.get("success") ?? none,
    revenue: state.toldBy.get("revenue") ?? none,
  };
  const clock: Record<MeasureSource, number | null> = {
    usage: null,
    support: null,
    engagement: null,
    success: null,
    revenue: null,
    // No stream speaks for it: what is heard in the market is heard by chance, so it ages from the newest signal on.
    market: null,
    lifecycle: null,
  };
  const reach = (source: MeasureSource, at: number): void => void (clock[source] = Math.max(clock[source] ?? at, at));
  for (const [stream, at] of state.watermarks) {
    const slash = stream.lastIndexOf("/");
    const form = stream.slice(slash + 1);
    const scope = stream.slice(0, slash);
    if (!formsWithoutUsage.includes(form)) reach("usage", at);
    for (const source of ["support", "engagement", "success", "revenue"] as const)
      if (scopes[source].has(scope) || (form === "events" && scopes[source].has("native"))) reach(source, at);
  }
  clock.lifecycle = clock.usage;
  return clock;
}

const none: ReadonlySet<string> = new Set();

function scopesOfKeys(...keys: readonly Iterable<string>[]): ReadonlySet<string> {
  const scopes = new Set<string>();
  for (const some of keys) for (const key of some) scopes.add(key.slice(0, key.indexOf("/")));
  return scopes;
}
