import { packExpandedBytesMax } from "../domain/limits.ts";
import type { Env } from "../env.ts";
import { consume, newPipelineMemory, type PipelineMemory } from "../pipeline/consume.ts";
import type { EventsMessage, PipelinePorts } from "../pipeline/ports.ts";
import { accountGateway } from "./account-gateway.ts";
import { configVersion } from "./active-config.ts";
import { wallNow } from "./clock.ts";
import { gunzip } from "./gzip.ts";
import { identityGateway } from "./identity-gateway.ts";
import { originsGateway } from "./intake-gateway.ts";
import { reportLine } from "./report.ts";

type Consumer = { readonly ports: PipelinePorts; readonly memory: PipelineMemory; configVersion: string };

/** One for each isolate and deployment; tests run several deployments in one isolate. */
const consumers = new WeakMap<Env, Consumer>();

/** A batch of the queue `events`. Does not throw: each message has been acknowledged or asked for again. */
export async function handleEventsBatch(batch: MessageBatch<unknown>, env: Env): Promise<void> {
  let consumer = consumers.get(env);
  if (consumer === undefined) consumers.set(env, (consumer = newConsumer(env)));
  consumer.configVersion = String(await configVersion(env.DB));
  await consume(batch.messages.map(toEventsMessage), consumer.ports, consumer.memory);
}

function newConsumer(env: Env): Consumer {
  const directory = identityGateway(env);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  const ports: PipelinePorts = {
    keys: directory,
    parking: directory,
    evidence: directory,
    accounts: accountGateway(env),
    origins: originsGateway(env),
    expand: (body) => decoder.decode(gunzip(body, packExpandedBytesMax)),
    now: wallNow,
    configVersion: () => consumer.configVersion,
    note: reportLine,
  };
  const consumer: Consumer = { ports, memory: newPipelineMemory(wallNow), configVersion: "0" };
  return consumer;
}

function toEventsMessage(message: Message<unknown>): EventsMessage {
  const { body } = message;
  return {
    body: body instanceof Uint8Array ? body : body instanceof ArrayBuffer ? new Uint8Array(body) : new Uint8Array(),
    attempts: message.attempts,
    ack: () => message.ack(),
    retry: (delaySeconds) => message.retry({ delaySeconds }),
  };
}
