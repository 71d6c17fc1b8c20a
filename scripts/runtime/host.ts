import { join, resolve } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { type AdminToken, adminTokenOf, keepAdminToken } from "./admin-token.ts";
import { buildOutdated, bundleFolder } from "./build.ts";
import { productNow, type RehearsalClock } from "./clock.ts";
import { startCrons } from "./crons.ts";
import { DataFolder } from "./data-folder.ts";
import { messageOf, RuntimeFailure } from "./failure.ts";
import { migrate } from "./migrations.ts";
import { isPlatformNoise } from "./platform-noise.ts";
import { assertPortFree, freePort } from "./port.ts";
import { endProcess, type ProcessMark } from "./processes.ts";
import { workerConfig, workerName } from "./worker-options.ts";

export type RuntimeOptions = {
  /** Folder of wrangler.toml; the repository by default. */
  readonly root?: string;
  readonly dataFolder: string;
  /** 0 or none: a free one. */
  readonly port?: number;
  readonly host?: string;
  readonly adminToken?: string;
  readonly clock?: RehearsalClock | null;
  readonly publicUrl?: string;
  readonly allowPrivateHosts?: boolean;
  /** Variables in place of those of wrangler.toml, ACCOUNT_SHARDS for one. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Told of each failpoint that is reached; the code waits there until the promise resolves. Tests only. */
  readonly failpoint?: (point: string) => Promise<void>;
  /** Extra options of Miniflare, over all others. For measuring. */
  readonly miniflare?: Readonly<Record<string, unknown>>;
  /** One line about what is going on, for a person. */
  readonly tell?: (line: string) => void;
  /** A line the worker wrote, or the runtime about it. */
  readonly log?: (line: string, level: string) => void;
  /** The runtime has ended and cannot be started again. */
  readonly failed?: (error: Error) => void;
};

export type Runtime = {
  readonly url: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly admin: AdminToken;
  /** The runtime's process now; another one after it was killed and started again. */
  workerdPid(): number | null;
  readonly mf: Miniflare;
  /** Runs the worker's scheduled handler now, as the cron trigger would. */
  fireCron(cron: string): Promise<void>;
  /** Ends within 4 s; what was acknowledged is on disk before that anyway. */
  stop(): Promise<void>;
};

/** The least the host waits for the first healthy answer, ms. */
const healthyWaitMs = 30_000;
const cronStopWaitMs = 1_000;
const stopWaitMs = 2_500;
const orphanPortWaitMs = 5_000;
const cronWaitMs = 55_000;
/** Tells the worker that the runtime has just begun: beside the work of each minute it wakes what was under way when it ended. */
const startCron = "@start";

/**
 * Serves the worker of wrangler.toml on this machine: built if outdated, its data kept in one folder, migrations applied, crons fired
 * on the product's clock, every intake shard swept once at the start. Resolves when `/healthz` answers.
 *
 * A runtime of the same folder whose host was killed is ended first. A runtime that ends by itself is started again.
 * Throws a RuntimeFailure for what a person can put right: a port in use, a folder in use or not writable, a broken configuration.
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { root = resolve(import.meta.dirname, "../.."), host = "127.0.0.1", clock = null, tell = () => undefined } = options;
  const folder = new DataFolder(options.dataFolder);
  const port = options.port === undefined || options.port === 0 ? await freePort(host) : options.port;
  const orphans = await folder.claim(port);
  if (orphans.length > 0) tell(`ended the runtime that an earlier start left behind (process ${orphans.join(", ")})`);
  let stopRunning: (() => Promise<void>) | null = null;
  try {
    await assertPortFree(host, port, orphans.length > 0 ? orphanPortWaitMs : 0);
    await buildOutdated(root, tell);
    const { options: workerOptions, bindings, crons } = workerConfig(bundleFolder(root));
    const applied = await migrate(folder, join(root, "migrations"));
    if (applied.length > 0) tell(`applied ${applied.length} migration${applied.length === 1 ? "" : "s"}`);
    const admin = adminTokenOf(folder, options.adminToken);
    const url = `http://${host}:${port}`;

    const restarted = async (): Promise<void> => {
      folder.record(port, workerd());
      await sweep();
    };
    const miniflare = withoutSignalHandlers(
      () =>
        new Miniflare({
          ...convertV4MiniflareOptions({
            ...(workerOptions as object),
            bindings: { ...bindings, ...options.vars, ...ownBindings(options, folder, admin, clock) },
            ...(options.failpoint === undefined ? {} : { serviceBindings: { FAILPOINTS: failpointService(options.failpoint) } }),
            unsafeDirectSockets: [{ host, port }],
            host: "127.0.0.1",
            cf: false,
            log: new HostLog(options),
            handleStructuredLogs: ({ level, message }: { level: string; message: string }) => {
              if (!isPlatformNoise(message)) options.log?.(message, level);
            },
            unsafeHandleRuntimeRestart: restarted,
            unsafeRuntimeEnv: folder.environment,
            ...options.miniflare,
          } as unknown as Parameters<typeof convertV4MiniflareOptions>[0]),
          resourcePersistencePath: folder.statePath,
        }),
    );
    const workerd = (): ProcessMark | null => folder.workerds()[0] ?? null;
    stopRunning = () => endRuntime(miniflare, folder);
    await miniflare.ready;
    folder.record(port, workerd());
    await untilHealthy(url);

    const fire = async (cron: string, scheduledMs: number): Promise<void> => {
      const worker = await miniflare.getWorker(workerName);
      await withDeadline(cronWaitMs, worker.scheduled({ cron, scheduledTime: new Date(scheduledMs) }));
    };
    const now = (): number => productNow(clock, Date.now());
    const cronFailed = (cron: string, error: unknown): void => options.log?.(`cron "${cron}" failed: ${messageOf(error)}`, "warn");
    const sweep = (): Promise<void> => fire(startCron, now()).catch((error: unknown) => cronFailed(startCron, error));
    void sweep();
    const stopCrons = startCrons({ triggers: crons, now, fire, failed: cronFailed });
    stopRunning = async () => {
      await withDeadline(cronStopWaitMs, stopCrons()).catch(() => undefined);
      await endRuntime(miniflare, folder);
    };
    if (!admin.isNew) keepAdminToken(folder, admin);
    return {
      url,
      port,
      dataFolder: folder.path,
      admin,
      mf: miniflare,
      workerdPid: () => workerd()?.pid ?? null,
      fireCron: (cron) => fire(cron, now()),
      stop: stopRunning,
    };
  } catch (error) {
    await stopRunning?.();
    folder.release();
    throw named(error, port);
  }
}

/** Miniflare ends the whole process at a signal, before anything else could be put in order; who ends this process is ours to say. */
function withoutSignalHandlers<T>(make: () => T): T {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const before = signals.map((signal) => process.listeners(signal));
  const made = make();
  signals.forEach((signal, index) => {
    for (const listener of process.listeners(signal)) if (before[index]?.includes(listener) !== true) process.off(signal, listener);
  });
  return made;
}

