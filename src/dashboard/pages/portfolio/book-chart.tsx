import { useMemo, useState } from "preact/hooks";
import type uPlot from "uplot";
import type { PortfolioDay } from "../../api-types.ts";
import { compactText, countText, dateOnlyText, moneyText } from "../../format.ts";
import { bandOrder, bandWords } from "../../words.ts";
import { colour, markFont, pixelRatio, Plot, timeOptions } from "../../ui/plot.tsx";
import { type Stacked, denseDays, stackOf, valueOf } from "./book-days.ts";

const heightPx = 220;
/** At the right, for the names of the bands. */
const bandNamesPx = 104;
/** A name needs so much of its band's height. */
const nameHeightPx = 14;

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
  ctx.font = markFont();
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

const optionsOf = (width: number, what: Stacked, onCursor: (index: number | null) => void): uPlot.Options =>
  timeOptions({
    width,
    height: heightPx,
    padding: [8, bandNamesPx, 0, 0],
    cursor: { points: { show: false } },
    scales: { y: { range: (_chart, _low, high) => [0, Math.max(1, high)] } },
    axes: [
      {
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
    timeZone: "UTC",
    onCursor,
    hooks: { draw: [drawNames] },
  });

function readingOf({ at, day }: ReturnType<typeof denseDays>[number], what: Stacked): string {
  if (day === null) return `${dateOnlyText(isoDay(at))}: nothing is known of this day`;
  const bands = bandOrder.map((band) => `${bandWords[band].toLowerCase()} ${figureText(valueOf(day, band, what), what)}`);
  return `${dateOnlyText(day.day)}: ${bands.join(", ")}${day.reckoned ? " (reckoned afterwards)" : ""}`;
}

const isoDay = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Accounts, or their ARR, by band and day: areas on each other, the worst at the bottom. */
export function BookChart({ days, what }: { days: readonly PortfolioDay[]; what: Stacked }) {
  const [at, setAt] = useState<number | null>(null);
  const dense = denseDays(days);
  const currency = what === "accounts" ? "" : what.currency;
  const data = useMemo(() => dataOf(days, what), [days, currency]);
  const read = dense[at ?? dense.length - 1];
  return (
    <Plot
      key={currency}
      class="book-chart"
      data={data}
      options={(widthPx) => optionsOf(widthPx, what, setAt)}
      heightPx={heightPx}
      label="The book by band and day. Arrow keys read single days; the table holds the same figures."
      at={at}
      reading={read === undefined ? "" : readingOf(read, what)}
    />
  );
}
