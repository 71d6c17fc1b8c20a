import { faultHoursKept, reasonDetailCharsMax } from "../limits.ts";
import { HOUR_MS } from "../time.ts";
import type { DeadLetter } from "./dead-letter.ts";

/** `refused`: a request, at the door. The others: an event of a delivery that was taken. */
export type FaultKind = "refused" | "rejected" | DeadLetter["kind"];

/** What went wrong with one stream: how often in which UTC hours (oldest first), and the last time in full. */
export type SourceFault = {
  readonly connectionId: string;
  readonly connector: string;
  readonly stream: string;
  readonly hours: readonly FaultHour[];
  readonly last: { readonly at: number; readonly kind: FaultKind; readonly reason: string; readonly detail: string };
};

/** `hour`: whole hours since 1970. `refused` counts requests, `failed` events. */
export type FaultHour = readonly [hour: number, refused: number, failed: number];

export type Source = { readonly connectionId: string; readonly connector: string; readonly stream: string };

/** One fault of a source, or several of one kind and moment. */
export function faultOf(
  source: Source,
  fault: { at: number; kind: FaultKind; reason: string; detail: string; times?: number },
): SourceFault {
  const { at, kind, reason, detail, times = 1 } = fault;
  const hour = Math.floor(at / HOUR_MS);
  const { connectionId, connector, stream } = source;
  return {
    connectionId,
    connector,
    stream,
    hours: [kind === "refused" ? [hour, times, 0] : [hour, 0, times]],
    last: { at, kind, reason, detail: detail.slice(0, reasonDetailCharsMax) },
  };
}

/** Both together, whichever came first: the later one is the last, hours older than those that are kept go. */
export function mergeFaults(known: SourceFault | undefined, brought: SourceFault): SourceFault {
  if (known === undefined) return brought;
  const hours = new Map(known.hours.map((one) => [one[0], one]));
  for (const [hour, refused, failed] of brought.hours) {
    const [, refusedBefore, failedBefore] = hours.get(hour) ?? [hour, 0, 0];
    hours.set(hour, [hour, refusedBefore + refused, failedBefore + failed]);
  }
  const sorted = [...hours.values()].sort((a, b) => a[0] - b[0]);
  const newest = sorted.at(-1)?.[0] ?? 0;
  return {
    ...brought,
    hours: sorted.filter(([hour]) => hour > newest - faultHoursKept),
    last: known.last.at > brought.last.at ? known.last : brought.last,
  };
}

/** How many requests were refused and events failed in the 24 hours before `now`; the hour in which they begin counts as a whole. */
export function faultsOfDay(hours: readonly FaultHour[], now: number): { readonly refused: number; readonly failed: number } {
  const ofDay = hours.filter(([hour]) => hour > Math.floor(now / HOUR_MS) - 25);
  return { refused: ofDay.reduce((sum, [, refused]) => sum + refused, 0), failed: ofDay.reduce((sum, [, , failed]) => sum + failed, 0) };
}
