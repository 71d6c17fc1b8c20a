import type { Delivery, DeliveryHead, Rejection } from "../../domain/delivery.ts";
import type { Warning } from "../../domain/event-lack.ts";
import { normaliseData, withoutNulls } from "../../domain/event-types.ts";
import type { Event } from "../../domain/event.ts";
import { identityKey } from "../../domain/identity/key.ts";
import { parseInstant } from "../../domain/instant.ts";
import { keysPerEventMax } from "../../domain/limits.ts";
import { type Result, fail, ok } from "../../domain/result.ts";
import type { Mapped, MappedItem } from "../connector.ts";
import type { BodyFault } from "../kit/body-fault.ts";
import { contentHash } from "../kit/content-hash.ts";
import { type JsonObject, isObject } from "../kit/json.ts";
import { addKey, addMailKeys } from "../kit/mail-keys.ts";
import { type CheckRules, type Refusal, checkEvent } from "./check-event.ts";
import { cloudEventContent, fromBinary, fromCloudEvent } from "./cloud-event.ts";
import { Lacks } from "./lacks.ts";
import { readPlainEvents } from "./plain-body.ts";
import { type BodyMode, readBody } from "./read-body.ts";

/** What the door must know of a body: how many events it holds, and why the others are none. */
export type NativeCount = {
  readonly accepted: number;
  readonly rejections: readonly Rejection[];
  /** The first `warningsShownMax` of those that are taken and count for less than their type means. */
  readonly warnings: readonly Warning[];
};

/** What the door and the mapper both know of a delivery; the door has not made its head yet. */
export type NativeContext = Pick<DeliveryHead, "receivedAt" | "meta"> & { readonly accountIds?: readonly string[] | undefined };

/** The door's reading: checks every item and builds nothing. Agrees with `toEvents` on every body, as both take the same steps. */
export function countEvents(body: Uint8Array, context: NativeContext): Result<NativeCount, BodyFault> {
  const ofPlain = new Lacks();
  const plain = context.meta["mode"] === "json" ? readPlainEvents(body, rulesOf(context), (event) => ofPlain.lookPlain(event)) : null;
  if (plain !== null) return ok({ accepted: plain, rejections: [], warnings: ofPlain.warnings });
  const rejections: Rejection[] = [];
  const lacks = new Lacks();
  let accepted = 0;
  const fault = readItems(body, context, rejections, (item, _source, index) => {
    accepted++;
    lacks.look(item, index);
  });
  return fault === null ? ok({ accepted, rejections, warnings: lacks.warnings }) : fail(fault);
}

export const rulesOf = ({ receivedAt, accountIds }: NativeContext): CheckRules => ({
  receivedAt,
  accountIds: accountIds === undefined ? null : new Set(accountIds),
});

/** Mapper of the form `events`. A body that the door would have refused as a whole gives nothing. */
export function toEvents({ head, body }: Delivery): Mapped {
  const items: MappedItem[] = [];
  const rejections: Rejection[] = [];
  readItems(body, head, rejections, (item, source, index) => items.push({ event: toEvent(item, source, index, head) }), head);
  return { items, rejections };
}

/**
 * Calls `take` for each item that is an event, with its native form and what the sender wrote; the others go to `rejections`.
 *
 * Where the door has `counted` every item as an event none is checked again: it is what was promised to the sender.
 */
