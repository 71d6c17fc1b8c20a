import { EventOutcome } from "../outcome.ts";
import { invariant } from "../result.ts";

/**
 * Progress of a segment: one outcome per item of its deliveries, in arrival order; `waiting` (0) until it is final.
 *
 * Kept per item and not per pack, so that cutting the packs anew (new code) neither forgets nor counts twice what has settled.
 * Stored as runs, because nearly all items of a segment share one outcome: pairs of the outcome (1 byte) and the length (base 128,
 * least significant group first).
 */
export type Progress = Uint8Array;

export const newProgress = (items: number): Progress => new Uint8Array(items);

export function toProgressRuns(progress: Progress): Uint8Array {
  const bytes: number[] = [];
  for (let from = 0; from < progress.length;) {
    const outcome = progress[from] as number;
    let to = from + 1;
    while (to < progress.length && progress[to] === outcome) to++;
    bytes.push(outcome);
    let run = to - from;
    for (; run >= 0x80; run >>>= 7) bytes.push((run & 0x7f) | 0x80);
    bytes.push(run);
    from = to;
  }
  return Uint8Array.from(bytes);
}

export function fromProgressRuns(runs: Uint8Array, items: number): Progress {
  const progress = newProgress(items);
  let item = 0;
  for (let at = 0; at < runs.length;) {
    const outcome = runs[at++] as number;
    let run = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = runs[at++] as number;
      run |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    progress.fill(outcome, item, item + run);
    item += run;
  }
  invariant(item === items, `progress covers ${items} items, found ${item}`);
  return progress;
}

export const isSettled = (progress: Progress): boolean => !progress.includes(EventOutcome.waiting);

/** Items from `from` on and before `to` that were set aside: quarantined, or dead letters. */
export function failuresIn(progress: Progress, from: number, to: number): number {
  let failures = 0;
  for (let item = from; item < to; item++)
    if (progress[item] === EventOutcome.quarantined || progress[item] === EventOutcome.deadLettered) failures++;
  return failures;
}
