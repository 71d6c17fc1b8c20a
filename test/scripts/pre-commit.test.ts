import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stagedFiles } from "../../scripts/check/staged-files.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const clone = mkdtempSync(join(tmpdir(), "pulseline-hook-"));
const git = (...args: string[]): string => execFileSync("git", args, { cwd: clone, encoding: "utf8" });
const write = (path: string, text: string): void => writeFileSync(join(clone, path), text);
const commit = (): { status: number | null; output: string } => {
  const run = spawnSync("git", ["commit", "-m", "a change"], { cwd: clone, encoding: "utf8" });
  return { status: run.status, output: run.stdout + run.stderr };
};

beforeAll(() => {
  git("init", "-q");
  git("config", "user.name", "somebody");
  git("config", "user.email", "somebody@acme.example");
  mkdirSync(join(clone, "scripts/check"), { recursive: true });
  for (const path of ["scripts/hooks", "scripts/staged.ts", "scripts/check/staged-files.ts", ".oxfmtrc.json", ".oxlintrc.json"])
    cpSync(join(root, path), join(clone, path), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  execFileSync("sh", ["-c", scripts["hooks"] ?? "false"], { cwd: clone });
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

test("a commit is refused for the format or the lint of what is staged, and for nothing else", { timeout: 60_000 }, () => {
  write("good.ts", "export const good = 1;\n");
  write("not-staged.ts", "export const   bad = 1");
  git("add", "good.ts");
  expect(commit()).toMatchObject({ status: 0 });

  write("ugly.ts", "export const   ugly = 1");
  git("add", "ugly.ts");
  const ugly = commit();
  expect([ugly.status, ugly.output]).toEqual([1, expect.stringMatching(/ugly\.ts[^]*Not committed/)]);
  expect(ugly.output).not.toContain("not-staged.ts");

  write("ugly.ts", "export const same = (a: number): boolean => a == 1;\n");
  git("add", "ugly.ts");
  expect(commit()).toMatchObject({ status: 1, output: expect.stringContaining("eqeqeq") });

  write("ugly.ts", "export const same = (a: number): boolean => a === 1;\n");
  write("a name with spaces.md", "# read\n");
  git("add", "ugly.ts", "a name with spaces.md");
  git("rm", "-q", "good.ts");
  expect(stagedFiles(clone)).toEqual(["a name with spaces.md", "ugly.ts"]);
  expect(commit()).toMatchObject({ status: 0 });
});
