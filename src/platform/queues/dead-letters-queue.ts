import type { DeadLetter } from "../../domain/intake/messages.ts";
import { queueBatchBytesMax, queueMessageOverheadBytes, queueSendTimeoutMs } from "../../domain/limits.ts";
import { within } from "../within.ts";

/** Sends copies of dead letters, one message each, as JSON; several calls when they are too large for one. */
export const deadLettersQueue = (queue: Queue<unknown>) => ({
  async send(letters: readonly DeadLetter[]): Promise<void> {
    let batch: { body: DeadLetter; contentType: "json" }[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      if (batch.length > 0) await within(queueSendTimeoutMs, queue.sendBatch(batch));
      batch = [];
      bytes = 0;
    };
    for (const letter of letters) {
      // Three bytes a character is the most that UTF-8 needs for one UTF-16 unit.
      const letterBytes = JSON.stringify(letter).length * 3 + queueMessageOverheadBytes;
      if (bytes + letterBytes > queueBatchBytesMax) await flush();
      batch.push({ body: letter, contentType: "json" });
      bytes += letterBytes;
    }
    await flush();
  },
});
