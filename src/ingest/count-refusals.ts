import { faultOf, mergeFaults, type SourceFault } from "../domain/intake/source-fault.ts";
import { streamKey } from "../domain/intake/stream.ts";
import { refusalsCountedMax, refusalsWriteEveryMs } from "../domain/limits.ts";
import type { Refusal } from "./ports.ts";

/** What the counting needs from outside. `later` runs work after a while without holding back any answer; it may be lost with its isolate. */
export type RefusalPorts = {
  readonly now: () => number;
  readonly wallNow: () => number;
  /** May fail; then the figures go with the next writing. */
  readonly write: (fault: SourceFault) => Promise<void>;
  readonly later: (ms: number, work: () => Promise<void>) => void;
};

/** `plannedFor`: wall ms of the writing under way; one that is long past was cut off by the platform and is planned again. */
type Counted = { pending: SourceFault | null; writtenAt: number; plannedFor: number | null };

/**
 * Counts what the doors refuse, in memory, and writes it at most every `refusalsWriteEveryMs` for each stream: the first at once, so that
 * a person sees it, the rest together. So a sender of a million bad requests causes three writes a minute in an isolate.
 *
 * What an isolate has counted since its last writing is lost with it. More streams than `refusalsCountedMax` at a time are not counted.
 */
export function countRefusals({ now, wallNow, write, later }: RefusalPorts): (refusal: Refusal) => void {
  const streams = new Map<string, Counted>();

  const writeOut = async (counted: Counted): Promise<void> => {
    const fault = counted.pending;
    counted.plannedFor = null;
    if (fault === null) return;
    counted.pending = null;
    counted.writtenAt = wallNow();
    try {
      await write(fault);
    } catch {
      counted.pending = mergeFaults(counted.pending ?? undefined, fault);
    }
  };

  return ({ connectionId, connector, stream, reason, detail }) => {
    const key = streamKey(connectionId, stream);
    const counted = streams.get(key) ?? { pending: null, writtenAt: Number.NEGATIVE_INFINITY, plannedFor: null };
    if (!streams.has(key) && streams.size >= refusalsCountedMax) forgetOldest(streams, wallNow());
    if (!streams.has(key) && streams.size >= refusalsCountedMax) return;
    streams.set(key, counted);
    const fault = faultOf({ connectionId, connector, stream }, { at: now(), kind: "refused", reason, detail });
    counted.pending = mergeFaults(counted.pending ?? undefined, fault);
    const wallMs = wallNow();
    if (counted.plannedFor !== null && wallMs < counted.plannedFor + refusalsWriteEveryMs) return;
    counted.plannedFor = Math.max(wallMs, counted.writtenAt + refusalsWriteEveryMs);
    later(counted.plannedFor - wallMs, () => writeOut(counted));
  };
}

/** Streams that have been quiet since their last writing need not be remembered. */
function forgetOldest(streams: Map<string, Counted>, wallMs: number): void {
  for (const [key, { pending, writtenAt }] of streams)
    if (pending === null && wallMs - writtenAt >= refusalsWriteEveryMs) streams.delete(key);
}
