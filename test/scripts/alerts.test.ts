import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const textOf = (path: string): string => readFileSync(`${root}${path}`, "utf8");

/** Names of log lines that the code writes: of what is called as one reports, and those that are chosen by a function (`…_unavailable`). */
function namesInCode(): ReadonlySet<string> {
  const files = globSync(["src/**/*.ts", "durable-objects/**/*.ts"], { cwd: root }).filter((path) => !path.startsWith("src/dashboard/"));
  const called = /\b(?:reportLine|report|alert|note)\(\s*"([a-z_.]+)"/g;
  const chosen = /"([a-z]+_unavailable)"/g;
  return new Set(
    files.map(textOf).flatMap((text) => [called, chosen].flatMap((pattern) => [...text.matchAll(pattern)].map(([, name = ""]) => name))),
  );
}

/** Names in the first column of the table of alerts. */
function namesInTable(): readonly string[] {
  const [, table = ""] = /## What each alert means\n([\s\S]*?)\n## /.exec(textOf("docs/operations.md")) ?? [];
  return table
    .split("\n")
    .flatMap((line) => (line.startsWith("| `") ? [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name) : []));
}

describe("the table of alerts in docs/operations.md", () => {
  it("has every name that the code reports, each once, and no other", () => {
    expect(namesInCode().size).toBeGreaterThan(50);
    expect(namesInTable().toSorted()).toEqual([...namesInCode()].toSorted());
  });
});
