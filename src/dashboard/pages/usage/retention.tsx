import { countText, dateOnlyText, shareText } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { AboutRanges, LikelyRange } from "./likely-range.tsx";
import { PeriodField, periodIn } from "./period-field.tsx";
import { AboutAnswer, NothingFound, useAnswer, type Scope } from "./usage-scope.tsx";
import type { Retention as Answer, RetentionRow } from "./usage-types.ts";

/** Who comes back, by when they came first. */
export function Retention({ scope, query }: { scope: Scope; query: URLSearchParams }) {
  const period = periodIn(query);
  const returned = query.get("returned") === "on_or_after" ? "on_or_after" : "on";
  const detailed = query.get("numbers") === "1";
  const answer = useAnswer<Answer>("retention", scope, { period, returned });
  return (
    <>
      <div class="toolbar usage-choices">
        <PeriodField period={period} />
        <label class="inline">
          Came back
          <select value={returned} onChange={(event) => setQuery({ returned: event.currentTarget.value })}>
            <option value="on">in that {period}</option>
            <option value="on_or_after">in that {period} or later</option>
          </select>
        </label>
        <label class="inline">
          <input type="checkbox" checked={detailed} onChange={(event) => setQuery({ numbers: event.currentTarget.checked ? "1" : null })} />
          {scope.accountId === null ? "Numbers and likely ranges" : "Numbers"}
        </label>
      </div>
      <Faces of={answer} what="Who came back" skeleton={<Skeleton rows={8} />}>
        {(data) => (
          <>
            <AboutAnswer of={data} asked={answer} />
            {data.cohorts.length === 0 ? (
              <NothingFound of={data} title="Nobody came for the first time">
                <p>Choose a longer time: cohorts are made of people who used the product for the first time in it.</p>
              </NothingFound>
            ) : (
              <Grid data={data} detailed={detailed} />
            )}
            {detailed && scope.accountId === null && data.cohorts.length > 0 ? <AboutRanges /> : null}
          </>
        )}
      </Faces>
    </>
  );
}

function Grid({ data, detailed }: { data: Answer; detailed: boolean }) {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Who came back, by first use">
      <table class={`table usage-grid${detailed ? " usage-grid-detailed" : ""}`}>
        <caption class="unseen">Share of people who came back, by the {data.period} of their first use</caption>
        <thead>
          <tr>
            <th scope="col">First used</th>
            <th scope="col" class="num">
              People
            </th>
            {data.all.periods.map((_, k) => (
              <th key={k} scope="col" class="num">
                {k === 0 ? "Start" : `+${k}`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Row name="Everybody" row={data.all} detailed={detailed} />
          {data.cohorts.map((row) => (
            <Row key={row.cohort} name={dateOnlyText(row.cohort)} row={row} detailed={detailed} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const countOf = (returned: number, of: number): string => `${countText(returned)} of ${countText(of)}`;

const Row = ({ name, row, detailed }: { name: string; row: RetentionRow; detailed: boolean }) => (
  <tr>
    <th scope="row">{name}</th>
    <td class="num">{countText(row.size)}</td>
    {row.periods.map(({ returned, of, share, interval }, k) => (
      <td key={k} class="num" title={of === 0 ? "Not over yet" : countOf(returned, of)}>
        {shareText(share)}
        {/* Everybody of a cohort was there at its start. */}
        {detailed && k > 0 && of > 0 ? (
          <>
            <span class="quiet usage-needed">{countOf(returned, of)}</span>
            <LikelyRange of={interval} />
          </>
        ) : null}
      </td>
    ))}
  </tr>
);
