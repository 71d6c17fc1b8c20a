import { useMemo, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import type { HealthHistory } from "../../api-types.ts";
import { type Marks, type Outage, besideText, noMarks, pointText, whenText } from "./history-points.ts";
import { showChanges } from "./show-changes.ts";
import { axisZone, colour, lineSeries, markFont, pixelRatio, Plot, scoreSplits, timeOptions } from "../../ui/plot.tsx";
import { type BandFloor, bandWords } from "../../words.ts";

const heightPx = 260;
const markerPx = 8;
/** At the right of the lines, where no line can run through the names of the bands. */
const bandNamesPx = 56;

function drawBands(chart: uPlot, floors: readonly BandFloor[]): void {
  const { ctx, bbox } = chart;
  ctx.save();
  for (const floor of floors) {
    const top = chart.valToPos(floor.to, "y", true);
    const bottom = chart.valToPos(floor.from, "y", true);
    ctx.globalAlpha = 0.6;
    ctx.fillStyle = colour(`${floor.band}-soft`);
    ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colour(floor.band);
    ctx.font = markFont();
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    ctx.fillText(bandWords[floor.band], bbox.left + bbox.width + 8 * pixelRatio(), (top + bottom) / 2);
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
    if (right > left) ctx.fillRect(left, bbox.top, Math.max(2 * pixelRatio(), right - left), bbox.height);
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
    ctx.fillRect(x - pixelRatio(), bbox.top + bbox.height - markerPx * pixelRatio(), 2 * pixelRatio(), markerPx * pixelRatio());
  });
  ctx.restore();
}

/** Where another configuration begins to judge, a step of the line is no news of the customer. Dotted where only what others lend is another. */
function drawConfigurations(chart: uPlot, marks: readonly Marks[]): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colour("ink-2");
  ctx.lineWidth = pixelRatio();
  chart.data[0].forEach((at, index) => {
    const before = chart.data[0][index - 1];
    const { configuration, statistics } = marks[index] ?? noMarks;
    if (before === undefined || (configuration ?? statistics) === null) return;
    ctx.setLineDash((configuration === null ? [1, 4] : [4, 4]).map((length) => length * pixelRatio()));
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

/** A drag chooses two points, those nearest to its ends: the list of what changed between them opens, with the very scores of the line. */
function chooseRange(chart: uPlot, points: HealthHistory["points"]): void {
  if (chart.select.width < 4) return;
  const last = chart.posToIdx(chart.select.left + chart.select.width);
  const first = Math.min(chart.posToIdx(chart.select.left), last - 1);
  chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  const [from, to] = [points[first], points[last]];
  if (from !== undefined && to !== undefined) showChanges({ from: from.at, to: to.at });
}

/** What is drawn beside the line; read when the canvas draws, so that news need no new chart. */
type Shown = {
  readonly points: HealthHistory["points"];
  readonly marks: readonly Marks[];
  readonly outages: readonly Outage[];
  readonly floors: readonly BandFloor[];
};

const optionsOf = (
  width: number,
  step: HealthHistory["step"],
  shown: () => Shown,
  onCursor: (index: number | null) => void,
): uPlot.Options =>
  timeOptions({
    width,
    height: heightPx,
    padding: [8, bandNamesPx, 0, 0],
    cursor: { drag: { x: true, y: false, setScale: false } },
    scales: { y: { range: [0, 100] } },
    axes: [{ size: 40, splits: scoreSplits }],
    series: [{}, lineSeries(1, colour("ink"))],
    timeZone: axisZone(step),
    onCursor,
    hooks: {
      drawClear: [
        (chart) => {
          drawBands(chart, shown().floors);
          drawOutages(chart, shown().outages);
          drawConfigurations(chart, shown().marks);
        },
      ],
      draw: [(chart) => drawTickets(chart, shown().marks)],
      setSelect: [(chart) => chooseRange(chart, shown().points)],
    },
  });

export function ScoreChart({ history, marks, outages, floors }: Omit<Shown, "points"> & { history: HealthHistory }) {
  const [at, setAt] = useState<number | null>(null);
  const drawn = useMemo(() => ({ points: history.points, marks, outages, floors }), [history, marks, outages, floors]);
  const shown = useRef<Shown>(drawn);
  shown.current = drawn;
  const data = useMemo(() => dataOf(history), [history]);
  const read = at ?? history.points.findLastIndex((one) => one.score !== null);
  const point = history.points[read];
  return (
    <Plot
      key={history.step}
      data={data}
      options={(widthPx) => optionsOf(widthPx, history.step, () => shown.current, setAt)}
      heightPx={heightPx}
      label="Score over time. Arrow keys read single points; the table holds the same figures."
      at={at}
      reading={point === undefined ? "" : `${whenText(history, point)}: ${pointText(point)}`}
      beside={point === undefined ? "" : besideText(point, marks[read] ?? noMarks)}
      redraw={drawn}
    />
  );
}
