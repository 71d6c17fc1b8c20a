import type { ChangesMessage } from "../../src/domain/change.ts";
import type { DeadLetterCopy } from "../../src/domain/intake/dead-letter.ts";
import type { Env } from "../../src/env.ts";
import type { Clock } from "../../src/platform/clock.ts";
import { cachedConfig, configOf, configsOf, openConfig } from "../../src/platform/active-config.ts";
import { cachedRates, openRates, ratesOf } from "../../src/platform/active-rates.ts";
import { deadLettersQueue } from "../../src/platform/queues/dead-letters-queue.ts";
import { eventsQueue } from "../../src/platform/queues/events-queue.ts";
import type { SourceReach } from "../../src/domain/source-reach.ts";
import { noteSourcesMoved, sourceReach } from "../../src/platform/source-reach.ts";
import type { ConfigSource } from "./config.ts";

/** What the shard asks of others. Any of them may fail, hang, or do it twice. */
export type AccountPorts = {
  sendChanges(messages: readonly ChangesMessage[]): Promise<void>;
  /** A pack of events it gave back. */
  sendPack(message: Uint8Array): Promise<void>;
  copyDeadLetters(letters: readonly DeadLetterCopy[]): Promise<void>;
  /** How far each stream has come. Never rejects. */
  sources(): Promise<SourceReach>;
  /** What `sources` tells from now on of those that have moved. */
  sourcesMoved(moved: SourceReach): void;
  readonly config: ConfigSource;
};

export const accountPorts = (env: Env, clock: Clock): AccountPorts => ({
  sendChanges: async (messages) => {
    // Two messages of the greatest size are what one call may carry. One call that fails holds up no other.
    const failed: unknown[] = [];
    for (let at = 0; at < messages.length; at += 2) {
      const pair = messages.slice(at, at + 2).map((body) => ({ body, contentType: "json" as const }));
      await env.CHANGES_QUEUE.sendBatch(pair).catch((error: unknown) => failed.push(error));
    }
    if (failed.length > 0) throw failed[0];
  },
  sendPack: (message) => eventsQueue(env.EVENTS_QUEUE).send([message]),
  copyDeadLetters: (letters) => deadLettersQueue(env.DEAD_LETTERS_QUEUE).send(letters),
  sources: () => sourceReach(env, clock),
  sourcesMoved: (moved) => noteSourcesMoved(env, moved),
  config: {
    fetch: (version) => configOf(env, version),
    fetchAll: (versions) => configsOf(env, versions),
    cached: (version) => cachedConfig(env.DB, version),
    open: (text) => openConfig(env.DB, text),
    rates: {
      fetch: (version) => ratesOf(env, version),
      cached: (version) => cachedRates(env.DB, version),
      open: (text) => openRates(env.DB, text),
    },
  },
});
