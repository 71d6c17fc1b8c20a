import type { ComponentChildren } from "preact";
import type { AccountRow, Band } from "../../api-types.ts";
import { compactText, countText, dateOnlyText, percentText, scoreText, unknownText } from "../../format.ts";
import { accountPath } from "../../router.ts";
import { arrText, noRateText, riskSampleText, riskText, scorecardTitle, segmentText, waitingText, whyText } from "../../words.ts";
import { Explained } from "../../ui/explained.tsx";
import { Age, BandBadge, Points, Score, Sparkline } from "../../ui/figures.tsx";
import { type Change, Moved, movedBy } from "../../ui/moved.tsx";

/** By so many days `changeWeek` lies apart, as the API says. */
const weekDays = 7;

export type Column = {
  readonly key: string;
  readonly title: string;
  /** Name for `sort`; columns of pictures and sentences have none. */
  readonly sort?: string;
  /** Where the first click begins: with the largest. */
  readonly descendsFirst?: boolean;
  readonly numeric?: boolean;
  readonly cell: (row: AccountRow) => ComponentChildren;
  /** One cell of the CSV, as a machine reads it. Where it is another, the cell is marked for 2 s, and the row has another place in the order of this column. */
  readonly csv: (row: AccountRow) => string | number | null;
};

/** The account's own score has a column of its own. */
const besideText = ({ scores }: AccountRow): string =>
  scores.length < 2
    ? unknownText
    : scores
        .slice(1)
        .map(({ scorecard, score }) => `${scorecardTitle(scorecard)} ${scoreText(score)}`)
        .join(", ");

/** Of how many days there is a score, counted from the first that has one; null: of none. */
function daysScored({ scoreDays }: AccountRow): number | null {
  const first = scoreDays.findIndex((score) => score !== null);
  return first < 0 ? null : scoreDays.length - first;
}

const weekOf = ({ changeWeek, changeWeekByConfiguration }: AccountRow): Change => ({
  change: changeWeek,
  changeByConfiguration: changeWeekByConfiguration,
});

const WeekChange = ({ row }: { row: AccountRow }) => (
  <span title={`${scoreText(row.scoreWeekAgo)} seven days ago`}>
    <Moved of={weekOf(row)} />
  </span>
);

/** A history that is shorter than a week says how long it is. */
function NoWeek({ row }: { row: AccountRow }) {
  const days = daysScored(row);
  if (row.score === null || days === null) return <span class="quiet">{unknownText}</span>;
  return days <= weekDays ? (
    <span class="quiet" title="No score a week ago yet: its history is shorter">
      scored {days} d
    </span>
  ) : (
    <span class="quiet" title="There was no score seven days ago">
      {unknownText}
    </span>
  );
}

const ownerName = (owner: string | null): string => owner?.replace(/@.*/, "") ?? unknownText;

