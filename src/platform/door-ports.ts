import { intakeShardName } from "../domain/hash.ts";
import { appendWaitMs } from "../domain/limits.ts";
import { fail, ok } from "../domain/result.ts";
import type { Env } from "../env.ts";
import { countRefusals } from "../ingest/count-refusals.ts";
import { type Connection, type DoorPorts, DoorUnavailable } from "../ingest/ports.ts";
import { AccessUnavailable } from "./access.ts";
import { appendDelivery } from "./append-delivery.ts";
import { clockFrom, wallNow } from "./clock.ts";
import { CredentialsUnavailable, findCredential } from "./credentials.ts";
import { expandGzip } from "./http/expand-gzip.ts";
import { later } from "./later.ts";
import { reportLine } from "./report.ts";
import { hmacBase64, openSecrets, sameSecret, secretDigest } from "./secrets.ts";
import { authenticate } from "./tokens.ts";
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
    append: async (delivery) => appendDelivery(env, (await reachable(topology(env, clock))).intakeShards, delivery),
    refused: countRefusals({
      now: () => clock.now(),
      wallNow,
      write: async (fault) => {
        const { intakeShards } = await topology(env, clock);
        const shard = intakeShardName(fault.connectionId, fault.stream, intakeShards);
        await within(appendWaitMs, env.INTAKE_SHARD.getByName(shard).noteFaults([fault]));
      },
      // An isolate that lives on writes what is left with its next refusal.
      later,
    }),
    crypto: { hmacBase64, sameSecret, digest: (secret) => secretDigest(env.PULSELINE_SECRET_KEY, secret) },
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
    reportLine(unavailableName(error), { error: String(error) });
    throw new DoorUnavailable("a part of the deployment does not answer", { cause: error });
  }
}

function unavailableName(error: unknown): string {
  if (error instanceof AccessUnavailable) return "access_unavailable";
  return error instanceof CredentialsUnavailable ? "credentials_unavailable" : "topology_unavailable";
}

async function secretsOf(env: Env, connection: Connection): Promise<Readonly<Record<string, string>>> {
  const secrets = await openSecrets(env.PULSELINE_SECRET_KEY, connection.secretsCiphertext);
  if (secrets !== null) return secrets;
  reportLine("secrets_sealed_under_another_key", { connectionId: connection.id });
  throw new DoorUnavailable("the connection's secrets cannot be opened");
}

/** 9 characters of time, 20 of chance: of a UUID's digits those that have all four bits of it. */
function newDeliveryId(now: number): string {
  const uuid = crypto.randomUUID();
  return `${now.toString(36).padStart(9, "0")}-${uuid.slice(0, 8)}${uuid.slice(24)}`;
}
