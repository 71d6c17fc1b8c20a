import { seededRandom } from "../../seeded-random.ts";
import { eventSource } from "../events.ts";
import { runLoad } from "../load.ts";
import { processTree, residentMiB } from "../process-figures.ts";
import { poll, startProduct } from "../product.ts";
import type { Figure } from "../report.ts";

const EVENTS_PER_ACCOUNT = 300;
const DAYS = 90;
const DAY_MS = 86_400_000;
const REQUEST_EVENTS = 1_000;
const BACKLOG_EVENTS_MAX = 100_000;

/** G8: memory of workerd and its host after 300 events over 90 days for each account. */
export async function memory(accountCounts: readonly number[]): Promise<{ figures: Figure[]; splits: Record<string, unknown> }> {
  const figures: Figure[] = [];
  for (const accounts of accountCounts) {
    const product = await startProduct(Math.max(1, accounts / 100));
    try {
      const random = seededRandom(6);
      const source = eventSource({ accounts, seed: 6, run: `m${accounts}`, time: () => Date.now() - Math.floor(random() * DAYS * DAY_MS) });
      const headers = { authorization: `Bearer ${product.token}`, "content-type": "application/json" };
      const total = accounts * EVENTS_PER_ACCOUNT;
      let made = 0;
      let waiting = 0;
      const watch = setInterval(
        () =>
          void product.counters().then(
            (c) => (waiting = c.waiting),
            () => undefined,
          ),
        250,
      );
      for (;;) {
        if (made >= total) break;
        if (waiting > BACKLOG_EVENTS_MAX) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          continue;
        }
        const next = () => {
          if (made >= total || waiting > BACKLOG_EVENTS_MAX) return null;
          made += REQUEST_EVENTS;
          return { path: "/v1/events?lane=backfill", headers, body: source(REQUEST_EVENTS).json, events: REQUEST_EVENTS };
        };
        await runLoad(product.url, next, { seconds: 2, connections: 8 });
      }
      const counters = await poll(
        () => product.counters(),
        (c) => c.waiting === 0,
        { everyMs: 500, timeoutMs: 300_000, what: "history settled" },
      );
      clearInterval(watch);
      if (counters.applied !== made) throw new Error(`sent ${made}, applied ${counters.applied}: lost or doubled`);
      const used = processTree(product.workerdPid).reduce((sum, pid) => sum + residentMiB(pid), 0) + residentMiB(process.pid);
      const now = accounts >= 10_000 ? 1_500 : 900;
      figures.push({
        id: "G8",
        what: `memory, ${accounts.toLocaleString("en-US")} accounts of 300 events over 90 days`,
        unit: "MiB",
        value: used,
        low: used,
        high: used,
        floor: null,
        now,
        aim: accounts >= 10_000 ? 800 : 500,
        greaterIsBetter: false,
        note: "workerd and its host, the load generator included",
      });
    } finally {
      await product.stop();
    }
  }
  return { figures, splits: {} };
}
