import type { Delivery } from "../domain/delivery.ts";
import { intakeShardNames } from "../domain/hash.ts";
import { appendRetryAfterMs, appendWaitMs } from "../domain/limits.ts";
import type { Env } from "../env.ts";
import { noteCredentialsMark } from "./credentials.ts";
import { reportLine } from "./report.ts";
import { within } from "./within.ts";

/** `delivery`: as it is stored, which tells one copy from another. */
export type Appended = { readonly stored: true; readonly delivery: Delivery } | { readonly stored: false; readonly retryAfterMs: number };

/**
 * Appends to the delivery's shard; if that fails or is full, to one other. There is no third: a door that looks everywhere would bring
 * every shard down after the first.
 *
 * A shard that stored it and did not say so in time leaves two copies under one delivery id. The second bears its number, so that of each
 * event one copy is applied and the other a repeat.
 *
 * @param intakeShards how many are in use
 */
export async function appendDelivery(env: Pick<Env, "INTAKE_SHARD">, intakeShards: number, delivery: Delivery): Promise<Appended> {
  let retryAfterMs = appendRetryAfterMs;
  let attempt = delivery;
  for (const shard of intakeShardNames(delivery.head.connectionId, delivery.head.id, intakeShards)) {
    try {
      const reply = await within(appendWaitMs, env.INTAKE_SHARD.getByName(shard).append(attempt));
      if (reply.credentialsMark !== undefined) noteCredentialsMark(shard, reply.credentialsMark);
      if (reply.status === "stored") return { stored: true, delivery: attempt };
      retryAfterMs = reply.retryAfterMs;
    } catch (error) {
      reportLine("append_failed", { shard, error: String(error) });
      attempt = { ...delivery, head: { ...delivery.head, copy: SECOND_COPY } };
    }
  }
  return { stored: false, retryAfterMs };
}

const SECOND_COPY = 2;
