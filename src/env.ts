import type { AccountShardRpc } from "./domain/account/messages.ts";
import type { IdentityDirectoryRpc } from "./domain/identity/messages.ts";
import type { IntakeShardRpc } from "./domain/intake/rpc.ts";
import type { JobRequest } from "./domain/jobs/job.ts";
import type { LiveHubRpc } from "./domain/live.ts";

/** A stub's methods answer promises, whatever the class wrote; Cloudflare's own `DurableObjectStub<T>` type is too deep for the compiler here. */
export type ObjectNamespace<Rpc> = Omit<DurableObjectNamespace, "get" | "getByName"> & {
  get(id: DurableObjectId): Rpc & Pick<DurableObjectStub, "fetch" | "id">;
  getByName(name: string): Rpc & Pick<DurableObjectStub, "fetch" | "id">;
};

/** Bindings and variables of wrangler.toml; each is explained there. */
export type Env = {
  readonly INTAKE_SHARD: ObjectNamespace<IntakeShardRpc>;
  readonly IDENTITY_DIRECTORY: ObjectNamespace<IdentityDirectoryRpc>;
  readonly ACCOUNT_SHARD: ObjectNamespace<AccountShardRpc>;
  readonly LIVE_HUB: ObjectNamespace<LiveHubRpc>;
  readonly EVENTS_QUEUE: Queue<ArrayBuffer | Uint8Array>;
  readonly CHANGES_QUEUE: Queue<unknown>;
  readonly DEAD_LETTERS_QUEUE: Queue<unknown>;
  readonly DAILY_JOB: Workflow<JobRequest>;
  readonly MONTHLY_JOB: Workflow<JobRequest>;
  readonly DB: D1Database;
  readonly ARCHIVE: R2Bucket;
  readonly ASSETS: Fetcher;
  /** Number as text; see wrangler.toml. */
  readonly ACCOUNT_SHARDS: string;
  /** 32 random bytes, base64. */
  readonly PULSELINE_SECRET_KEY: string;
  /** `1` lets connections point at private hosts. */
  readonly PULSELINE_ALLOW_PRIVATE_HOSTS?: string;
  readonly PULSELINE_PUBLIC_URL?: string;
  /** Rehearsals and tests only, never deployed: `{"productMs":…,"wallMs":…,"rate":…}`. */
  readonly PULSELINE_CLOCK?: string;
  /** Tests only: how long raw deliveries wait for the archive at most, ms as text. */
  readonly PULSELINE_ARCHIVE_EVERY_MS?: string;
  /** SHA-256 hex of the admin token given to `npm start`: accepted as an admin token from the first request on. */
  readonly PULSELINE_ADMIN_TOKEN_HASH?: string;
  /** Cloudflare Access; not configured while one of the first two is empty or absent. */
  readonly ACCESS_TEAM_DOMAIN?: string;
  readonly ACCESS_AUDIENCE?: string;
  /** JSON: scopes by e-mail or service token's client id; `["read"]` for everybody else. */
  readonly ACCESS_ROLES?: string;
  /** Tests only: a service that is told of every failpoint reached and may hold its answer. */
  readonly FAILPOINTS?: Fetcher;
};
