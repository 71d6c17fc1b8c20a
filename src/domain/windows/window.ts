import { z } from "zod";
import { windowsPerEventMax } from "../limits.ts";

/**
 * A window of event time: [startMs, endMs), its last moment endMs − 1. Semantics are those of Apache Flink's event-time windows
 * (docs/design/time.md#windows); test/domain/windows holds the code to Flink's own facts.
 */
export type Window = { readonly startMs: number; readonly endMs: number };

const Length = z.number().int().positive();
const Offset = z.number().int().default(0);

/** Lengths in ms. */
export const WindowSpecSchema = z.discriminatedUnion("type", [
  z
    .strictObject({ type: z.literal("tumbling"), size: Length, offset: Offset })
    .refine(({ size, offset }) => Math.abs(offset) < size, { path: ["offset"], error: "must be shorter than size" }),
  z
    .strictObject({ type: z.literal("sliding"), size: Length, slide: Length, offset: Offset })
    .refine(({ slide, offset }) => Math.abs(offset) < slide, { path: ["offset"], error: "must be shorter than slide" })
    .refine(({ size, slide }) => size / slide <= windowsPerEventMax, {
      path: ["slide"],
      error: `an event may lie in at most ${windowsPerEventMax} windows`,
    }),
  z.strictObject({ type: z.literal("session"), gap: Length }),
  z.strictObject({ type: z.literal("global") }),
]);
export type WindowSpec = z.infer<typeof WindowSpecSchema>;

/** The whole of time; it never ends, so nothing in it is ever late. */
const always: Window = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY };

/** Windows an instant belongs to, oldest first. A session is given as it would be without any other event: merging is the caller's. */
export function windowsOf(spec: WindowSpec, at: number): readonly Window[] {
  switch (spec.type) {
    case "tumbling": {
      const startMs = startOf(at, spec.size, spec.offset);
      return [{ startMs, endMs: startMs + spec.size }];
    }
    case "sliding": {
      const windows: Window[] = [];
      for (let startMs = startOf(at, spec.slide, spec.offset); startMs > at - spec.size; startMs -= spec.slide)
        windows.push({ startMs, endMs: startMs + spec.size });
      return windows.reverse();
    }
    case "session":
      return [{ startMs: at, endMs: at + spec.gap }];
    case "global":
      return [always];
  }
}

const startOf = (at: number, length: number, offset: number): number => at - ((((at - offset) % length) + length) % length);

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
