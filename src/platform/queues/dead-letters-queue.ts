import { copyOf, type DeadLetterCopy } from "../../domain/intake/dead-letter.ts";
import { queueBatchBytesMax, queueMessageOverheadBytes, queueSendTimeoutMs } from "../../domain/limits.ts";
import { within } from "../within.ts";

const encoder = new TextEncoder();

/** Sends what the lists know of dead letters, one message each, as JSON without the line; several calls when they are too large for one. */
export const deadLettersQueue = (queue: Queue<unknown>) => ({
  async send(letters: readonly DeadLetterCopy[]): Promise<void> {
    let batch: { body: DeadLetterCopy; contentType: "json" }[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      if (batch.length > 0) await within(queueSendTimeoutMs, queue.sendBatch(batch));
      batch = [];
      bytes = 0;
    };
    for (const letter of letters) {
      const body = copyOf(letter);
      const bodyBytes = encoder.encode(JSON.stringify(body)).byteLength + queueMessageOverheadBytes;
      if (bytes + bodyBytes > queueBatchBytesMax) await flush();
      batch.push({ body, contentType: "json" });
      bytes += bodyBytes;
    }
    await flush();
  },
});
