import type { WindowState } from "./window-job.ts";

/** First field of the text; another number means: written by other code. */
const LAYOUT = 1;

type Row<Content> = readonly [
  key: string,
  startMs: number | null,
  endMs: number | null,
  content: Content | null,
  count: number,
  lastMomentAt: number | null,
  nextAt: number | null,
];
type Stored<Content> = { readonly layout: number; readonly watermark: number | "start" | "end"; readonly rows: readonly Row<Content>[] };

/** The state as text, to go on from after a restart as if there had been none. JSON knows no infinity: null is a window without that end. */
export function toText<Content>({ watermark, panes }: WindowState<Content>): string {
  const stored: Stored<Content> = {
    layout: LAYOUT,
    watermark: Number.isFinite(watermark) ? watermark : watermark < 0 ? "start" : "end",
    rows: [...panes].flatMap(([key, list]) =>
      list.map(({ window, content, trigger }): Row<Content> => {
        const { count, lastMomentAt, nextAt } = trigger;
        return [
          key,
          finite(window.startMs),
          finite(window.endMs),
          content,
          count,
          lastMomentAt === null ? null : bounded(lastMomentAt),
          nextAt,
        ];
      }),
    ),
  };
  return JSON.stringify(stored);
}

/** Null when the text has another layout. */
export function fromText<Content>(text: string): WindowState<Content> | null {
  const { layout, watermark, rows } = JSON.parse(text) as Stored<Content>;
  if (layout !== LAYOUT) return null;
  const state: WindowState<Content> = {
    watermark: watermark === "start" ? Number.NEGATIVE_INFINITY : watermark === "end" ? Number.POSITIVE_INFINITY : watermark,
    panes: new Map(),
    kept: rows.length,
  };
  for (const [key, startMs, endMs, content, count, lastMomentAt, nextAt] of rows) {
    const list = state.panes.get(key) ?? [];
    const window = { startMs: startMs ?? Number.NEGATIVE_INFINITY, endMs: endMs ?? Number.POSITIVE_INFINITY };
    list.push({
      window,
      content,
      trigger: { count, lastMomentAt: lastMomentAt === NEVER ? Number.POSITIVE_INFINITY : lastMomentAt, nextAt },
    });
    state.panes.set(key, list);
  }
  return state;
}

/** The last moment of a window without end. */
const NEVER = Number.MAX_SAFE_INTEGER;
const finite = (at: number): number | null => (Number.isFinite(at) ? at : null);
const bounded = (at: number): number => (Number.isFinite(at) ? at : NEVER);
