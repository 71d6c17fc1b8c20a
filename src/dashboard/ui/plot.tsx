import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

/** Colours live in the style sheet; the canvas reads them when it draws, so that light and dark are one code. */
export const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
/** Backing-store pixels per CSS pixel. */
export const pixelRatio = (): number => devicePixelRatio;

/** A point between two gaps has no line to lie on: it is drawn as a dot. */
export function lonePoints(chart: uPlot, series: number): number[] {
  const values = chart.data[series] ?? [];
  return Array.from(values, (_, index) => index).filter(
    (index) => values[index] != null && values[index - 1] == null && values[index + 1] == null,
  );
}

const stepOf: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

/**
 * A chart that keeps its width and its colours right, and whose cursor arrow keys move as the pointer does.
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
  redraw,
  class: name = "",
}: {
  data: uPlot.AlignedData;
  options: (widthPx: number) => uPlot.Options;
  heightPx: number;
  label: string;
  at: number | null;
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

  return <div ref={box} class={`chart-box ${name}`} tabIndex={0} role="application" aria-label={label} onKeyDown={walk} />;
}
