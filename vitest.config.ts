import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Wrangler's configuration names this folder; tests of the API need it to exist, not to hold the pages.
mkdirSync(here("dist/dashboard"), { recursive: true });

/** 32 bytes of nothing: what tests encrypt with it is not secret. */
const testSecretKey = Buffer.alloc(32, 7).toString("base64");
process.env["PULSELINE_SECRET_KEY"] ??= testSecretKey;
// The hash of no token: tests that want an admin bind their own or put a token into the database.
process.env["PULSELINE_ADMIN_TOKEN_HASH"] ??= "0".repeat(64);

const onSimulatedPlatform = { resolve: { alias: { "cloudflare:workers": here("test/simulation/platform/cloudflare-workers.ts") } } };
const storms = ["test/simulation/storm-*.test.ts"];
const alone = ["test/e2e/{kill,silence}.test.ts"];
/** Workflows outlive what files do to forget each other; and in a shared runtime a shadow of config.test.ts was not evaluated in time. */
const withOwnRuntime = ["test/api/{config,jobs,risk,statistics}.test.ts"];

/** Inside workerd, on the bindings of wrangler.toml: real objects, alarms, queues and D1 with its migrations. */
const inWorkerd = (files: { name: string; include: string[]; exclude?: string[]; isolate?: boolean }): TestProjectInlineConfiguration => ({
  plugins: [
    cloudflareTest(async () => ({
      main: here("test/support/test-worker.ts"),
      wrangler: { configPath: here("wrangler.toml") },
      miniflare: {
        bindings: { PULSELINE_SECRET_KEY: testSecretKey, TEST_MIGRATIONS: await readD1Migrations(here("migrations")) },
      },
    })),
  ],
  test: { ...files, setupFiles: [here("test/support/fresh-file.ts")], testTimeout: 30_000, hookTimeout: 60_000 },
});

/** Who waits for browsers and for starts leaves a core idle half of the time. */
const workersThatWait = 3;

export default defineConfig({
  test: {
    // Two cores are the least this is run on; by itself vitest would leave one of them idle.
    maxWorkers: 2,
    projects: [
      // Worlds on virtual time: seconds of a processor each, and nothing waited for. The gate runs them beside all others (scripts/ci.ts).
      { ...onSimulatedPlatform, test: { name: "storm", include: storms, setupFiles: [here("test/support/below-others.ts")] } },
      {
        // Plain Node, milliseconds. Objects run here too, on the simulation's own platform.
        ...onSimulatedPlatform,
        test: {
          name: "node",
          // One module graph for all files of a worker: to load it costs more than most of them, and what modules keep is no state.
          isolate: false,
          include: ["test/architecture.test.ts", "test/{domain,connectors,rooms,simulation,scripts,dashboard}/**/*.test.{ts,tsx}"],
          exclude: storms,
          testTimeout: 20_000,
        },
      },
      // One runtime for all files of a worker; each has modules and storage of its own (test/support/fresh-file.ts).
      inWorkerd({
        name: "workerd",
        isolate: false,
        include: ["test/{durable-objects,platform,api}/**/*.test.ts"],
        exclude: withOwnRuntime,
      }),
      // A runtime for each file.
      inWorkerd({ name: "workflows", include: withOwnRuntime }),
      {
        // Processes struck down under load and how long it takes until all is right again, and minutes of a fast clock: alone on the machine, but for what takes only what they leave.
        test: {
          name: "alone",
          include: alone,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // The real local runtime, started as a user starts it.
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: alone,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: workersThatWait,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Chromium against the pages as built, on made-up data; each file has a browser and a server of its own. A real browser on a shared machine may miss a beat: what is wrong fails thrice.
        test: {
          name: "browser",
          retry: 2,
          include: ["test/browser/**/*.test.ts"],
          globalSetup: [here("test/support/dashboard-build.ts")],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: workersThatWait,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
