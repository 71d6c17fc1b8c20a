import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

/** Colours live in the style sheet; the canvas reads them when it draws, so that light and dark are one code. */
export const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
/** Backing-store pixels per CSS pixel. */
export const pixelRatio = (): number => devicePixelRatio;

/** A point between two gaps has no line to lie on: it is drawn as a dot. */
function lonePoints(chart: uPlot, series: number): number[] {
  const values = chart.data[series] ?? [];
  return Array.from(values, (_, index) => index).filter(
    (index) => values[index] != null && values[index - 1] == null && values[index + 1] == null,
  );
}

/** Letters on the canvas: those beside an axis, and smaller ones beside what they name. */
export const chartFont = (px: number): string => `${px}px system-ui, sans-serif`;
const markFontPx = 11;
/** The canvas counts in pixels of its backing store. */
export const markFont = (): string => chartFont(markFontPx * pixelRatio());

/** Of points by UTC days the axis is divided at their beginning. */
const inUtc = (seconds: number): Date => uPlot.tzDate(new Date(seconds * 1000), "UTC");
/** The zone of an axis of points so far apart; undefined: that of whoever looks. */
export const axisZone = (step: "1h" | "1d"): "UTC" | undefined => (step === "1d" ? "UTC" : undefined);

/** What all charts of points over time are: days below, no legend (a line above reads the point), only the axes differ. */
export function timeOptions({
  width,
  height,
  padding,
  timeZone,
  onCursor,
  hooks,
  ...own
}: Pick<uPlot.Options, "width" | "height" | "series" | "hooks"> & {
  scales: Record<string, uPlot.Scale>;
  padding: NonNullable<uPlot.Options["padding"]>;
  cursor?: uPlot.Cursor;
  /** Beside the one for time. */
  axes: readonly uPlot.Axis[];
  /** The zone that days are told in; that of whoever looks unless given. */
  timeZone?: "UTC" | undefined;
  /** Gets the point that pointer or keys read; null: none. */
  onCursor: (index: number | null) => void;
}): uPlot.Options {
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone });
  const look: uPlot.Axis = {
    stroke: colour("ink-2"),
    font: chartFont(12),
    grid: { show: false },
    ticks: { stroke: colour("line-strong"), width: 1, size: 4 },
  };
  const days: uPlot.Axis = { size: 32, space: 72, values: (_chart, splits) => splits.map((seconds) => day.format(seconds * 1000)) };
  return {
    width,
    height,
    padding,
    series: own.series,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 }, ...own.cursor },
    scales: { x: { time: true }, ...own.scales },
    axes: [days, ...own.axes].map((axis) => ({ ...look, ...axis })),
    ...(timeZone === "UTC" && { tzDate: inUtc }),
    hooks: { ...hooks, setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)] },
  };
}

/** Hundredfold scores. */
export const scoreSplits = (): number[] => [0, 20, 40, 60, 80, 100];

/** A line with gaps; points that stand alone are dots. @param index of the series */
export const lineSeries = (index: number, stroke: string, more: uPlot.Series = {}): uPlot.Series => ({
  stroke,
  width: 2,
  spanGaps: false,
  points: { show: true, size: 6, fill: stroke, filter: (chart) => lonePoints(chart, index) },
  ...more,
});

const stepOf: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

/**
 * A chart under the line that reads one of its points. It keeps its width and its colours right; arrow keys move its cursor as the pointer does.
 *
 * @param options read when the chart is made: at first, and when the colours change
 * @param redraw when it changes the chart is drawn again with the same data
 * @param at the point under the cursor; null: none yet, so keys begin at the last one
 */
export function Plot({
  data,
  options,
  heightPx,
  label,
  at,
  reading,
  beside,
  redraw,
  class: name = "",
}: {
  data: uPlot.AlignedData;
  options: (widthPx: number) => uPlot.Options;
  heightPx: number;
  label: string;
  at: number | null;
  /** What the point that is read says. */
  reading: string;
  /** What else stands at that point; undefined where charts of this kind have nothing beside. */
  beside?: string;
  redraw?: unknown;
  class?: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const now = useRef({ data, options });
  now.current = { data, options };

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const draw = (): void => {
      chart.current?.destroy();
      chart.current = new uPlot(now.current.options(element.clientWidth), now.current.data, element);
    };
    draw();
    const sizes = new ResizeObserver(() => {
      if (chart.current !== null && chart.current.width !== element.clientWidth)
        chart.current.setSize({ width: element.clientWidth, height: heightPx });
    });
    sizes.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      scheme.removeEventListener("change", draw);
      sizes.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
  }, []);
  useEffect(() => chart.current?.setData(data), [data]);
  useEffect(() => chart.current?.redraw(false), [redraw]);

  const walk = (event: KeyboardEvent): void => {
    const plot = chart.current;
    const step = stepOf[event.key];
    const last = data[0].length - 1;
    const next = Math.max(0, Math.min(last, (at ?? last) + (step ?? 0)));
    const time = data[0][next];
    if (plot === null || step === undefined || time === undefined) return;
    event.preventDefault();
    plot.setCursor({ left: plot.valToPos(time, "x"), top: 0 });
  };

  return (
    <div class="chart">
      <p class="chart-reading" aria-live="polite">
        {reading}
      </p>
      {beside === undefined ? null : <p class="chart-marks">{beside}</p>}
      <div ref={box} class={`chart-box ${name}`} tabIndex={0} role="application" aria-label={label} onKeyDown={walk} />
    </div>
  );
}
