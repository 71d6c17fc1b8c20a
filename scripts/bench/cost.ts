import type { PlatformUsage } from "./product.ts";

/**
 * Dollars per million units on the Workers Paid plan after the included allowance
 * (developers.cloudflare.com pricing pages of Workers, Durable Objects, Queues, D1 and R2, read 2026-11-23).
 */
const PRICE_PER_MILLION = { request: 0.3, cpuMs: 0.02, queueOperation: 0.4, objectCall: 0.15, rowWritten: 1, bucketPut: 4.5 } as const;
/** A message is written, read and deleted. */
const OPERATIONS_PER_QUEUE_UNIT = 3;

/** Dollars per million events, from what was counted while `events` passed. Active duration of objects is left out: it depends on real latencies. */
export function dollarsPerMillionEvents(
  usage: PlatformUsage,
  cpuSeconds: number,
  events: number,
): { total: number; terms: Record<string, number> } {
  const per = (count: number, price: number): number => (count / events) * price;
  const terms = {
    requests: per(usage.requests, PRICE_PER_MILLION.request),
    cpu: per(cpuSeconds * 1_000, PRICE_PER_MILLION.cpuMs),
    queue: per(usage.queueUnits * OPERATIONS_PER_QUEUE_UNIT, PRICE_PER_MILLION.queueOperation),
    objectCalls: per(usage.objectCalls, PRICE_PER_MILLION.objectCall),
    rows: per(usage.rowsWritten + usage.d1RowsWritten, PRICE_PER_MILLION.rowWritten),
    bucket: per(usage.bucketPuts, PRICE_PER_MILLION.bucketPut),
  };
  return { total: Object.values(terms).reduce((a, b) => a + b, 0), terms };
}
