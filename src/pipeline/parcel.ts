import type { EdgeRef } from "../domain/account/edge.ts";
import { EventOutcome } from "../domain/outcome.ts";
import type { Pack, PackHeader, PackReport, PackRoute } from "../domain/intake/pack.ts";
import { fromPackText } from "../domain/intake/pack.ts";
import { toWholeLine } from "../domain/event-line.ts";
import type { Stamp } from "../domain/stamp.ts";
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
/** Null: the line is whole. */
export const stampOf = ({ parcel, index }: Line): Stamp | null => parcel.pack.stamps[index] ?? null;
export const wholeTextOf = (line: Line): string => toWholeLine(textOf(line), stampOf(line));
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

function isWhole({ header, lines, stamps }: Pack): boolean {
  const known = header !== null && typeof header === "object" && typeof header.id === "string" && typeof header.origin?.name === "string";
  if (!known || !Array.isArray(header.routes) || !Array.isArray(header.routeOf) || header.routeOf.length !== header.events) return false;
  return (
    (header.byReference === true || (lines.length === header.events && stamps.length === header.events)) &&
    header.routeOf.every((route) => header.routes[route] !== undefined)
  );
}

export const packName = ({ id, origin, plan }: PackHeader): string => `${origin.kind}/${origin.name}/${id}/${plan}`;
