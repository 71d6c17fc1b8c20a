import { sessionGapMinMs } from "../limits.ts";
import { SECOND_MS } from "../time.ts";

/**
 * When one person was active on one day: pairs (first, last) in seconds of the UTC day, ascending, each pair further from the next than the
 * shortest gap that sessions may be cut at. Sessions with a longer gap are made from them by putting neighbours together (sessions.ts).
 */
export type Spans = number[];

const GAP_SECONDS = sessionGapMinMs / SECOND_MS;

/**
 * Adds one instant, in place where there are any. The order of additions does not matter, nor does adding twice. Most people are active once
 * a day, and a literal takes half the memory of an array that has grown.
 */
export function addToSpans(spans: Spans, second: number): Spans {
  if (spans.length === 0) return [second, second];
  let at = spans.length;
  // The first pair that is not wholly before; events mostly come in order, so it is looked for from the end.
  while (at > 0 && (spans[at - 1] as number) + GAP_SECONDS >= second) at -= 2;
  if (at === spans.length || (spans[at] as number) - GAP_SECONDS > second) {
    spans.splice(at, 0, second, second);
    return spans;
  }
  spans[at] = Math.min(spans[at] as number, second);
  const last = Math.max(spans[at + 1] as number, second);
  let end = at + 2;
  spans[at + 1] = last;
  while (end < spans.length && (spans[end] as number) - GAP_SECONDS <= last) {
    spans[at + 1] = Math.max(last, spans[end + 1] as number);
    end += 2;
  }
  if (end > at + 2) spans.splice(at + 2, end - at - 2);
  return spans;
}
