import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleFolder } from "../runtime/build.ts";
import { startRuntime } from "../runtime/host.ts";
import { workerConfig } from "../runtime/worker-options.ts";

/** What the bench tells this process, as JSON in its one argument, and what it is told when the product answers. */
export type Serve = { readonly folder: string; readonly token: string; readonly accountShards: number };
export type Served = { readonly url: string; readonly workerdPid: number; readonly inspectorUrl: string };

const ROOT = join(import.meta.dirname, "../..");

/**
 * Serves the built product as `npm start` does, with counters around it, in a process of its own: what the load generator holds in memory
 * is not the product's. Ends when the bench says so, or has ended.
 */
async function serve({ folder, token, accountShards }: Serve): Promise<void> {
  const built = bundleFolder(ROOT);
  const { options } = workerConfig(built);
  const meter = { type: "ESModule", path: join(built, "meter.js"), contents: readFileSync(join(import.meta.dirname, "meter.js"), "utf8") };
  const runtime = await startRuntime({
    dataFolder: folder,
    adminToken: token,
    vars: { ACCOUNT_SHARDS: String(accountShards) },
    miniflare: { modules: [meter, ...(options["modules"] as object[])], modulesRoot: built, inspectorPort: 0 },
    failed: (error) => {
      throw error;
    },
  });
  const end = (): void => void runtime.stop().finally(() => process.exit(0));
  process.once("message", end).once("disconnect", end);
  const workerdPid = runtime.workerdPid();
  if (workerdPid === null) throw new Error("the runtime's process is not known");
  const inspectorUrl = String(await runtime.mf.getInspectorURL()).replace("ws:", "http:");
  process.send?.({ url: runtime.url, workerdPid, inspectorUrl } satisfies Served);
}

await serve(JSON.parse(process.argv[2] ?? "{}") as Serve);
