import type { Event } from "../event.ts";
import { eventTypes } from "../event-types.ts";
import { tellersPerKindMax } from "../limits.ts";
import type { EventKind } from "../source-reach.ts";
import type { FoldedAccount } from "./folded.ts";

const kindOfFamily: ReadonlyMap<string, EventKind> = new Map([
  ["message", "engagement"],
  ["meeting", "engagement"],
  ["conversation", "engagement"],
  ["survey", "success"],
  ["goal", "success"],
  ["subscription", "revenue"],
  ["invoice", "revenue"],
  ["payment", "revenue"],
  ["opportunity", "revenue"],
]);
/** By whole type, as every event is asked for it. */
const kindOf: ReadonlyMap<string, EventKind> = new Map(
  eventTypes.flatMap(({ type, category }) => {
    const kind = category === "usage" ? category : kindOfFamily.get(type.slice(0, type.indexOf(".")));
    return kind === undefined ? [] : [[type, kind] as const];
  }),
);

/** Notes that this event's connection or token tells of a kind, so that its silence can be told from an outage. */
export function noteTeller({ toldBy }: FoldedAccount, kind: EventKind, { connectionId }: Event): void {
  let tellers = toldBy.get(kind);
  if (tellers === undefined) toldBy.set(kind, (tellers = new Set()));
  if (tellers.size < tellersPerKindMax) tellers.add(connectionId);
}

/**
 * The same by the type alone. Not of support: an event that does not say of which ticket or conversation it is tells nothing of it. False for what
 * tells of no record and not of the relationship.
 */
export function noteTellerOf(state: FoldedAccount, event: Event): boolean {
  const kind = kindOf.get(event.type);
  if (kind === undefined) return false;
  noteTeller(state, kind, event);
  return kind !== "usage";
}

/** Who tells of an account; null: too many to be known. */
export function tellersOf({ toldBy }: Pick<FoldedAccount, "toldBy">): ReadonlySet<string> | null {
  const all = new Set<string>();
  for (const tellers of toldBy.values()) {
    if (tellers.size >= tellersPerKindMax) return null;
    for (const teller of tellers) all.add(teller);
  }
  return all;
}
