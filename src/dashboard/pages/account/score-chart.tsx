import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { HealthHistory } from "../../api-types.ts";
import { type Marks, type Outage, besideText, noMarks, pointText, whenText } from "./history-points.ts";
import { setQuery } from "../../router.ts";
import { bandFloors, bandWords } from "../../words.ts";

const heightPx = 260;
const axisDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const markerPx = 8;
/** At the right of the lines, where no line can run through the names of the bands. */
const bandNamesPx = 56;

/** Colours live in the style sheet; the canvas reads them when it draws, so that light and dark are one code. */
const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
/** Backing-store pixels per CSS pixel. */
const ratio = (): number => devicePixelRatio;

function drawBands(chart: uPlot): void {
  const { ctx, bbox } = chart;
  ctx.save();
  for (const floor of bandFloors) {
    const top = chart.valToPos(floor.to, "y", true);
    const bottom = chart.valToPos(floor.from, "y", true);
    ctx.globalAlpha = 0.6;
    ctx.fillStyle = colour(`${floor.band}-soft`);
    ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour(floor.band);
    ctx.font = `${11 * ratio()}px system-ui, sans-serif`;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    ctx.fillText(bandWords[floor.band], bbox.left + bbox.width + 8 * ratio(), (top + bottom) / 2);
  }
  ctx.restore();
}

/** A score over a time in which a source was shut out is less than it seems: the time is shaded. */
function drawOutages(chart: uPlot, outages: readonly Outage[]): void {
  const { ctx, bbox } = chart;
  const within = (at: number): number => Math.max(bbox.left, Math.min(bbox.left + bbox.width, chart.valToPos(at / 1000, "x", true)));
  ctx.save();
  ctx.fillStyle = colour("ink");
  ctx.globalAlpha = 0.14;
  for (const outage of outages) {
    const left = within(outage.from);
    const right = within(outage.to);
    if (right > left) ctx.fillRect(left, bbox.top, Math.max(2 * ratio(), right - left), bbox.height);
  }
  ctx.restore();
}

function drawTickets(chart: uPlot, marks: readonly Marks[]): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.fillStyle = colour("ink");
  chart.data[0].forEach((at, index) => {
    if ((marks[index]?.tickets.length ?? 0) === 0) return;
    const x = chart.valToPos(at, "x", true);
    ctx.fillRect(x - ratio(), bbox.top + bbox.height - markerPx * ratio(), 2 * ratio(), markerPx * ratio());
  });
  ctx.restore();
}

/** Where another configuration begins to judge, a step of the line is no news of the customer. */
function drawConfigurations(chart: uPlot, marks: readonly Marks[]): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colour("ink-2");
  ctx.lineWidth = ratio();
  ctx.setLineDash([4 * ratio(), 4 * ratio()]);
  chart.data[0].forEach((at, index) => {
    const before = chart.data[0][index - 1];
    if (before === undefined || (marks[index]?.configuration ?? null) === null) return;
    const x = (chart.valToPos(before, "x", true) + chart.valToPos(at, "x", true)) / 2;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  });
  ctx.restore();
}

const dataOf = (history: HealthHistory): uPlot.AlignedData => [
  history.points.map((point) => Date.parse(point.at) / 1000),
  history.points.map((point) => point.score),
];

/** A drag chooses two moments: the list of what changed between them opens. */
function chooseRange(chart: uPlot): void {
  if (chart.select.width < 4) return;
  const from = chart.posToVal(chart.select.left, "x") * 1000;
  const to = chart.posToVal(chart.select.left + chart.select.width, "x") * 1000;
  chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  setQuery({ tab: "changes", from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  document.getElementById("tab-panel")?.scrollIntoView({ block: "nearest" });
}

/** A day between two gaps has no line to lie on: it is drawn as a dot. */
function lonePoints(chart: uPlot): number[] {
  const scores = chart.data[1] ?? [];
  return Array.from(scores, (_, index) => index).filter(
    (index) => scores[index] != null && scores[index - 1] == null && scores[index + 1] == null,
  );
}

/** What is drawn beside the line; read when the canvas draws, so that news need no new chart. */
type Shown = { readonly marks: readonly Marks[]; readonly outages: readonly Outage[] };

function optionsOf(width: number, shown: () => Shown, onCursor: (index: number | null) => void): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: colour("ink-2"),
    font: "12px system-ui, sans-serif",
    grid: { show: false },
    ticks: { stroke: colour("line-strong"), width: 1, size: 4 },
  };
  return {
    width,
    height: heightPx,
    padding: [8, bandNamesPx, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
    scales: { x: { time: true }, y: { range: [0, 100] } },
    axes: [
      { ...axis, size: 32, space: 72, values: (_chart, splits) => splits.map((seconds) => axisDay.format(seconds * 1000)) },
      { ...axis, size: 40, splits: () => [0, 20, 40, 60, 80, 100] },
    ],
    series: [
      {},
      { stroke: colour("ink"), width: 2, spanGaps: false, points: { show: true, size: 6, fill: colour("ink"), filter: lonePoints } },
    ],
    hooks: {
      drawClear: [
        (chart) => {
          drawBands(chart);
          drawOutages(chart, shown().outages);
          drawConfigurations(chart, shown().marks);
        },
      ],
      draw: [(chart) => drawTickets(chart, shown().marks)],
      setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)],
      setSelect: [chooseRange],
    },
  };
}

export function ScoreChart({ history, marks, outages }: Shown & { history: HealthHistory }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const shown = useRef<Shown>({ marks, outages });
  shown.current = { marks, outages };

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const draw = (): void => {
      chart.current?.destroy();
      chart.current = new uPlot(
        optionsOf(element.clientWidth, () => shown.current, setAt),
        dataOf(history),
        element,
      );
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
  useEffect(() => chart.current?.setData(dataOf(history)), [history]);
  useEffect(() => chart.current?.redraw(false), [marks, outages]);

  /** Arrow keys move the same cursor that the pointer moves. */
  const walk = (event: KeyboardEvent): void => {
    const plot = chart.current;
    const step =
      event.key === "ArrowRight"
        ? 1
        : event.key === "ArrowLeft"
          ? -1
          : event.key === "Home"
            ? -Infinity
            : event.key === "End"
              ? Infinity
              : 0;
    if (plot === null || step === 0) return;
    event.preventDefault();
    const last = history.points.length - 1;
    const next = Math.max(0, Math.min(last, (at ?? last) + step));
    const point = history.points[next];
    if (point === undefined) return;
    plot.setCursor({ left: plot.valToPos(Date.parse(point.at) / 1000, "x"), top: plot.valToPos(point.score ?? 0, "y") });
  };

  const read = at ?? history.points.findLastIndex((one) => one.score !== null);
  const point = history.points[read];
  return (
    <div class="chart">
      <p class="chart-reading" aria-live="polite">
        {point === undefined ? "" : `${whenText(history, point)}: ${pointText(point)}`}
      </p>
      <p class="chart-marks">{point === undefined ? "" : besideText(point, marks[read] ?? noMarks)}</p>
      <div
        ref={box}
        class="chart-box"
        tabIndex={0}
        role="application"
        aria-label="Score over time. Arrow keys read single points; the table holds the same figures."
        onKeyDown={walk}
      />
    </div>
  );
}
