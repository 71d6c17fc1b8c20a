import { type LoadRequest, runLoad } from "./load.ts";
import type { Product } from "./product.ts";

/** Accepted and not settled: the load holds back above this, as a door with a bounded backlog would. */
const BACKLOG_EVENTS_MAX = 40_000;
/** A look at the totals asks every object. */
const LOOK_EVERY_MS = 500;

export type BoundedLoad = { run(next: () => LoadRequest | null, seconds: number): Promise<number>; stop(): void };

/** A load that holds back while too much is accepted and not settled; `run` answers the events it has sent, and ends early when `next` has no more. */
export function boundedLoad(product: Product, backlogEventsMax = BACKLOG_EVENTS_MAX): BoundedLoad {
  let waiting = 0;
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    const counters = await product.counters().catch(() => null);
    waiting = counters?.waiting ?? waiting;
    isLooking = false;
  };
  const watch = setInterval(() => void look(), LOOK_EVERY_MS);
  return {
    async run(next, seconds) {
      const until = performance.now() + seconds * 1_000;
      let sent = 0;
      let isOver = false;
      while (!isOver && performance.now() < until) {
        if (waiting > backlogEventsMax) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          continue;
        }
        const take = (): LoadRequest | null => {
          if (waiting > backlogEventsMax) return null;
          const item = next();
          isOver ||= item === null;
          return item;
        };
        sent += (await runLoad(product.url, take, { seconds: Math.min(1, (until - performance.now()) / 1_000) })).events;
      }
      return sent;
    },
    stop: () => clearInterval(watch),
  };
}
