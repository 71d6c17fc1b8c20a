import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** Folder of the pages as they stand in the tree, built once for all browser tests of a run. */
    dashboardPages: string;
  }
}

/** Vitest calls this once before the browser tests, and what it gives back after them. */
export default async function buildPages(project: TestProject): Promise<() => void> {
  const pages = mkdtempSync(join(tmpdir(), "pulseline-pages-"));
  await build({
    configFile: fileURLToPath(new URL("../../src/dashboard/vite.config.ts", import.meta.url)),
    logLevel: "error",
    build: { outDir: pages },
  });
  project.provide("dashboardPages", pages);
  return () => rmSync(pages, { recursive: true, force: true });
}
