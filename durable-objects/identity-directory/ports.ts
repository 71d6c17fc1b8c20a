import { accountShardName } from "../../src/domain/hash.ts";
import type { DeadLetterCopy } from "../../src/domain/intake/dead-letter.ts";
import type { Env } from "../../src/env.ts";
import type { Clock } from "../../src/platform/clock.ts";
import { deadLettersQueue } from "../../src/platform/queues/dead-letters-queue.ts";
import { eventsQueue } from "../../src/platform/queues/events-queue.ts";
import type { PackSender } from "../../src/platform/pack-outbox.ts";
import { topology } from "../../src/platform/topology.ts";
import type { MergeTeller } from "./merges.ts";
import type { Releaser } from "./releases.ts";

/** What the directory asks of others. Any of them may fail, hang, or do it twice. */
export type DirectoryPorts = PackSender & Releaser & MergeTeller & { copyDeadLetters(letters: readonly DeadLetterCopy[]): Promise<void> };

export function directoryPorts(env: Env, clock: Clock): DirectoryPorts {
  const events = eventsQueue(env.EVENTS_QUEUE);
  const deadLetters = deadLettersQueue(env.DEAD_LETTERS_QUEUE);
  const shardOf = async (accountId: string) => {
    const { accountShards } = await topology(env, clock);
    return env.ACCOUNT_SHARD.getByName(accountShardName(accountId, accountShards));
  };
  return {
    send: (message) => events.send([message]),
    release: async (accountId, key, version) => (await shardOf(accountId)).release(accountId, key, version),
    setMerged: async (accountId, into, version) => (await shardOf(accountId)).setMerged(accountId, into, version),
    copyDeadLetters: (letters) => deadLetters.send(letters),
  };
}
