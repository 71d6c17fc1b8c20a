import type { Delivery, DeliveryHead, Rejection } from "../../domain/delivery.ts";
import { type DeliveryMapper, type MappedItem, accountKeySetting, defineConnector } from "../connector.ts";
import { boundsFault } from "../kit/json-bounds.ts";
import { type JsonObject, isObject } from "../kit/json.ts";
import { toAccountUpdate, toUserUpdate } from "./profiles.ts";
import { readBody } from "./read-body.ts";
import { toTracked } from "./track.ts";

/** Mixpanel's own bound of one event or update (openapi/ingestion, read 2026-11-23). */
const ITEM_BYTES_MAX = 1_000_000;

type ItemMapper = (item: JsonObject, head: DeliveryHead, index: number) => MappedItem | Pick<Rejection, "reason" | "detail">;

const each =
  (toItem: ItemMapper): DeliveryMapper =>
  ({ head, body }: Delivery) => {
    const items: MappedItem[] = [];
    const rejections: Rejection[] = [];
    const read = readBody(body);
    for (const [index, item] of (read.ok ? read.value : []).entries()) {
      const mapped = isObject(item)
        ? (boundsFault(item, ITEM_BYTES_MAX) ?? toItem(item, head, index))
        : { reason: "invalid_event", detail: "must be an object" };
      if ("reason" in mapped) rejections.push({ index, ...insertIdOf(item), ...mapped });
      else items.push(mapped);
    }
    return { items, rejections };
  };

/** The sender knows its event by it. */
function insertIdOf(item: unknown): { id?: string } {
  const properties = isObject(item) ? item["properties"] : undefined;
  const id = isObject(properties) ? properties["$insert_id"] : undefined;
  return typeof id === "string" && id.length <= 256 ? { id } : {};
}

export const mixpanel = defineConnector({
  name: "mixpanel",
  title: "Mixpanel",
  docs: "Product events: point an official Mixpanel client at this host, or send to both.",
  kind: "vendor",
  settings: [
    {
      key: "projectToken",
      title: "Project token",
      required: true,
      docs: "Settings → Project details. The clients send it with each event; it finds this connection.",
    },
    {
      key: "projectId",
      title: "Project id",
      required: false,
      docs: "Lets `/import` with a service account find this connection by its `project_id`; needed for reading exports.",
    },
    {
      key: "groupKey",
      title: "Group key",
      required: false,
      docs: "The event property that names the customer's company, e.g. `company_id`.",
    },
    accountKeySetting,
  ],
  secrets: [
    { key: "serviceAccountUser", title: "Service account user", required: false, docs: "" },
    { key: "serviceAccountSecret", title: "Service account secret", required: false, docs: "" },
    { key: "apiSecret", title: "API secret", required: false, docs: "Lets clients use `/import`." },
  ],
  streams: [],
  forms: { track: each(toTracked), import: each(toTracked), engage: each(toUserUpdate), groups: each(toAccountUpdate) },
});
