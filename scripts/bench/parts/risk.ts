import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { riskMonthsMax, riskRowsMax } from "../../../src/domain/limits.ts";
import type { Figure } from "../report.ts";
import type { RiskJobDone } from "../risk-job.ts";

/** Heaps that are tried, MB; an isolate has 128 for all that it does. */
const HEAPS_MB = [48, 56, 64, 72, 80, 96, 112, 128];
const ENDS_WITHIN_MS = 240_000;

/**
 * The monthly back-test of the greatest book: with which heap it comes through, and its CPU with the heap of an isolate. The whole job with its
 * parts as JSON, in a process of its own whose heap V8 bounds; without D1, R2 and what reads accounts.
 */
export function risk(quick: boolean): { figures: Figure[]; splits: Record<string, unknown> } {
  const accounts = Math.floor(riskRowsMax / riskMonthsMax / (quick ? 10 : 1));
  const done = ran(accounts, HEAPS_MB.at(-1) as number);
  if (done === null) throw new Error(`the back-test of ${accounts} accounts does not come through with ${HEAPS_MB.at(-1)} MB`);
  const least = HEAPS_MB.find((heap) => ran(accounts, heap) !== null);
  const figures = { ...done, leastHeapMb: least };
  console.log(
    `back-test of ${done.rows.toLocaleString("en-US")} account-months of ${done.accounts.toLocaleString("en-US")} accounts in ${done.segments} segments, ${done.measures} measures each, ${done.losses.toLocaleString("en-US")} losses (${Math.round(done.partsBytes / 1e6)} MB of parts): comes through with a heap of ${least} MB, ${done.cpuSeconds.toFixed(1)} s of CPU; its models take ${Math.round(done.modelBytes / 1e3)} KB, its report ${Math.round(done.reportBytes / 1e3)} KB`,
  );
  return { figures: [], splits: { risk: figures } };
}

/** Null: V8 ran out of its heap. */
function ran(accounts: number, heapMb: number): RiskJobDone | null {
  const file = join(import.meta.dirname, "../risk-job.ts");
  const folder = mkdtempSync(join(tmpdir(), "pulseline-risk-"));
  try {
    const child = spawnSync(process.execPath, [`--max-old-space-size=${heapMb}`, file, String(accounts), folder], {
      encoding: "utf8",
      timeout: ENDS_WITHIN_MS,
    });
    if (child.status === 0) return JSON.parse(child.stdout) as RiskJobDone;
    if (child.stderr.includes("heap out of memory")) return null;
    throw new Error(`the back-test ended with ${child.status ?? child.signal}: ${child.stderr.slice(-2_000)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
