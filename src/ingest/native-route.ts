import { countEvents } from "../connectors/native/to-events.ts";
import type { BodyMode } from "../connectors/native/read-body.ts";
import type { DeliveryHead } from "../domain/delivery.ts";
import { problem, retryAfterSeconds } from "../platform/http/problem.ts";
import { type DoorPorts, type IngestToken, notStored } from "./ports.ts";
import { receiptResponse } from "./receipt.ts";
import { contentTypeOf, receiveBody, statusOfFault } from "./receive-body.ts";

/**
 * `POST /v1/events`: authenticate, read, check each event, append, answer. 202 means durable.
 *
 * Nothing is built here: the body is stored as received, and the shard maps it by the same code that counted it.
 */
export async function receiveEvents(request: Request, ports: DoorPorts): Promise<Response> {
  const token = await ports.token(request);
  if (!token.ok)
    return problem(401, {
      reason: `token_${token.error}`,
      detail: "send `Authorization: Bearer` with a token that has the scope `ingest`",
    });
  if (!mayIngest(token.value)) return problem(403, { reason: "scope_missing", detail: "the token lacks the scope `ingest`" });
  const { tokenId, connectionId = tokenId, accountIds } = token.value;
  const refuse = (
    status: number,
    why: { reason: string; detail: string; pointer?: string; headers?: Record<string, string> },
  ): Response => {
    // What is kept of it has no pointer of its own.
    const detail = why.pointer === undefined || why.pointer === "" ? why.detail : `${why.pointer}: ${why.detail}`;
    ports.refused({ connectionId, connector: "native", stream: "events", reason: why.reason, detail });
    return problem(status, why);
  };
  const lane = laneOf(request.url);
  if (lane !== "live" && lane !== "backfill")
    return refuse(400, { reason: "bad_query", pointer: "?lane", detail: "must be `backfill` or `live`" });
  const mode = bodyMode(request.headers);
  if (mode === null) return refuse(415, { reason: "unsupported_media_type", detail: "send JSON, NDJSON or CloudEvents (JSON format)" });
  const body = await receiveBody(request, ports);
  if (!body.ok) return refuse(body.error.status, { reason: body.error.reason, detail: body.error.detail });

  const receivedAt = ports.now();
  const meta = metaOf(mode, request.headers);
  const count = countEvents(body.value.expanded, { receivedAt, meta, accountIds });
  if (!count.ok) return refuse(statusOfFault(count.error), count.error);
  const { accepted, rejections, warnings } = count.value;
  const deliveryId = accepted + rejections.length > 0 ? (ports.newDeliveryId() as DeliveryHead["id"]) : null;
  if (deliveryId !== null) {
    const head = {
      id: deliveryId,
      connectionId: connectionId as DeliveryHead["connectionId"],
      connector: "native",
      form: "events",
      receivedAt,
      lane,
      contentEncoding: body.value.contentEncoding,
      ...contentTypeOf(request),
      meta,
      settings: {},
      mayCreateAccounts: await ports.mayCreateAccounts(),
      ...(accountIds === undefined ? {} : { accountIds: [...accountIds] }),
      accepted,
      rejected: rejections.length,
    } satisfies DeliveryHead;
    const outcome = await ports.append({ head, body: body.value.sent });
    if (!outcome.stored) return refuse(503, { ...notStored, headers: { "retry-after": retryAfterSeconds(outcome.retryAfterMs) } });
  }
  return receiptResponse(202, { deliveryId, accepted, rejections, warnings });
}

/** An address is only taken apart where it asks for something. */
const laneOf = (url: string): string => (url.includes("?") ? new URL(url).searchParams.get("lane") : null) ?? "live";

const mayIngest = (token: IngestToken): boolean => token.scopes.includes("ingest") || token.scopes.includes("admin");

const NDJSON = new Set([
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/x-jsonl",
  "application/jsonlines",
  "application/x-jsonlines",
]);
/** Kafka Connect sends none, `fetch` and beacons text/plain, curl a form: all of them mean JSON here. */
const MEANT_AS_JSON = new Set([
  "",
  "application/json",
  "text/json",
  "text/plain",
  "application/octet-stream",
  "application/x-www-form-urlencoded",
]);

/** The batch type is tested first: the structured one is a prefix of it (CloudEvents HTTP binding 1.0, section 3). Null: 415. */
function bodyMode(headers: Headers): BodyMode | null {
  const type = mediaType(headers);
  if (type.startsWith("application/cloudevents-batch"))
    return type === "application/cloudevents-batch+json" || type === "application/cloudevents-batch" ? "batch" : null;
  if (type.startsWith("application/cloudevents"))
    return type === "application/cloudevents+json" || type === "application/cloudevents" ? "structured" : null;
  if (headers.has("ce-specversion")) return "binary";
  if (NDJSON.has(type)) return "ndjson";
  return MEANT_AS_JSON.has(type) || type.endsWith("+json") ? "json" : null;
}

const mediaType = (headers: Headers): string => (headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

/** Only what the mapper needs: for binary CloudEvents their headers, which are the event. */
function metaOf(mode: BodyMode, headers: Headers): Record<string, string> {
  if (mode !== "binary") return { mode };
  const meta: Record<string, string> = { mode };
  const type = headers.get("content-type");
  if (type !== null) meta["contentType"] = type;
  for (const [name, value] of headers) if (name.startsWith("ce-")) meta[name] = value;
  return meta;
}
