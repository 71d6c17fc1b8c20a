import { z } from "zod";
import { connectionSettingsBytesMax } from "../../domain/limits.ts";
import { isPrivateHost } from "../../domain/public-host.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { isoTime } from "../../domain/time.ts";
import { endFeed } from "../end-feed.ts";
import { endpoint, noContent, okJson, type Call, type Endpoint } from "../endpoint.ts";
import type { Failure } from "../failure.ts";
import { fromCursor, pageAnswer, pageOf, pageQuery } from "../page.ts";
import type { ConnectorInfo } from "../../domain/intake/connector-info.ts";
import type { ApiPorts, Connection } from "../ports.ts";
import { publicOrigin } from "../public-origin.ts";
import { time } from "../schemas.ts";

const connectionSchema = z.object({
  id: z.string(),
  connector: z.string(),
  name: z.string(),
  status: z.enum(["active", "paused"]),
  baseUrl: z.string().nullable(),
  tokenUrl: z.string().nullable(),
  settings: z.record(z.string(), z.unknown()),
  secrets: z.array(z.string()),
  webhookUrl: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
});

const key = z.string().min(1).max(64);
const url = z.string().max(2_048);
const changes = {
  name: z.string().trim().min(1, "must not be empty").max(128).optional(),
  baseUrl: url.nullish(),
  tokenUrl: url.nullish(),
  settings: z.record(key, z.unknown()).optional(),
  secrets: z.record(key, z.string().max(16_384).nullable()).optional(),
};
const connectionInput = z.strictObject({ ...changes, connector: z.string().min(1).max(64) });
/** `connector` as it was when the connection was made, so that the same body can be sent again; it cannot be changed. */
const connectionPatch = z.strictObject({ ...changes, connector: z.string().optional() });
type Patch = z.infer<typeof connectionPatch>;

const notFound: Failure = { failure: "not_found", what: "connection" };

async function existing(call: Call): Promise<Connection | null> {
  const found = await call.ports.store.connection(call.params["id"] ?? "");
  return found === null || found.status === "deleted" ? null : found;
}

/** Stores the connection and lets every door know, so that it works at once. Never asks the vendor. */
async function save(connection: Connection, call: Call) {
  await call.ports.credentials.spread(await call.ports.store.putConnection(connection));
  return toJson(connection, await publicOrigin(call.ports, call.url), call.ports);
}

async function create(call: Call<unknown, z.infer<typeof connectionInput>>) {
  const { ports, body, now } = call;
  const connector = ports.catalogue.connectors.find((known) => known.name === body.connector);
  if (connector === undefined)
    return {
      failure: "invalid",
      pointer: "/connector",
      detail: `must be one of ${ports.catalogue.connectors.map((known) => known.name).join(", ")}`,
    } as const;
  const fresh: Connection = {
    id: ports.ids.id("con"),
    connector: body.connector,
    name: connector.title,
    status: "active",
    baseUrl: null,
    tokenUrl: null,
    settings: {},
    secretNames: [],
    secretsCiphertext: "",
    apiSecretDigest: null,
    createdAt: now,
    updatedAt: now,
  };
  const changed = await changedBy(fresh, body, connector, ports, now);
  return changed.ok ? { status: 201, json: await save(changed.value, call) } : changed.error;
}

async function update(call: Call<unknown, Patch>, replace: boolean) {
  const found = await existing(call);
  if (found === null) return notFound;
  if (call.body.connector !== undefined && call.body.connector !== found.connector)
    return { failure: "invalid", pointer: "/connector", detail: `is \`${found.connector}\` and cannot be changed` } as const;
  const connector = call.ports.catalogue.connectors.find((known) => known.name === found.connector);
  // PUT sets what it names and empties the rest, except secrets, which nobody can read and hence nobody can send back.
  const base = replace ? { ...found, baseUrl: null, tokenUrl: null, settings: {} } : found;
  const changed = await changedBy(base, call.body, connector, call.ports, call.now);
  return changed.ok ? okJson(await save(changed.value, call)) : changed.error;
}

