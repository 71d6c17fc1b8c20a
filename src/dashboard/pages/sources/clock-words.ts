import type { Source } from "../../api-types.ts";
import { durationText } from "../../format.ts";

const minuteMs = 60_000;
/** Networks and queues take seconds; clocks that agree differ by less. */
const toldFromMs = 5 * minuteMs;
const halfHourMs = 30 * minuteMs;
const zoneToleranceMs = 2 * minuteMs;

/** What can be told of a sender's clock from when its events say they happened; null: nothing is odd. */
export function clockAdvice({ clockSkewMs, leastDelayMs }: Pick<Source, "clockSkewMs" | "leastDelayMs">): string | null {
  if (clockSkewMs > 0)
    return `Some events are dated ${durationText(clockSkewMs)} ahead of our clock. They count when they say they happened, but do not show the source as fresh. ${looksLikeZone(clockSkewMs)}Set the sender's clock.`;
  if (leastDelayMs === null || leastDelayMs <= toldFromMs) return null;
  return `Even its quickest event since yesterday came ${durationText(leastDelayMs)} after it happened: its clock is slow, or it holds events back. ${looksLikeZone(leastDelayMs)}`.trim();
}

/** Nobody's clock is off by exactly some hours; local time that is sent as UTC is. */
const looksLikeZone = (offMs: number): string =>
  offMs > halfHourMs && Math.abs(offMs - Math.round(offMs / halfHourMs) * halfHourMs) <= zoneToleranceMs
    ? "A difference of whole or half hours looks like local time sent as UTC. "
    : "";
