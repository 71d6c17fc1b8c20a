import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { buildOutdatedPages } from "../../scripts/runtime/build.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Folder of the pages as they stand in the tree: built once for the browser tests and for those that start the product. */
    dashboardPages: string;
  }
}

/** Vitest calls this once before the browser tests. */
export default async function buildPages(project: TestProject): Promise<void> {
  project.provide("dashboardPages", await buildOutdatedPages(fileURLToPath(new URL("../..", import.meta.url)), () => undefined));
}
