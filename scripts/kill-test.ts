import { fullPlan, phasesThatMustBeStruck, shortPlan } from "./kill/plan.ts";
import { exactWithinMs, type KillReport, runKills } from "./kill/run.ts";

/**
 * `npm run test:kill`: load through the doors, SIGKILL in every phase of the path, and a count of every event at the end.
 * `-- --short` makes a few kills. Ends with 1 when an acknowledged event is lost, any is doubled, or a phase was not struck.
 */
const isShort = process.argv.includes("--short");
const report = await runKills(isShort ? shortPlan : fullPlan, (line) => console.log(line));
const faults = faultsOf(report);
print(report, faults);
process.exit(faults.length === 0 ? 0 : 1);

function faultsOf({ verdict, killsByPhase, exactAfterSeconds }: KillReport): string[] {
  return [
    ...(verdict.lost.length > 0 ? [`${verdict.lost.length} lost: ${verdict.lost.slice(0, 5).join(", ")}`] : []),
    ...(verdict.doubled.length > 0 ? [`${verdict.doubled.length} doubled: ${verdict.doubled.slice(0, 5).join(", ")}`] : []),
    ...(verdict.unexpected.length > 0
      ? [`${verdict.unexpected.length} counted that were never sent: ${verdict.unexpected.slice(0, 5).join(", ")}`]
      : []),
    ...phasesThatMustBeStruck.filter((phase) => (killsByPhase[phase] ?? 0) === 0).map((phase) => `no kill struck in "${phase}"`),
    ...(exactAfterSeconds * 1_000 > exactWithinMs ? [`exact only after ${exactAfterSeconds.toFixed(1)} s`] : []),
  ];
}

function print(result: KillReport, found: readonly string[]): void {
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(" · ");
  console.log(`\nkills      ${list(result.killsByPhase)}`);
  console.log(`killed     ${list(result.killsByTarget)}`);
  console.log(`requests   ${result.requests}, tried again ${result.triesAgain}, given up ${result.givenUp}`);
  console.log(`events     ${result.sent} sent, ${result.acknowledged} acknowledged, ${result.verdict.counted} counted`);
  console.log(`lost       ${result.verdict.lost.length}`);
  console.log(`doubled    ${result.verdict.doubled.length}`);
  console.log(`exact      ${result.exactAfterSeconds.toFixed(1)} s after the last start`);
  for (const line of result.logged.slice(-10)) console.log(`log        ${line.slice(0, 300)}`);
  for (const fault of found) console.error(`FAULT      ${fault}`);
}
