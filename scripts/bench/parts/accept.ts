import { eventSource } from "../events.ts";
import { median, spread } from "../figures.ts";
import { startFloors } from "../floors/host.ts";
import { type LoadRequest, runLoad } from "../load.ts";
import { cpuSeconds } from "../process-figures.ts";
import { type Product, settled, startProduct } from "../product.ts";
import type { Figure } from "../report.ts";

const ACCOUNTS = 1_000;
const SECONDS = 4;
const BODIES = 200;
/** Stages that belong to accepting; the others happen after the answer. What the runtime spends outside of JavaScript is shared out alike. */
const ACCEPTING = ["door", "append"];

/** G1 and G2: events per CPU-second of door and append alone, against one committed row a request. Rounds interleave floor and product. */
export async function accept(rounds: number): Promise<{ figures: Figure[]; splits: Record<string, unknown> }> {
  const floors = await startFloors(ACCOUNTS / 100);
  const product = await startProduct(ACCOUNTS / 100);
  const splits: Record<string, unknown> = {};
  try {
    const figures: Figure[] = [];
    for (const [id, size, now] of [
      ["G1", 100, 0.5],
      ["G2", 1, 0.4],
    ] as const) {
      const parse: number[] = [];
      const floor: number[] = [];
      const own: number[] = [];
      // Round 0 is not counted: code is compiled and accounts are made in it.
      for (let round = 0; round <= rounds; round++) {
        const parsed = await floorRate(floors.url, floors.workerdPid, "/parse", size, round);
        const appended = await floorRate(floors.url, floors.workerdPid, "/append", size, round);
        const measured = await acceptRate(product, size, `${id}-${round}`);
        if (round === 0) continue;
        parse.push(parsed);
        floor.push(appended);
        own.push(measured.rate);
        splits[`${id} round ${round}`] = measured.split;
      }
      const ratios = own.map((rate, i) => rate / (floor[i] as number));
      figures.push({
        id,
        what: `accepted ÷ D, ${size}-event requests`,
        unit: "",
        value: median(ratios),
        low: spread(ratios)[0],
        high: spread(ratios)[1],
        floor: median(floor),
        now,
        aim: 0.8,
        greaterIsBetter: true,
        note: `door and append ${Math.round(median(own)).toLocaleString("en-US")} events/CPU-s; P ${Math.round(median(parse)).toLocaleString("en-US")}`,
      });
    }
    return { figures, splits };
  } finally {
    await product.stop();
    await floors.stop();
  }
}

async function floorRate(url: string, pid: number, path: string, size: number, round: number): Promise<number> {
  const next = requests({ path, size, run: `${path}-${size}-${round}`, headers: {} });
  const before = cpuSeconds(pid);
  const { events } = await runLoad(url, next, { seconds: SECONDS });
  return events / (cpuSeconds(pid) - before);
}

async function acceptRate(product: Product, size: number, run: string): Promise<{ rate: number; split: unknown }> {
  const next = requests({
    path: "/v1/events",
    size,
    run,
    headers: { authorization: `Bearer ${product.token}`, "content-type": "application/json" },
  });
  const before = cpuSeconds(product.workerdPid);
  const { events } = await runLoad(product.url, next, { seconds: SECONDS });
  const used = cpuSeconds(product.workerdPid) - before;
  // The shares come from more of the same load: a profile costs CPU, and the floors are measured without.
  await product.profileStart();
  await runLoad(product.url, next, { seconds: SECONDS });
  const { shares, hottest } = await product.profileStop();
  await settled(product, 60_000);
  const accepting = ACCEPTING.reduce((sum, stage) => sum + (shares[stage] ?? 0), 0);
  const named = 1 - (shares["runtime"] ?? 0) - (shares["gc"] ?? 0) - (shares["other"] ?? 0);
  return { rate: events / (used * (accepting / named)), split: { events, cpuSeconds: used, shares, hottest } };
}

/** Bodies are made before the clock runs; each event is new. */
function requests(options: { path: string; size: number; run: string; headers: Record<string, string> }): () => LoadRequest {
  const source = eventSource({ accounts: ACCOUNTS, seed: 1, run: options.run, time: () => Date.now() });
  const ready = Array.from({ length: BODIES }, () => source(options.size).json);
  return () => ({ path: options.path, headers: options.headers, body: ready.pop() ?? source(options.size).json, events: options.size });
}
