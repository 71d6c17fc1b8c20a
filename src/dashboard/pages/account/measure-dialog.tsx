import { useEffect } from "preact/hooks";
import { api } from "../../api.ts";
import type { MeasureHistory } from "../../api-types.ts";
import { serverNow } from "../../clock.ts";
import { pointsText, scoreText, valueText, zoneText } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { useResource } from "../../resource.ts";
import { Dialog } from "../../ui/controls.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { useLazy } from "../../ui/lazy.ts";
import { ChartOrTable } from "../../ui/segments.tsx";
import { RangeChoice, rangeOf } from "./ranges.tsx";
import { type AnchorLine, anchorLinesOf, anchorText, measureBesideText, pointTimeText, unitText, windowText } from "./measure-points.ts";
import { useScorecard } from "./use-scorecard.ts";
import { Coded } from "../../ui/coded.tsx";

const dayMs = 86_400_000;
const noLines: readonly AnchorLine[] = [];

const loadChart = () => import("./measure-chart.tsx");

function PointsTable({ history }: { history: MeasureHistory }) {
  return (
    <div class="history-table" tabIndex={0} role="region" aria-label={`${history.title} over time as a table`}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{history.step === "1d" ? "Day" : "Hour"}</th>
            <th scope="col" class="num">
              Value
            </th>
            <th scope="col" class="num">
              Score
            </th>
            <th scope="col" class="num">
              Points
            </th>
            <th scope="col">Looks back on</th>
          </tr>
        </thead>
        <tbody>
          {history.points.toReversed().map((point) => (
            <tr key={point.at}>
              <th scope="row">{pointTimeText(history, point)}</th>
              <td class="num" title={point.value === null ? undefined : `${point.value} ${history.unit}`}>
                {valueText(point.value, history.unit)}
              </td>
              <td class="num">{scoreText(point.score)}</td>
              <td class="num">{point.value === null ? "" : pointsText(point.contribution, 2)}</td>
              <td title={measureBesideText(point)}>{point.value === null ? measureBesideText(point) : windowText(point)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** One measure over time: what it was, what that scored, and on what it looked back. */
export function MeasureDialog({
  id,
  card,
  measure,
  title,
  lent,
  scorecard,
  range,
  asTable,
  turn,
}: {
  id: string;
  /** Key of the scorecard; undefined: the account's own. */
  card: string | undefined;
  measure: string;
  title: string;
  /** Against how many accounts it is judged; null where by the scorecard alone. */
  lent: string | null;
  /** Version by which the account is judged now. */
  scorecard: string;
  range: string | null;
  asTable: boolean;
  turn: number;
}) {
  const chosen = rangeOf(range);
  const history = useResource(
    `measure ${id} ${measure} ${card ?? ""} ${chosen.key}`,
    (signal) =>
      api.measureHistory(
        id,
        measure,
        { scorecard: card, from: new Date(serverNow() - chosen.days * dayMs).toISOString(), step: chosen.step },
        signal,
      ),
    true,
  );
  useEffect(() => {
    if (turn > 0) history.reload();
  }, [turn]);
  const rules = useScorecard(scorecard);
  const lines = rules === null ? noLines : anchorLinesOf(rules, measure);
  const chart = useLazy("measure chart", loadChart);
  const close = (): void => setQuery({ measure: null, mrange: null, mview: null });
  return (
    <Dialog title={title} onClose={close} wide>
      <div class="actions">
        <RangeChoice chosen={chosen} onChoose={(key) => setQuery({ mrange: key })} />
        <ChartOrTable asTable={asTable} onChoose={(table) => setQuery({ mview: table ? "table" : null })} />
      </div>
      <Faces
        of={history}
        what="The history of the measure"
        works="The score is still current."
        skeleton={
          <div class="chart-space">
            <Skeleton rows={1} kind="block" />
          </div>
        }
      >
        {(data) =>
          data.points.every(({ value }) => value === null) ? (
            <Empty title="Nothing was measured in this range">
              <p>
                <Coded text={data.points.at(-1)?.note ?? "The line begins with the first day on which there are data."} />
              </p>
            </Empty>
          ) : asTable ? (
            <PointsTable history={data} />
          ) : (
            <div class="chart-space">
              {chart === null ? <Skeleton rows={1} kind="block" /> : <chart.MeasureChart history={data} lines={lines} />}
            </div>
          )
        }
      </Faces>
      <p class="quiet small-print">
        Left and solid: the value{history.data === null ? "" : ` in ${unitText(history.data.unit)}`}. Right and dashed: its score of 100.
        Gaps are times without data. Shaded: what the read point looks back on.
        {lines.length === 0 || history.data === null
          ? ""
          : ` By the scorecard of now: ${lines.map((line) => anchorText(line, history.data?.unit ?? "")).join(", ")}.`}
        {lent === null ? "" : ` ${lent}, so its score may follow other lines.`} {zoneText(chosen.step)}
      </p>
    </Dialog>
  );
}
