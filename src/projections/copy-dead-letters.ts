import type { DeadLetterCopy } from "../domain/intake/dead-letter.ts";
import type { LiveMessage } from "../domain/live.ts";
import type { DeadLetterStore, LiveFeed, Report } from "./ports.ts";

/**
 * Copies dead and quarantined events for the lists and tells the live feed of the new ones.
 *
 * Rejects when the copies could not be kept: the caller lets the queue bring the batch again. The live feed is told at best once or twice;
 * that it cannot be told is no reason to bring the batch again.
 */
export async function copyDeadLetters(
  letters: readonly DeadLetterCopy[],
  ports: { readonly store: DeadLetterStore; readonly live: LiveFeed; readonly report: Report },
): Promise<void> {
  await ports.store.keepDeadLetters(letters);
  try {
    await ports.live.publish(letters.filter((letter) => letter.status === "open").map(toLiveMessage));
  } catch (error) {
    ports.report("dead_letter_not_live", { letters: letters.length, error: String(error) });
  }
}

const toLiveMessage = (letter: DeadLetterCopy): Omit<LiveMessage, "id"> => ({
  type: "dead_letter.added",
  ...(letter.accountId === undefined ? {} : { accountId: letter.accountId }),
  at: letter.at,
  data: {
    id: letter.id,
    kind: letter.kind,
    reason: letter.reason,
    connectionId: letter.connectionId,
    connector: letter.connector,
    type: letter.type,
  },
});
