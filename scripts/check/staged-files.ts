import { execFileSync } from "node:child_process";

/** Paths of added, copied, changed and renamed files that are staged, relative to the repository. */
export const stagedFiles = (root: string): readonly string[] =>
  execFileSync("git", ["diff", "--cached", "--name-only", "--diff-filter=ACMR", "-z"], { cwd: root, encoding: "utf8" })
    .split("\0")
    .filter((path) => path !== "");

/** What the formatter knows; which of them it leaves alone is in its own configuration. */
export const isFormatted = (path: string): boolean => /\.(ts|tsx|js|json|css|html|toml|ya?ml)$/.test(path);
export const isLinted = (path: string): boolean => /\.(ts|tsx|js)$/.test(path);
