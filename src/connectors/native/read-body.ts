import { eventsPerRequestMax } from "../../domain/limits.ts";
import { type Result, fail, ok } from "../../domain/result.ts";
import type { BodyFault } from "../kit/body-fault.ts";
import { isSafeToParse } from "../kit/json-scan.ts";
import { decodeUtf8, isObject, parseJson } from "../kit/json.ts";

/** How the sender packed its events; chosen by the door from the content type and kept in `head.meta.mode`. */
export type BodyMode = "json" | "ndjson" | "structured" | "batch" | "binary";

/** A line of NDJSON that is no JSON; it is refused alone. */
export const badLine: unique symbol = Symbol("a line that is no JSON");

/**
 * Takes a body apart into its items, in order, without judging them.
 *
 * One event, an array, `{"events":[…]}`, NDJSON, and what Kafka Connect makes of these: an array whose closing bracket was forgotten,
 * and values wrapped as `{"schema","payload"}`. Tombstones (`null` lines) are skipped, as they carry nothing.
 */
export function readBody(body: Uint8Array, mode: BodyMode): Result<readonly unknown[], BodyFault> {
  const text = decodeUtf8(body);
  if (text === null) return fail({ reason: "not_utf8", detail: "the body is not UTF-8" });
  if (!isSafeToParse(text))
    return fail({ reason: "too_complex", detail: "the body is nested too deeply or holds too many values to be read" });
  if (mode === "binary") return ok([text]);
  const items = mode === "ndjson" ? readLines(text) : readWhole(text);
  if (!items.ok) return items;
  if (items.value.length > eventsPerRequestMax) {
    return fail({
      reason: "too_many",
      detail: `at most ${eventsPerRequestMax} events in one request; this one has ${items.value.length}; nothing was stored`,
    });
  }
  return items;
}

function readWhole(text: string): Result<readonly unknown[], BodyFault> {
  const value = parseJson(text);
  if (value === undefined) return readBroken(text);
  if (Array.isArray(value)) return ok(unwrapAll(value));
  if (!isObject(value))
    return fail({
      reason: "not_events",
      pointer: "",
      detail: "the body must be an event, an array of events, or an object with an array `events`",
    });
  if (value["type"] === undefined && value["events"] !== undefined) {
    const events = value["events"];
    if (Array.isArray(events)) return ok(unwrapAll(events));
    return fail({ reason: "not_events", pointer: "/events", detail: "must be an array of events" });
  }
  return ok([unwrap(value)]);
}

/** What is no JSON as a whole may still be NDJSON sent without its content type, or an array without its end. */
function readBroken(text: string): Result<readonly unknown[], BodyFault> {
  const trimmed = text.trim();
  if (trimmed === "") return fail({ reason: "empty", detail: "the body is empty" });
  if (trimmed.startsWith("[")) {
    // Only a body that ends straight after a whole record closes this way; one cut off inside a record stays broken.
    const closed = parseJson(`${trimmed}]`);
    if (Array.isArray(closed) && closed.length > 0) return ok(unwrapAll(closed));
  }
  if (trimmed.startsWith("{") && trimmed.includes("\n")) return readLines(trimmed);
  return fail({ reason: "not_json", detail: "the body is not JSON" });
}

function readLines(text: string): Result<readonly unknown[], BodyFault> {
  const items: unknown[] = [];
  let parsed = 0;
  for (const line of text.split("\n")) {
    if (line === "" || line.trim() === "") continue;
    const value = parseJson(line);
    if (value !== undefined) parsed++;
    if (value !== null) items.push(value === undefined ? badLine : unwrap(value));
  }
  if (parsed > 0) return ok(items);
  return fail(
    items.length === 0 ? { reason: "empty", detail: "the body is empty" } : { reason: "not_json", detail: "no line of the body is JSON" },
  );
}

function unwrapAll(items: unknown[]): readonly unknown[] {
  for (let i = 0; i < items.length; i++) items[i] = unwrap(items[i]);
  return items;
}

/** Kafka Connect's JsonConverter with schemas on puts each value into an envelope. */
function unwrap(item: unknown): unknown {
  return isObject(item) && item["payload"] !== undefined && item["schema"] !== undefined && item["type"] === undefined
    ? item["payload"]
    : item;
}
