import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf, RuntimeFailure } from "./failure.ts";

export type WorkerConfig = {
  /** Options of Miniflare's older shape, as wrangler makes them, on the built bundle. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Variables of wrangler.toml. */
  readonly bindings: Readonly<Record<string, unknown>>;
  readonly crons: readonly string[];
};

export const workerName = "pulseline";

const optionsFile = "wrangler-options.json";

/**
 * Writes what wrangler.toml says, as options of Miniflare, beside the bundle in `folder`: loading wrangler takes longer than all the rest of a
 * start. Throws a RuntimeFailure that names the trouble.
 */
export async function writeWorkerOptions(root: string, folder: string): Promise<void> {
  const configPath = join(root, "wrangler.toml");
  // Wrangler wants required secrets in .dev.vars or here; the host binds those of the data folder over them.
  for (const name of ["PULSELINE_SECRET_KEY", "PULSELINE_ADMIN_TOKEN_HASH"]) process.env[name] ??= "bound by the host";
  process.env["WRANGLER_LOG"] ??= "error";
  const { unstable_getMiniflareWorkerOptions } = await import("wrangler");
  try {
    const { modulesRules: _, ...options } = unstable_getMiniflareWorkerOptions(configPath).workerOptions as Record<string, unknown>;
    writeFileSync(join(folder, optionsFile), JSON.stringify(options));
  } catch (error) {
    throw new RuntimeFailure(`${configPath} cannot be used: ${messageOf(error)}`);
  }
}

/** The built bundle in `folder` with its options. */
export function workerConfig(folder: string): WorkerConfig {
  const { cronTriggers, bindings, d1Databases, ...options } = JSON.parse(readFileSync(join(folder, optionsFile), "utf8")) as Record<
    string,
    unknown
  >;
  return {
    options: { ...options, name: workerName, d1Databases: localDatabases(d1Databases), ...modulesOf(folder) },
    bindings: bindings as Record<string, unknown>,
    crons: (cronTriggers ?? []) as string[],
  };
}

/** The local database is found by a name of its own, so that writing the cloud's id into wrangler.toml does not lose it. */
export const localDatabaseId = (binding: string): string => `${workerName}-${binding}`;

const localDatabases = (databases: unknown): Record<string, string> =>
  Object.fromEntries(Object.keys(databases as object).map((binding) => [binding, localDatabaseId(binding)]));

function modulesOf(folder: string): { modules: unknown[]; modulesRoot: string } {
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
