import { useMemo, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import type { MeasureHistory } from "../../api-types.ts";
import { valueText } from "../../format.ts";
import { axisZone, colour, lineSeries, markFont, pixelRatio, Plot, scoreSplits, timeOptions } from "../../ui/plot.tsx";
import { type AnchorLine, anchorText, measureBesideText, measurePointText, pointTimeText, valueRangeOf } from "./measure-points.ts";

const heightPx = 260;
// The library declares the names of its sides and does not export them; 1 is the right one.
// oxlint-disable-next-line typescript/no-unsafe-enum-assignment
const rightSide: uPlot.Axis.Side = 1;

const dataOf = ({ points }: MeasureHistory): uPlot.AlignedData => [
  points.map(({ at }) => Date.parse(at) / 1000),
  points.map(({ value }) => value),
  points.map(({ score }) => score),
];

/** What the point under the cursor, else the last one with a value, looked back on. */
function drawWindow(chart: uPlot, { points }: MeasureHistory): void {
  const point = points[chart.cursor.idx ?? points.findLastIndex(({ value }) => value !== null)];
  if (point?.window == null) return;
  const { ctx, bbox } = chart;
  const within = (at: string): number =>
    Math.max(bbox.left, Math.min(bbox.left + bbox.width, chart.valToPos(Date.parse(at) / 1000, "x", true)));
  const [left, right] = [within(point.window.from), within(point.window.to)];
  ctx.save();
  ctx.fillStyle = colour("mark");
  ctx.globalAlpha = 0.5;
  ctx.fillRect(left, bbox.top, Math.max(2 * pixelRatio(), right - left), bbox.height);
  ctx.restore();
}

const nameHeightPx = 14;
/** Floor and target first: where there is room for one name it is one of theirs. */
const byImportance = (lines: readonly AnchorLine[]): readonly AnchorLine[] =>
  [...lines].sort((a, b) => Math.abs(b.score - 50) - Math.abs(a.score - 50));

function drawAnchors(chart: uPlot, lines: readonly AnchorLine[], unit: string): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.lineWidth = pixelRatio();
  ctx.font = markFont();
  ctx.textBaseline = "bottom";
  const named: number[] = [];
  for (const line of byImportance(lines)) {
    const y = chart.valToPos(line.value, "y", true);
    ctx.strokeStyle = colour("line-strong");
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    // A second name at the same height could not be read, nor the first one; the text below has them all.
    if (named.some((at) => Math.abs(at - y) < nameHeightPx * pixelRatio())) continue;
    named.push(y);
    ctx.fillStyle = colour("ink-2");
    ctx.fillText(anchorText(line, axisUnit(unit)), bbox.left + 4 * pixelRatio(), y - 2 * pixelRatio());
  }
  ctx.restore();
}

type Shown = { readonly history: MeasureHistory; readonly lines: readonly AnchorLine[] };

const optionsOf = (width: number, shown: () => Shown, onCursor: (index: number | null) => void): uPlot.Options =>
  timeOptions({
    width,
    height: heightPx,
    padding: [12, 0, 0, 0],
    scales: {
      y: { range: () => [...valueRangeOf(shown().history.points, shown().lines)] as [number, number] },
      score: { range: [0, 100] },
    },
    axes: [
      { size: 72, values: (_chart, splits) => splits.map((value) => valueText(value, axisUnit(shown().history.unit))) },
      { scale: "score", side: rightSide, size: 40, splits: scoreSplits },
    ],
    series: [{}, lineSeries(1, colour("ink")), lineSeries(2, colour("focus"), { width: 1.5, scale: "score", dash: [5, 4] })],
    timeZone: axisZone(shown().history.step),
    onCursor,
    hooks: {
      drawClear: [
        (chart) => {
          drawWindow(chart, shown().history);
          drawAnchors(chart, shown().lines, shown().history.unit);
        },
      ],
    },
  });

/** Long units stand in the heading; beside the axis only what is short. */
const axisUnit = (unit: string): string => (unit === "ratio" || unit === "log ratio" || unit === "%" ? unit : "");

/** A measure's value (left) and its score (right, dashed), its floor and target, and what the read point looked back on. */
export function MeasureChart({ history, lines }: Shown) {
  const [at, setAt] = useState<number | null>(null);
  const shown = useRef<Shown>({ history, lines });
  shown.current = { history, lines };
  const data = useMemo(() => dataOf(history), [history]);
  const drawn = useMemo(() => ({ at, lines }), [at, lines]);
  const read = at ?? history.points.findLastIndex(({ value }) => value !== null);
  const point = history.points[read];
  return (
    <Plot
      key={history.step}
      data={data}
      options={(widthPx) => optionsOf(widthPx, () => shown.current, setAt)}
      heightPx={heightPx}
      label={`${history.title} over time. Arrow keys read single points; the table holds the same figures.`}
      at={at}
      reading={point === undefined ? "" : `${pointTimeText(history, point)}: ${measurePointText(history, point)}`}
      beside={point === undefined ? "" : measureBesideText(point)}
      redraw={drawn}
    />
  );
}
