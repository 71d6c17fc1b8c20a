import type { Delivery, DeliveryHead } from "../../src/domain/delivery.ts";
import type { Event } from "../../src/domain/event.ts";

const encoder = new TextEncoder();
let serial = 0;

/** An accepted delivery of native events; shows only what matters. */
export function deliveryOf(events: readonly object[], head: Partial<Record<keyof DeliveryHead, unknown>> = {}): Delivery {
  const id = `d${++serial}`;
  return {
    head: {
      id,
      connectionId: "conn-1",
      connector: "native",
      form: "events",
      receivedAt: 1_800_000_000_000,
      lane: "live",
      contentEncoding: "identity",
      meta: {},
      settings: {},
      mayCreateAccounts: true,
      accepted: events.length,
      rejected: 0,
      ...head,
    } as unknown as DeliveryHead,
    body: encoder.encode(JSON.stringify(events)),
  };
}

/** A native event as a sender writes it. */
export const nativeEvent = (id: string, accountId = "acct-1", at = Date.now()): object => ({
  id,
  type: "feature.used",
  time: new Date(at).toISOString(),
  account: { id: accountId },
  user: { id: `user-of-${accountId}` },
  data: { feature: "export" },
});

/** An event as a mapper makes it. */
export const eventOf = (
  head: Pick<DeliveryHead, "id" | "connectionId" | "receivedAt" | "form">,
  index: number,
  more: Partial<Event> = {},
): Event => ({
  id: `e-${head.id}-${index}`,
  contentHash: index,
  connectionId: head.connectionId,
  connector: "native",
  type: "feature.used",
  occurredAt: head.receivedAt - 1_000,
  receivedAt: head.receivedAt,
  deliveryId: head.id,
  form: head.form,
  index,
  lane: "live",
  keys: ["account|acct-1"],
  mayCreate: true,
  data: { feature: "export" },
  ...more,
});