async function changedBy(
  connection: Connection,
  patch: Patch,
  connector: ConnectorInfo | undefined,
  ports: ApiPorts,
  now: number,
): Promise<Result<Connection, Failure>> {
  for (const field of ["baseUrl", "tokenUrl"] as const) {
    const fault = urlFault(patch[field], ports);
    if (fault !== null) return fail({ failure: "invalid", pointer: `/${field}`, detail: fault });
  }
  const unknown = Object.keys(patch.secrets ?? {}).find(
    (name) => connector !== undefined && !connector.secrets.some((secret) => secret.key === name),
  );
  if (unknown !== undefined)
    return fail({
      failure: "invalid",
      pointer: `/secrets/${unknown}`,
      detail: `${connector?.title ?? "this connector"} has no such secret`,
    });
  const known = Object.entries(patch.secrets ?? {}).find(([name, value]) => value !== null && isPublicSecret(connector, name, value));
  if (known !== undefined) return fail({ failure: "invalid", pointer: `/secrets/${known[0]}`, detail: publicSecretFault });
  const settings = withoutNulls({ ...connection.settings, ...patch.settings });
  const settingsFault = patch.settings === undefined ? null : faultOfSettings(patch.settings, settings, connector);
  if (settingsFault !== null) return fail(settingsFault);
  const secrets = await mergedSecrets(connection, patch.secrets ?? {}, ports);
  if (secrets === null) return fail({ failure: "conflict", detail: "the stored secrets can no longer be opened; send all of them again" });
  return ok({
    ...connection,
    name: patch.name ?? connection.name,
    baseUrl: patch.baseUrl === undefined ? connection.baseUrl : patch.baseUrl,
    tokenUrl: patch.tokenUrl === undefined ? connection.tokenUrl : patch.tokenUrl,
    settings,
    secretNames: Object.keys(secrets).sort(),
    secretsCiphertext: Object.keys(secrets).length === 0 ? "" : await ports.crypto.encrypt(secrets),
    apiSecretDigest:
      connection.connector === "mixpanel" && secrets["apiSecret"] !== undefined ? ports.crypto.digest(secrets["apiSecret"]) : null,
    updatedAt: laterThan(connection, now),
  });
}

const isPublicSecret = (connector: ConnectorInfo | undefined, name: string, value: string): boolean =>
  connector?.publicSecrets[name]?.includes(value) === true;
const publicSecretFault = "is the vendor's published test secret: anybody can sign with it, so the door refuses it";

/** Copies at the doors keep the newer one: each write is newer, also while the product's clock stands. */
const laterThan = (connection: Connection, now: number): number => Math.max(now, connection.updatedAt + 1);

const withoutNulls = (settings: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));

/** What a delivery carries has to be known (every connection may have `accountKey`) and small. null passes for any key: what is stored can always be taken away. */
function faultOfSettings(
  given: Readonly<Record<string, unknown>>,
  merged: Readonly<Record<string, unknown>>,
  connector: ConnectorInfo | undefined,
): Failure | null {
  const known = connector === undefined ? null : new Set([...connector.settings.map((field) => field.key), "accountKey"]);
  const unknown = Object.keys(withoutNulls(given)).find((name) => known?.has(name) === false);
  if (unknown !== undefined)
    return { failure: "invalid", pointer: `/settings/${unknown}`, detail: `${connector?.title ?? "this connector"} has no such setting` };
  return new TextEncoder().encode(JSON.stringify(merged)).byteLength > connectionSettingsBytesMax
    ? { failure: "invalid", pointer: "/settings", detail: `must not exceed ${connectionSettingsBytesMax} bytes as JSON` }
    : null;
}

/** Null or empty removes a secret; one that is not named stays. Null when old ones would be lost because they cannot be opened. */
async function mergedSecrets(
  connection: Connection,
  given: Readonly<Record<string, string | null>>,
  ports: ApiPorts,
): Promise<Readonly<Record<string, string>> | null> {
  const stored = await ports.crypto.decrypt(connection.secretsCiphertext);
  if (stored === null && connection.secretNames.some((name) => !(name in given))) return null;
  return Object.fromEntries(
    Object.entries({ ...stored, ...given }).filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== ""),
  );
}

function urlFault(text: string | null | undefined, ports: ApiPorts): string | null {
  if (text === null || text === undefined) return null;
  const parsed = URL.canParse(text) ? new URL(text) : null;
  if (parsed === null || (parsed.protocol !== "https:" && parsed.protocol !== "http:")) return "must be an http or https URL";
  if (parsed.username !== "" || parsed.password !== "") return "must not hold a user or password";
  if (ports.rules.privateHostsAllowed) return null;
  return isPrivateHost(parsed.hostname) ? "private hosts are refused" : null;
}

async function setStatus(call: Call, status: Connection["status"]) {
  const found = await existing(call);
  if (found === null) return notFound;
  return okJson(await save({ ...found, status, updatedAt: laterThan(found, call.now) }, call));
}

async function test(call: Call) {
  const found = await existing(call);
  if (found === null) return notFound;
  const connector = call.ports.catalogue.connectors.find((known) => known.name === found.connector);
  const missing = [
    ...(connector?.settings ?? [])
      .filter((field) => field.required && found.settings[field.key] === undefined)
      .map((field) => ({ kind: "setting", name: field.key, detail: field.description })),
    ...(connector?.secrets ?? [])
      .filter((field) => field.required && !found.secretNames.includes(field.key))
      .map((field) => ({ kind: "secret", name: field.key, detail: field.description })),
    ...(await publicSecretsOf(found, connector, call.ports)),
  ];
  const streams = await call.ports.intake.each((shard) => shard.streams());
  const received = streams.flat().flatMap((stream) => (stream.connectionId === found.id ? [stream.lastReceivedAt] : []));
  return okJson({
    ok: missing.length === 0,
    missing,
    lastReceivedAt: received.length === 0 ? null : isoTime(received.reduce((a, b) => Math.max(a, b))),
  });
}

