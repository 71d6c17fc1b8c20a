import { seededRandom } from "../../seeded-random.ts";
import { boundedLoad } from "../bounded-load.ts";
import { eventSource } from "../events.ts";
import type { LoadRequest } from "../load.ts";
import { cpuSeconds } from "../process-figures.ts";
import type { Memory } from "../product-memory.ts";
import { type Product, settled, startProduct } from "../product.ts";
import type { Figure } from "../report.ts";

const EVENTS_PER_ACCOUNT = 300;
const DAYS = 90;
const DAY_MS = 86_400_000;
const REQUEST_EVENTS = 1_000;
const BACKLOG_EVENTS_MAX = 100_000;
/** Then the import is broken off, and the figure says how far it had come. */
const IMPORT_SECONDS_MAX = 330;
const SETTLE_MS = 120_000;

/** G8: memory of workerd and its host after 300 events over 90 days for each account, and how fast such a history comes in. */
export async function memory(accountCounts: readonly number[]): Promise<{ figures: Figure[]; splits: Record<string, unknown> }> {
  const figures: Figure[] = [];
  for (const accounts of accountCounts) figures.push(...(await afterImport(accounts)));
  return { figures, splits: {} };
}

async function afterImport(accounts: number): Promise<Figure[]> {
  const product = await startProduct(Math.max(1, accounts / 100));
  try {
    const imported = await importHistory(product, accounts);
    const used = await product.memory();
    await product.collectGarbage();
    const collected = await product.memory();
    const isLarge = accounts >= 10_000;
    const world = `${accounts.toLocaleString("en-US")} accounts of ${EVENTS_PER_ACCOUNT} events over ${DAYS} days`;
    const whole = accounts * EVENTS_PER_ACCOUNT;
    const partly = imported.events < whole ? `; BROKEN OFF after ${imported.events.toLocaleString("en-US")} of ${whole.toLocaleString("en-US")} events` : "";
    const shared = { id: "G8", floor: null } as const;
    const single = (value: number): Pick<Figure, "value" | "low" | "high"> => ({ value, low: value, high: value });
    return [
      { ...shared, what: `memory, ${world}`, unit: "MiB", value: used.total, low: collected.total, high: used.total, now: isLarge ? 1_500 : 900, aim: isLarge ? 800 : 500, greaterIsBetter: false, note: `${split(used)}; after a forced collection ${split(collected)}${partly}` },
      { ...shared, what: `history imported, ${world}`, unit: "/s", ...single(imported.perSecond), now: 5_000, aim: 20_000, greaterIsBetter: true, note: `${Math.round(imported.perCpuSecond).toLocaleString("en-US")} events/CPU-s${partly}` },
    ];
  } finally {
    await product.stop();
  }
} // prettier-ignore

const split = ({ total, workerd, host, heapUsed, heapTotal, buffers }: Memory): string => {
  const [all, runtime, node, used, taken, outside] = [total, workerd, host, heapUsed, heapTotal, buffers].map(Math.round);
  return `${all} MiB: host ${node}, workerd ${runtime}, of it V8 ${taken} (objects ${used}) and buffers ${outside}`;
};

async function importHistory(product: Product, accounts: number): Promise<{ events: number; perSecond: number; perCpuSecond: number }> {
  const random = seededRandom(6);
  const source = eventSource({ accounts, seed: 6, run: `m${accounts}`, time: () => Date.now() - Math.floor(random() * DAYS * DAY_MS) });
  const headers = { authorization: `Bearer ${product.token}`, "content-type": "application/json" };
  let left = accounts * EVENTS_PER_ACCOUNT;
  const next = (): LoadRequest | null => {
    if (left <= 0) return null;
    left -= REQUEST_EVENTS;
    return { path: "/v1/events?lane=backfill", headers, body: source(REQUEST_EVENTS).json, events: REQUEST_EVENTS };
  };
  const startedAt = performance.now();
  const before = cpuSeconds(product.workerdPid);
  const load = boundedLoad(product, BACKLOG_EVENTS_MAX);
  const events = await load.run(next, IMPORT_SECONDS_MAX);
  const counters = await settled(product, SETTLE_MS);
  load.stop();
  if (counters.applied !== events) throw new Error(`sent ${events}, applied ${counters.applied}: lost or doubled`);
  const perSecond = (events / (performance.now() - startedAt)) * 1_000;
  return { events, perSecond, perCpuSecond: events / (cpuSeconds(product.workerdPid) - before) };
}
