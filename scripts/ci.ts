import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Totals, totalsLine, totalsOf, type VitestReport } from "./ci/totals.ts";

/**
 * The tests' part of `.ci/run`: builds once, runs everything, ends with `N passed, N failed, N skipped` as the last line.
 * The argument is how `npm run check` ended; a check that failed counts as one failure.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const reportFile = `${root}/dist/test-report.json`;
const checkFailed = Number(process.argv[2] ?? 0) !== 0;
const tool = (name: string, args: readonly string[]): number =>
  spawnSync(process.execPath, [`${root}/node_modules/.bin/${name}`, ...args], { cwd: root, stdio: "inherit" }).status ?? 1;

mkdirSync(`${root}/dist`, { recursive: true });
rmSync(reportFile, { force: true });
const status = tool("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`]);
const totals = withFaults(readReport(), status);
if (checkFailed) console.log("npm run check failed: see above");
console.log(totalsLine(totals));
process.exit(totals.failed === 0 ? 0 : 1);

function readReport(): Totals {
  try {
    return totalsOf(JSON.parse(readFileSync(reportFile, "utf8")) as VitestReport);
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** Vitest may end badly though every test passed (an error outside of a test), and a run of nothing is no success. */
function withFaults(counted: Totals, code: number): Totals {
  const unexplained = (code !== 0 && counted.failed === 0) || counted.passed === 0 ? 1 : 0;
  return { ...counted, failed: counted.failed + unexplained + (checkFailed ? 1 : 0) };
}
