import { intakeShardName } from "../domain/hash.ts";
import { appendWaitMs } from "../domain/limits.ts";
import { fail, ok } from "../domain/result.ts";
import type { Delivery } from "../domain/delivery.ts";
import type { Env } from "../env.ts";
import { type AppendOutcome, type Connection, type DoorPorts, DoorUnavailable } from "../ingest/ports.ts";
import { type Clock, clockFrom } from "./clock.ts";
import { CredentialsUnavailable, authenticate, findCredential } from "./credentials.ts";
import { expandGzip } from "./http/expand-gzip.ts";
import { reportLine } from "./report.ts";
import { hmacBase64, openSecrets, sameSecret } from "./secrets.ts";
import { topology } from "./topology.ts";
import { within } from "./within.ts";

/** The doors' ports out of the deployment's bindings; made once per isolate and env. */
export function doorPorts(env: Env): DoorPorts {
  let ports = known.get(env);
  if (ports === undefined) known.set(env, (ports = build(env)));
  return ports;
}

const known = new WeakMap<Env, DoorPorts>();

function build(env: Env): DoorPorts {
  const clock = clockFrom(env.PULSELINE_CLOCK);
  return {
    now: () => clock.now(),
    newDeliveryId: () => newDeliveryId(clock.now()),
    token: (request) => reachable(authenticate(request, env, clock)),
    connection: async (lookup) => {
      const credential = await reachable(findCredential(env, lookup));
      return credential?.kind === "connection" && credential.status !== "deleted" ? credential : null;
    },
    secrets: (connection) => secretsOf(env, connection),
    mayCreateAccounts: async () => (await reachable(topology(env, clock))).createAccountsFromEvents,
    append: (delivery) => appendDelivery(env, clock, delivery),
    crypto: { hmacBase64, sameSecret },
    gunzip: (bytes, bytesMax) => {
      const expanded = expandGzip(bytes, bytesMax);
      return typeof expanded === "string" ? fail(expanded) : ok(expanded);
    },
    report: reportLine,
  };
}

/** Both throw when another part of the deployment does not answer; that is no bug of the door. */
async function reachable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    reportLine(error instanceof CredentialsUnavailable ? "credentials_unavailable" : "topology_unavailable", { error: String(error) });
    throw new DoorUnavailable("a part of the deployment does not answer", { cause: error });
  }
}

async function secretsOf(env: Env, connection: Connection): Promise<Readonly<Record<string, string>>> {
  const secrets = await openSecrets(env.PULSELINE_SECRET_KEY, connection.secretsCiphertext);
  if (secrets !== null) return secrets;
  reportLine("secrets_sealed_under_another_key", { connectionId: connection.id });
  throw new DoorUnavailable("the connection's secrets cannot be opened");
}

const RETRY_MS = 2_000;

/**
 * Appends to the delivery's shard; if that fails or is full, to one other. There is no third: a door that looks everywhere would bring
 * every shard down after the first.
 *
 * A shard that stored it and did not say so in time makes the events arrive twice under one delivery id; their ids make them one.
 */
export async function appendDelivery(env: Pick<Env, "INTAKE_SHARD">, clock: Clock, delivery: Delivery): Promise<AppendOutcome> {
  const { intakeShards } = await reachable(topology(env, clock));
  const first = intakeShardName(delivery.head.connectionId, delivery.head.id, intakeShards);
  const shards = intakeShards > 1 ? [first, String((Number(first) + 1) % intakeShards)] : [first];
  let retryAfterMs = RETRY_MS;
  for (const shard of shards) {
    try {
      const reply = await within(appendWaitMs, env.INTAKE_SHARD.getByName(shard).append(delivery));
      if (reply.status === "stored") return { stored: true };
      retryAfterMs = reply.retryAfterMs;
    } catch (error) {
      reportLine("append_failed", { shard, error: String(error) });
    }
  }
  return { stored: false, retryAfterMs };
}

/** 9 characters of time, 20 of chance. */
function newDeliveryId(now: number): string {
  let random = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(10))) random += byte.toString(16).padStart(2, "0");
  return `${now.toString(36).padStart(9, "0")}-${random}`;
}
