import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { bundleFolder } from "./build.ts";
import { messageOf, RuntimeFailure } from "./failure.ts";

export type WorkerConfig = {
  /** Options of Miniflare's older shape, as wrangler makes them, on the built bundle. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Variables of wrangler.toml (and .dev.vars). */
  readonly bindings: Readonly<Record<string, unknown>>;
  readonly crons: readonly string[];
};

export const workerName = "pulseline";

/** What wrangler.toml says, with the modules of the built bundle in place of the sources. Throws a RuntimeFailure that names the trouble. */
export function workerConfig(root: string): WorkerConfig {
  const configPath = join(root, "wrangler.toml");
  // Wrangler wants required secrets in .dev.vars or here; the host binds the one of the data folder over it.
  process.env["PULSELINE_SECRET_KEY"] ??= "bound by the host";
  process.env["WRANGLER_LOG"] ??= "error";
  try {
    const {
      modulesRules: _,
      cronTriggers,
      bindings,
      d1Databases,
      ...options
    } = unstable_getMiniflareWorkerOptions(configPath).workerOptions as Record<string, unknown>;
    return {
      options: { ...options, name: workerName, d1Databases: localDatabases(d1Databases), ...modulesOf(root) },
      bindings: bindings as Record<string, unknown>,
      crons: (cronTriggers ?? []) as string[],
    };
  } catch (error) {
    throw error instanceof RuntimeFailure ? error : new RuntimeFailure(`${configPath} cannot be used: ${messageOf(error)}`);
  }
}

/** The local database is found by a name of its own, so that writing the cloud's id into wrangler.toml does not lose it. */
export const localDatabaseId = (binding: string): string => `${workerName}-${binding}`;

const localDatabases = (databases: unknown): Record<string, string> =>
  Object.fromEntries(Object.keys(databases as object).map((binding) => [binding, localDatabaseId(binding)]));

function modulesOf(root: string): { modules: unknown[]; modulesRoot: string } {
  const folder = bundleFolder(root);
  const names = globSync("**/*.{js,mjs,wasm,bin,txt}", { cwd: folder }).toSorted(
    (a, b) => Number(b === "worker.js") - Number(a === "worker.js"),
  );
  if (names[0] !== "worker.js") throw new RuntimeFailure(`The bundle in ${folder} has no worker.js. Remove dist/ and start again.`);
  const modules = names.map((name) => {
    const path = join(folder, name);
    if (name.endsWith(".wasm")) return { type: "CompiledWasm", path, contents: readFileSync(path) };
    if (name.endsWith(".bin")) return { type: "Data", path, contents: readFileSync(path) };
    return { type: name.endsWith(".txt") ? "Text" : "ESModule", path, contents: readFileSync(path, "utf8") };
  });
  return { modules, modulesRoot: folder };
}
