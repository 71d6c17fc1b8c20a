import type { DeliveryHead, Rejection } from "../../domain/delivery.ts";
import { identityKey } from "../../domain/identity/key.ts";
import { eventAgeMaxMs, eventAheadMaxMs, keysPerEventMax } from "../../domain/limits.ts";
import { type JsonObject, idText } from "../kit/json.ts";
import { addKey, addMailKeys } from "../kit/mail-keys.ts";

type Fault = Pick<Rejection, "reason" | "detail">;

/** Ids that clients send by mistake; both `distinct_id` and `$insert_id` refuse them (Mixpanel, "Import Events"; read 2026-11-23). */
const NO_IDS: ReadonlySet<string> = new Set([
  "00000000-0000-0000-0000-000000000000",
  ..."anon anonymous nil none null n/a na undefined unknown <nil> 0 -1 true false [] {}".split(" "),
]);

export const own = (properties: JsonObject, name: string): unknown => (Object.hasOwn(properties, name) ? properties[name] : undefined);

/** Text of an id property; "" where it is absent or empty; a fault where it is none. */
export function readId(properties: JsonObject, name: string, charsMax: number): string | Fault {
  const value = own(properties, name);
  if (value === undefined || value === null || value === "") return "";
  const id = idText(value, charsMax);
  if (id === null) return { reason: "invalid_field", detail: `/properties/${name}: must be text of 1 to ${charsMax} characters` };
  return NO_IDS.has(id.toLowerCase()) ? { reason: "invalid_field", detail: `/properties/${name}: must be an id, not "${id}"` } : id;
}

/** Above it a time is in ms, below in seconds (a float is seconds): 1e11 s is the year 5138, 1e11 ms is 1973. */
const MS_FROM = 1e11;

/** Epoch ms; null where there is no time (then it is the time of receipt); a fault where it is none or out of range. */
export function readTime(value: unknown, pointer: string, receivedAt: number): number | null | Fault {
  if (value === undefined || value === null) return null;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number))
    return { reason: "invalid_field", detail: `${pointer}: must be specified as seconds or milliseconds since epoch` };
  const at = Math.round(number > MS_FROM ? number : number * 1_000);
  if (at < receivedAt - eventAgeMaxMs || at > receivedAt + eventAheadMaxMs)
    return { reason: "time_out_of_range", detail: `${pointer}: must be from 800 days ago to 24 hours ahead` };
  return at;
}

/** Values of a group property: text, a number, or a list of them. */
function idList(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map((one) => idText(one)).filter((id) => id !== null);
}

/**
 * Keys strongest first: our account id (`settings.accountKey`), the groups (`settings.groupKey`), the user ids, addresses and their domains.
 * Simplified identity merge: `$user_id` is the person, `$device_id` the browser before that was known (`$device:` ids).
 */
export function keysOf(
  properties: JsonObject,
  userIds: readonly string[],
  mails: readonly string[],
  settings: DeliveryHead["settings"],
): string[] {
  const keys: string[] = [];
  for (const id of groupValues(properties, settings["accountKey"])) addKey(keys, identityKey("account", id));
  for (const id of groupValues(properties, settings["groupKey"])) addKey(keys, identityKey("external:mixpanel", id));
  for (const id of userIds) addKey(keys, identityKey("user", id));
  for (const text of [...userIds, ...mails]) addMailKeys(keys, text);
  keys.sort((a, b) => Number(a.startsWith("domain|")) - Number(b.startsWith("domain|")));
  return keys.slice(0, keysPerEventMax);
}

const groupValues = (properties: JsonObject, key: unknown): string[] =>
  typeof key === "string" && key !== "" ? idList(own(properties, key)) : [];
