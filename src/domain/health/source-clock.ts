import type { AccountState } from "../account/state.ts";
import type { MeasureSource } from "./measure.ts";

/** Event time up to which each kind of source is known, epoch ms; null when no stream of that kind has been heard of. */
export type SourceClock = Readonly<Record<MeasureSource, number | null>>;

/** Forms that never bring usage: vendors' webhooks bring records, and `account` is what our own API writes. */
const formsWithoutUsage: readonly string[] = ["webhook", "account"];

/**
 * Which streams (`connectionId/form`) speak for which measures.
 *
 * A connection that brought tickets speaks for support; tickets of native events have the scope `native` and come by the form
 * `events`. Streams of every form that can bring usage speak for usage. Of several streams the one that is furthest counts:
 * what is missing then is that other stream's own part, and the list of sources shows it.
 */
export function sourceClock(state: AccountState): SourceClock {
  const ticketScopes = new Set<string>();
  for (const key of state.tickets.keys()) ticketScopes.add(key.slice(0, key.indexOf("/")));
  let usage: number | null = null;
  let support: number | null = null;
  for (const [stream, at] of state.watermarks) {
    const slash = stream.lastIndexOf("/");
    const form = stream.slice(slash + 1);
    if (!formsWithoutUsage.includes(form)) usage = Math.max(usage ?? at, at);
    if (ticketScopes.has(stream.slice(0, slash)) || (form === "events" && ticketScopes.has("native")))
      support = Math.max(support ?? at, at);
  }
  return { usage, support };
}
