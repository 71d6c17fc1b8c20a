import type { Delivery } from "../../domain/delivery.ts";
import { identityKey } from "../../domain/identity/key.ts";
import { type Mapped, defineConnector } from "../connector.ts";
import { contentHash } from "../kit/content-hash.ts";
import { decodeUtf8, isObject, parseJson } from "../kit/json.ts";

/**
 * The API's own writes are deliveries too, so that they are durable, archived and replayed like everything else.
 * Form `account`: the body is the account as a person or a program wrote it; one `account.updated` event that may create the account.
 */
function toAccountEvent({ head, body }: Delivery): Mapped {
  const text = decodeUtf8(body);
  const account = text === null ? undefined : parseJson(text);
  if (!isObject(account) || typeof account["id"] !== "string")
    return { items: [], rejections: [{ index: 0, reason: "missing_field", detail: "/id: is missing" }] };
  const { id, ...data } = account as { id: string };
  return {
    items: [
      {
        event: {
          // Each write is an event of its own, whatever it says: writing the same again is not a repeat.
          id: `account-${head.id}`,
          contentHash: contentHash(account),
          connectionId: head.connectionId,
          connector: head.connector,
          type: "account.updated",
          occurredAt: head.receivedAt,
          receivedAt: head.receivedAt,
          deliveryId: head.id,
          index: 0,
          lane: head.lane,
          keys: [identityKey("account", id)],
          mayCreate: true,
          data,
        },
      },
    ],
    rejections: [],
  };
}

export const pulseline = defineConnector({
  name: "pulseline",
  title: "Pulseline",
  docs: "What people and programs write through this product's own API.",
  kind: "internal",
  settings: [],
  secrets: [],
  streams: [],
  forms: { account: toAccountEvent },
});
