import type { Delivery, DeliveryHead } from "../../domain/delivery.ts";
import { identityKey } from "../../domain/identity/key.ts";
import { parseInstant } from "../../domain/instant.ts";
import { eventAgeMaxMs, eventAheadMaxMs, eventIdCharsMax } from "../../domain/limits.ts";
import type { Mapped } from "../connector.ts";
import { contentHash } from "../kit/content-hash.ts";
import { boundsFault } from "../kit/json-bounds.ts";
import { isSafeToParse } from "../kit/json-scan.ts";
import { type JsonObject, decodeUtf8, fieldAt, idText, isObject, parseJson } from "../kit/json.ts";
import { addKey, addMailKeys } from "../kit/mail-keys.ts";
import { readTicketEvent } from "./ticket-event.ts";
import { readTriggerBody } from "./trigger-body.ts";

/** Zendesk bodies are far smaller; a trigger's is at most 16,000 characters. */
const BODY_BYTES_MAX = 1_000_000;

/**
 * One item at most. What cannot be read is stored and counted as refused, so that a broken trigger is seen on the page; the answer is 2xx all
 * the same: the vendor repeats nothing, and counts errors against the webhook.
 */
export function toEvents({ head, body }: Delivery): Mapped {
  const text = decodeUtf8(body);
  const item = text === null || !isSafeToParse(text) ? undefined : parseJson(text);
  if (!isObject(item)) return { items: [], rejections: [{ index: 0, reason: "not_json_object", detail: "the body is no JSON object" }] };
  const fault = boundsFault(item, BODY_BYTES_MAX);
  if (fault !== null) return { items: [], rejections: [{ index: 0, ...fault }] };
  return typeof item["type"] === "string" && item["type"].startsWith("zen:event-type:")
    ? fromSubscription(item, head)
    : fromTrigger(item, head);
}

const dropped = (drop: string): Mapped => ({ items: [{ drop }], rejections: [] });

function fromSubscription(item: JsonObject, head: DeliveryHead): Mapped {
  const facts = readTicketEvent(item);
  if (facts === null) return dropped("unknown_type");
  const requesterId = idText(fieldAt(item, "detail.requester_id")) ?? undefined;
  const keys = keysOf(item, head, {
    organizationId: idText(fieldAt(item, "detail.organization_id")),
    requesterId,
    ticketId: facts.data["ticketId"],
  });
  const occurredAt = typeof item["time"] === "string" ? parseInstant(item["time"]) : head.receivedAt;
  return oneEvent({ item, head, ...facts, keys, requesterId, id: idText(item["id"], eventIdCharsMax) ?? invocationId(head), occurredAt });
}

function fromTrigger(item: JsonObject, head: DeliveryHead): Mapped {
  const facts = readTriggerBody(item);
  const keys = keysOf(item, head, { ...facts, ticketId: facts.data["ticketId"] });
  const occurredAt = (facts.data["updatedAt"] as number | undefined) ?? head.receivedAt;
  return oneEvent({ item, head, ...facts, keys, id: invocationId(head), occurredAt });
}

/** Equal over retries as far as is known; where the header is missing the delivery names itself, so a retry counts twice. */
const invocationId = (head: DeliveryHead): string => {
  const id = head.meta["invocationId"];
  return `invocation-${id === undefined || id.length > 200 ? head.id : id}`;
};

type Who = {
  readonly organizationId?: string | null | undefined;
  readonly requesterId?: string | undefined;
  readonly requesterEmail?: string | undefined;
  readonly ticketId: unknown;
};

/**
 * Strongest first: our account id where `settings.accountKey` leads to one, the organization, the requester, the requester's address.
 * A ticket that says none of these waits under its own id, so that it can still be linked by hand.
 */
function keysOf(item: JsonObject, head: DeliveryHead, who: Who): string[] {
  const keys: string[] = [];
  const accountKey = head.settings["accountKey"];
  if (typeof accountKey === "string" && accountKey !== "") {
    const accountId = idText(fieldAt(item, accountKey)) ?? idText(fieldAt(item["detail"], accountKey));
    if (accountId !== null) addKey(keys, identityKey("account", accountId));
  }
  if (who.organizationId != null) addKey(keys, identityKey("external:zendesk", who.organizationId));
  if (who.requesterId !== undefined) addKey(keys, identityKey("external:zendesk-user", who.requesterId));
  if (who.requesterEmail !== undefined) addMailKeys(keys, who.requesterEmail);
  if (keys.length === 0 && typeof who.ticketId === "string") addKey(keys, identityKey("external:zendesk-ticket", who.ticketId));
  return keys;
}

type Parts = {
  readonly item: JsonObject;
  readonly head: DeliveryHead;
  readonly id: string;
  readonly type: string;
  readonly occurredAt: number | null;
  readonly keys: readonly string[];
  readonly requesterId?: string | undefined;
  readonly data: Record<string, unknown>;
};

function oneEvent({ item, head, id, type, occurredAt, keys, requesterId, data }: Parts): Mapped {
  if (keys.length === 0) return dropped("no_identity_key");
  if (occurredAt === null)
    return { items: [], rejections: [{ index: 0, id, reason: "invalid_field", detail: "/time: must be an ISO 8601 time" }] };
  if (occurredAt < head.receivedAt - eventAgeMaxMs || occurredAt > head.receivedAt + eventAheadMaxMs) {
    return {
      items: [],
      rejections: [{ index: 0, id, reason: "time_out_of_range", detail: "/time: must be from 800 days ago to 24 hours ahead" }],
    };
  }
  const { id: deliveryId, connectionId, connector, receivedAt, lane } = head;
  const event = {
    id,
    contentHash: contentHash(item),
    connectionId,
    connector,
    type,
    occurredAt,
    receivedAt,
    deliveryId,
    index: 0,
    lane,
    keys: [...keys],
    ...(requesterId === undefined ? {} : { user: { id: `zendesk:${requesterId}` } }),
    data,
  };
  return { items: [{ event }], rejections: [] };
}
