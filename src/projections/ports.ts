import type { CanarySighting } from "../domain/canary.ts";
import type { AccountChange } from "../domain/change.ts";
import type { ChangeSink } from "../domain/account/messages.ts";
import type { DeadLetterCopy } from "../domain/intake/dead-letter.ts";
import type { LiveMessage } from "../domain/live.ts";

/** Where lists read from. A row stays as it is when the store has a newer one, so that keeping twice or out of order is harmless. */
export interface ReadModelStore {
  keepAccounts(changes: readonly AccountChange[]): Promise<void>;
  /** Everything sent before this instant (epoch ms) has been kept. */
  completeTo(at: number): Promise<void>;
}

/** Where the canary is seen: the same database as the lists. */
export interface CanaryStore {
  seenCanary(sighting: CanarySighting): Promise<void>;
}

export interface DeadLetterStore {
  keepDeadLetters(letters: readonly DeadLetterCopy[]): Promise<void>;
}

export interface LiveFeed {
  publish(messages: readonly Omit<LiveMessage, "id">[]): Promise<void>;
}

/** Tells one account shard which of its changes a sink has. */
export interface ChangeConfirmer {
  confirm(shard: string, sink: ChangeSink, upTo: readonly { accountId: string; epoch: number; number: number }[]): Promise<void>;
}

/** One structured line for a person; never a secret, never a customer's text. */
export type Report = (what: string, facts: Readonly<Record<string, unknown>>) => void;
