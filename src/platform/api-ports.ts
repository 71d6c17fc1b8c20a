import { Unavailable, type ApiPorts, type Catalogue, type IntakePort, type Store } from "../api/ports.ts";
import { accountShardName, intakeShardNames } from "../domain/hash.ts";
import { credentialLookups } from "../domain/intake/credential.ts";
import { directoryName } from "../domain/identity/messages.ts";
import type { Topology } from "../domain/intake/topology.ts";
import { analysesAtOnceMax, analysisRetryAfterSeconds, apiCallWaitMs, apiCredentialFreshMs } from "../domain/limits.ts";
import { liveHubName } from "../domain/live.ts";
import type { Env } from "../env.ts";
import { requestJob } from "../reports/run-jobs.ts";
import { accessUser } from "./access.ts";
import { analyseAccounts, askAccountShards } from "./analyse-accounts.ts";
import { appendDelivery } from "./append-delivery.ts";
import { configVersion } from "./active-config.ts";
import { clockFrom } from "./clock.ts";
import { findCredential, forgetCredentials } from "./credentials.ts";
import { accountLists } from "./d1/account-lists.ts";
import { answerStore } from "./d1/answer-store.ts";
import { configStore } from "./d1/config-store.ts";
import { deadLetterLists } from "./d1/dead-letter-lists.ts";
import { jobStore } from "./d1/job-store.ts";
import { canaryStore } from "./d1/canary-store.ts";
import { watchdogStore } from "./d1/watchdog-store.ts";
import { parityStore } from "./d1/parity-store.ts";
import { portfolioHistory } from "./d1/portfolio-days.ts";
import { riskReportLists } from "./d1/risk-store.ts";
import { setupStores } from "./d1/setup-stores.ts";
import { taskLists } from "./d1/task-lists.ts";
import { endListening } from "./end-listening.ts";
import { endSession, isSessionEnded } from "./ended-sessions.ts";
import { later } from "./later.ts";
import { jobParts } from "./jobs/jobs.ts";
import { findInArchive } from "./r2/archive.ts";
import { reportLine } from "./report.ts";
import { risingId } from "./rising-id.ts";
import { rollupOf } from "./rollups.ts";
import { encryptText, hmacBase64, openSecrets, sameSecret, secretDigest, sha256Hex } from "./secrets.ts";
import { checkToken } from "./tokens.ts";
import { spreadConfig } from "./spread-config.ts";
import { forgetTopology, topology } from "./topology.ts";
import { within } from "./within.ts";

/** What only the wiring can give, because it knows the connectors. */
export type ApiSupply = { readonly catalogue: Catalogue } & Pick<IntakePort, "linesOf" | "read">;