export const columns: readonly Column[] = [
  {
    key: "account",
    title: "Account",
    sort: "name",
    cell: (row) => (
      <>
        <a href={accountPath(row.id)} data-row={row.id} title={row.name === null ? row.id : `${row.name} (${row.id})`}>
          {row.name ?? row.id}
        </a>
        {row.setAside ? <span class="tag">Waiting</span> : null}
      </>
    ),
    csv: (row) => row.name ?? row.id,
  },
  {
    key: "score",
    title: "Score",
    sort: "score",
    numeric: true,
    cell: (row) => <Score value={row.score} />,
    csv: (row) => row.score,
  },
  {
    key: "band",
    title: "Band",
    cell: (row) => (
      <>
        <BandBadge band={row.band as Band} />
        {row.waitingBand == null ? null : <Explained text={waitingText(row.waitingBand)}>Held</Explained>}
      </>
    ),
    csv: (row) => row.band,
  },
  {
    key: "scores",
    title: "Other scores",
    cell: (row) => <span title="By the scorecards beside its own">{besideText(row)}</span>,
    csv: (row) =>
      row.scores
        .slice(1)
        .map(({ scorecard, score }) => `${scorecard} ${score ?? ""}`.trim())
        .join("; "),
  },
  {
    key: "change",
    title: "24 h",
    sort: "moved",
    numeric: true,
    cell: (row) => <Moved of={row} />,
    csv: movedBy,
  },
  {
    key: "wholeChange",
    title: "24 h in all",
    sort: "change",
    numeric: true,
    cell: (row) => <Points value={row.change} />,
    csv: (row) => row.change,
  },
  {
    key: "week",
    title: "7 days",
    sort: "movedWeek",
    numeric: true,
    cell: (row) => (row.changeWeek === null ? <NoWeek row={row} /> : <WeekChange row={row} />),
    csv: (row) => movedBy(weekOf(row)),
  },
  {
    key: "wholeWeek",
    title: "7 days in all",
    sort: "changeWeek",
    numeric: true,
    cell: (row) => <Points value={row.changeWeek} />,
    csv: (row) => row.changeWeek,
  },
  {
    key: "trend",
    title: "90 days",
    cell: (row) => <Sparkline days={row.scoreDays} band={row.band as Band} />,
    csv: (row) => row.scoreDays.findLast((score) => score !== null) ?? null,
  },
  {
    key: "why",
    title: "What moved it",
    cell: (row) => (
      <span class="why" title={whyText(row)}>
        {whyText(row)}
      </span>
    ),
    csv: (row) => whyText(row),
  },
  {
    key: "owner",
    title: "Owner",
    cell: (row) => <span title={row.owner ?? "Nobody"}>{ownerName(row.owner)}</span>,
    csv: (row) => row.owner,
  },
  {
    key: "lastEvent",
    title: "Last event",
    sort: "lastEventAt",
    descendsFirst: true,
    numeric: true,
    cell: (row) => <Age at={row.lastEventAt} />,
    csv: (row) => row.lastEventAt,
  },
  {
    key: "segment",
    title: "Segment",
    cell: (row) => (row.segment === null ? unknownText : segmentText(row.segment)),
    csv: (row) => row.segment,
  },
  { key: "plan", title: "Plan", cell: (row) => row.plan ?? unknownText, csv: (row) => row.plan },
  {
    key: "arr",
    title: "ARR",
    sort: "arr",
    descendsFirst: true,
    numeric: true,
    cell: (row) => (
      <span title={row.arr === null && row.arrUnconverted.length > 0 ? noRateText : arrText(row, "exact")}>{arrText(row, "short")}</span>
    ),
    csv: (row) => (row.arr === null ? null : `${row.arr.amount} ${row.arr.currency} minor`),
  },
  {
    key: "renewal",
    title: "Renewal",
    sort: "renewalDate",
    numeric: true,
    cell: (row) => dateOnlyText(row.renewalDate),
    csv: (row) => row.renewalDate,
  },
  {
    key: "tickets",
    title: "Open tickets",
    sort: "openTickets",
    descendsFirst: true,
    numeric: true,
    cell: (row) => countText(row.openTickets),
    csv: (row) => row.openTickets,
  },
  {
    key: "users",
    title: "Users 28 d",
    sort: "activeUsers28d",
    descendsFirst: true,
    numeric: true,
    cell: (row) => countText(row.activeUsers28d),
    csv: (row) => row.activeUsers28d,
  },
  {
    key: "events",
    title: "Events",
    sort: "events",
    descendsFirst: true,
    numeric: true,
    cell: (row) => <span title={countText(row.events)}>{compactText(row.events)}</span>,
    csv: (row) => row.events,
  },
  {
    key: "risk",
    title: "Lost in 90 d",
    sort: "risk90",
    descendsFirst: true,
    numeric: true,
    cell: ({ risk90 }) =>
      risk90 === null ? (
        <span title="No forecast is made for this account">{unknownText}</span>
      ) : (
        <span title={`${riskText(risk90)} ${riskSampleText(risk90)}`}>{percentText(risk90.probability)}</span>
      ),
    csv: ({ risk90 }) => risk90?.probability ?? null,
  },
  {
    key: "confidence",
    title: "Confidence",
    sort: "confidence",
    numeric: true,
    cell: (row) => <span title="Share of the scorecard's weight that is measured and fresh">{percentText(row.confidence)}</span>,
    csv: (row) => row.confidence,
  },
];

/** Keys of the columns in which two states of one account differ. */
export const changedColumns = (before: AccountRow, after: AccountRow): ReadonlySet<string> =>
  new Set(columns.filter(({ csv }) => csv(before) !== csv(after)).map(({ key }) => key));

/** Does the change of a row ask for another place in the list? */
export function movesInOrder(sort: string, before: AccountRow, after: AccountRow): boolean {
  const column = columns.find((one) => one.sort === sort.replace(/^-/, ""));
  return column !== undefined && column.csv(before) !== column.csv(after);
}

export const defaultColumns: readonly string[] = ["account", "score", "band", "change", "week", "trend", "why", "owner", "lastEvent"];
const rememberedKey = "pulseline.portfolio.columns";

const known = (keys: readonly string[]): string[] =>
  columns.map((column) => column.key).filter((key) => key === "account" || keys.includes(key));

/** The address wins (a shared link shows what its sender saw), then this browser's last choice. */
export function chosenColumns(query: URLSearchParams): string[] {
  const asked = query.get("columns");
  if (asked !== null) return known(asked.split(","));
  try {
    const remembered = localStorage.getItem(rememberedKey);
    if (remembered !== null) return known(remembered.split(","));
  } catch {
    // Storage is switched off: the standard columns.
  }
  return known(defaultColumns);
}

export function rememberColumns(keys: readonly string[]): void {
  try {
    localStorage.setItem(rememberedKey, keys.join(","));
  } catch {
    // Without storage the choice lives in the address alone.
  }
}
