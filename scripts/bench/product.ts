import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildOutdated } from "../runtime/build.ts";
import { type StageShares, type StageTable, startProfile, stopProfile } from "./cpu-profile.ts";
import { Inspector } from "./inspector.ts";
import { type Memory, memoryOf } from "./product-memory.ts";
import { cpuSeconds } from "./process-figures.ts";
import type { Serve, Served } from "./serve.ts";

/** The product as the bench sees it: started fresh, in a folder of its own, with what it counts about itself. */
export type Product = {
  readonly url: string;
  readonly token: string;
  readonly workerdPid: number;
  readonly folder: string;
  /** Totals over all shards, from `/metrics`. */
  counters(): Promise<Counters>;
  /** Counted platform use since the start (billable units of PLATFORM prices). */
  usage(): Promise<Usage>;
  memory(): Promise<Memory>;
  /** Makes V8 collect all it can. */
  collectGarbage(): Promise<void>;
  profileStart(): Promise<void>;
  profileStop(): Promise<StageShares>;
  stop(): Promise<void>;
};

export type Counters = { readonly accepted: number; readonly applied: number; readonly repeats: number; readonly waiting: number };

export type PlatformUsage = {
  /** Worker requests and consumer invocations. */
  readonly requests: number;
  readonly objectCalls: number;
  readonly rowsWritten: number;
  readonly queueMessages: number;
  /** 64 KB units written; each is also read and deleted once. */
  readonly queueUnits: number;
  readonly bucketPuts: number;
  readonly d1RowsWritten: number;
};

/** Calls by method and rows by statement, which is where most of the bill comes from. */
export type Usage = PlatformUsage & { readonly by: Readonly<Record<string, number>> };

export const poll = async <T>(
  read: () => Promise<T>,
  done: (value: T) => boolean,
  options: { everyMs: number; timeoutMs: number; what: string },
): Promise<T> => {
  const until = performance.now() + options.timeoutMs;
  for (;;) {
    const value = await read();
    if (done(value)) return value;
    if (performance.now() > until) throw new Error(`${options.what}: not within ${options.timeoutMs} ms, last ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, options.everyMs));
  }
};

/** Everything accepted has its final outcome. */
export const settled = (product: Product, timeoutMs: number): Promise<Counters> =>
  poll(
    () => product.counters(),
    (c) => c.waiting === 0,
    { everyMs: 250, timeoutMs, what: "all accepted events settled" },
  );

/** The process is at rest when it has used less than this share of a core for a second. */
const REST_RATIO = 0.15;
const REST_MS = 120_000;

/** Nothing is left to be done: applied events still have scores, changes and read models before them. */
export async function rested(product: Product): Promise<void> {
  let last = Number.NEGATIVE_INFINITY;
  await poll(
    async () => {
      const now = cpuSeconds(product.workerdPid);
      const used = now - last;
      last = now;
      return used;
    },
    (used) => used < REST_RATIO,
    { everyMs: 1_000, timeoutMs: REST_MS, what: "the product at rest" },
  );
}

const ROOT = join(import.meta.dirname, "../..");

/** Functions that begin a stage; a sample counts for the innermost of them on its stack. */
const STAGES: StageTable = {
  append: [/^append$/, /^commitGroup/, /^GroupCommit/],
  "map and pack": [/^mapDelivery$/, /^planSegment/, /^cutPacks/, /^flush/],
  archive: [/^archive/i],
  settle: [/^settle/],
  queue: [/^sendBatch$/, /^unpack/],
  resolve: [/^resolve/, /^consume$/, /^deliver/, /^tellDirectory$/, /^lookup$/],
  fold: [/^fold$/, /^applyCall$/],
  score: [/^evaluateHealth$/, /^figures$/, /^score/],
  changes: [/^handleChanges/, /^project/, /^publish$/, /^toAccountChange$/],
  door: [/^receive/, /^dispatch$/, /^fetch$/],
};

/** Starts the built product in a process of its own; `accountShards` as a setting of this run. */
export async function startProduct(accountShards: number): Promise<Product> {
  const folder = mkdtempSync(join(tmpdir(), "pulseline-bench-"));
  await buildOutdated(ROOT, (line) => console.error(line));
  const token = "bench-admin-token-of-this-run-only";
  const host = fork(join(import.meta.dirname, "serve.ts"), [JSON.stringify({ folder, token, accountShards } satisfies Serve)]);
  const [{ url, workerdPid, inspectorUrl }] = (await answerOf(host)) as [Served];
  const authorization = { authorization: `Bearer ${token}` };
  const inspector = await Inspector.connect(inspectorUrl, /pulseline/);
  const metric = (text: string, name: string): number =>
    Number(text.match(new RegExp(`^${name.replaceAll(/[{}"]/g, "\\$&")} (\\S+)$`, "m"))?.[1] ?? Number.NaN);
  return {
    url,
    token,
    workerdPid,
    folder,
    async counters() {
      const text = await (await fetch(`${url}/metrics`, { headers: authorization })).text();
      return {
        accepted: metric(text, "pulseline_events_accepted_total"),
        applied: metric(text, "pulseline_events_applied_total"),
        repeats: metric(text, 'pulseline_events_settled_total{outcome="repeat"}'),
        waiting: metric(text, "pulseline_events_waiting"),
      };
    },
    async usage() {
      const answer = await fetch(`${url}/__usage`);
      const usage: Usage = await answer.json();
      return usage;
    },
    memory: () => memoryOf({ hostPid: host.pid as number, workerdPid, inspector }),
    collectGarbage: async () => void (await inspector.call("HeapProfiler.collectGarbage")),
    profileStart: () => startProfile(inspector),
    profileStop: () => stopProfile(inspector, STAGES),
    async stop() {
      inspector.close();
      host.off("exit", ended);
      const gone = once(host, "exit");
      host.send("stop");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const ended = (code: number | null): never => {
  throw new Error(`the process that serves the product has ended (${code})`);
};

/** Its first message; throws when it ends instead, then or later. */
async function answerOf(host: ChildProcess): Promise<unknown[]> {
  host.once("exit", ended);
  return once(host, "message");
}
