import type { Event } from "../event.ts";
import { webhookTimestampToleranceMs } from "../limits.ts";
import type { StreamStatus } from "./messages.ts";

/** An event further ahead of our door's clock than this does not move a watermark: one wrong clock must not age everything else. */
const AHEAD_MAX_MS = webhookTimestampToleranceMs;

/** A stream is what one connection brings through one form of its connector (`webhook`, `track`, `events`, …). */
export const streamKey = (connectionId: string, form: string): string => `${connectionId}/${form}`;

/** The event time that this event proves its stream to have come to, or null if its clock is not believed. */
export const watermarkOf = (event: Pick<Event, "occurredAt" | "receivedAt">): number | null =>
  event.occurredAt <= event.receivedAt + AHEAD_MAX_MS ? event.occurredAt : null;

/** Adds what one segment brought. Watermarks only rise. */
export const mergeStream = (known: StreamStatus | undefined, brought: StreamStatus): StreamStatus =>
  known === undefined
    ? brought
    : {
        ...brought,
        watermarkMs: Math.max(known.watermarkMs, brought.watermarkMs),
        lastReceivedAt: Math.max(known.lastReceivedAt, brought.lastReceivedAt),
        ...newerAhead(known, brought),
        accepted: known.accepted + brought.accepted,
        rejected: known.rejected + brought.rejected,
      };

/** Of two views of a stream, the newer mention of a clock that is ahead. */
export function newerAhead(a: StreamStatus, b: StreamStatus): Pick<StreamStatus, "ahead"> {
  const ahead = a.ahead === undefined || (b.ahead !== undefined && b.ahead.at >= a.ahead.at) ? b.ahead : a.ahead;
  return ahead === undefined ? {} : { ahead };
}
