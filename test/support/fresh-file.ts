import { applyD1Migrations, type D1Migration, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, vi } from "vitest";
import { beginFile, endFile, endLastFile } from "./work-in-hand.ts";

const { DB, TEST_MIGRATIONS } = env as unknown as { readonly DB: D1Database; readonly TEST_MIGRATIONS: D1Migration[] };

/**
 * Runs before each file. Files of a worker share a runtime, whose start costs more than most of them, and nothing else: every file has its
 * own copy of all modules, and an empty database, archive and objects; messages of earlier files are not delivered. Only workflows outlive it.
 */
vi.useRealTimers();
vi.unstubAllGlobals();
vi.resetModules();
await reset();
// With their objects gone consumers come to an end; what they have written until then goes, too.
await endLastFile();
await reset();
await applyD1Migrations(DB, TEST_MIGRATIONS);
beginFile();

/**
 * Objects and consumers of a file end with it. What one of them logs of its own accord goes to Vitest with the next message of the file, and Vitest
 * waits for its receipt before it ends the file: a log after the last message was waited for for ever.
 */
afterAll(async () => {
  vi.useRealTimers();
  endFile();
  await endLastFile();
  await reset();
});