/** Builds the API's ports from the bindings. Stubs are made anew for each call: one that has thrown is broken for good. */
export function apiPorts(env: Env, supply: ApiSupply): ApiPorts {
  const clock = clockFrom(env.PULSELINE_CLOCK);
  const currentTopology = (): Promise<Topology> => reach("intake", () => topology(env, clock));
  /** Questions to all shards at once; of these only so many at a time. */
  const oneOfFew = async <T>(ask: (accountShards: number) => Promise<T>): Promise<T> => {
    if (analysesUnderWay >= analysesAtOnceMax) throw new Unavailable("analysis", "too many are under way", analysisRetryAfterSeconds);
    analysesUnderWay++;
    try {
      return await ask((await currentTopology()).accountShards);
    } catch (error) {
      throw error instanceof Unavailable ? error : new Unavailable("analysis", error);
    } finally {
      analysesUnderWay--;
    }
  };
  return {
    clock: { now: clock.now, wallNow: clockFrom(undefined).now },
    ids: { token: () => `pl_${randomText(32)}`, id: (prefix) => risingId(prefix, clock.now(), randomText(10)) },
    credentials: {
      access: (request) => reach("access", () => accessUser(request, env)),
      token: (hash) => reach("database", () => checkToken(hash, env, clock, apiCredentialFreshMs)),
      async connection(id) {
        const found = await reach("database", () => findCredential(env, `connection|${id}`));
        return found?.kind === "connection" ? found : null;
      },
      async spread(credential) {
        forgetCredentials(credentialLookups(credential));
        const { intakeShardsHighest } = await currentTopology();
        const told = await Promise.allSettled(
          shardNames(intakeShardsHighest).map((name) =>
            within(apiCallWaitMs, env.INTAKE_SHARD.getByName(name).putCredentials([credential])),
          ),
        );
        const failed = told.filter((result) => result.status === "rejected").length;
        if (failed > 0) reportLine("credential_not_spread", { failed });
      },
    },
    sessions: {
      isEnded: (hash) => isSessionEnded(env.DB, hash),
      end: (hash, endsAt) => reach("database", () => endSession(env.DB, hash, endsAt, clock.now())),
    },
    crypto: {
      sha256Hex,
      sign: (text) => hmacBase64(env.PULSELINE_SECRET_KEY, text),
      verify: (text, signature) => sameSecret(signature, hmacBase64(env.PULSELINE_SECRET_KEY, text)),
      digest: (secret) => secretDigest(env.PULSELINE_SECRET_KEY, secret),
      encrypt: (values) => encryptText(env.PULSELINE_SECRET_KEY, JSON.stringify(values)),
      decrypt: (ciphertext) => openSecrets(env.PULSELINE_SECRET_KEY, ciphertext),
    },
    accounts: {
      async atShard(name, work) {
        const { accountShards } = await currentTopology();
        const exists = accountShards === 0 ? name.startsWith("account:") : /^\d{1,6}$/.test(name) && Number(name) < accountShards;
        return exists ? reach("account", () => work(env.ACCOUNT_SHARD.getByName(name))) : null;
      },
      async call(accountId, work) {
        const { accountShards } = await currentTopology();
        return reach("account", () => work(env.ACCOUNT_SHARD.getByName(accountShardName(accountId, accountShards))));
      },
      analyse: (call, take) => oneOfFew((accountShards) => analyseAccounts(env, accountShards, call, take)),
      compare: (call, take) =>
        oneOfFew((accountShards) =>
          askAccountShards(env, { accountShards, accountIds: null, what: "comparison" }, (shard) => shard.compare(call), take).then(
            ({ shards }) => shards,
          ),
        ),
    },
    directory: { call: (work) => reach("directory", () => work(env.IDENTITY_DIRECTORY.getByName(directoryName))) },
    intake: intakePort(env, currentTopology, supply),
    archive: {
      async delivery({ id, receivedAt, connectionId }) {
        const { intakeShards } = await currentTopology();
        const shards = connectionId === undefined ? [] : intakeShardNames(connectionId, id, intakeShards);
        return reach("archive", () => findInArchive(env.ARCHIVE, { id, receivedAt, shards }));
      },
    },
    store: guarded({
      ...accountLists(env.DB),
      ...taskLists(env.DB),
      ...portfolioHistory(env.DB),
      canarySightings: canaryStore(env.DB).canarySightings,
      overdueAlarms: watchdogStore(env.DB).overdueAlarms,
      overdueAlarmShards: watchdogStore(env.DB).overdueAlarmShards,
      fullShards: watchdogStore(env.DB).fullShards,
      ...setupStores(env.DB),
      ...deadLetterLists(env.DB),
      ...configStore(env.DB),
      ...riskReportLists(env.DB),
      parityReport: parityStore(env.DB).parityReport,
    }),
    answers: answerStore(env.DB),
    configVersion: () => configVersion(env.DB),
    spreadConfig: async (version) => {
      await within(apiCallWaitMs, spreadConfig(env, version)).catch((error: unknown) =>
        reportLine("configuration_not_spread", { version, error: String(error) }),
      );
    },
    rollup: (parentId, only) => rollupOf(env.DB, parentId, only),
    jobs: {
      runs: (page) => reach("database", () => jobStore(env.DB).jobRuns(page)),
      run: (kind, period) => reach("database", () => jobStore(env.DB).run(kind, period)),
      request: (kind, period, by) =>
        reach("database", () => requestJob(jobParts(env), { kind, period, trigger: "person", requestedBy: by }, clock.now())),
    },
    live: {
      open: (listener, { kind, lastEventId }) => reach("live", () => openLive(env, listener, kind, lastEventId)),
      disconnect: (tokenId) => reach("live", () => endListening({ hub: env.LIVE_HUB.getByName(liveHubName), later }, tokenId)),
    },
    catalogue: supply.catalogue,
    rules: { publicUrl: env.PULSELINE_PUBLIC_URL ?? null, privateHostsAllowed: env.PULSELINE_ALLOW_PRIVATE_HOSTS === "1" },
  };
}

/** Of this isolate: each may make every account shard work for seconds. */
let analysesUnderWay = 0;

const shardNames = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

function intakePort(env: Env, currentTopology: () => Promise<Topology>, { linesOf, read }: ApiSupply): IntakePort {
  const call: IntakePort["call"] = (shard, work) => reach("intake", () => work(env.INTAKE_SHARD.getByName(shard)));
  return {
    call,
    topology: currentTopology,
    linesOf,
    read,
    async append(delivery) {
      const { intakeShards } = await currentTopology();
      const appended = await appendDelivery(env, intakeShards, delivery);
      if (!appended.stored) throw new Unavailable("intake", "not stored", Math.ceil(appended.retryAfterMs / 1_000));
      return appended.delivery;
    },
    async each(work) {
      const { intakeShardsHighest } = await currentTopology();
      return Promise.all(shardNames(intakeShardsHighest).map((name) => call(name, work)));
    },
    async changeTopology(change) {
      const changed = await call("0", (shard) => shard.putTopology(change));
      forgetTopology();
      return changed;
    },
  };
}

function openLive(env: Env, listener: object, kind: "socket" | "stream", lastEventId: string | null): Promise<Response> {
  const url = new URL(`https://hub${kind === "socket" ? "/live" : "/live/sse"}`);
  if (lastEventId !== null) url.searchParams.set("lastEventId", lastEventId);
  const headers = new Headers({ "x-pulseline-listener": encodeURIComponent(JSON.stringify(listener)) });
  if (kind === "socket") headers.set("upgrade", "websocket");
  return env.LIVE_HUB.getByName(liveHubName).fetch(new Request(url, { headers }));
}

/** The one place where a failing call gets its name. The cause goes to the log, never to the client. */
async function reach<T>(what: Unavailable["what"], work: () => Promise<T>): Promise<T> {
  try {
    return await within(apiCallWaitMs, work());
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    reportLine("api_call_failed", { called: what, error: String(error) });
    throw new Unavailable(what, error);
  }
}

/** Every method of the store under `reach("database")`. */
function guarded(store: Store): Store {
  const entries = Object.entries(store).map(([name, method]) => [
    name,
    (...args: unknown[]) => reach("database", () => (method as (...args: unknown[]) => Promise<unknown>)(...args)),
  ]);
  return Object.fromEntries(entries) as Store;
}

const randomText = (bytes: number): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
