import type { KeyView } from "../domain/identity/messages.ts";
import { observedPairsCacheMax, resolveRoundsMax } from "../domain/limits.ts";
import { deliverToAccounts } from "./deliver-to-account.ts";
import { KeyViews } from "./key-views.ts";
import { parkUnclaimed, type Unclaimed } from "./park-unclaimed.ts";
import type { Addressed, Line, Parcel } from "./parcel.ts";
import type { EventsMessage, PipelinePorts } from "./ports.ts";
import { Reaching } from "./reaching.ts";
import { neededKeys, resolveIdentity } from "./resolve-identity.ts";
import { later, settle } from "./settle.ts";
import { tellDirectory } from "./tell-directory.ts";
import { ToldPairs } from "./told-pairs.ts";
import { unpack } from "./unpack.ts";

/** What an isolate keeps between batches; all of it may be lost at any time. */
export type PipelineMemory = { readonly views: KeyViews; readonly toldPairs: ToldPairs; readonly reaching: Reaching };

export const newPipelineMemory = (now: () => number): PipelineMemory => ({
  views: new KeyViews(),
  toldPairs: new ToldPairs(observedPairsCacheMax),
  reaching: new Reaching(now),
});

/**
 * Room 2: a batch of the queue `events`, straight through.
 *
 * Anything here may run twice: accounts drop what they have seen, the directory takes an arrival once, a report is taken once. An event
 * that could not be placed because an object was away stays `waiting`; only failures of the event itself are given as reasons.
 */
export async function consume(messages: readonly EventsMessage[], ports: PipelinePorts, memory: PipelineMemory): Promise<void> {
  const { parcels, gone, later: unread } = await unpack(messages, ports, memory.reaching);
  const shards = await memory.reaching.call("topology", 10_000, () => ports.accounts.shards());
  if (!shards.ok) ports.note("topology_unreachable", { detail: shards.error.detail });
  else await work(parcels, shards.value, ports, memory);
  await settle(parcels, ports, memory.reaching);
  for (const message of gone) message.ack();
  for (const message of unread) later(message);
}

async function work(parcels: readonly Parcel[], shards: number, ports: PipelinePorts, memory: PipelineMemory): Promise<void> {
  const { reaching } = memory;
  const known = new Map<string, KeyView | null>();
  const watermarks = watermarksOf(parcels);
  const taken: Addressed[] = [];
  const created = new Set<string>();
  let unresolved: readonly Line[] = parcels.flatMap(linesOf);
  let addressed: Addressed[] = [];
  let unclaimed: Unclaimed[] = [];
  // A line goes round again when its account did not take it: not there, merged away, or the key moved while it was under way.
  for (let round = 0; round < resolveRoundsMax && unresolved.length + addressed.length + unclaimed.length > 0; round++) {
    const views = await memory.views.refresh(keysOf(unresolved), ports.keys, reaching, ports.now);
    for (const [key, view] of views) known.set(key, view);
    const resolved = resolveIdentity(unresolved, views);
    if (resolved.unasked > 0) ports.note("directory_not_asked", { events: resolved.unasked });
    unclaimed.push(...resolved.toPark.map((line) => ({ line, awaits: null })));
    addressed = [...addressed, ...resolved.addressed, ...(await parkUnclaimed(unclaimed, ports, reaching))];
    const delivered = await deliverToAccounts(addressed, shards, watermarks, ports, reaching);
    for (const one of delivered.taken) taken.push(one);
    for (const accountId of delivered.created) created.add(accountId);
    addressed = delivered.moved;
    unresolved = delivered.oldEdge;
    unclaimed = delivered.unknown.map((line) => ({ line, awaits: line.to.accountId }));
  }
  await tellDirectory({ taken, created, known }, memory, ports);
}

const linesOf = (parcel: Parcel): Line[] => {
  const { routes, routeOf } = parcel.pack.header;
  return routeOf.map((route, index) => ({ parcel, index, route: routes[route] as Line["route"], to: null }));
};

function keysOf(lines: readonly Line[]): Set<string> {
  const keys = new Set<string>();
  const seen = new Set<Line["route"]>();
  for (const { route } of lines) {
    if (seen.has(route)) continue;
    seen.add(route);
    for (const key of neededKeys(route)) keys.add(key);
  }
  return keys;
}

/** The greatest of each stream over the batch. */
function watermarksOf(parcels: readonly Parcel[]): Record<string, number> {
  const watermarks: Record<string, number> = {};
  for (const { pack } of parcels) {
    for (const [stream, at] of Object.entries(pack.header.watermarks)) watermarks[stream] = Math.max(watermarks[stream] ?? 0, at);
  }
  return watermarks;
}
