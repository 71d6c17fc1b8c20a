import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf, RuntimeFailure } from "./failure.ts";
import { isRunning, markOf, type ProcessMark } from "./processes.ts";
import { writeWorkerOptions } from "./worker-options.ts";

type Product = {
  readonly name: string;
  /** Folder below dist/. */
  readonly folder: string;
  /** Patterns of the files it is made of. */
  readonly inputs: readonly string[];
  readonly build: (root: string, outFolder: string) => Promise<void>;
};

const lockFile = "package-lock.json";

const dashboard: Product = {
  name: "dashboard",
  folder: "dashboard",
  inputs: ["src/dashboard/**/*", "src/domain/**/*.ts", lockFile],
  build: async (root, outFolder) => {
    if (!existsSync(join(root, "src/dashboard/index.html"))) return;
    await tool(root, "vite", [
      "build",
      "--config",
      "src/dashboard/vite.config.ts",
      "--outDir",
      outFolder,
      "--emptyOutDir",
      "--logLevel",
      "warn",
    ]);
  },
};

const worker: Product = {
  name: "worker",
  folder: "worker",
  inputs: [
    "src/!(dashboard)/**/*",
    "src/*.ts",
    "durable-objects/**/*.ts",
    "config/**/*",
    "scripts/runtime/worker-options.ts",
    "wrangler.toml",
    lockFile,
  ],
  build: async (root, outFolder) => {
    await tool(root, "wrangler", ["deploy", "--dry-run", "--outdir", outFolder]);
    await writeWorkerOptions(root, outFolder);
  },
};

/** Builds the pages and the worker's bundle below dist/ where they are missing or older than what they are made of. `tell` hears what is done. */
export const buildOutdated = (root: string, tell: (line: string) => void): Promise<void> => buildEach([dashboard, worker], root, tell);

/** The pages alone, likewise; gives their folder. */
export async function buildOutdatedPages(root: string, tell: (line: string) => void): Promise<string> {
  await buildEach([dashboard], root, tell);
  return join(root, "dist", dashboard.folder);
}

async function buildEach(products: readonly Product[], root: string, tell: (line: string) => void): Promise<void> {
  const release = await buildLock(root);
  try {
    for (const product of products) await buildProduct(root, product, tell);
  } finally {
    release();
  }
}

/** Folder of the worker's modules. */
export const bundleFolder = (root: string): string => join(root, "dist", worker.folder);

async function buildProduct(root: string, product: Product, tell: (line: string) => void): Promise<void> {
  const outFolder = join(root, "dist", product.folder);
  const stampFile = join(root, "dist", `${product.folder}.stamp`);
  const stamp = stampOf(root, product);
  if (existsSync(outFolder) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  tell(`building the ${product.name} …`);
  // Beside the old one until it is whole, so that a build that is cut off leaves nothing that looks finished.
  const draft = join(root, "dist", `.${product.folder}-${process.pid}`);
  mkdirSync(draft, { recursive: true });
  try {
    await product.build(root, draft);
    rmSync(stampFile, { force: true });
    rmSync(outFolder, { recursive: true, force: true });
    renameSync(draft, outFolder);
    writeFileSync(stampFile, stamp);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Changes with the place, the name or the content of any input. Times of files say nothing after a checkout. */
function stampOf(root: string, { inputs }: Product): string {
  const hash = createHash("sha256");
  const files = globSync([...inputs], { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

const buildWaitMs = 120_000;
const lockLookMs = 100;
const lockWrittenWithinMs = 5_000;

/** One build of a checkout at a time; starts beside each other wait. A lock whose holder is gone belongs to one that was killed. */
async function buildLock(root: string): Promise<() => void> {
  const lock = join(root, "dist/.building");
  mkdirSync(join(root, "dist"), { recursive: true });
  const mine = JSON.stringify(markOf(process.pid));
  for (;;) {
    try {
      writeFileSync(lock, mine, { flag: "wx" });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw new RuntimeFailure(`${lock} cannot be made: ${messageOf(error)}`);
    }
    if (!isHeld(lock)) rmSync(lock, { recursive: true, force: true });
    await new Promise((resolve) => setTimeout(resolve, lockLookMs));
  }
}

function isHeld(lock: string): boolean {
  try {
    const holder = JSON.parse(readFileSync(lock, "utf8")) as ProcessMark | null;
    return holder !== null && isRunning(holder);
  } catch {
    // Gone meanwhile, or not written to its end: by a holder that died, if that is long ago.
    const writtenMs = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    return Date.now() - writtenMs < lockWrittenWithinMs;
  }
}

async function tool(root: string, name: string, args: readonly string[]): Promise<void> {
  const bin = join(import.meta.dirname, "../../node_modules/.bin", name);
  try {
    await promisify(execFile)(process.execPath, [bin, ...args], {
      cwd: root,
      timeout: buildWaitMs,
      maxBuffer: 16_000_000,
      env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: join(root, ".wrangler/logs") },
    });
  } catch (error) {
    const { stderr = "", stdout = "" } = error as { stderr?: string; stdout?: string };
    throw new RuntimeFailure(`${name} ${args[0]} failed:\n${stderr.trim() || stdout.trim() || messageOf(error)}`);
  }
}
