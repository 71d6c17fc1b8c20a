import type { HealthHistory, HistoryPoint, Source, Ticket } from "../../api-types.ts";
import { dateOnlyText, dayTimeText, exactScoreText, percentText } from "../../format.ts";
import { bandWords } from "../../words.ts";

/**
 * What happened at one point of a history: subjects of tickets opened then, names of sources that were shut out then, the number of the
 * configuration that judges otherwise from here on, and of one in which only what other accounts lend is another.
 */
export type Marks = {
  readonly tickets: readonly string[];
  readonly outages: readonly string[];
  readonly configuration: string | null;
  readonly statistics: string | null;
};
export const noMarks: Marks = { tickets: [], outages: [], configuration: null, statistics: null };

/** A time in which the door refused a source of the account, epoch ms. */
export type Outage = { readonly from: number; readonly to: number; readonly name: string };

/** The outages of those connections that this account hears from. */
export const outagesOf = (sources: readonly Source[], connectionIds: ReadonlySet<string>): Outage[] =>
  sources
    .filter((source) => connectionIds.has(source.connectionId))
    .flatMap((source) =>
      source.completenessDays.flatMap((day) =>
        day.gaps.map((gap) => ({ from: Date.parse(gap.from), to: Date.parse(gap.to), name: source.name })),
      ),
    );

/**
 * As long as the points. A point is the end of its step (the last is now, sooner): each ticket stands at the first that could see it, an outage
 * at every point whose step it touches.
 */
export function marksOf(history: HealthHistory, tickets: readonly Ticket[], outages: readonly Outage[]): readonly Marks[] {
  const times = history.points.map((point) => Date.parse(point.at));
  const begins = times.map((time, index) => times[index - 1] ?? time - stepMs[history.step]);
  const within = (at: number, index: number): boolean => at > (begins[index] ?? 0) && at <= (times[index] ?? 0);
  const opened: string[][] = times.map(() => []);
  for (const ticket of tickets) {
    if (ticket.createdAt === null) continue;
    const at = Date.parse(ticket.createdAt);
    opened[times.findIndex((_, index) => within(at, index))]?.push(ticket.subject ?? `Ticket ${ticket.ticketId}`);
  }
  return times.map((time, index) => ({
    tickets: opened[index] ?? [],
    outages: [
      ...new Set(outages.filter((outage) => outage.from <= time && outage.to > (begins[index] ?? time)).map((outage) => outage.name)),
    ],
    ...judgedFrom(history.points, index),
  }));
}
const stepMs = { "1h": 3_600_000, "1d": 86_400_000 } as const;

/**
 * A scorecard's version names its content: another number alone (a draft that began to run in shadow) changes nothing. What other accounts
 * lend changes by night, and nobody decided it: that is a mark of its own.
 */
function judgedFrom(points: HealthHistory["points"], index: number): Pick<Marks, "configuration" | "statistics"> {
  const [before, point] = [points[index - 1], points[index]];
  if (before === undefined || point === undefined || before.scorecard === point.scorecard) return { configuration: null, statistics: null };
  const isDecided = decided(before.scorecard) !== decided(point.scorecard);
  return { configuration: isDecided ? point.configVersion : null, statistics: isDecided ? null : point.configVersion };
}
const decided = (scorecard: string): string => scorecard.replace(/\+statistics\.\d+/, "");

/** Points by day are the ends of UTC days, whatever the viewer's zone: told by the day that ended. */
export const whenText = (history: HealthHistory, point: HistoryPoint): string =>
  history.step === "1d" ? dateOnlyText(point.at) : dayTimeText(Date.parse(point.at));

/** The exact figure of one point, as the chart's reading says it. */
export const pointText = (point: HistoryPoint): string =>
  point.score === null ? "no data" : `${exactScoreText(point.score)} points, ${bandWords[point.band].toLowerCase()}`;

/** What happened at a point, in words. */
export function marksText({ tickets, outages, configuration, statistics }: Marks): string {
  const opened =
    tickets.length === 0 ? "" : `${tickets.length === 1 ? "Ticket opened" : `${tickets.length} tickets opened`}: ${tickets.join("; ")}`;
  const shut = outages.length === 0 ? "" : `Refused at the door: ${outages.join(", ")}`;
  const judged = configuration === null ? "" : `Judged by another configuration from here on (number ${configuration})`;
  const lent = statistics === null ? "" : `Typical figures of accounts like it renewed (number ${statistics})`;
  return [judged, lent, shut, opened].filter((text) => text !== "").join(" · ");
}

/** What stands beside the figure: how much of it is known, and what happened then. */
export const besideText = (point: HistoryPoint, marks: Marks): string =>
  [point.score === null ? "" : `Confidence ${percentText(point.confidence)}`, marksText(marks)].filter((text) => text !== "").join(" · ");
