import { type Event, storedCopy } from "../event.ts";
import { parkedRowBytesMax } from "../limits.ts";
import { joins } from "./free-mail.ts";
import { keyStrength, type IdentityKey } from "./key.ts";
import type { ParkItem, ParkReply } from "./messages.ts";
import { resolveAt, type ViewOf } from "./resolve.ts";

/** What parking reads of an event line. */
export type ParkedEvent = Pick<Event, "keys" | "deliveryId" | "copy" | "index" | "receivedAt">;

/** Names one arrival: the same one comes again when its pack is driven again. */
export const arrivalOf = (event: Pick<Event, "deliveryId" | "copy" | "index">): string => `${storedCopy(event)}/${event.index}`;

/** `waiting`: it lies here. `gone`: it lay here and was set free; its pack sees to it. */
export type ArrivalState = "unknown" | "waiting" | "gone";

/**
 * Whether an event is taken in, or where it belongs after all.
 *
 * An arrival that was taken once is answered `parked` for ever, so that the shard it came from counts it once, as parked, whatever happened
 * to earlier answers. Only what was set free (`directory`) or given back (`account`) comes to lie here again.
 */
export function decidePark(
  item: ParkItem,
  event: ParkedEvent,
  state: ArrivalState,
  viewOf: ViewOf,
): ParkReply | { readonly status: "store" } {
  if (state === "waiting") return { status: "parked" };
  if (state === "gone" && (item.from ?? "intake") === "intake") return { status: "parked" };
  const resolution = resolveAt(event.keys, viewOf, event.receivedAt);
  const awaited = awaitedAccount(item);
  if (awaited !== null && viewOf(awaited) === null) {
    const leadsElsewhere = resolution.status === "linked" && `account|${resolution.accountId}` !== awaited;
    return leadsElsewhere ? resolution : { status: "store" };
  }
  return resolution.status === "linked" ? resolution : { status: "store" };
}

const awaitedAccount = (item: ParkItem): string | null => {
  const first = item.keys[0];
  return first !== undefined && keyStrength(first as IdentityKey) === 0 ? first : null;
};

/** The keys an event waits under: not the ones that can never be linked, unless it has no other. */
export function waitingKeys(keys: readonly string[]): readonly string[] {
  const distinct = [...new Set(keys)];
  const joining = distinct.filter(joins);
  return joining.length === 0 ? distinct : joining;
}

/** One stored row: events of one call that wait under the same keys, at most `parkedRowBytesMax` of text or one event. */
export type ParkedRow = {
  readonly keys: readonly string[];
  readonly mayCreate: boolean;
  readonly lines: string[];
  /** Text length of the lines with their separators; characters, which for our escaped JSON are nearly bytes. */
  bytes: number;
  /** Greatest `receivedAt` plus one. */
  receivedBefore: number;
};

export type Taken = { readonly item: ParkItem; readonly event: ParkedEvent };

export function toParkedRows(taken: readonly Taken[]): ParkedRow[] {
  const rows: ParkedRow[] = [];
  const open = new Map<string, ParkedRow>();
  for (const { item, event } of taken) {
    const keys = waitingKeys(item.keys);
    const name = `${item.mayCreate ? 1 : 0}\n${keys.join("\n")}`;
    let row = open.get(name);
    if (row === undefined || row.bytes + item.line.length > parkedRowBytesMax) {
      row = { keys, mayCreate: item.mayCreate, lines: [], bytes: 0, receivedBefore: 0 };
      open.set(name, row);
      rows.push(row);
    }
    row.lines.push(item.line);
    row.bytes += item.line.length + 1;
    row.receivedBefore = Math.max(row.receivedBefore, event.receivedAt + 1);
  }
  return rows;
}
