import { eventsPerRequestMax } from "../../domain/limits.ts";
import { type Result, fail, ok } from "../../domain/result.ts";
import { decodeBase64 } from "../kit/base64.ts";
import type { BodyFault } from "../kit/body-fault.ts";
import { isSafeToParse } from "../kit/json-scan.ts";
import { decodeUtf8, isObject, parseJson } from "../kit/json.ts";

/**
 * Takes a request apart into its items. The form is told by the bytes, never by the content type: the Node client sends a form with raw
 * base64 (`+` is a plus there, not a space), browsers send escaped base64 or escaped JSON, `/import` clients JSON or NDJSON.
 * A GET's query stands here as the same form.
 */
export function readBody(body: Uint8Array): Result<readonly unknown[], BodyFault> {
  const text = decodeUtf8(body);
  if (text === null) return fail({ reason: "not_utf8", detail: "the body is not UTF-8" });
  const payload = isForm(text) ? formData(text) : text;
  if (payload === null) return fail({ reason: "not_json", detail: "`data` is neither JSON nor base64 of JSON" });
  if (payload.trim() === "") return fail({ reason: "empty", detail: "there is no `data`" });
  if (!isSafeToParse(payload)) return fail({ reason: "too_complex", detail: "`data` is nested too deeply or holds too many values" });
  const items = readPayload(payload);
  if (!items.ok) return items;
  if (items.value.length > eventsPerRequestMax)
    return fail({ reason: "too_many", detail: `at most ${eventsPerRequestMax} events in one request` });
  return items;
}

/** Whether the items came as `data=`; `/import` answers such clients in the plain form. */
export const isForm = (text: string): boolean => /^(?:[a-z_]+=[^&]*&)*data=/i.test(text.slice(0, 512));

function readPayload(payload: string): Result<readonly unknown[], BodyFault> {
  const value = parseJson(payload);
  if (Array.isArray(value)) return ok(value);
  if (isObject(value)) return ok([value]);
  if (value !== undefined) return fail({ reason: "not_events", detail: "`data` must be an object or an array of objects" });
  const lines = payload.split("\n").filter((line) => line.trim() !== "");
  const items = lines.map(parseJson);
  const isNdjson = lines.length > 1 && items.some((item) => item !== undefined);
  return isNdjson
    ? ok(items.map((item) => item ?? null))
    : fail({ reason: "not_json", detail: "`data` is neither JSON nor base64 of JSON" });
}

function formData(text: string): string | null {
  const field = text.split("&").find((part) => part.startsWith("data=")) ?? "data=";
  const raw = field.slice("data=".length);
  const decoded = percentDecode(raw);
  if (decoded === null) return null;
  // Base64 has no spaces: a plus that stands there unescaped is a plus. JSON has no bare plus: there it is a form's space.
  if (/^\s*[[{]/.test(decoded)) return percentDecode(raw.replaceAll("+", " "));
  const bytes = decodeBase64(decoded.replaceAll(" ", "+"));
  return bytes === null ? null : decodeUtf8(bytes);
}

function percentDecode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
