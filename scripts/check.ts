import { checkSteps, runStep } from "./check/steps.ts";

/**
 * `npm run check`: format, lint, types, dead code, architecture. `npm run check lint types` runs some.
 *
 * Every step tells how many files it read; one that read none has failed, whatever its tool says.
 */
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !checkSteps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(", ")}. Steps: ${checkSteps.map((step) => step.name).join(", ")}`);
  process.exit(2);
}

const waiting = checkSteps.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
/** What one step leaves of two cores the other takes. */
const stepsAtOnce = 2;
let failed = 0;
async function runSteps(): Promise<void> {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const result = await runStep(step);
    if (!result.passed) {
      failed += 1;
      console.error(result.output);
    }
    console.log(
      `${result.passed ? "ok  " : "FAIL"} ${step.name.padEnd(24)} ${result.filesRead} files, ${result.seconds.toFixed(1)} s${result.why}`,
    );
  }
}
await Promise.all(Array.from({ length: stepsAtOnce }, runSteps));
process.exit(failed === 0 ? 0 : 1);
