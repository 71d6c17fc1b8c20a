import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { accept } from "./bench/parts/accept.ts";
import { config } from "./bench/parts/config.ts";
import { endToEnd } from "./bench/parts/end-to-end.ts";
import { latency } from "./bench/parts/latency.ts";
import { memory } from "./bench/parts/memory.ts";
import { type Figure, toTable } from "./bench/report.ts";

/**
 * `npm run bench`: the figures of docs/performance.md, each against floors measured in the same run.
 * `--parts accept,end-to-end,latency,config,memory` selects, `--rounds 3`, `--seconds 60` (sustained part), `--quick` for a look.
 */
const { values } = parseArgs({
  options: {
    parts: { type: "string", default: "accept,end-to-end,latency,config,memory" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "60" },
    quick: { type: "boolean", default: false },
  },
});
const rounds = values.quick ? 1 : Number(values.rounds);
const seconds = values.quick ? 8 : Number(values.seconds);

const parts: Record<string, () => Promise<{ figures: Figure[]; splits: Record<string, unknown> }>> = {
  accept: () => accept(rounds),
  "end-to-end": () => endToEnd(rounds, seconds),
  latency: () => latency(values.quick ? 10 : 30),
  config: () => config(values.quick ? 10 : 30),
  memory: () => memory(values.quick ? [100] : [1_000, 10_000]),
};

const figures: Figure[] = [];
const splits: Record<string, unknown> = {};
for (const name of values.parts.split(",")) {
  const part = parts[name];
  if (part === undefined) throw new Error(`there is no part "${name}"; there are ${Object.keys(parts).join(", ")}`);
  console.error(`${name} …`);
  const done = await part();
  figures.push(...done.figures);
  Object.assign(splits, done.splits);
}
figures.sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
console.log(
  `${new Date().toISOString()}, ${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, Node ${process.version}; only ratios inside one run count\n`,
);
console.log(toTable(figures));
const folder = join(import.meta.dirname, "../bench-results");
mkdirSync(folder, { recursive: true });
const file = join(folder, `${new Date().toISOString().replaceAll(":", "-")}.json`);
writeFileSync(file, JSON.stringify({ figures, splits }, null, 2));
console.log(`\n${file}`);
process.exit(0);
