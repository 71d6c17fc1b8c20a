import { execFileSync } from "node:child_process";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { importsOf, type SourceFile, violationsOf } from "./support/architecture-rules.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources: SourceFile[] = globSync(["src/**/*.{ts,tsx}", "durable-objects/**/*.ts"], { cwd: root })
  .filter((path) => !path.endsWith(".d.ts"))
  .map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(`${root}/${path}`, "utf8") }));

/** The top of the house is fixed: whatever is tracked there is in this list. */
const topLevel = [
  ".ci",
  ".gitattributes",
  ".github",
  ".gitignore",
  ".oxfmtrc.json",
  ".oxlintrc.json",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "LICENSE",
  "README.md",
  "config",
  "docs",
  "drizzle.config.ts",
  "durable-objects",
  "knip.json",
  "migrations",
  "package-lock.json",
  "package.json",
  "scripts",
  "src",
  "test",
  "tsconfig.json",
  "vitest.config.ts",
  "wrangler.toml",
];
const rooms = [
  "api",
  "connectors",
  "dashboard",
  "domain",
  "env.ts",
  "ingest",
  "pipeline",
  "platform",
  "projections",
  "reports",
  "worker.ts",
];

describe("the house", () => {
  test("every import goes where the rules allow, and the domain is pure", () => {
    console.log(`imports read in ${sources.length} files`);
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(300);
    expect(violationsOf(sources)).toEqual([]);
  });

  test("no file lies outside of the rooms", () => {
    const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8", maxBuffer: 64_000_000 }).split("\n").filter(Boolean);
    expect(tracked.length).toBeGreaterThan(100);
    expect([...new Set(tracked.map((path) => path.split("/")[0]))].filter((name) => !topLevel.includes(name ?? ""))).toEqual([]);
    expect(readdirSync(`${root}/src`).filter((name) => !rooms.includes(name))).toEqual([]);
  });
});

describe("a planted violation is found", () => {
  const planted: readonly (readonly [path: string, text: string, rule: RegExp])[] = [
    ["src/domain/score.ts", `import { reach } from "../platform/failpoint.ts";`, /the domain imports the domain/],
    ["src/domain/score.ts", `import { Hono } from "hono";`, /the domain imports the domain/],
    ["src/domain/score.ts", `import { parse } from "@marcbachmann/cel-js";`, /the domain imports the domain/],
    ["src/domain/score.ts", `export type { Env } from "../env.ts";`, /the domain imports the domain/],
    ["src/domain/score.ts", `export const at = () => Date.now();`, /Date\.now/],
    ["src/domain/score.ts", `export const at = () => new Date();`, /new Date\(\)/],
    ["src/domain/score.ts", `export const chance = Math.random();`, /Math\.random/],
    ["src/domain/score.ts", `export const load = async () => await fetch("https://example.com");`, /an async function/],
    ["src/connectors/zendesk/webhooks.ts", `import { track } from "../mixpanel/track.ts";`, /a connector imports/],
    ["src/pipeline/consume.ts", `import { append } from "../ingest/ports.ts";`, /pipeline imports the domain and itself/],
    ["src/ingest/routes.ts", `import type { Env } from "../env.ts";`, /ingest imports the domain and itself/],
    ["src/ingest/routes.ts", `import { doorPorts } from "../platform/door-ports.ts";`, /ingest imports the domain and itself/],
    ["src/pipeline/consume.ts", `const later = () => import("../platform/clock.ts");`, /pipeline imports the domain and itself/],
    ["src/api/accounts.ts", `import { AccountShard } from "../../durable-objects/account-shard.ts";`, /only worker.ts/],
    ["src/api/accounts.ts", `import { drizzle } from "drizzle-orm/d1";`, /api imports the domain and itself/],
    ["src/platform/clock.ts", `import worker from "../worker.ts";`, /nobody imports worker.ts/],
    ["durable-objects/account-shard.ts", `import { consume } from "../src/pipeline/consume.ts";`, /an object imports/],
  ];
  test.each(planted)("%s: %s", (path, text, rule) => {
    const found = violationsOf([{ path, text }]);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]?.rule).toMatch(rule);
  });

  test("what only looks like one is let pass", () => {
    const innocent = `// import { x } from "../platform/x.ts"\nexport const text = "Date.now()"; export const at = new Date(0);`;
    expect(violationsOf([{ path: "src/domain/score.ts", text: innocent }])).toEqual([]);
  });
});
