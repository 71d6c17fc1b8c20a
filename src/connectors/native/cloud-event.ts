import { eventIdCharsMax } from "../../domain/limits.ts";
import { type Result, fail, ok } from "../../domain/result.ts";
import { decodeBase64 } from "../kit/base64.ts";
import { contentId } from "../kit/content-hash.ts";
import { type JsonObject, decodeUtf8, isObject, parseJson } from "../kit/json.ts";
import type { Refusal } from "./check-event.ts";

/**
 * Reads one CloudEvents 1.0 item (JSON format, or the attributes of a binary request beside its data) as a native event.
 *
 * `accountid` and `userid` are the extension attributes that name the account and the user. Uniqueness is `source` and `id` together
 * (CloudEvents 1.0 section 3.1), so the event's id is both, or their hash where that is too long. An absent `time` is the time of receipt.
 */
export function fromCloudEvent(item: unknown, receivedAt: number): Result<JsonObject, Refusal> {
  if (!isObject(item)) return fail({ reason: "invalid_event", detail: "must be a CloudEvents object" });
  for (const name of ["id", "source", "type"] as const) {
    const value = item[name];
    if (value === undefined || value === null) return fail({ reason: "missing_field", detail: `/${name}: is missing` });
    if (typeof value !== "string" || value === "")
      return fail({ reason: "invalid_field", detail: `/${name}: must be text that is not empty` });
  }
  if (item["specversion"] !== "1.0") return fail({ reason: "invalid_field", detail: "/specversion: must be 1.0" });
  const id = item["id"] as string;
  const source = item["source"] as string;
  if (id.length > eventIdCharsMax)
    return fail({ reason: "invalid_field", detail: `/id: must be text of 1 to ${eventIdCharsMax} characters` });
  const data = readData(item);
  if (!data.ok) return data;
  const accountId = item["accountid"];
  const userId = item["userid"];
  return ok({
    id: uniqueId(source, id),
    type: item["type"],
    time: item["time"] ?? new Date(receivedAt).toISOString(),
    ...(accountId === undefined || accountId === null ? {} : { account: { id: scalarText(accountId) } }),
    ...(userId === undefined || userId === null ? {} : { user: { id: scalarText(userId) } }),
    data: data.value,
  });
}

function uniqueId(source: string, id: string): string {
  const joined = `${source}#${id}`;
  return joined.length <= eventIdCharsMax ? joined : `ce-${contentId(joined)}`;
}

/** Extension attributes may be numbers; ids are text. Anything else stays as it is, to be refused by the check. */
const scalarText = (value: unknown): unknown => (typeof value === "number" ? String(value) : value);

/** `data` is an object as it is; anything else becomes the field `value`. `data_base64` that holds JSON is read, other bytes stay base64. */
function readData(item: JsonObject): Result<JsonObject, Refusal> {
  const encoded = item["data_base64"];
  if (encoded === undefined || encoded === null) return ok(asObject(item["data"]));
  if (item["data"] !== undefined) return fail({ reason: "invalid_field", detail: "/data_base64: must not stand beside `data`" });
  if (typeof encoded !== "string") return fail({ reason: "invalid_field", detail: "/data_base64: must be text" });
  const bytes = decodeBase64(encoded);
  if (bytes === null) return fail({ reason: "invalid_field", detail: "/data_base64: must be base64" });
  const type = item["datacontenttype"];
  const value =
    type === undefined || type === null || (typeof type === "string" && isJsonType(type)) ? parseJson(decodeUtf8(bytes) ?? "") : undefined;
  return ok(value === undefined ? { base64: encoded } : asObject(value));
}

const asObject = (value: unknown): JsonObject => (isObject(value) ? value : value === undefined || value === null ? {} : { value });

const JSON_TYPE = /^[^;]*[/+]json\s*(?:;|$)/i;
const isJsonType = (type: string): boolean => JSON_TYPE.test(type);

/** What is hashed: the same event is the same in all three modes, though only one of them has to name the format of its data. */
export function cloudEventContent(item: unknown): unknown {
  if (!isObject(item)) return item;
  const { datacontenttype: _, ...content } = item;
  return content;
}

/**
 * Rebuilds the item of a binary request from its `ce-*` headers (in `meta`, as received) and its body.
 * Answers a refusal for a header that is not valid percent-encoded UTF-8 and for a JSON body that is none.
 */
export function fromBinary(meta: Readonly<Record<string, string>>, body: string): Result<JsonObject, Refusal> {
  const item: JsonObject = {};
  for (const [key, raw] of Object.entries(meta)) {
    if (!key.startsWith("ce-")) continue;
    const value = decodeHeader(raw);
    if (value === null) return fail({ reason: "invalid_field", detail: `/${key.slice(3)}: must be percent-encoded UTF-8` });
    item[key.slice(3)] = value;
  }
  const type = meta["contentType"] ?? "application/json";
  if (body === "") return ok(item);
  if (!isJsonType(type)) return ok({ ...item, data: body });
  const data = parseJson(body);
  return data === undefined ? fail({ reason: "not_json", detail: "/data: is not JSON" }) : ok({ ...item, data });
}

/** HTTP binding section 3.1.3.2: undo a quoted string, then one round of percent-decoding. Raw spaces are let through: the JavaScript SDK sends them. */
function decodeHeader(raw: string): string | null {
  const quoted = raw.length > 1 && raw.startsWith('"') && raw.endsWith('"');
  const text = quoted ? raw.slice(1, -1).replaceAll(/\\(.)/g, "$1") : raw;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
