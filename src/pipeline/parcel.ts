import type { EdgeRef } from "../domain/account/edge.ts";
import { EventOutcome } from "../domain/outcome.ts";
import type { Pack, PackHeader, PackReport, PackRoute } from "../domain/intake/pack.ts";
import { fromPackText } from "../domain/intake/pack.ts";
import type { EventsMessage } from "./ports.ts";

/** A pack being worked, the messages that brought it, and what has become of its events so far. */
export type Parcel = {
  readonly pack: Pack;
  readonly messages: EventsMessage[];
  readonly outcomes: EventOutcome[];
  readonly reasons: PackReport["reasons"][number][];
  appliedAt: number;
};

/** An account, the key and edge version that led there, and the merged accounts it was passed on from. */
export type Destination = EdgeRef & { readonly accountId: string };
/** Line `index` of a parcel on its way, with the routing facts of its header. There are many: `to` is set in place, and shared by a route. */
export type Line = { readonly parcel: Parcel; readonly index: number; readonly route: PackRoute; to: Destination | null };
/** A line whose account is known. */
export type Addressed = Line & { to: Destination };

export function address(line: Line, to: Destination): Addressed {
  line.to = to;
  return line as Addressed;
}

export const textOf = ({ parcel, index }: Line): string => parcel.pack.lines[index] as string;
export const fateOf = (line: Line, outcome: EventOutcome): void => {
  line.parcel.outcomes[line.index] = outcome;
};

export function toParcel(pack: Pack, messages: EventsMessage[]): Parcel {
  return { pack, messages, outcomes: pack.lines.map(() => EventOutcome.waiting), reasons: [], appliedAt: 0 };
}

/** The pack, or null where the text is not one: a header that does not fit its lines would send events astray. */
export function readPackText(text: string): Pack | null {
  try {
    const pack = fromPackText(text);
    return isWhole(pack) ? pack : null;
  } catch {
    return null;
  }
}

function isWhole({ header, lines }: Pack): boolean {
  const known = header !== null && typeof header === "object" && typeof header.id === "string" && typeof header.origin?.name === "string";
  if (!known || !Array.isArray(header.routes) || !Array.isArray(header.routeOf) || header.routeOf.length !== header.events) return false;
  return (
    (header.byReference === true || lines.length === header.events) && header.routeOf.every((route) => header.routes[route] !== undefined)
  );
}

export const packName = ({ id, origin, plan }: PackHeader): string => `${origin.kind}/${origin.name}/${id}/${plan}`;

const RECEIVED = '"receivedAt":';
/**
 * `receivedAt` of an event line without parsing all of it. A quoted name that is not escaped can only be a field's name, and before the
 * first nested object it can only be the event's own.
 */
export function receivedAtOf(line: string): number {
  const at = line.indexOf(RECEIVED);
  const nested = line.indexOf("{", 1);
  if (at > 0 && (nested < 0 || at < nested)) return Number.parseInt(line.slice(at + RECEIVED.length, at + RECEIVED.length + 16), 10);
  return (JSON.parse(line) as { receivedAt: number }).receivedAt;
}
