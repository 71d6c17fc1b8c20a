import type { ChangesMessage } from "../domain/change.ts";
import type { DeadLetterCopy } from "../domain/intake/dead-letter.ts";
import { liveHubName } from "../domain/live.ts";
import type { Env } from "../env.ts";
import { copyDeadLetters } from "../projections/copy-dead-letters.ts";
import type { LiveFeed, Report } from "../projections/ports.ts";
import { projectChanges, type ProjectionPorts } from "../projections/project-changes.ts";
import { clockFrom } from "./clock.ts";
import { canaryStore } from "./d1/canary-store.ts";
import { readModelStore } from "./d1/read-model-store.ts";
import { within } from "./within.ts";
import { reportLine } from "./report.ts";

/**
 * The queue `changes`. Always acknowledged: the account shards' outboxes keep what a sink has not confirmed and send it again.
 * A message that cannot be read is acknowledged too; its changes stay unconfirmed and come again.
 */
export async function handleChangesBatch(batch: MessageBatch, env: Env, report: Report = reportLine): Promise<void> {
  await projectChanges(batch.messages.map((message) => message.body).filter(isChangesMessage), projectionPorts(env, report));
  batch.ackAll();
}

/** The queue `dead-letters`. A batch that could not be kept comes again. */
export async function handleDeadLettersBatch(batch: MessageBatch, env: Env, report: Report = reportLine): Promise<void> {
  const letters = batch.messages.map((message) => message.body).filter(isDeadLetter);
  try {
    await copyDeadLetters(letters, { store: readModelStore(env.DB), live: liveFeed(env), report });
    batch.ackAll();
  } catch (error) {
    report("dead_letters_not_copied", { letters: letters.length, error: String(error) });
    batch.retryAll();
  }
}

/** A new stub for each call: one that has thrown is broken for good. */
export const liveFeed = (env: Pick<Env, "LIVE_HUB">): LiveFeed => ({
  publish: (messages) => env.LIVE_HUB.getByName(liveHubName).publish(messages),
});

const projectionPorts = (env: Env, report: Report): ProjectionPorts => ({
  readModels: { ...readModelStore(env.DB), ...canaryStore(env.DB) },
  live: liveFeed(env),
  now: () => clockFrom(env.PULSELINE_CLOCK).now(),
  confirmer: { confirm: (shard, sink, upTo) => env.ACCOUNT_SHARD.getByName(shard).confirmChanges(sink, upTo) },
  report,
  within,
});

const isRecord = (body: unknown): body is Record<string, unknown> => typeof body === "object" && body !== null;
const isChangesMessage = (body: unknown): body is ChangesMessage =>
  isRecord(body) && Array.isArray(body["sinks"]) && Array.isArray(body["changes"]);
const isDeadLetter = (body: unknown): body is DeadLetterCopy =>
  isRecord(body) && typeof body["id"] === "string" && typeof body["status"] === "string";
