import type { HealthHistory, HistoryPoint, Ticket } from "../../api-types.ts";
import { dayText, dayTimeText, exactScoreText, percentText } from "../../format.ts";
import { bandWords } from "../../words.ts";

/** What happened at each point of a history, in words; as long as its points. */
export type Markers = readonly (readonly string[])[];

/** Each ticket at the point that is nearest to its opening; what lies outside of the range is left out. */
export function markersOf(history: HealthHistory, tickets: readonly Ticket[]): Markers {
  const times = history.points.map((point) => Date.parse(point.at));
  const marks: string[][] = times.map(() => []);
  const step = (times[1] ?? 0) - (times[0] ?? 0);
  for (const ticket of tickets) {
    if (ticket.createdAt === null) continue;
    const at = Date.parse(ticket.createdAt);
    if (at > (times.at(-1) ?? 0)) continue;
    // The last point is now, not the end of its step: it takes what is nearer to the end that has not come.
    const nearest = Math.min(times.length - 1, Math.round((at - (times[0] ?? 0)) / Math.max(1, step)));
    marks[nearest]?.push(ticket.subject ?? `Ticket ${ticket.ticketId}`);
  }
  return marks;
}

export const whenText = (history: HealthHistory, point: HistoryPoint): string =>
  (history.step === "1d" ? dayText : dayTimeText)(Date.parse(point.at));

/** The exact figure of one point, as the chart's reading says it. */
export const pointText = (point: HistoryPoint): string =>
  point.score === null ? "no data" : `${exactScoreText(point.score)} points, ${bandWords[point.band].toLowerCase()}`;

/** What stands beside the figure: how much of it is known, and what happened then. */
export function besideText(point: HistoryPoint, marks: readonly string[]): string {
  const tickets =
    marks.length === 0 ? "" : `${marks.length === 1 ? "Ticket opened" : `${marks.length} tickets opened`}: ${marks.join("; ")}`;
  return [point.score === null ? "" : `Confidence ${percentText(point.confidence)}`, tickets].filter((text) => text !== "").join(" · ");
}
