import { connectorOf } from "../connectors/index.ts";
import type { WebhookDoor, WebhookSignature } from "../connectors/connector.ts";
import type { DeliveryHead } from "../domain/delivery.ts";
import { parseInstant } from "../domain/instant.ts";
import { webhookTimestampToleranceMs } from "../domain/limits.ts";
import { methodNotAllowed, notFound, problem, retryAfterSeconds } from "../platform/http/problem.ts";
import { type Connection, type DoorPorts, notStored, type Refusal } from "./ports.ts";
import { receiptResponse, warningsOf } from "./receipt.ts";
import { contentTypeOf, type ReceivedBody, receiveBody, refusalProblem } from "./receive-body.ts";

/**
 * `POST /webhooks/{connector}/{connectionId}`: find the connection, verify the signature over the raw bytes, map to count, append, answer 2xx.
 *
 * What is signed but cannot be read is stored and answered with 2xx all the same: vendors repeat nothing that was refused with 400,
 * and the archive keeps it for a person. A paused connection still accepts: pausing stops what we fetch, while a push that is refused is lost.
 */
export async function receiveWebhook(request: Request, connectorName: string, connectionId: string, ports: DoorPorts): Promise<Response> {
  const connector = connectorOf(connectorName);
  const door = connector?.webhook;
  if (connector === undefined || door === undefined) return notFound("there is no connector of this name that takes webhooks");
  const connection = await ports.connection(`connection|${connectionId}`);
  if (connection === null || connection.connector !== connectorName) return notFound("there is no such connection");
  if (request.method !== "POST") return methodNotAllowed("POST");
  const refused = ({ reason, detail }: Pick<Refusal, "reason" | "detail">): void =>
    ports.refused({ connectionId: connection.id, connector: connectorName, stream: door.form, reason, detail });
  const body = await receiveBody(request, ports);
  if (!body.ok) {
    refused(body.error);
    return refusalProblem(body.error);
  }
  const receivedAt = ports.now();
  const secrets = await ports.secrets(connection);
  const fault = signatureFault({
    signature: door.signature,
    secret: secrets[door.signature.secret],
    request,
    body: body.value.sent,
    now: receivedAt,
    ports,
  });
  if (fault !== null) {
    ports.report("webhook_refused", { connectionId, connector: connectorName, reason: fault.reason });
    refused(fault);
    return problem(401, fault);
  }
  return store(request, connection, door, body.value, receivedAt, ports);
}

async function store(
  request: Request,
  connection: Connection,
  door: WebhookDoor,
  body: ReceivedBody,
  receivedAt: number,
  ports: DoorPorts,
): Promise<Response> {
  const uncounted: DeliveryHead = {
    id: ports.newDeliveryId() as DeliveryHead["id"],
    connectionId: connection.id as DeliveryHead["connectionId"],
    connector: connection.connector,
    form: door.form,
    receivedAt,
    lane: "live",
    contentEncoding: body.contentEncoding,
    ...contentTypeOf(request),
    meta: metaOf(door, request.headers),
    settings: connection.settings,
    mayCreateAccounts: false,
    accepted: 0,
    rejected: 0,
  };
  const mapper = connectorOf(connection.connector)?.forms[door.form];
  const { items, rejections } = mapper?.({ head: uncounted, body: body.expanded }) ?? { items: [], rejections: [] };
  const head = { ...uncounted, accepted: items.length, rejected: rejections.length };
  const outcome = await ports.append({ head, body: body.sent });
  if (!outcome.stored) {
    ports.refused({ connectionId: head.connectionId, connector: head.connector, stream: door.form, ...notStored });
    return problem(503, { ...notStored, headers: { "retry-after": retryAfterSeconds(outcome.retryAfterMs) } });
  }
  return receiptResponse(200, { deliveryId: head.id, accepted: items.length, rejections, warnings: warningsOf(items) });
}

const META_CHARS_MAX = 512;

function metaOf(door: WebhookDoor, headers: Headers): Record<string, string> {
  const meta: Record<string, string> = {};
  for (const [key, header] of Object.entries(door.meta)) {
    const value = headers.get(header);
    if (value !== null && value.length <= META_CHARS_MAX) meta[key] = value;
  }
  return meta;
}

type SignatureCheck = {
  readonly signature: WebhookSignature;
  readonly secret: string | undefined;
  readonly request: Request;
  readonly body: Uint8Array;
  readonly now: number;
  readonly ports: Pick<DoorPorts, "crypto" | "report">;
};

function signatureFault({ signature, secret, request, body, now, ports }: SignatureCheck): { reason: string; detail: string } | null {
  if (secret === undefined || secret === "") return { reason: "secret_missing", detail: `the connection has no ${signature.secret} yet` };
  if (signature.refusedSecrets.includes(secret))
    return {
      reason: "secret_is_public",
      detail: `the connection's ${signature.secret} is the vendor's public test secret, which anyone can sign with`,
    };
  const given = request.headers.get(signature.signatureHeader);
  const timestamp = request.headers.get(signature.timestampHeader);
  if (given === null) return { reason: "signature_missing", detail: `${signature.signatureHeader} is missing` };
  if (timestamp === null) return { reason: "timestamp_missing", detail: `${signature.timestampHeader} is missing` };
  const signedAt = parseInstant(timestamp);
  if (signedAt === null) return { reason: "timestamp_invalid", detail: `${signature.timestampHeader} must be an ISO 8601 time` };
  if (!ports.crypto.sameSecret(given, ports.crypto.hmacBase64(secret, timestamp, body))) {
    // An older page of a vendor has the parts the other way round. Not accepted; a person who reads this knows where to look.
    if (ports.crypto.sameSecret(given, ports.crypto.hmacBase64(secret, body, timestamp)))
      ports.report("webhook_signed_in_reverse_order", {});
    return { reason: "signature_mismatch", detail: "the signature does not fit the body and the secret" };
  }
  if (Math.abs(now - signedAt) > webhookTimestampToleranceMs)
    return { reason: "timestamp_out_of_window", detail: `${signature.timestampHeader} must be within 5 minutes of now` };
  return null;
}
