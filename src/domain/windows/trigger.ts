import { z } from "zod";
import { windowFiringsPerStepMax } from "../limits.ts";

/**
 * When a window gives its result. Without a trigger: as soon as the watermark reaches its last moment, and again with each event that still
 * comes while it is kept.
 */
export const TriggerSchema = z.union([
  /** At every n-th event. */
  z.strictObject({ count: z.number().int().positive() }),
  /** At the next multiple above the first event's time, then at each following one, and at the last moment. Ms. */
  z.strictObject({ every: z.number().int().positive() }),
  /** At the end of input only. */
  z.literal("end"),
]);
export type Trigger = z.infer<typeof TriggerSchema>;

/** What a trigger keeps about one window. Null: nothing of that kind is due. */
export type TriggerState = {
  /** Events since the last firing by count. */
  readonly count: number;
  /** The last moment, while the watermark has not reached it. */
  readonly lastMomentAt: number | null;
  readonly nextAt: number | null;
};

export const idle: TriggerState = { count: 0, lastMomentAt: null, nextAt: null };

type Step = { readonly state: TriggerState; readonly firings: number };

/** An event has come into the window. */
export function onEvent(trigger: Trigger | null, state: TriggerState, at: number, lastMoment: number, watermark: number): Step {
  if (trigger === "end") return { state, firings: 0 };
  if (trigger !== null && "count" in trigger) {
    const count = state.count + 1;
    return count >= trigger.count ? { state: { ...state, count: 0 }, firings: 1 } : { state: { ...state, count }, firings: 0 };
  }
  if (lastMoment <= watermark) return { state, firings: 1 };
  const nextAt = trigger === null ? null : (state.nextAt ?? followingAt(at, trigger.every, lastMoment));
  // Without a trigger the whole of time never tells.
  const lastMomentAt = trigger === null && lastMoment === Number.POSITIVE_INFINITY ? null : lastMoment;
  return { state: { ...state, lastMomentAt, nextAt }, firings: 0 };
}

/**
 * The watermark has risen. Every multiple it has passed is a firing, up to a bound: they all tell the same. The end of input is one firing of
 * a window that has no end.
 */
export function onWatermark(trigger: Trigger | null, state: TriggerState, lastMoment: number, watermark: number): Step {
  if (trigger === "end") return { state, firings: watermark === Number.POSITIVE_INFINITY ? 1 : 0 };
  let { nextAt, lastMomentAt } = state;
  let firings = 0;
  const reached = Math.min(watermark, lastMoment - 1);
  if (trigger !== null && "every" in trigger && nextAt !== null && Number.isFinite(reached)) {
    for (; nextAt <= reached && firings < windowFiringsPerStepMax; firings++) nextAt = followingAt(nextAt, trigger.every, lastMoment);
    if (nextAt <= reached) nextAt = followingAt(reached, trigger.every, lastMoment);
  }
  if (lastMomentAt !== null && lastMomentAt <= watermark) {
    firings++;
    lastMomentAt = null;
  }
  return { state: { ...state, nextAt, lastMomentAt }, firings };
}

/** Windows become one, by an event that follows at once and tells the new last moment. */
export function merged(states: readonly TriggerState[]): TriggerState {
  const due = states.flatMap(({ nextAt }) => (nextAt === null ? [] : [nextAt]));
  return {
    count: states.reduce((sum, { count }) => sum + count, 0),
    lastMomentAt: null,
    nextAt: due.length === 0 ? null : Math.min(...due),
  };
}

const followingAt = (at: number, every: number, lastMoment: number): number => Math.min((Math.floor(at / every) + 1) * every, lastMoment);
