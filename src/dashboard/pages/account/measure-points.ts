import type { MeasureHistory, MeasurePoint, ScorecardDocument } from "../../api-types.ts";
import { dateOnlyText, dayTimeText, pointsText, scoreText, valueText } from "../../format.ts";

const dayMs = 86_400_000;

/** A value at which the measure's score is known: its floor, its target, or a knot between them. */
export type AnchorLine = { readonly value: number; readonly score: number };

/** The lines of a measure in a scorecard; none where the scorecard does not have it. */
export const anchorLinesOf = (scorecard: ScorecardDocument, measure: string): readonly AnchorLine[] =>
  scorecard.dimensions.flatMap(({ measures }) => measures).find(({ key }) => key === measure)?.anchors ?? [];

export const anchorText = ({ value, score }: AnchorLine, unit: string): string =>
  `${score === 0 ? "floor" : score === 100 ? "target" : `${score} points`} ${valueText(value, unit)}`;

const unitWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ratio: "per cent",
    "log ratio": "per cent against the time before",
    "standard deviations": "usual swings",
  }),
);
/** A unit as `valueText` writes its values. */
export const unitText = (unit: string): string => unitWords.get(unit) ?? unit;

export const pointTimeText = ({ step }: MeasureHistory, { at }: MeasurePoint): string =>
  step === "1d" ? dateOnlyText(at) : dayTimeText(Date.parse(at));

/** Windows of whole days are of UTC days, whatever the viewer's zone; others begin or end at an instant. */
const edgeText = (at: string, lastDay: boolean): string => {
  const time = Date.parse(at);
  return time % dayMs === 0 ? dateOnlyText(new Date(lastDay ? time - dayMs : time).toISOString()) : dayTimeText(time);
};

/** What the value looked back on. The end is half-open, so the last whole day is the one before it. */
export const windowText = ({ window }: Pick<MeasurePoint, "window">): string =>
  window === null ? "How things stood" : `${edgeText(window.from, false)} to ${edgeText(window.to, true)}`;

const statusText = (point: MeasurePoint): string =>
  point.status === "missing" ? (point.note ?? "No data") : point.status === "stale" ? "Held: its source was late" : "";

/** The exact figures of one point. */
export const measurePointText = (history: MeasureHistory, point: MeasurePoint): string =>
  point.value === null
    ? "no data"
    : `${valueText(point.value, history.unit)}, ${scoreText(point.score)} of 100, ${pointsText(point.contribution, 2)} points of the score`;

/** What stands beside them: on what it looked back, and what was wrong with its data. */
export const measureBesideText = (point: MeasurePoint): string =>
  [point.value === null || point.window === null ? "" : `Looks back on ${windowText(point)}`, statusText(point)]
    .filter((text) => text !== "")
    .join(" · ");

/** The range of the axis: all values and the lines, with some air; one flat value has air of its own. */
export function valueRangeOf(points: readonly MeasurePoint[], lines: readonly AnchorLine[]): readonly [low: number, high: number] {
  const all = [...points.flatMap(({ value }) => (value === null ? [] : [value])), ...lines.map(({ value }) => value)];
  if (all.length === 0) return [0, 1];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const air = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
  return [low - air, high + air];
}
