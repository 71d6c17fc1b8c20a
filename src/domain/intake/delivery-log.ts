import { deliveryLogPerShardMax, deliveryLogRowBytesMax } from "../limits.ts";
import type { DeliveryPosition, DeliverySummary } from "./messages.ts";
import type { DeliveryFacts } from "./plan.ts";
import type { Progress } from "./progress.ts";
import { outcomesIn } from "./tally.ts";

/** The order of every list of deliveries, in a shard and over all of them. Many may bear one millisecond, so the id decides among them. */
export function newestFirst(a: DeliveryPosition, b: DeliveryPosition): number {
  if (a.receivedAt !== b.receivedAt) return b.receivedAt - a.receivedAt;
  return a.id === b.id ? 0 : a.id < b.id ? 1 : -1;
}

/** Deliveries of a segment with what has become of them so far, in arrival order. */
export const summariesOf = (
  deliveries: readonly DeliveryFacts[],
  progress: Progress,
  standing: { readonly isStuck: boolean; readonly settledAt: number | undefined },
): DeliverySummary[] =>
  deliveries.map(({ firstItem, ...facts }) => {
    const outcomes = outcomesIn(progress, firstItem, firstItem + facts.accepted);
    if (outcomes.waiting > 0) return { ...facts, outcomes, status: standing.isStuck ? "stuck" : "waiting" };
    return { ...facts, outcomes, status: "settled", ...(standing.settledAt === undefined ? {} : { settledAt: standing.settledAt }) };
  });

/**
 * One row of the log: the last deliveries of a settled segment as JSON; older ones are left out beyond the ring's length or the
 * row's bytes.
 */
export function toLogRow(summaries: readonly DeliverySummary[]): { entries: number; body: string } {
  const lines: string[] = [];
  let chars = 0;
  for (const summary of summaries.slice(-deliveryLogPerShardMax).reverse()) {
    const line = JSON.stringify(summary);
    chars += line.length + 1;
    // Three bytes a character is the most that UTF-8 needs for one UTF-16 unit.
    if (chars * 3 > deliveryLogRowBytesMax && lines.length > 0) break;
    lines.push(line);
  }
  return { entries: lines.length, body: `[${lines.reverse().join(",")}]` };
}

export const fromLogRow = (body: string): DeliverySummary[] => JSON.parse(body) as DeliverySummary[];
