import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { account } from "./bench/parts/account.ts";
import { analytics } from "./bench/parts/analytics.ts";
import { accept } from "./bench/parts/accept.ts";
import { config, configDefaults } from "./bench/parts/config.ts";
import { endToEnd } from "./bench/parts/end-to-end.ts";
import { latency } from "./bench/parts/latency.ts";
import { memory } from "./bench/parts/memory.ts";
import { risk } from "./bench/parts/risk.ts";
import { steps } from "./bench/parts/steps.ts";
import { type Figure, toSplitTable, toTable } from "./bench/report.ts";

type Part = {
  readonly what: string;
  /** Not run unless it is named. */
  readonly isExtra?: true;
  /** `quick`: a look, whose figures are not to be told. */
  readonly run: (options: {
    rounds: number;
    seconds: number;
    quick: boolean;
    accounts: number;
  }) => Promise<{ figures: Figure[]; splits: Record<string, unknown> }>;
};

const parts: Readonly<Record<string, Part>> = {
  accept: { what: "G1, G2: what the doors take in", run: ({ rounds }) => accept(rounds) },
  "end-to-end": { what: "G3, G4, G7, G9, G10, G12: the whole path at saturation", run: ({ rounds, seconds }) => endToEnd(rounds, seconds) },
  latency: { what: "G5, G6, G11: what a person waits for", run: ({ quick }) => latency(quick ? 10 : 25) },
  config: {
    what: "G13: what a publication costs the live lane",
    run: ({ quick }) => config(quick ? { accounts: 1_000, seconds: 10 } : configDefaults),
  },
  account: {
    what: "G14, G15: one event and one recompute, a small account and the largest",
    run: ({ rounds }) => account(Math.ceil(rounds / 2)),
  },
  steps: { what: "no goal: what each step of the path costs an event, alone", run: () => steps() },
  analytics: {
    what: "questions about usage over a large book; only when it is named: the import takes minutes",
    run: ({ accounts, rounds }) => analytics(accounts, rounds),
    isExtra: true,
  },
  risk: {
    what: "the monthly back-test of the greatest book: its heap and its CPU; only when it is named",
    run: ({ quick }) => Promise.resolve(risk(quick)),
    isExtra: true,
  },
  memory: { what: "G8: memory after a history of 90 days", run: ({ quick }) => memory(quick ? [100] : [1_000, 10_000]) },
};

const partsRun = Object.keys(parts).filter((name) => parts[name]?.isExtra !== true);

const usage = `npm run bench -- [options]: the figures of docs/performance.md, each against floors measured in the same run

  --parts a,b     some of them, in this order (default: all but analytics and risk)
${Object.entries(parts)
  .map(([name, { what }]) => `                  ${name.padEnd(12)} ${what}`)
  .join("\n")}
  --rounds 2      how often floors are measured beside the product
  --seconds 60    how long the path is kept saturated
  --accounts 1000 of the book that analytics asks about
  --quick         a look: one round, 8 s, small worlds
  --help          this text

All of it is meant to take less than 15 minutes on a quiet machine; each part says how long it took.`;

/** Whole numbers only, and within reason: a run that never ends tells nothing. */
function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new TypeError(`--${name} is a whole number from 1 to ${max}, not ${text}`);
  return value;
}

function optionsOf(): { names: string[]; rounds: number; seconds: number; quick: boolean; accounts: number } | "help" {
  const { values } = parseArgs({
    options: {
      parts: { type: "string", default: partsRun.join(",") },
      accounts: { type: "string", default: "1000" },
      rounds: { type: "string", default: "2" },
      seconds: { type: "string", default: "60" },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const names = values.parts.split(",");
  for (const name of names)
    if (!(name in parts)) throw new TypeError(`there is no part "${name}"; there are ${Object.keys(parts).join(", ")}`);
  const rounds = values.quick ? 1 : wholeNumber("rounds", values.rounds, 20);
  const seconds = values.quick ? 8 : wholeNumber("seconds", values.seconds, 3_600);
  const accounts = wholeNumber("accounts", values.accounts, 2_000);
  return { names, rounds, seconds, quick: values.quick, accounts };
}

function optionsOrEnd(): Exclude<ReturnType<typeof optionsOf>, "help"> {
  try {
    const options = optionsOf();
    if (options !== "help") return options;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

const options = optionsOrEnd();
const figures: Figure[] = [];
const splits: Record<string, unknown> = {};
const startedAt = performance.now();
for (const name of options.names) {
  const partStartedAt = performance.now();
  const done = await (parts[name] as Part).run(options);
  console.error(`${name}: ${((performance.now() - partStartedAt) / 1_000).toFixed(0)} s`);
  figures.push(...done.figures);
  Object.assign(splits, done.splits);
}
figures.sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
console.log(
  `${new Date().toISOString()}, ${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, Node ${process.version}; only ratios inside one run count; ${options.names.join(", ")} in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s\n`,
);
console.log(toTable(figures));
console.log(`\n${toSplitTable(splits)}`);
const folder = join(import.meta.dirname, "../bench-results");
mkdirSync(folder, { recursive: true });
const file = join(folder, `${new Date().toISOString().replaceAll(":", "-")}.json`);
writeFileSync(file, JSON.stringify({ figures, splits }, null, 2));
console.log(`\n${file}`);
process.exit(0);
