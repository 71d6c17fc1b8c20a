import { queueSendTimeoutMs } from "../../domain/limits.ts";
import { within } from "../within.ts";

/** Sends packs as bytes. One call is one `sendBatch`; it fails when the queue has not taken it in time. */
export const eventsQueue = (queue: Queue<ArrayBuffer | Uint8Array>) => ({
  async send(messages: readonly Uint8Array[]): Promise<void> {
    await within(queueSendTimeoutMs, queue.sendBatch(messages.map((body) => ({ body, contentType: "bytes" as const }))));
  },
});
