import { isCustomer } from "../../domain/canary.ts";
import { checkData } from "../../domain/event-types.ts";
import { isIdentityKeyKind } from "../../domain/identity/key.ts";
import { parseInstant } from "../../domain/instant.ts";
import {
  eventAgeMaxMs,
  eventAheadMaxMs,
  eventIdCharsMax,
  eventTypeCharsMax,
  keysPerEventMax,
  nativeEventBytesMax,
  otherIdCharsMax,
} from "../../domain/limits.ts";
import { type JsonObject, isObject } from "../kit/json.ts";
import { boundsFault } from "../kit/json-bounds.ts";
import { badLine } from "./read-body.ts";

export type Refusal = { readonly reason: string; readonly detail: string };

/** What the credential and the door's clock add to the rules of an event's own shape. */
export type CheckRules = {
  /** Door's clock, epoch ms. */
  readonly receivedAt: number;
  /** Only these accounts may be named; null = all. */
  readonly accountIds: ReadonlySet<string> | null;
};

/**
 * Says why an item of a native body is no event; null when it is one.
 *
 * One pass over the parsed item, no copies: the doors run it for every event. `NativeEventSchema` says the same of the shape,
 * and a property test holds the two together. The first fault found is told: bounds, then shape, then time and permission.
 */
export function checkEvent(item: unknown, rules: CheckRules): Refusal | null {
  if (item === badLine) return { reason: "not_json", detail: "this line is not JSON" };
  if (!isObject(item)) return { reason: "invalid_event", detail: "must be an object" };
  const fault = boundsFault(item, nativeEventBytesMax);
  if (fault !== null) return fault;
  const time = checkShape(item);
  if (typeof time !== "number") return time;
  return timeFault(time, rules.receivedAt) ?? permissionFault(item, rules.accountIds);
}

/** The part that `NativeEventSchema` describes: the event's time, epoch ms, or the fault. */
export function checkShape(item: JsonObject): Refusal | number {
  const id = item["id"];
  if (!isText(id, eventIdCharsMax)) return textFault(id, "/id", eventIdCharsMax);
  const type = item["type"];
  if (!isText(type, eventTypeCharsMax)) return textFault(type, "/type", eventTypeCharsMax);
  const time = item["time"];
  if (typeof time !== "string")
    return absent(time) ? missing("/time") : invalid("/time", "must be an RFC 3339 time, such as 2026-11-25T09:00:00Z");
  const at = parseInstant(time);
  if (at === null) return invalid("/time", "must be an RFC 3339 time, such as 2026-11-25T09:00:00Z");
  return whoFault(item) ?? dataFault(type, item["data"]) ?? at;
}

/** At least one way to find the account or the user; every way that is given must be well formed. */
function whoFault(item: JsonObject): Refusal | null {
  const account = item["account"];
  const user = item["user"];
  let ways = 0;
  if (!absent(account)) {
    if (!isObject(account)) return invalid("/account", "must be an object");
    const { id, domain, externalIds } = account as { id?: unknown; domain?: unknown; externalIds?: unknown };
    if (!absent(id)) {
      if (!isText(id, otherIdCharsMax)) return textFault(id, "/account/id", otherIdCharsMax);
      if (!isCustomer(id)) return invalid("/account/id", "is reserved");
      ways++;
    }
    if (!absent(domain)) {
      if (!isText(domain, otherIdCharsMax)) return textFault(domain, "/account/domain", otherIdCharsMax);
      ways++;
    }
    if (!absent(externalIds)) {
      if (!isObject(externalIds)) return invalid("/account/externalIds", "must be an object of system and id");
      const fault = externalIdsFault(externalIds);
      if (typeof fault !== "number") return fault;
      ways += fault;
    }
  }
  if (!absent(user)) {
    if (!isObject(user)) return invalid("/user", "must be an object");
    const { id, email, name } = user as { id?: unknown; email?: unknown; name?: unknown };
    if (!isText(id, otherIdCharsMax)) return textFault(id, "/user/id", otherIdCharsMax);
    if (!absent(email) && !isText(email, otherIdCharsMax)) return textFault(email, "/user/email", otherIdCharsMax);
    if (!absent(name) && typeof name !== "string") return invalid("/user/name", "must be text");
    ways++;
  }
  return ways > 0
    ? null
    : { reason: "missing_field", detail: "/account: must have an `id`, a `domain` or `externalIds`, or there must be a `user`" };
}

/** Number of ids, or the fault. */
function externalIdsFault(externalIds: JsonObject): Refusal | number {
  let count = 0;
  for (const system in externalIds) {
    const value = externalIds[system];
    const pointer = `/account/externalIds/${system.slice(0, 64)}`;
    if (!isIdentityKeyKind(`external:${system.toLowerCase()}`))
      return invalid(pointer, "a system's name has 1 to 64 letters, digits, dots, dashes and underscores");
    if (typeof value === "number" ? !Number.isSafeInteger(value) : !isText(value, otherIdCharsMax))
      return invalid(pointer, `must be text of 1 to ${otherIdCharsMax} characters or a whole number`);
    count++;
  }
  return count <= keysPerEventMax ? count : invalid("/account/externalIds", `must have at most ${keysPerEventMax} systems`);
}

function dataFault(type: string, data: unknown): Refusal | null {
  if (absent(data)) return null;
  if (!isObject(data)) return invalid("/data", "must be an object");
  const fault = checkData(type, data);
  return fault === null ? null : invalid(`/data/${fault.field}`, `must be ${fault.expected}`);
}

export const isInTime = (time: number, receivedAt: number): boolean =>
  time >= receivedAt - eventAgeMaxMs && time <= receivedAt + eventAheadMaxMs;

function timeFault(time: number, receivedAt: number): Refusal | null {
  if (isInTime(time, receivedAt)) return null;
  return { reason: "time_out_of_range", detail: "/time: must be from 800 days ago to 24 hours ahead" };
}

/** A token for some accounts cannot vouch for an event that leaves open whose it is. */
function permissionFault(item: JsonObject, accountIds: ReadonlySet<string> | null): Refusal | null {
  if (accountIds === null) return null;
  const account = item["account"];
  if (isObject(account) && typeof account["id"] === "string" && accountIds.has(account["id"])) return null;
  return { reason: "account_not_allowed", detail: "/account/id: must be an account that this token may write to" };
}

const absent = (value: unknown): value is null | undefined => value === undefined || value === null;
const isText = (value: unknown, charsMax: number): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= charsMax;
const missing = (pointer: string): Refusal => ({ reason: "missing_field", detail: `${pointer}: is missing` });
const invalid = (pointer: string, rule: string): Refusal => ({ reason: "invalid_field", detail: `${pointer}: ${rule}` });
const textFault = (value: unknown, pointer: string, charsMax: number): Refusal =>
  absent(value) ? missing(pointer) : invalid(pointer, `must be text of 1 to ${charsMax} characters`);