/** To be called when the person has seen a new admin token; from then on only its hash is known. */
export const adminTokenShown = (runtime: Runtime): void => keepAdminToken(new DataFolder(runtime.dataFolder), runtime.admin);

function ownBindings(options: RuntimeOptions, folder: DataFolder, admin: AdminToken, clock: RehearsalClock | null): Record<string, string> {
  return {
    PULSELINE_SECRET_KEY: folder.secretKey(),
    PULSELINE_ADMIN_TOKEN_HASH: admin.hash,
    ...(clock === null ? {} : { PULSELINE_CLOCK: JSON.stringify(clock) }),
    ...(options.publicUrl === undefined ? {} : { PULSELINE_PUBLIC_URL: options.publicUrl }),
    ...(options.allowPrivateHosts === true ? { PULSELINE_ALLOW_PRIVATE_HOSTS: "1" } : {}),
  };
}

const failpointService = (reached: (point: string) => Promise<void>) => async (request: { readonly url: string }) => {
  await reached(new URL(request.url).pathname.slice(1));
  return new Response("go on");
};

async function untilHealthy(url: string): Promise<void> {
  const until = performance.now() + healthyWaitMs;
  let last = "";
  while (performance.now() < until) {
    try {
      const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5_000) });
      if (response.ok) return;
      last = `it answered ${response.status} ${(await response.text()).slice(0, 200)}`;
    } catch (error) {
      last = messageOf(error);
    }
    await pause(100);
  }
  throw new RuntimeFailure(`The worker was not healthy within ${healthyWaitMs / 1_000} s: ${last}`);
}

/** Ends the runtime's process, by force when it does not go. */
async function endRuntime(miniflare: Miniflare, folder: DataFolder): Promise<void> {
  await withDeadline(stopWaitMs, miniflare.dispose()).catch(() => undefined);
  await Promise.all(folder.workerds().map((mark) => endProcess(mark, 1_000)));
  folder.release();
}

/** What Miniflare says of itself: kept out of the way, except that it could not start the runtime again. */
class HostLog extends Log {
  private readonly options: RuntimeOptions;

  constructor(options: RuntimeOptions) {
    super(LogLevel.WARN);
    this.options = options;
  }

  override warn(message: string): void {
    if (message.includes("crashed unexpectedly")) this.options.tell?.("the runtime has ended unexpectedly and is started again");
    else this.options.log?.(message, "warn");
  }

  override error(error: Error): void {
    if (/failed to restart/.test(error.message)) this.options.failed?.(error);
    this.options.log?.(`${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ""}`, "error");
  }

  protected override log(message: string): void {
    this.options.log?.(message, "info");
  }
}

function named(error: unknown, port: number): Error {
  if (error instanceof RuntimeFailure) return error;
  const message = messageOf(error);
  if (/Address already in use/.test(message))
    return new RuntimeFailure(`Port ${port} was taken while starting. Give another: --port ${port + 1}`);
  return error instanceof Error ? error : new Error(message);
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function withDeadline<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1_000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
