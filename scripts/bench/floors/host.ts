import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { processTree } from "../process-figures.ts";

export type FloorHost = { readonly url: string; readonly workerdPid: number; stop(): Promise<void> };

/** Serves the floors on a loopback port through a direct socket, storage in a folder of its own that is removed at the end. */
export async function startFloors(foldShards: number): Promise<FloorHost> {
  const folder = mkdtempSync(join(tmpdir(), "pulseline-floors-"));
  const script = stripTypeScriptTypes(readFileSync(new URL("worker.ts", import.meta.url), "utf8"));
  const options = convertV4MiniflareOptions({
    name: "floors",
    modules: [{ type: "ESModule", path: "worker.mjs", contents: script }],
    compatibilityDate: "2026-10-23",
    bindings: { FOLD_SHARDS: String(foldShards) },
    durableObjects: {
      APPEND: { className: "AppendFloor", useSQLite: true },
      FOLD: { className: "FoldFloor", useSQLite: true },
    },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    cf: false,
  });
  const miniflare = new Miniflare({ ...options, resourcePersistencePath: folder });
  await miniflare.ready;
  const url = (await miniflare.unsafeGetDirectURL("floors")).origin;
  return {
    url,
    workerdPid: workerdChildOf(process.pid, url),
    async stop() {
      await miniflare.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The newest workerd below this process: Miniflare does not tell its pid. */
function workerdChildOf(pid: number, url: string): number {
  const found = processTree(pid)
    .filter((child) => readFileSync(`/proc/${child}/cmdline`, "utf8").includes("workerd"))
    .toSorted((a, b) => b - a)[0];
  if (found === undefined) throw new Error(`no workerd process serves ${url}`);
  return found;
}
