import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { standardScorecard } from "../../src/domain/config/standard.ts";
import { riskMonthsMax } from "../../src/domain/limits.ts";
import type { RiskModel } from "../../src/domain/risk/model.ts";
import type { RiskReport } from "../../src/domain/risk/report.ts";
import { backTestMonth } from "../../src/reports/back-test.ts";
import type { BackTestPorts } from "../../src/reports/ports.ts";
import { riskParts } from "../../src/platform/r2/risk-parts.ts";
import { AS_OF, worldOf, type Yardstick } from "../../test/support/risk-worlds.ts";
import { cpuSeconds } from "./process-figures.ts";

export type RiskJobDone = {
  readonly rows: number;
  readonly accounts: number;
  readonly losses: number;
  readonly segments: number;
  readonly measures: number;
  readonly partsBytes: number;
  readonly cpuSeconds: number;
  readonly modelBytes: number;
  readonly reportBytes: number;
};

const PERIOD = "2026-10";
const SHARDS = 256;
const SEGMENTS = 8;
/** Every measure of the scorecard that ships, with its own weight. */
const yardstick: Yardstick = Object.fromEntries(
  standardScorecard.dimensions.map(({ key, measures }) => [
    key,
    Object.fromEntries(measures.flatMap((one) => (one.weight > 0 ? [[one.key, one.weight]] : []))),
  ]),
);
const weighed = Object.entries(yardstick).filter(([, measures]) => Object.keys(measures).length > 0);

/** Accounts of one shard; of a hundred some two are lost in a quarter, by what the first two dimensions say. */
function historiesOf(shard: number, accounts: number) {
  const own = Math.floor(((shard + 1) * accounts) / SHARDS) - Math.floor((shard * accounts) / SHARDS);
  return worldOf({
    seed: shard + 1,
    accounts: own,
    months: riskMonthsMax,
    yardstick: Object.fromEntries(weighed),
    logOdds: ({ usage = 50, support = 50 }) => -5.2 - 0.06 * (usage - 50) - 0.04 * (support - 50),
    segmentOf: (account) => `segment ${(shard * 7 + account) % SEGMENTS}`,
  }).map(({ months, ...history }) => ({
    ...history,
    account: `${shard}/${history.account}`,
    months: months.map((month) => ({ ...month, measures: inHundredths(month.measures) })),
  }));
}

/** As shards tell them. */
const inHundredths = (scores: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(scores).map(([key, score]) => [key, Math.round(score * 100) / 100]));

/** As much of a bucket as the parts need, in a folder. */
function bucketIn(folder: string): { readonly bucket: R2Bucket; readonly bytes: () => number } {
  const sizes = new Map<string, number>();
  const fileOf = (key: string): string => join(folder, key.replaceAll("/", "_"));
  const bucket = {
    async put(key: string, text: string) {
      writeFileSync(fileOf(key), text);
      sizes.set(key, statSync(fileOf(key)).size);
    },
    get: async (key: string) => ({ text: async () => readFileSync(fileOf(key), "utf8") }),
    list: async () => ({ objects: [], truncated: false }),
    delete: async () => undefined,
  };
  return { bucket: bucket as unknown as R2Bucket, bytes: () => [...sizes.values()].reduce((sum, one) => sum + one, 0) };
}

/** Runs the whole monthly back-test of a book of so many accounts in this process, with its parts in a folder. */
async function runJob(accounts: number, folder: string): Promise<RiskJobDone> {
  const { bucket, bytes } = bucketIn(folder);
  let kept: { readonly report: RiskReport; readonly model: RiskModel | null } | null = null;
  const stored = () => {
    if (kept === null) throw new Error("no report was kept");
    return kept;
  };
  const names = Array.from({ length: SHARDS }, (_, i) => String(i).padStart(3, "0"));
  const ports: BackTestPorts = {
    now: () => AS_OF,
    note: () => undefined,
    book: {
      countAccounts: async () => accounts,
      shards: async (after, limit) => names.filter((name) => after === null || name > after).slice(0, limit),
      async histories(shard) {
        const histories = historiesOf(Number(shard), accounts);
        return { histories, accounts: histories.length, withoutSubscription: 0, next: null };
      },
    },
    parts: riskParts(bucket, () => AS_OF),
    results: {
      keep: async (report, model) => void (kept = { report, model }),
      read: async () => ({ ...stored(), newest: PERIOD }),
      forget: async () => 0,
    },
    config: {
      active: async () => null,
      put: async () => true,
      spread: async () => undefined,
      draft: async () => ({ draft: null, lastVersion: 0 }),
      saveDraft: async () => true,
    },
  };
  const cpuBefore = cpuSeconds(process.pid);
  // Steps of a workflow answer JSON.
  await backTestMonth(PERIOD, async (_name, work) => JSON.parse(JSON.stringify(await work())) as Awaited<ReturnType<typeof work>>, ports);
  const { report, model } = stored();
  return {
    rows: report.sample.rows,
    accounts: report.sample.accounts,
    losses: report.sample.losses,
    segments: report.score.length - 1,
    measures: weighed.reduce((sum, [, measures]) => sum + Object.keys(measures).length, 0),
    partsBytes: bytes(),
    cpuSeconds: cpuSeconds(process.pid) - cpuBefore,
    modelBytes: JSON.stringify(model).length,
    reportBytes: JSON.stringify(report).length,
  };
}

const [accounts, folder] = process.argv.slice(2);
if (accounts !== undefined && folder !== undefined) console.log(JSON.stringify(await runJob(Number(accounts), folder)));
