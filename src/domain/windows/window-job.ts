import { z } from "zod";
import { windowFiringsPerStepMax, windowsPerJobMax } from "../limits.ts";
import { idle, merged, onEvent, onWatermark, TriggerSchema, type TriggerState } from "./trigger.ts";
import type { EventFields } from "../expression.ts";
import { covering, meet, type Window } from "./window.ts";
import { type Assign, windowsOf, WindowSpecSchema } from "./window-spec.ts";

/** How events are put into windows and when these tell. All lengths in ms. */
export const WindowSettingsSchema = z
  .strictObject({
    window: WindowSpecSchema,
    trigger: TriggerSchema.nullable().default(null),
    /** How long after its end a window is kept for events that come late. */
    allowedLatenessMs: z.number().int().nonnegative().default(0),
    /** Empties a window each time it has told. */
    purge: z.boolean().default(false),
  })
  .refine(
    ({ window, trigger }) =>
      !("size" in window) ||
      trigger === null ||
      typeof trigger !== "object" ||
      !("every" in trigger) ||
      window.size / trigger.every <= windowFiringsPerStepMax,
    { path: ["trigger", "every"], error: `a window may fire at most ${windowFiringsPerStepMax} times` },
  );
export type WindowSettings = z.infer<typeof WindowSettingsSchema>;

/** What a window holds of its events. Pure; a content is never changed in place, and is JSON. */
export type Aggregate<Item, Content> = {
  readonly of: (item: Item) => Content;
  readonly merge: (a: Content, b: Content) => Content;
};

/** `event`: what a gap may ask of it, where it is written as an expression. */
export type Happening<Item> = { readonly key: string; readonly at: number; readonly item: Item; readonly event?: EventFields };
/** `late`: all its windows are gone. `full`: one of them found no room, and does not have it. `refused`: its session has no length. */
export type Taken<Content> = { readonly firings: readonly Firing<Content>[] } & (
  | { readonly outcome: "taken" | "late" | "full" }
  | { readonly outcome: "refused"; readonly reason: string }
);

type Pane<Content> = { readonly window: Window; readonly content: Content | null; readonly trigger: TriggerState };
export type Firing<Content> = { readonly key: string; readonly window: Window; readonly content: Content };

/** Windows of all keys. Changed in place by the job and nobody else. */
export type WindowState<Content> = { watermark: number; readonly panes: Map<string, Pane<Content>[]>; kept: number };

/**
 * Windows over a stream of events with keys. Nothing is known of a clock: time is what events and watermarks say.
 *
 * Whatever the order of events between two watermarks, windows end up with the same content. At most `windowsPerJobMax` are kept.
 */
export class WindowJob<Item, Content> {
  private readonly settings: WindowSettings;
  private readonly aggregate: Aggregate<Item, Content>;
  private readonly assign: Assign;

  constructor(settings: WindowSettings, aggregate: Aggregate<Item, Content>) {
    this.settings = settings;
    this.aggregate = aggregate;
    this.assign = windowsOf(settings.window);
  }

  start(): WindowState<Content> {
    return { watermark: Number.NEGATIVE_INFINITY, panes: new Map(), kept: 0 };
  }

  take(state: WindowState<Content>, { key, at, item, event }: Happening<Item>): Taken<Content> {
    const assigned = this.assign(at, event);
    if (!assigned.ok) return { outcome: "refused", reason: assigned.error, firings: [] };
    const isSession = this.settings.window.type === "session";
    let outcome: "taken" | "late" | "full" = "late";
    const firings: Firing<Content>[] = [];
    for (const window of assigned.value) {
      const panes = state.panes.get(key) ?? [];
      const mine = panes.filter((pane) => (isSession ? meet(pane.window, window) : pane.window.startMs === window.startMs));
      const whole = mine.reduce((all, pane) => covering(all, pane.window), window);
      if (this.isGone(whole, state.watermark)) continue;
      if (mine.length === 0 && state.kept >= windowsPerJobMax) {
        outcome = "full";
        continue;
      }
      if (outcome === "late") outcome = "taken";
      const step = onEvent(this.settings.trigger, triggerOf(mine, whole), at, lastMoment(whole), state.watermark);
      const content = [...mine.flatMap((pane) => (pane.content === null ? [] : [pane.content])), this.aggregate.of(item)].reduce(
        this.aggregate.merge,
      );
      const pane = { window: whole, content, trigger: step.state };
      state.panes.set(key, [...panes.filter((other) => !mine.includes(other)), this.tell(key, pane, step.firings, firings)]);
      state.kept += 1 - mine.length;
    }
    return { outcome, firings };
  }

  /** No event at or before `watermark` is expected any more; Infinity is the end of input. A lower one than before changes nothing. */
  advance(state: WindowState<Content>, watermark: number): readonly Firing<Content>[] {
    if (watermark <= state.watermark) return [];
    state.watermark = watermark;
    const firings: Firing<Content>[] = [];
    for (const [key, panes] of state.panes) {
      const kept = panes.flatMap((pane) => {
        const step = onWatermark(this.settings.trigger, pane.trigger, lastMoment(pane.window), watermark);
        const told = this.tell(key, { ...pane, trigger: step.state }, step.firings, firings);
        return this.isGone(pane.window, watermark) ? [] : [told];
      });
      state.kept += kept.length - panes.length;
      if (kept.length === 0) state.panes.delete(key);
      else state.panes.set(key, kept);
    }
    return firings;
  }

  private isGone(window: Window, watermark: number): boolean {
    return lastMoment(window) + this.settings.allowedLatenessMs <= watermark;
  }

  /** Adds what the pane tells; gives the pane as it is afterwards. An empty window tells nothing. */
  private tell(key: string, pane: Pane<Content>, times: number, firings: Firing<Content>[]): Pane<Content> {
    const { window, content } = pane;
    if (times === 0 || content === null) return pane;
    for (let n = this.settings.purge ? 1 : times; n > 0; n--) firings.push({ key, window, content });
    return this.settings.purge ? { ...pane, content: null } : pane;
  }
}

/** A point has its one moment, though it ends there: it is not late while that is still to come. */
const lastMoment = ({ startMs, endMs }: Window): number => Math.max(startMs, endMs - 1);

/** Of the panes that an event falls into: a session that grows, or becomes one with others, counts as merged. */
function triggerOf(mine: readonly Pane<unknown>[], whole: Window): TriggerState {
  const [first] = mine;
  if (first === undefined) return idle;
  const isSame = mine.length === 1 && first.window.startMs === whole.startMs && first.window.endMs === whole.endMs;
  return isSame ? first.trigger : merged(mine.map(({ trigger }) => trigger));
}
