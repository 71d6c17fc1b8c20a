import type { Delivery } from "../delivery.ts";
import { deliveryLogKeptMax, deliveryLogRowBytesMax, deliveryReasonsMax, deliveryRunsMax, reasonDetailCharsMax } from "../limits.ts";
import type { EventOutcome, OutcomeCounts, OutcomeName } from "../outcome.ts";
import { ownText } from "../own-text.ts";
import type { DeadLetter } from "./dead-letter.ts";
import type { DeliveryFacts } from "./plan.ts";
import type { Progress } from "./progress.ts";
import { outcomesIn } from "./tally.ts";

/** Where a delivery stands in lists. */
export type DeliveryPosition = { readonly receivedAt: number; readonly id: string };

/** `after`: the last one that the reader has; only what stands behind it is answered. */
export type DeliveryFilter = {
  readonly connectionId?: string;
  readonly status?: string;
  readonly limit: number;
  readonly after?: DeliveryPosition;
};

/** Why events of a delivery did not count: those of one outcome and reason. `detail` is that of the first. */
export type DeliveryReason = {
  readonly outcome: OutcomeName | "rejected";
  readonly reason: string;
  readonly detail: string;
  readonly events: number;
};

/** Outcomes of consecutive items of a delivery: outcome and how many. */
export type OutcomeRun = readonly [outcome: EventOutcome, items: number];

/** One delivery and what became of its events: for the Sources page. */
export type DeliverySummary = Omit<DeliveryFacts, "firstItem" | "reasons"> & {
  readonly outcomes: OutcomeCounts;
  readonly status: "settled" | "waiting" | "stuck";
  readonly settledAt?: number | undefined;
  /** At most 5; absent in what older code has logged. */
  readonly reasons?: readonly DeliveryReason[] | undefined;
};

/** A summary as it is logged: what became of each item, in order. Cut off beyond `deliveryRunsMax`; absent in what older code has logged. */
export type LoggedDelivery = DeliverySummary & { readonly runs?: readonly OutcomeRun[] | undefined };

/** Everything a shard knows of one delivery. */
export type DeliveryRecord = {
  /** Null: it has settled and has left the log, but its rows are not in the archive yet, or it has dead letters. */
  readonly logged: LoggedDelivery | null;
  /** Its dead and quarantined items, with where they are kept. */
  readonly letters: readonly DeliveryLetter[];
  /** As received, while its rows are here. */
  readonly raw: Delivery | null;
};

/** `item` is the place among the delivery's accepted items; `items` are more than one where the delivery is kept as a unit. */
export type DeliveryLetter = {
  readonly id: string;
  readonly item: number;
  readonly items: number;
  readonly kind: DeadLetter["kind"];
  readonly reason: string;
  readonly detail: string;
  readonly accountId: string | null;
};

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
): LoggedDelivery[] =>
  deliveries.map(({ firstItem, ...facts }) => {
    const outcomes = outcomesIn(progress, firstItem, firstItem + facts.accepted);
    const runs = runsIn(progress, firstItem, firstItem + facts.accepted);
    if (outcomes.waiting > 0) return { ...facts, outcomes, runs, status: standing.isStuck ? "stuck" : "waiting" };
    return { ...facts, outcomes, runs, status: "settled", ...(standing.settledAt === undefined ? {} : { settledAt: standing.settledAt }) };
  });

function runsIn(progress: Progress, from: number, to: number): OutcomeRun[] {
  const runs: OutcomeRun[] = [];
  for (let start = from; start < to && runs.length < deliveryRunsMax;) {
    let end = start + 1;
    while (end < to && progress[end] === progress[start]) end++;
    runs.push([progress[start] as EventOutcome, end - start]);
    start = end;
  }
  return runs;
}

/** Outcome of each item of a delivery, in order; null where it was not kept. */
export function outcomesOfItems({ runs, accepted }: Pick<LoggedDelivery, "runs" | "accepted">): (EventOutcome | null)[] {
  const outcomes: (EventOutcome | null)[] = (runs ?? []).flatMap(([outcome, items]) => Array.from({ length: items }, () => outcome));
  return [...outcomes, ...Array.from({ length: Math.max(0, accepted - outcomes.length) }, () => null)];
}

/** Counts a reason; beyond `deliveryReasonsMax` different ones the rest is not told. */
export function addReason(reasons: DeliveryReason[], one: DeliveryReason): void {
  const at = reasons.findIndex(({ outcome, reason }) => outcome === one.outcome && reason === one.reason);
  const known = reasons[at];
  if (known !== undefined) reasons[at] = { ...known, events: known.events + one.events };
  else if (reasons.length < deliveryReasonsMax) reasons.push({ ...one, detail: ownText(one.detail.slice(0, reasonDetailCharsMax)) });
}

/** A summary as lists tell it: with what its dead letters say, without what became of each item. */
export function toListed({ runs: _runs, ...summary }: LoggedDelivery, letters: readonly DeliveryLetter[]): DeliverySummary {
  const reasons = [...(summary.reasons ?? [])];
  for (const { kind, reason, detail, items } of letters) addReason(reasons, { outcome: kind, reason, detail, events: items });
  return { ...summary, reasons };
}

/**
 * One row of the log: the last deliveries of a settled segment as JSON; older ones are left out beyond the ring's length or the
 * row's bytes.
 */
export function toLogRow(summaries: readonly LoggedDelivery[]): { entries: number; body: string } {
  const lines: string[] = [];
  let chars = 0;
  for (const summary of summaries.slice(-deliveryLogKeptMax).reverse()) {
    const line = JSON.stringify(summary);
    chars += line.length + 1;
    // Three bytes a character is the most that UTF-8 needs for one UTF-16 unit.
    if (chars * 3 > deliveryLogRowBytesMax && lines.length > 0) break;
    lines.push(line);
  }
  return { entries: lines.length, body: `[${lines.reverse().join(",")}]` };
}

export const fromLogRow = (body: string): LoggedDelivery[] => JSON.parse(body) as LoggedDelivery[];
