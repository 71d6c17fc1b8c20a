import type { DeliveryHead, Rejection } from "../../domain/delivery.ts";
import { contentHash, contentId } from "../kit/content-hash.ts";
import type { MappedItem } from "../connector.ts";
import { type JsonObject, isObject } from "../kit/json.ts";
import { keysOf, own, readId, readTime } from "./properties.ts";

type Fault = Pick<Rejection, "reason" | "detail">;
type Meaning = { readonly type: string; readonly data: Record<string, unknown> };

const EVENT_NAME_CHARS_MAX = 255;
const INSERT_ID_CHARS_MAX = 128;

/** Transport and identity, which have their own place in an event. */
const ENVELOPE: ReadonlySet<string> = new Set([
  "token",
  "time",
  "distinct_id",
  "$insert_id",
  "$device_id",
  "$user_id",
  "ip",
  "mp_lib",
  "$lib_version",
]);
const PAGE_VIEWS: ReadonlySet<string> = new Set(["$mp_web_page_view", "Page View", "Page Viewed", "page_view", "pageview"]);
const SAME_PERSON: ReadonlySet<string> = new Set(["$identify", "$create_alias", "$merge"]);

/** One tracked or imported event. */
export function toTracked(item: JsonObject, head: DeliveryHead, index: number): MappedItem | Fault {
  const name = item["event"];
  const properties = item["properties"] ?? {};
  if (typeof name !== "string" || name === "" || name.length > EVENT_NAME_CHARS_MAX)
    return { reason: "invalid_field", detail: `/event: must be text of 1 to ${EVENT_NAME_CHARS_MAX} characters` };
  if (!isObject(properties)) return { reason: "invalid_field", detail: "/properties: must be an object" };
  const token = own(properties, "token");
  const projectToken = head.settings["projectToken"];
  if (typeof token === "string" && typeof projectToken === "string" && token !== projectToken)
    return { reason: "token_mismatch", detail: "/properties/token: is not the token of this request's project" };
  if (own(properties, "$ignore") === true) return { drop: "ignore" };
  const distinctId = readId(properties, "distinct_id", 255);
  if (typeof distinctId !== "string") return distinctId;
  const insertId = readId(properties, "$insert_id", INSERT_ID_CHARS_MAX);
  if (typeof insertId !== "string") return insertId;
  const time = readTime(own(properties, "time"), "/properties/time", head.receivedAt);
  if (time !== null && typeof time !== "number") return time;

  const userIds = userIdsOf(name, properties, distinctId);
  const keys = keysOf(properties, userIds, [], head.settings);
  if (keys.length === 0) return { drop: "no_identity_key" };
  const { type, data } = meaningOf(name, properties);
  return {
    event: {
      id: eventId(item, { name, distinctId, time, insertId }, head, index),
      contentHash: contentHash(item),
      connectionId: head.connectionId,
      connector: head.connector,
      type,
      occurredAt: time ?? head.receivedAt,
      receivedAt: head.receivedAt,
      deliveryId: head.id,
      index,
      lane: head.lane,
      keys,
      ...(userIds[0] === undefined ? {} : { user: { id: userIds[0] } }),
      data,
    },
  };
}

/**
 * Mixpanel's own rule: event, distinct_id, time and $insert_id together (event-deduplication, read 2026-11-23). Without an $insert_id two equal
 * events at one time are one; without a time as well nothing tells a repeat from a second event, so each arrival is its own.
 */
function eventId(
  item: JsonObject,
  four: { name: string; distinctId: string; time: number | null; insertId: string },
  head: DeliveryHead,
  index: number,
): string {
  if (four.insertId !== "") return `${four.insertId}-${contentId([four.name, four.distinctId, four.time, four.insertId])}`;
  return four.time === null ? `arrival-${head.id}-${index}` : `content-${contentId(item)}`;
}

/** The person first: `$user_id`, then `distinct_id`, then what an identity event says is the same person. */
function userIdsOf(name: string, properties: JsonObject, distinctId: string): string[] {
  const ids = [own(properties, "$user_id"), distinctId];
  const deviceId = own(properties, "$device_id");
  if (typeof deviceId === "string" && deviceId !== "") ids.push(`$device:${deviceId}`);
  if (SAME_PERSON.has(name)) {
    ids.push(own(properties, "$identified_id"), own(properties, "$anon_id"), own(properties, "alias"));
    const merged = own(properties, "$distinct_ids");
    if (Array.isArray(merged)) ids.push(...merged.slice(0, 8));
  }
  return [...new Set(ids.filter((id): id is string => typeof id === "string" && id !== "" && id.length <= 512))];
}

function meaningOf(name: string, properties: JsonObject): Meaning {
  const rest = Object.fromEntries(Object.entries(properties).filter(([key]) => !ENVELOPE.has(key)));
  if (name === "$experiment_started") {
    return {
      type: "experiment.exposed",
      data: { experiment: textOf(properties, "Experiment name"), variant: textOf(properties, "Variant name"), properties: rest },
    };
  }
  if (PAGE_VIEWS.has(name)) return { type: "page.viewed", data: { page: pageOf(properties), event: name, properties: rest } };
  if (SAME_PERSON.has(name)) return { type: "user.identified", data: { event: name } };
  if (name === "$session_start") return { type: "session.started", data: { properties: rest } };
  return { type: "feature.used", data: { event: name, properties: rest } };
}

const textOf = (properties: JsonObject, name: string): string | null => {
  const value = own(properties, name);
  return typeof value === "string" ? value : null;
};

/** The path without its query, which would make a page of every search. */
function pageOf(properties: JsonObject): string | null {
  const path = textOf(properties, "current_url_path") ?? textOf(properties, "page");
  if (path !== null) return path;
  const url = textOf(properties, "$current_url");
  return url === null ? null : url.replace(/^[a-z]+:\/\/[^/]*/i, "").replace(/[?#].*$/, "") || "/";
}
