import { z } from "zod";
import { compileEventExpression, type EventFields } from "../expression.ts";
import { expressionCharsMax, windowsPerEventMax } from "../limits.ts";
import { fail, invariant, ok, type Result } from "../result.ts";
import type { Window } from "./window.ts";

const Length = z.number().int().positive();
const Offset = z.number().int().default(0);

/** A length that each event gives for itself: CEL over `event`. What does not parse or gives no length is refused when it is saved. */
const LengthExpression = z
  .string()
  .max(expressionCharsMax)
  .superRefine((source, context) => {
    const compiled = compileEventExpression(source);
    if (compiled.ok) return;
    for (const { at, detail } of compiled.error) context.addIssue({ code: "custom", message: `${detail} (character ${at + 1})` });
  });

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
  z.strictObject({ type: z.literal("session"), gap: z.union([Length, LengthExpression]) }),
  z.strictObject({ type: z.literal("global") }),
]);
export type WindowSpec = z.infer<typeof WindowSpecSchema>;

/** Windows that an event belongs to, oldest first; or, in words, why its session has no length. */
export type Assign = (at: number, event?: EventFields) => Result<readonly Window[], string>;

/** The whole of time; it never ends, so nothing in it is ever late. */
const always: Window = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY };

/** A session is given as it would be without any other event: merging is the caller's. */
export function windowsOf(spec: WindowSpec): Assign {
  switch (spec.type) {
    case "tumbling":
      return (at) => ok([from(startOf(at, spec.size, spec.offset), spec.size)]);
    case "sliding":
      return (at) => ok(sliding(spec, at));
    case "session":
      return sessionOf(spec.gap);
    case "global":
      return () => ok([always]);
  }
}

const from = (startMs: number, lengthMs: number): Window => ({ startMs, endMs: startMs + lengthMs });

function sliding({ size, slide, offset }: Extract<WindowSpec, { type: "sliding" }>, at: number): Window[] {
  const windows: Window[] = [];
  for (let startMs = startOf(at, slide, offset); startMs > at - size; startMs -= slide) windows.push(from(startMs, size));
  return windows.reverse();
}

/**
 * As Flink's dynamic gaps, with one more: a gap of 0 makes a point (start and end are one instant, as in Flink's own test of custom
 * assigners), which lies in the session that it falls into or touches, and does not make it longer.
 */
function sessionOf(gap: number | string): Assign {
  if (typeof gap === "number") return (at) => ok([from(at, gap)]);
  const compiled = compileEventExpression(gap);
  invariant(compiled.ok, "a gap was checked when it was saved");
  return (at, event = {}) => {
    const ms = compiled.value.evaluate(event);
    if (typeof ms === "string") return fail(ms);
    const whole = Math.trunc(ms);
    if (whole < 0 || !Number.isSafeInteger(whole)) return fail(`The gap is ${ms} ms: it cannot be less than 0 or without end.`);
    return ok([from(at, whole)]);
  };
}

const startOf = (at: number, length: number, offset: number): number => at - ((((at - offset) % length) + length) % length);
