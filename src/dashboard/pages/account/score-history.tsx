import { useEffect, useMemo } from "preact/hooks";
import { api } from "../../api.ts";
import type { HealthHistory } from "../../api-types.ts";
import { serverNow } from "../../clock.ts";
import { exactScoreText, percentText, zoneText } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { bandFloorsOf, scorecardTitle, shippedBandFloors } from "../../words.ts";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { BandBadge } from "../../ui/figures.tsx";
import { useLazy } from "../../ui/lazy.ts";
import { ChartOrTable } from "../../ui/segments.tsx";
import { type Marks, marksOf, marksText, outagesOf, whenText } from "./history-points.ts";
import { RangeChoice, rangeOf } from "./ranges.tsx";
import { useScorecard } from "./use-scorecard.ts";

const dayMs = 86_400_000;
/** The chart library comes only with the page that draws. */
const loadChart = () => import("./score-chart.tsx");

function HistoryTable({ history, allMarks }: { history: HealthHistory; allMarks: readonly Marks[] }) {
  const newestFirst = history.points.map((point, index) => ({ point, marks: allMarks[index] })).reverse();
  return (
    <div class="history-table" tabIndex={0} role="region" aria-label="Score over time as a table">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{history.step === "1d" ? "Day" : "Hour"}</th>
            <th scope="col" class="num">
              Score
            </th>
            <th scope="col">Band</th>
            <th scope="col" class="num">
              Confidence
            </th>
            <th scope="col">What happened</th>
          </tr>
        </thead>
        <tbody>
          {newestFirst.map(({ point, marks }) => (
            <tr key={point.at}>
              <th scope="row">{whenText(history, point)}</th>
              <td class="num" title={point.score === null ? undefined : `${point.score} of 100`}>
                {exactScoreText(point.score)}
              </td>
              <td>
                <BandBadge band={point.band} />
              </td>
              <td class="num">{percentText(point.confidence)}</td>
              <td title={marks === undefined ? undefined : marksText(marks)}>{marks === undefined ? "" : marksText(marks)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function ScoreHistory({
  id,
  card,
  turn,
  range,
  asTable,
  connectionIds,
  scorecard,
}: {
  id: string;
  /** Key of the scorecard; undefined: the account's own. */
  card: string | undefined;
  turn: number;
  range: string | null;
  asTable: boolean;
  /** Whom the account hears from; empty until it is known. */
  connectionIds: readonly string[];
  /** Version by which it is judged now; null until it is known. */
  scorecard: string | null;
}) {
  const chosen = rangeOf(range);
  const history = useResource(
    `history ${id} ${card ?? ""} ${chosen.key}`,
    (signal) =>
      api.history(id, { scorecard: card, from: new Date(serverNow() - chosen.days * dayMs).toISOString(), step: chosen.step }, signal),
    true,
  );
  const tickets = useResource(`chart tickets ${id}`, (signal) => api.tickets(id, { limit: 200 }, signal));
  useEffect(() => {
    if (turn === 0) return;
    history.reload();
    tickets.reload();
  }, [turn]);
  const Chart = useLazy("score chart", loadChart)?.ScoreChart ?? null;
  const rules = useScorecard(scorecard);
  const floors = useMemo(() => (rules === null ? shippedBandFloors : bandFloorsOf(rules.bands)), [rules]);
  const heard = connectionIds.join(" ");
  // The state of the sources explains the line; where it cannot be read the line stands without.
  const sources = useResource(heard === "" ? null : "sources", (signal) => api.sources(signal));
  const outages = useMemo(() => outagesOf(sources.data?.items ?? [], new Set(heard.split(" "))), [sources.data, heard]);
  const marks = useMemo(
    () => (history.data === null ? [] : marksOf(history.data, tickets.data?.items ?? [], outages)),
    [history.data, tickets.data, outages],
  );
  return (
    <section class="section" aria-labelledby="over-time">
      <div class="section-head">
        <h2 id="over-time">Score over time{card === undefined ? "" : `: ${scorecardTitle(card)}`}</h2>
        <div class="actions">
          <RangeChoice chosen={chosen} onChoose={(key) => setQuery({ range: key })} />
          <ChartOrTable asTable={asTable} onChoose={(table) => setQuery({ view: table ? "table" : null })} />
        </div>
      </div>
      <Faces
        of={history}
        what="The history"
        works="The score above is still current."
        skeleton={
          <div class="chart-space">
            <Skeleton rows={1} kind="block" />
          </div>
        }
      >
        {(data) =>
          data.points.every((point) => point.score === null) ? (
            <Empty title="No score in this range">
              <p>The line begins with the first day on which something was measured.</p>
            </Empty>
          ) : asTable ? (
            <HistoryTable history={data} allMarks={marks} />
          ) : (
            <div class="chart-space">
              {Chart === null ? (
                <Skeleton rows={1} kind="block" />
              ) : (
                <Chart history={data} marks={marks} outages={outages} floors={floors} />
              )}
            </div>
          )
        }
      </Faces>
      <p class="quiet small-print">
        Points of 100, axis from 0 to 100; gaps are days without data. Short strokes at the bottom: tickets opened.
        {outages.length === 0 ? "" : " Shaded: requests of a source were refused then."}
        {marks.some((one) => one.configuration !== null) ? " Dashed: from here on judged by another configuration." : ""}
        {marks.some((one) => one.statistics !== null)
          ? " Dotted: the typical figures of accounts like it, with which some measures are compared, were renewed."
          : ""}{" "}
        {chosen.step === "1d" ? "A point is how the day ended, the last one how it stands now. " : ""}Drag over the chart to see what
        changed between two points. {zoneText(chosen.step)}
      </p>
    </section>
  );
}
