/**
 * A window of event time: [startMs, endMs), its last moment endMs − 1. Semantics are those of Apache Flink's event-time windows
 * (docs/design/time.md#windows); test/domain/windows holds the code to Flink's own facts.
 */
export type Window = { readonly startMs: number; readonly endMs: number };

/** Sessions are one when they overlap or touch. */
export const meet = (a: Window, b: Window): boolean => a.startMs <= b.endMs && b.startMs <= a.endMs;
export const covering = (a: Window, b: Window): Window => ({
  startMs: Math.min(a.startMs, b.startMs),
  endMs: Math.max(a.endMs, b.endMs),
});

/** Sessions after merging, oldest first. */
export function mergeSessions(windows: readonly Window[]): Window[] {
  const merged: Window[] = [];
  for (const window of [...windows].sort((a, b) => a.startMs - b.startMs)) {
    const last = merged.at(-1);
    if (last !== undefined && meet(last, window)) merged[merged.length - 1] = covering(last, window);
    else merged.push(window);
  }
  return merged;
}
