import { type Event, fromLine, toLine } from "./event.ts";
import type { Stamp } from "./stamp.ts";

/**
 * How events lie beside each other, in packs and in journal rows: what all events of one delivery have in common is written once, as a
 * stamp, and each event as a short line without it. Where an event stands alone (parked, given back, dead) its line is whole: `toLine`.
 *
 * A short line is a JSON array, a whole one an object; both end where the text's next newline is. Part of the storage format: fields are
 * only ever appended.
 */
type ShortLine = readonly [
  id: string,
  contentHash: number,
  type: string,
  occurredAt: number,
  index: number,
  keys: string[],
  mayCreate: 0 | 1,
  /** 0: none. 1: an id and nothing else, which the first `user|…` key tells. */
  user: 0 | 1 | NonNullable<Event["user"]>,
  data: Event["data"],
];

export function toShortLine({ id, contentHash, type, occurredAt, index, keys, mayCreate, user, data }: Event): string {
  const line: ShortLine = [id, contentHash, type, occurredAt, index, keys, mayCreate === true ? 1 : 0, toUser(user, keys), data];
  return JSON.stringify(line);
}

/** An event on its way into a pack: its short line, and what is asked about it until then. */
export type EventLine = Pick<Event, "type" | "occurredAt" | "keys"> & { readonly line: string; readonly mayCreate: boolean };

export const toEventLine = (event: Event): EventLine => ({
  line: toShortLine(event),
  type: event.type,
  occurredAt: event.occurredAt,
  keys: event.keys,
  mayCreate: event.mayCreate === true,
});

/** The event of a line; `stamp` null: the line is whole. Throws for a text that is no line of ours. */
export const readLine = (line: string, stamp: Stamp | null): Event =>
  stamp === null ? fromLine(line) : fromFields(JSON.parse(line) as ShortLine, stamp);

/** The same line as it stands alone. */
export const toWholeLine = (line: string, stamp: Stamp | null): string => (stamp === null ? line : toLine(readLine(line, stamp)));

/** The event of a parsed short line. All events have the same fields in the same order, some undefined: they are read a million times. */
export function fromFields(fields: ShortLine, stamp: Stamp): Event {
  const [deliveryId, copy, connectionId, connector, lane, receivedAt, form] = stamp;
  const keys = fields[5];
  return {
    id: fields[0],
    contentHash: fields[1],
    connectionId,
    connector,
    type: fields[2],
    occurredAt: fields[3],
    receivedAt,
    deliveryId,
    copy: copy === 0 ? undefined : copy,
    index: fields[4],
    lane: lane === 1 ? "backfill" : "live",
    form,
    keys,
    mayCreate: fields[6] === 1 ? true : undefined,
    user: fromUser(fields[7], keys),
    data: fields[8],
  };
}

/** The events of many lines. One that cannot be read, or is not of the kind that its stamp says, is undefined and harms no other. */
export function readLines(lines: readonly string[], stamps: readonly (Stamp | null)[]): readonly (Event | undefined)[] {
  return parseLines(lines).map((line, i) => {
    const stamp = stamps[i] ?? null;
    if (typeof line !== "object" || line === null || Array.isArray(line) !== (stamp !== null)) return undefined;
    return stamp === null ? (line as Event) : fromFields(line as ShortLine, stamp);
  });
}

/** All at once, as one JSON array: half the price of parsing each. */
function parseLines(lines: readonly string[]): readonly unknown[] {
  try {
    const values = JSON.parse(`[${lines.join(",")}]`) as unknown[];
    if (values.length === lines.length) return values;
  } catch {
    // Found below.
  }
  return lines.map((line) => {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      return undefined;
    }
  });
}

const USER = "user|";

/** The user's id is a key of nearly every event that has one, and nearly all tell no more. */
function toUser(user: Event["user"], keys: readonly string[]): ShortLine[7] {
  if (user === undefined) return 0;
  for (const field in user) if (field !== "id" && user[field as keyof typeof user] !== undefined) return user;
  const key = keys.find((one) => one.startsWith(USER));
  return key !== undefined && key.length === USER.length + user.id.length && key.endsWith(user.id) ? 1 : user;
}

function fromUser(user: ShortLine[7], keys: readonly string[]): Event["user"] {
  if (user === 0) return undefined;
  if (user !== 1) return user;
  return { id: (keys.find((one) => one.startsWith(USER)) ?? USER).slice(USER.length) };
}