/** Stored before they were refused: no webhook comes in with them. */
async function publicSecretsOf(connection: Connection, connector: ConnectorInfo | undefined, ports: ApiPorts) {
  const stored = (await ports.crypto.decrypt(connection.secretsCiphertext)) ?? {};
  return Object.entries(stored).flatMap(([name, value]) =>
    isPublicSecret(connector, name, value) ? [{ kind: "secret" as const, name, detail: publicSecretFault }] : [],
  );
}

async function sync(call: Call): Promise<Failure> {
  const found = await existing(call);
  if (found === null) return notFound;
  return { failure: "conflict", detail: "there is nothing to poll: this connector is pushed, its events come by themselves" };
}

const shared = { tag: "connections", spansAccounts: true } as const;
const one = { 200: { description: "The connection", schema: connectionSchema } } as const;

export const connectionEndpoints: readonly Endpoint[] = [
  endpoint({
    ...shared,
    method: "get",
    path: "/connections",
    summary: "Connections",
    scope: "read",
    query: z.object(pageQuery),
    answers: { 200: { description: "A page of connections", schema: pageOf(connectionSchema) } },
    async handle({ ports, query, url: requested }) {
      const cursor = fromCursor(query.cursor, z.object({ id: z.string() }));
      if (!cursor.ok) return cursor.error;
      const found = await ports.store.connections({ limit: query.limit + 1, after: cursor.value?.id ?? null, which: "live" });
      const items = found.slice(0, query.limit);
      const origin = await publicOrigin(ports, requested);
      return pageAnswer(
        requested,
        items.map((item) => toJson(item, origin, ports)),
        found.length <= query.limit ? null : { id: items.at(-1)?.id },
      );
    },
  }),
  endpoint({
    ...shared,
    method: "post",
    path: "/connections",
    summary: "Make a connection",
    scope: "admin",
    body: { schema: connectionInput },
    answers: { 201: { description: "The connection", schema: connectionSchema } },
    handle: create,
  }),
  endpoint({
    ...shared,
    method: "get",
    path: "/connections/{id}",
    summary: "One connection",
    scope: "read",
    answers: one,
    async handle(call) {
      const found = await existing(call);
      return found === null ? notFound : okJson(toJson(found, await publicOrigin(call.ports, call.url), call.ports));
    },
  }),
  endpoint({
    ...shared,
    method: "patch",
    path: "/connections/{id}",
    summary: "Change what is named",
    scope: "admin",
    body: { schema: connectionPatch },
    answers: one,
    handle: (call) => update(call, false),
  }),
  endpoint({
    ...shared,
    method: "put",
    path: "/connections/{id}",
    summary: "Replace it, secrets excepted",
    scope: "admin",
    body: { schema: connectionPatch },
    answers: one,
    handle: (call) => update(call, true),
  }),
  endpoint({
    ...shared,
    method: "delete",
    path: "/connections/{id}",
    summary: "Remove it; its doors close at once",
    scope: "admin",
    answers: { 204: { description: "Removed" } },
    async handle(call) {
      const gone = await setStatus(call, "deleted");
      if ("failure" in gone) return gone;
      for (const token of await call.ports.store.tokensOf(call.params["id"] ?? "")) await endFeed(token, call.ports);
      return noContent;
    },
  }),
  endpoint({
    ...shared,
    method: "post",
    path: "/connections/{id}/pause",
    summary: "Pause it",
    scope: "admin",
    answers: one,
    handle: (call) => setStatus(call, "paused"),
  }),
  endpoint({
    ...shared,
    method: "post",
    path: "/connections/{id}/resume",
    summary: "Resume it",
    scope: "admin",
    answers: one,
    handle: (call) => setStatus(call, "active"),
  }),
  endpoint({
    ...shared,
    method: "post",
    path: "/connections/{id}/sync",
    summary: "Poll now what is polled; 409 where the connector is pushed",
    scope: "admin",
    answers: { 409: { description: "Nothing to poll" } },
    handle: sync,
  }),
  endpoint({
    ...shared,
    method: "post",
    path: "/connections/{id}/test",
    summary: "What is missing, and when something last came",
    scope: "admin",
    answers: {
      200: {
        description: "The finding",
        schema: z.object({
          ok: z.boolean(),
          missing: z.array(z.object({ kind: z.enum(["secret", "setting"]), name: z.string(), detail: z.string() })),
          lastReceivedAt: time.nullable(),
        }),
      },
    },
    handle: test,
  }),
];

function toJson(connection: Connection, origin: string, ports: ApiPorts) {
  const receivesWebhooks = ports.catalogue.connectors.find((known) => known.name === connection.connector)?.receivesWebhooks === true;
  return {
    id: connection.id,
    connector: connection.connector,
    name: connection.name,
    status: connection.status,
    baseUrl: connection.baseUrl,
    tokenUrl: connection.tokenUrl,
    settings: connection.settings,
    secrets: connection.secretNames,
    webhookUrl: receivesWebhooks ? `${origin}/webhooks/${connection.connector}/${connection.id}` : null,
    createdAt: isoTime(connection.createdAt),
    updatedAt: isoTime(connection.updatedAt),
  };
}
