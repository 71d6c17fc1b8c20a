import { missing, type Measured } from "./measure.ts";

/** Points of the line from a raw value to 0..100, rising by value. */
export type Anchors = readonly { readonly value: number; readonly score: number }[];

/** Linear between anchors, flat beyond the outermost. */
export function scoreOf(value: number, anchors: Anchors): number {
  const first = anchors[0] as Anchors[number];
  if (value <= first.value) return first.score;
  for (let i = 1; i < anchors.length; i++) {
    const high = anchors[i] as Anchors[number];
    if (value > high.value) continue;
    const low = anchors[i - 1] as Anchors[number];
    return low.score + ((high.score - low.score) * (value - low.value)) / (high.value - low.value);
  }
  return (anchors[anchors.length - 1] as Anchors[number]).score;
}

/**
 * A raw value with its points. What is no finite number (next to nothing was divided by, or anchors lie beyond what numbers tell apart) is no
 * value: it would make the whole score one.
 */
export function scored(measured: Measured, anchors: Anchors): { readonly measured: Measured; readonly score: number | null } {
  if (measured.value === null) return { measured, score: null };
  const score = scoreOf(measured.value, anchors);
  return Number.isFinite(measured.value) && Number.isFinite(score)
    ? { measured, score }
    : { measured: missing("It gives no number."), score: null };
}
