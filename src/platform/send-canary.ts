import { canaryAccountId, canaryConnectionId } from "../domain/canary.ts";
import type { Delivery } from "../domain/delivery.ts";
import { ConnectionIdSchema, DeliveryIdSchema } from "../domain/ids.ts";
import { MINUTE_MS } from "../domain/time.ts";
import type { Env } from "../env.ts";
import { appendDelivery } from "./append-delivery.ts";

/**
 * Sends one on its way, as a write of our own to its own account. False when no intake shard took it.
 *
 * @param scheduledAt names the one of that minute: sent again it is known already
 */
export async function sendCanary(
  env: Pick<Env, "INTAKE_SHARD">,
  { intakeShards, scheduledAt, now }: { intakeShards: number; scheduledAt: number; now: number },
): Promise<boolean> {
  const delivery: Delivery = {
    head: {
      id: DeliveryIdSchema.parse(`canary_${Math.floor(scheduledAt / MINUTE_MS).toString(36)}`),
      connectionId: ConnectionIdSchema.parse(canaryConnectionId),
      connector: "pulseline",
      form: "account",
      receivedAt: now,
      lane: "live",
      contentEncoding: "identity",
      meta: {},
      settings: {},
      mayCreateAccounts: true,
      accepted: 1,
      rejected: 0,
    },
    body: new TextEncoder().encode(JSON.stringify({ id: canaryAccountId })),
  };
  return (await appendDelivery(env, intakeShards, delivery)).stored;
}