function readItems(
  body: Uint8Array,
  context: NativeContext,
  rejections: Rejection[],
  take: (item: JsonObject, source: unknown, index: number) => void,
  counted?: { readonly accepted: number; readonly rejected: number },
): BodyFault | null {
  const mode = (context.meta["mode"] ?? "json") as BodyMode;
  const read = readBody(body, mode);
  if (!read.ok) return read.error;
  const rules = rulesOf(context);
  const isNative = mode === "json" || mode === "ndjson";
  const isChecked = counted?.rejected === 0 && counted.accepted === read.value.length;
  for (let index = 0; index < read.value.length; index++) {
    const source = read.value[index];
    if (isNative) {
      const refusal = isChecked ? null : checkEvent(source, rules);
      if (refusal === null) take(source as JsonObject, source, index);
      else rejections.push(toRejection(refusal, source, index));
      continue;
    }
    const cloudEvent = mode === "binary" ? fromBinary(context.meta, source as string) : ok(source);
    const item = cloudEvent.ok ? fromCloudEvent(cloudEvent.value, context.receivedAt) : cloudEvent;
    const refusal = item.ok ? checkEvent(item.value, rules) : item.error;
    if (refusal === null && item.ok && cloudEvent.ok) take(item.value, cloudEventContent(cloudEvent.value), index);
    else if (refusal !== null) rejections.push(toRejection(refusal, cloudEvent.ok ? cloudEvent.value : undefined, index));
  }
  return null;
}

/** The id helps a sender find its event again; one that is too long to be an id is not sent back. */
function toRejection(refusal: Refusal, source: unknown, index: number): Rejection {
  const id = isObject(source) ? source["id"] : undefined;
  return typeof id === "string" && id.length <= 256 ? { index, id, ...refusal } : { index, ...refusal };
}

/** @param item an event that the door has taken, in its native form; `source`: what its sender wrote */
export function toEvent(item: JsonObject, source: unknown, index: number, head: DeliveryHead): Event {
  const { id, type, time, user, data } = item as {
    id: string;
    type: string;
    time: string;
    user?: NativeUser | null;
    data?: JsonObject | null;
  };
  const { keys, hasAccountId } = keysOf(item);
  return {
    id,
    contentHash: contentHash(source),
    connectionId: head.connectionId,
    connector: head.connector,
    type,
    occurredAt: parseInstant(time) as number,
    receivedAt: head.receivedAt,
    deliveryId: head.id,
    index,
    lane: head.lane,
    keys,
    mayCreate: hasAccountId && head.mayCreateAccounts ? true : undefined,
    user: user === undefined || user === null ? undefined : userOf(user),
    data: data === undefined || data === null ? {} : normaliseData(type, withoutNulls(type, data)),
  };
}

type NativeAccount = { id?: string | null; domain?: string | null; externalIds?: Record<string, string | number> | null };
type NativeUser = { id: string; email?: string | null; name?: string | null };

/** Strongest first; an e-mail used as a user id also joins by the address and its domain. */
function keysOf(item: JsonObject): { keys: string[]; hasAccountId: boolean } {
  const account = (item["account"] ?? {}) as NativeAccount;
  const user = item["user"] as NativeUser | null | undefined;
  const keys: string[] = [];
  const hasAccountId = account.id !== undefined && account.id !== null;
  if (hasAccountId) keys.push(identityKey("account", account.id as string));
  for (const system in account.externalIds ?? {}) {
    addKey(keys, identityKey(`external:${system.toLowerCase()}`, String((account.externalIds as Record<string, unknown>)[system])));
  }
  if (user !== undefined && user !== null) {
    keys.push(identityKey("user", user.id));
    if (typeof user.email === "string") addMailKeys(keys, user.email);
    addMailKeys(keys, user.id);
  }
  if (typeof account.domain === "string") addKey(keys, identityKey("domain", account.domain));
  // Addresses put their domain before the next address: back in order of strength (the sort is stable).
  if (keys.length > 2) keys.sort((a, b) => Number(a.startsWith("domain|")) - Number(b.startsWith("domain|")));
  return { keys: keys.length > keysPerEventMax ? keys.slice(0, keysPerEventMax) : keys, hasAccountId };
}

const userOf = ({ id, email, name }: NativeUser): NonNullable<Event["user"]> => ({
  id,
  ...(typeof email === "string" ? { email } : {}),
  ...(typeof name === "string" ? { name } : {}),
});
