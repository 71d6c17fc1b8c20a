import { eventSource } from "../events.ts";
import { quantile } from "../figures.ts";
import { runLoad } from "../load.ts";
import { settled, startProduct } from "../product.ts";
import type { Figure } from "../report.ts";
import { probeVisible } from "./probe.ts";
import { watchLive } from "./watch-live.ts";

const ACCOUNTS = 1_000;
const EVENTS_PER_SECOND = 2_000;
const REQUEST_EVENTS = 20;
const READ_EVERY_MS = 100;

/** G5, G6 and G11: what a person waits for while 2,000 events/s run. */
export async function latency(seconds: number): Promise<{ figures: Figure[]; splits: Record<string, unknown> }> {
  const product = await startProduct(ACCOUNTS / 100);
  try {
    const source = eventSource({ accounts: ACCOUNTS, seed: 5, run: "l", time: () => Date.now() });
    const headers = { authorization: `Bearer ${product.token}`, "content-type": "application/json" };
    const load = (options: { seconds: number }) =>
      runLoad(product.url, () => ({ path: "/v1/events", headers, body: source(REQUEST_EVENTS).json, events: REQUEST_EVENTS }), {
        ...options,
        ratePerSecond: EVENTS_PER_SECOND,
      });
    await load({ seconds: 5 });
    const live = await watchLive(product.url, product.token);
    const [, visible, reads] = await Promise.all([
      load({ seconds }),
      probeVisible(product, (seconds - 2) * 1_000),
      timeReads(product.url, headers, (seconds - 2) * 1_000),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    live.close();
    await settled(product, 60_000);
    const seen = live.delays();
    return {
      figures: [
        ...quantiles("G5", "event to visible at 2,000 events/s", visible, [0.5, 1.5, 3], [0.12, 0.3, 0.6]),
        ...quantiles("G6", "event to live socket with the new score", seen, [1.5, 3, 10], [0.3, 1, 2]),
        ...reads.map(([what, times]) => figure("G11", `${what} p95 while 2,000 events/s run`, "ms", quantile(times, 0.95), times, 200, 50)),
      ],
      splits: {},
    };
  } finally {
    await product.stop();
  }
}

const figure = (id: string, what: string, unit: string, value: number, values: readonly number[], now: number, aim: number): Figure => ({
  id,
  what,
  unit,
  value,
  low: Math.min(...values),
  high: Math.max(...values),
  floor: null,
  now,
  aim,
  greaterIsBetter: false,
  note: `${values.length} samples`,
});

const quantiles = (id: string, what: string, timesMs: readonly number[], now: readonly number[], aim: readonly number[]): Figure[] =>
  [0.5, 0.95, 0.99].map((q, i) =>
    figure(
      id,
      `${what}, p${q * 100}`,
      "s",
      quantile(timesMs, q) / 1_000,
      timesMs.map((ms) => ms / 1_000),
      now[i] as number,
      aim[i] as number,
    ),
  );

async function timeReads(url: string, headers: Record<string, string>, durationMs: number): Promise<[string, number[]][]> {
  const until = performance.now() + durationMs;
  const health: number[] = [];
  const portfolio: number[] = [];
  for (let i = 0; performance.now() < until; i++) {
    const [path, times] =
      i % 2 === 0 ? ([`/api/v1/accounts/acct-${i % ACCOUNTS}/health`, health] as const) : (["/api/v1/portfolio", portfolio] as const);
    const startedAt = performance.now();
    const answer = await fetch(`${url}${path}`, { headers });
    await answer.arrayBuffer();
    if (answer.ok) times.push(performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, READ_EVERY_MS));
  }
  return [
    ["GET accounts/{id}/health", health],
    ["GET portfolio", portfolio],
  ];
}
