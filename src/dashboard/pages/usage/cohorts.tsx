import { countText, dateOnlyText, shareText, unknownText } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { GroupField, groupWord } from "./group-field.tsx";
import { PeriodField, periodIn, type Period } from "./period-field.tsx";
import { AboutAnswer, NothingFound, useAnswer, type Scope } from "./usage-scope.tsx";
import type { CohortRow, Cohorts as Answer } from "./usage-types.ts";

/** An answer has 60 periods at most: days are offered where they fit, whole days at both ends counted. */
const daysByDayMax = 59;
type Shown = "share" | "actions";

/** Who is active over time: who came, stayed, came back and left, and by when they came first or by what their account is. */
export function Cohorts({ scope, query }: { scope: Scope; query: URLSearchParams }) {
  const withDays = scope.days <= daysByDayMax;
  const period = periodIn(query, withDays);
  // One account is in one group.
  const by = scope.accountId === null ? query.get("by") : null;
  const show = query.get("show") === "actions" ? "actions" : "share";
  return (
    <>
      <div class="toolbar">
        <PeriodField period={period} withDays={withDays} />
        {scope.accountId === null ? <GroupField label="Cohorts" none="First use" by={by} /> : null}
        <label class="inline">
          Show
          <select value={show} onChange={(event) => setQuery({ show: event.currentTarget.value })}>
            <option value="share">share of people active</option>
            <option value="actions">actions of each</option>
          </select>
        </label>
      </div>
      <Answered key={by} scope={scope} period={period} by={by} show={show} />
    </>
  );
}

/** By itself for each grouping, so that the cohorts of one never stand under the name of another. */
function Answered({ scope, period, by, show }: { scope: Scope; period: Period; by: string | null; show: Shown }) {
  const answer = useAnswer<Answer>("cohorts", scope, { period, by });
  return (
    <Faces of={answer} what="The cohorts" skeleton={<Skeleton rows={8} />}>
      {(data) => (
        <>
          <AboutAnswer of={data} asked={answer} />
          {data.cohorts.length === 0 ? (
            <NothingFound of={data} title="Nobody used the product">
              <p>Choose a longer time, or other accounts.</p>
            </NothingFound>
          ) : (
            <>
              <Flows data={sinceFirstUse(data)} />
              <Grid data={sinceFirstUse(data)} by={by} show={show} />
            </>
          )}
        </>
      )}
    </Faces>
  );
}

/** Without the periods before anybody used the product: of a history that began lately they would be most of the answer. */
function sinceFirstUse(data: Answer): Answer {
  const first = Math.max(
    0,
    data.periods.findIndex(({ active, lost }) => active + lost > 0),
  );
  const cut = (row: CohortRow): CohortRow => ({ ...row, periods: row.periods.slice(first) });
  return {
    ...data,
    periods: data.periods.slice(first),
    cohorts: data.cohorts.map(cut),
    otherCohorts: data.otherCohorts === null ? null : cut(data.otherCohorts),
  };
}

const SoFar = ({ isOver }: { isOver: boolean }) => (isOver ? null : <span class="quiet"> so far</span>);
const periodWords: Readonly<Record<Period, string>> = { day: "Day", week: "Week from", month: "Month from" };

const flowColumns = (period: Period): readonly Column<Answer["periods"][number]>[] => [
  {
    title: periodWords[period],
    cell: (row) => (
      <>
        {dateOnlyText(row.period)}
        <SoFar isOver={row.isOver} />
      </>
    ),
  },
  { title: "Active", num: true, cell: ({ active }) => countText(active) },
  { title: "First time", num: true, cell: (row) => countText(row.new) },
  { title: "Again", num: true, cell: ({ kept }) => countText(kept) },
  { title: "Back", num: true, cell: ({ back }) => countText(back) },
  // Until a period is over nobody is gone for not having come in it.
  {
    title: "Gone",
    num: true,
    cell: ({ lost, isOver }) => (isOver ? countText(lost) : unknownText),
    hint: ({ isOver }) => (isOver ? undefined : `This ${period} is not over`),
  },
];

function Flows({ data: { period, periods } }: { data: Answer }) {
  return (
    <section aria-labelledby="flows">
      <h2 id="flows">Who came, stayed and left</h2>
      <p class="quiet">
        Again: active in the {period} before as well. Back: active earlier, but not in the {period} before. Gone: active in the {period}{" "}
        before, but not in this one.
      </p>
      <DataTable
        class="usage-flows"
        caption={`People active by ${period}`}
        columns={flowColumns(period)}
        rows={periods.toReversed()}
        keyOf={(row) => row.period}
      />
    </section>
  );
}

/** How a cohort is called: a period of first use, or a value of the account. */
function cohortWords(cohort: string | null, by: string | null): string {
  if (by !== null) return cohort ?? "None";
  return cohort === "earlier" ? "Earlier" : dateOnlyText(cohort);
}

function Grid({ data, by, show }: { data: Answer; by: string | null; show: Shown }) {
  const title = by === null ? "Cohorts by first use" : `Cohorts by ${groupWord(by).toLowerCase()}`;
  return (
    <div class="section">
      <h2>{title}</h2>
      <div class="scroll-x" tabIndex={0} role="region" aria-label={title}>
        <table class="table usage-grid usage-grid-wide usage-cohorts">
          <caption class="unseen">{show === "share" ? "Share of each cohort that was active" : "Actions of each active person"}</caption>
          <thead>
            <tr>
              <th scope="col">{by === null ? "First used" : groupWord(by)}</th>
              <th scope="col" class="num">
                People
              </th>
              {data.periods.map(({ period, isOver }) => (
                <th key={period} scope="col" class="num">
                  {dateOnlyText(period)}
                  <SoFar isOver={isOver} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.cohorts.map((row) => (
              <Row key={row.cohort} name={cohortWords(row.cohort, by)} row={row} data={data} show={show} isDated={by === null} />
            ))}
            {data.otherCohorts === null ? null : <Row name="Others" row={data.otherCohorts} data={data} show={show} isDated={false} />}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** @param isDated whether the cohort is named after the period before which it did not exist */
function Row({ name, row, data, show, isDated }: { name: string; row: CohortRow; data: Answer; show: Shown; isDated: boolean }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="num">{countText(row.size)}</td>
      {row.periods.map(({ active, share, actions, actionsEach }, k) => {
        const period = data.periods[k]?.period ?? "";
        const isBefore = isDated && row.cohort !== null && row.cohort !== "earlier" && period < row.cohort;
        return (
          <td
            key={period}
            class="num"
            title={isBefore ? undefined : `${countText(active)} of ${countText(row.size)}, ${countText(actions)} actions`}
          >
            {isBefore ? null : show === "share" ? shareText(share) : countText(actionsEach)}
          </td>
        );
      })}
    </tr>
  );
}
