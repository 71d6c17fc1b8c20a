import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isFormatted, isLinted, stagedFiles } from "./check/staged-files.ts";

/**
 * What the pre-commit hook runs: format and lint of the files that are staged. Nothing is repaired or staged here: `npm run fix` does that,
 * and only a person knows what belongs into the commit.
 *
 * It reads the files as they lie in the work tree. A file that is staged in parts is judged as a whole.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const staged = stagedFiles(root);

let failed = false;
for (const [tool, args, files] of [
  ["oxfmt", ["--check", "--no-error-on-unmatched-pattern"], staged.filter(isFormatted)],
  ["oxlint", ["--no-error-on-unmatched-pattern"], staged.filter(isLinted)],
] as const) {
  if (files.length === 0) continue;
  const run = spawnSync(`${root}/node_modules/.bin/${tool}`, [...args, "--", ...files], { cwd: root, encoding: "utf8" });
  if (run.status === 0) continue;
  failed = true;
  console.error(`${run.stdout}${run.stderr}${run.error?.message ?? ""}`);
}
if (failed) console.error("Not committed. `npm run fix` repairs what can be repaired; stage it and commit again.");
process.exit(failed ? 1 : 0);
