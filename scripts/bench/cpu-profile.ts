import type { Inspector } from "./inspector.ts";

/**
 * CPU profile of the worker through the inspector of workerd, split into stages.
 *
 * Timers inside a worker stand still while JavaScript runs, so the product cannot time its own stages; sampling from outside can.
 * A sample belongs to the stage of the innermost function of its stack that the stage table names.
 */

type ProfileNode = { id: number; callFrame: { functionName: string; url: string; lineNumber: number }; children?: number[] };
type Profile = { nodes: ProfileNode[]; samples: number[]; timeDeltas: number[]; startTime: number; endTime: number };

export type StageShares = {
  /** Share of busy samples per stage, 0..1; they sum to 1. */
  readonly shares: Readonly<Record<string, number>>;
  /** The functions with most self time, `stage: name:line of the bundle`, share of busy samples. */
  readonly hottest: readonly { readonly name: string; readonly share: number }[];
  readonly busySamples: number;
};

export type StageTable = Readonly<Record<string, readonly RegExp[]>>;

const SAMPLING_MICROSECONDS = 500;
const HOTTEST_MAX = 40;

export async function startProfile(inspector: Inspector): Promise<void> {
  await inspector.call("Profiler.enable");
  await inspector.call("Profiler.setSamplingInterval", { interval: SAMPLING_MICROSECONDS });
  await inspector.call("Profiler.start");
}

export async function stopProfile(inspector: Inspector, stages: StageTable): Promise<StageShares> {
  const { profile } = (await inspector.call("Profiler.stop")) as { profile: Profile };
  return splitByStage(profile, stages);
}

const IDLE = new Set(["(idle)", "(root)"]);

/** Pure: exported for its test. */
export function splitByStage(profile: Profile, stages: StageTable): StageShares {
  const parents = new Map<number, number>();
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  for (const node of profile.nodes) for (const child of node.children ?? []) parents.set(child, node.id);

  const stageOf = (id: number): string => {
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const name = byId.get(at)?.callFrame.functionName ?? "";
      for (const [stage, patterns] of Object.entries(stages)) if (patterns.some((pattern) => pattern.test(name))) return stage;
    }
    const own = byId.get(id)?.callFrame.functionName ?? "";
    return own === "(garbage collector)" ? "gc" : own === "(program)" ? "runtime" : "other";
  };

  const weights = new Map<string, number>();
  const self = new Map<string, number>();
  let busy = 0;
  let busySamples = 0;
  for (const [index, id] of profile.samples.entries()) {
    const frame = byId.get(id)?.callFrame;
    if (frame === undefined || IDLE.has(frame.functionName)) continue;
    const weight = profile.timeDeltas[index] ?? 0;
    const stage = stageOf(id);
    weights.set(stage, (weights.get(stage) ?? 0) + weight);
    const name = `${stage}: ${frame.functionName || "(anonymous)"}:${frame.lineNumber}`;
    self.set(name, (self.get(name) ?? 0) + weight);
    busy += weight;
    busySamples++;
  }
  const share = (weight: number): number => (busy === 0 ? 0 : weight / busy);
  return {
    shares: Object.fromEntries([...weights].map(([stage, weight]) => [stage, share(weight)])),
    hottest: [...self]
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, HOTTEST_MAX)
      .map(([name, weight]) => ({ name, share: share(weight) })),
    busySamples,
  };
}
