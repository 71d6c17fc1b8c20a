import { useMemo, useState } from "preact/hooks";
import type uPlot from "uplot";
import type { PortfolioDay } from "../../api-types.ts";
import { compactText, countText, dateOnlyText, moneyText } from "../../format.ts";
import { bandOrder, bandWords } from "../../words.ts";
import { colour, pixelRatio, Plot } from "../../ui/plot.tsx";
import { type Stacked, denseDays, stackOf, valueOf } from "./book-days.ts";

const heightPx = 220;
/** At the right, for the names of the bands. */
const bandNamesPx = 104;
/** A name needs so much of its band's height. */
const nameHeightPx = 14;
const axisDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

const figureText = (value: number, what: Stacked): string =>
  what === "accounts" ? countText(value) : moneyText({ amount: value, currency: what.currency }, "short");

const dataOf = (days: readonly PortfolioDay[], what: Stacked): uPlot.AlignedData => {
  const dense = denseDays(days);
  const stacks = dense.map(({ day }) => (day === null ? null : stackOf(day, what)));
  // The highest pile is drawn first, so that each lower one lies before it.
  const piles = [...bandOrder.keys()].reverse().map((band) => stacks.map((stack) => stack?.[band] ?? null));
  return [dense.map(({ at }) => at / 1000), ...piles];
};

/** Names the bands at the right edge, where the last day leaves room for a name. */
function drawNames(chart: uPlot): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.font = `${11 * pixelRatio()}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  bandOrder.forEach((band, index) => {
    const edge = (of: number): number => (of < 0 ? 0 : (chart.data[bandOrder.length - of]?.at(-1) ?? 0));
    const top = chart.valToPos(edge(index), "y", true);
    const bottom = chart.valToPos(edge(index - 1), "y", true);
    if (bottom - top < nameHeightPx * pixelRatio()) return;
    ctx.fillStyle = colour(band);
    ctx.fillText(bandWords[band], bbox.left + bbox.width + 8 * pixelRatio(), (top + bottom) / 2);
  });
  ctx.restore();
}

function optionsOf(width: number, what: Stacked, onCursor: (index: number | null) => void): uPlot.Options {
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
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: { x: { time: true }, y: { range: (_chart, _low, high) => [0, Math.max(1, high)] } },
    axes: [
      { ...axis, size: 32, space: 72, values: (_chart, splits) => splits.map((seconds) => axisDay.format(seconds * 1000)) },
      {
        ...axis,
        size: 72,
        values: (_chart, splits) => splits.map((value) => (what === "accounts" ? compactText(value) : figureText(value, what))),
      },
    ],
    series: [
      {},
      ...[...bandOrder].reverse().map((band): uPlot.Series => ({
        stroke: colour(band),
        fill: colour(`${band}-soft`),
        width: 1.5,
        spanGaps: false,
        points: { show: false },
      })),
    ],
    hooks: { draw: [drawNames], setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)] },
  };
}

const readingOf = (day: PortfolioDay, what: Stacked): string =>
  `${dateOnlyText(day.day)}: ${bandOrder.map((band) => `${bandWords[band].toLowerCase()} ${figureText(valueOf(day, band, what), what)}`).join(", ")}${day.reckoned ? " (reckoned afterwards)" : ""}`;

/** Accounts, or their ARR, by band and day: areas on each other, the worst at the bottom. */
export function BookChart({ days, what }: { days: readonly PortfolioDay[]; what: Stacked }) {
  const [at, setAt] = useState<number | null>(null);
  const dense = denseDays(days);
  const currency = what === "accounts" ? "" : what.currency;
  const data = useMemo(() => dataOf(days, what), [days, currency]);
  const read = dense[at ?? dense.length - 1];
  return (
    <div class="chart">
      <p class="chart-reading" aria-live="polite">
        {read === undefined
          ? ""
          : read.day === null
            ? `${axisDay.format(read.at)}: nothing is known of this day`
            : readingOf(read.day, what)}
      </p>
      <Plot
        key={currency}
        class="book-chart"
        data={data}
        options={(widthPx) => optionsOf(widthPx, what, setAt)}
        heightPx={heightPx}
        label="The book by band and day. Arrow keys read single days; the table holds the same figures."
        at={at}
      />
    </div>
  );
}
