import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sumOf, type Totals, totalsLine, totalsOf, type VitestReport } from "./ci/totals.ts";

/**
 * The tests' part of `.ci/run`: builds once, runs everything, ends with `N passed, N failed, N skipped` as the last line.
 * The argument is how `npm run check` ended; a check that failed counts as one failure.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const checkFailed = Number(process.argv[2] ?? 0) !== 0;

mkdirSync(`${root}/dist`, { recursive: true });
const stormLog = `${root}/dist/storm.log`;
const log = openSync(stormLog, "w");
const totals = await Promise.all([
  // The storm wants a processor and nothing else, and steps back for whoever wants it: it takes what browsers, starts and timers leave.
  vitest("storm", { report: "storm-report.json", output: log }),
  vitest("!storm", { report: "test-report.json", output: "inherit" }),
]);
closeSync(log);
console.log(readFileSync(stormLog, "utf8"));
if (checkFailed) console.log("npm run check failed: see above");
const all = sumOf([...totals, { passed: 0, failed: checkFailed ? 1 : 0, skipped: 0 }]);
console.log(totalsLine(all));
process.exit(all.failed === 0 ? 0 : 1);

type Run = { readonly report: string; readonly output: "inherit" | number };

/** Runs some of the projects of vitest.config.ts. */
async function vitest(projects: string, { report, output }: Run): Promise<Totals> {
  const reportFile = `${root}/dist/${report}`;
  rmSync(reportFile, { force: true });
  const args = ["run", `--project=${projects}`, "--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`];
  const child = spawn(process.execPath, [`${root}/node_modules/.bin/vitest`, ...args], { cwd: root, stdio: ["ignore", output, output] });
  const code = await new Promise<number>((resolve) =>
    child.once("error", () => resolve(1)).once("close", (status) => resolve(status ?? 1)),
  );
  return withFaults(readReport(reportFile), code);
}

function readReport(file: string): Totals {
  try {
    return totalsOf(JSON.parse(readFileSync(file, "utf8")) as VitestReport);
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** Vitest may end badly though every test passed (an error outside of a test), and a run of nothing is no success. */
function withFaults(counted: Totals, code: number): Totals {
  const unexplained = (code !== 0 && counted.failed === 0) || counted.passed === 0 ? 1 : 0;
  return { ...counted, failed: counted.failed + unexplained };
}
