import type { FaultCounts } from "./platform/object-runtime.ts";
import { simulate } from "./run.ts";

export const stepsPerRun = 200;
/** One world in so many has the nightly job too: it costs a third more. Odd, so that both parts have as many. */
const seedsPerNight = Number(process.env["SEEDS_PER_NIGHT"] ?? 9);

export type StormReport = {
  readonly seeds: number;
  readonly accepted: number;
  readonly links: number;
  readonly merges: number;
  readonly faults: FaultCounts;
  readonly broken: readonly string[];
};

/** Runs seeds one after another, silently; a broken law names its seed, and `SEED=n` runs that one alone. */
export async function storm(seeds: readonly number[]): Promise<StormReport> {
  const broken: string[] = [];
  const faults: Record<string, number> = {};
  let accepted = 0;
  let links = 0;
  let merges = 0;
  const warn = console.warn;
  console.warn = () => undefined;
  try {
    for (const seed of seeds) {
      const result = await simulate({ seed, steps: stepsPerRun, nights: seed % seedsPerNight === 0 });
      accepted += result.accepted;
      links += result.links;
      merges += result.merges;
      for (const [fault, count] of Object.entries(result.faults)) faults[fault] = (faults[fault] ?? 0) + count;
      for (const law of result.broken) broken.push(`SEED=${seed}: ${law}`);
    }
  } finally {
    console.warn = warn;
  }
  return { seeds: seeds.length, accepted, links, merges, faults: faults as FaultCounts, broken };
}

/** Of the gate; `npm run test:storm` runs eight times as many. What so many are worth is reckoned in docs/design/path.md. */
const SEEDS_DEFAULT = 250;

/** Every `of`-th seed from `part` on: the files of this folder share the seeds, so that they run beside each other. `SEEDS=n` sets how many in all. */
export function seedsOf(part: number, of: number): number[] {
  const one = process.env["SEED"];
  if (one !== undefined) return part === 0 ? [Number(one)] : [];
  const count = Number(process.env["SEEDS"] ?? SEEDS_DEFAULT);
  return Array.from({ length: count }, (_, i) => i + 1).filter((seed) => seed % of === part);
}
