import type { DeliveryHead, Rejection } from "../../domain/delivery.ts";
import { identityKey } from "../../domain/identity/key.ts";
import type { MappedItem } from "../connector.ts";
import { contentHash } from "../kit/content-hash.ts";
import { type JsonObject, idText, isObject } from "../kit/json.ts";
import { keysOf, own, readTime } from "./properties.ts";

type Fault = Pick<Rejection, "reason" | "detail">;

/** Operations of a profile update, with the name each has in `data`. */
const OPERATIONS: Readonly<Record<string, string>> = {
  $set: "set",
  $set_once: "setOnce",
  $add: "add",
  $append: "append",
  $union: "union",
  $remove: "remove",
  $unset: "unset",
  $delete: "delete",
};

/** One `/engage` update: what is known of a person, and, by the group property, to which account the person belongs. */
export function toUserUpdate(item: JsonObject, head: DeliveryHead, index: number): MappedItem | Fault {
  const userId = idText(item["$distinct_id"]);
  if (userId === null) return { reason: "missing_field", detail: "/$distinct_id: must be text of 1 to 512 characters" };
  const operations = operationsOf(item);
  if (operations === null) return noOperation();
  const set = { ...objectOf(operations["setOnce"]), ...objectOf(operations["set"]), ...objectOf(operations["union"]) };
  const mail = own(set, "$email");
  const name = own(set, "$name");
  const keys = keysOf(set, [userId], typeof mail === "string" ? [mail] : [], head.settings);
  const user = { id: userId, ...(typeof mail === "string" ? { email: mail } : {}), ...(typeof name === "string" ? { name } : {}) };
  return profileEvent(item, head, index, { type: "user.identified", keys, user, data: operations });
}

/** One `/groups` update. Only the groups that stand for accounts (`settings.groupKey`, else `settings.accountKey`) are read. */
export function toAccountUpdate(item: JsonObject, head: DeliveryHead, index: number): MappedItem | Fault {
  const groupKey = item["$group_key"];
  const groupId = idText(item["$group_id"]);
  if (typeof groupKey !== "string" || groupKey === "") return { reason: "missing_field", detail: "/$group_key: must be text" };
  if (groupId === null) return { reason: "missing_field", detail: "/$group_id: must be text of 1 to 512 characters" };
  const operations = operationsOf(item);
  if (operations === null) return noOperation();
  const kind = groupKey === head.settings["accountKey"] ? "account" : groupKey === head.settings["groupKey"] ? "external:mixpanel" : null;
  if (kind === null) return { drop: "other_group" };
  const { $name: name, ...attributes } = { ...objectOf(operations["setOnce"]), ...objectOf(operations["set"]) };
  const data = { ...(typeof name === "string" ? { name } : {}), attributes };
  return profileEvent(item, head, index, { type: "account.updated", keys: [identityKey(kind, groupId)], data });
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
const noOperation = (): Fault => ({ reason: "missing_field", detail: `/$set: there must be one of ${Object.keys(OPERATIONS).join(", ")}` });

function operationsOf(item: JsonObject): Record<string, unknown> | null {
  const found = Object.keys(OPERATIONS).filter((name) => Object.hasOwn(item, name));
  return found.length === 0 ? null : Object.fromEntries(found.map((name) => [OPERATIONS[name] as string, item[name]]));
}

type Profile = {
  readonly type: string;
  readonly keys: string[];
  readonly user?: { id: string; email?: string; name?: string };
  readonly data: Record<string, unknown>;
};

/** Updates bear no id. Setting the same again changes nothing, so each arrival is its own event. */
function profileEvent(item: JsonObject, head: DeliveryHead, index: number, profile: Profile): MappedItem | Fault {
  const time = readTime(item["$time"], "/$time", head.receivedAt);
  if (time !== null && typeof time !== "number") return time;
  const { connectionId, connector, receivedAt, lane } = head;
  return {
    event: {
      id: `arrival-${head.id}-${index}`,
      contentHash: contentHash(item),
      connectionId,
      connector,
      occurredAt: time ?? receivedAt,
      receivedAt,
      deliveryId: head.id,
      index,
      lane,
      ...profile,
    },
  };
}
