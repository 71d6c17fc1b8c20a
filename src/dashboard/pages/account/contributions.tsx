import type { Dimension, Health, Measure } from "../../api-types.ts";
import { exactScoreText, percentText, pointsText, scoreText, valueText } from "../../format.ts";
import { hrefWith } from "../../router.ts";
import { othersText, scorecardKeyOf } from "../../words.ts";
import { Age, Points, StateBadge } from "../../ui/figures.tsx";
import { Coded, uncoded } from "../../ui/coded.tsx";

/** Where each bar begins and ends on the way from 50 to the score. */
type Step = { readonly from: number; readonly to: number };

const neutral = 50;
const digits = 2;

function stepsOf(health: Health): ReadonlyMap<string, Step> {
  let at = neutral;
  const steps = new Map<string, Step>();
  for (const dimension of health.dimensions) {
    for (const measure of dimension.measures) {
      steps.set(`${dimension.key}/${measure.key}`, { from: at, to: at + measure.contribution });
      at += measure.contribution;
    }
  }
  return steps;
}

/** The part of 0..100 that the bars need, in whole tens; its ends are written at the head. */
function scaleOf(steps: ReadonlyMap<string, Step>): { readonly low: number; readonly high: number } {
  const ends = [...steps.values()].flatMap((step) => [step.from, step.to]);
  const low = Math.max(0, Math.floor((Math.min(neutral, ...ends) - 2) / 10) * 10);
  const high = Math.min(100, Math.ceil((Math.max(neutral, ...ends) + 2) / 10) * 10);
  return { low, high };
}

/** A cell that has nothing to say in its row. */
const Blank = ({ class: name, colSpan = 1 }: { class: string; colSpan?: number }) => (
  <td class={name} colSpan={colSpan}>
    {" "}
  </td>
);

function Bar({ step, scale, kind = "measure" }: { step: Step; scale: { low: number; high: number }; kind?: "measure" | "end" }) {
  const x = (score: number): number => ((score - scale.low) / (scale.high - scale.low)) * 100;
  const left = Math.min(x(step.from), x(step.to));
  const wide = Math.abs(x(step.to) - x(step.from));
  const tone = kind === "end" ? "end" : step.to < step.from ? "down" : "up";
  return (
    <svg class="bar" width="100%" height="20" aria-hidden="true" focusable="false">
      <line class="bar-middle" x1={`${x(neutral)}%`} x2={`${x(neutral)}%`} y1="0" y2="20" />
      {kind === "end" || wide > 0.05 ? (
        <rect
          class={`bar-${tone}`}
          x={`${kind === "end" ? Math.max(0, x(step.to) - 0.3) : left}%`}
          width={`${kind === "end" ? 0.6 : Math.max(0.5, wide)}%`}
          y="4"
          height="12"
          rx="2"
        />
      ) : (
        <circle class="bar-none" cx={`${x(step.to)}%`} cy="10" r="2.5" />
      )}
    </svg>
  );
}

/** Who is late of those that tell of it. */
function lateText({ waitsFor = [], sendersUpToDate }: Measure): string {
  if (sendersUpToDate === undefined) return "Its source is late";
  return `${waitsFor.length} of its ${waitsFor.length + sendersUpToDate} senders ${waitsFor.length === 1 ? "is" : "are"} late, what the others tell counts`;
}

function Status({ measure }: { measure: Measure }) {
  if (measure.status === "missing")
    return (
      <StateBadge tone="none" title={uncoded(measure.note) ?? "Nothing was measured; its weight is shared among the others"}>
        No data
      </StateBadge>
    );
  if (measure.status === "stale")
    return (
      <a href="/sources">
        <StateBadge
          tone="warn"
          title={`${lateText(measure)}: it counts with ${percentText(measure.freshness)} of its weight. To the sources`}
        >
          {measure.sendersUpToDate === undefined ? "Old" : "In part"}
        </StateBadge>
      </a>
    );
  if (measure.completeness < 1)
    return (
      <a href="/sources">
        <StateBadge
          tone="warn"
          title={`Some of what its source sent around that day could not be used: it counts with ${percentText(measure.completeness, 1)} towards confidence. The score stands; it is less certain. To the sources`}
        >
          Partial
        </StateBadge>
      </a>
    );
  return (
    <StateBadge tone="good" title="The source is up to date: what is not here has not happened">
      Up to date
    </StateBadge>
  );
}

function MeasureRow({ measure, step, scale }: { measure: Measure; step: Step; scale: { low: number; high: number } }) {
  const others = othersText(measure);
  return (
    <tr class={measure.status === "missing" ? "is-missing" : undefined}>
      <th scope="row" title={uncoded(measure.note)}>
        <a href={hrefWith({ measure: measure.key })} title={`${measure.title} over time`}>
          {measure.title}
        </a>
        {measure.note === undefined ? null : (
          <span class="measure-note">
            <Coded text={measure.note} />
          </span>
        )}
        {measure.status === "missing" || others === null ? null : <span class="measure-note">{others}</span>}
      </th>
      <td class="num measure-value" data-label="Value" title={measure.value === null ? undefined : `${measure.value} ${measure.unit}`}>
        {valueText(measure.value, measure.unit)}
      </td>
      <td class="num measure-score" data-label="Score" title={measure.score === null ? undefined : `${measure.score} of 100`}>
        {scoreText(measure.score)}
      </td>
      <td class="measure-bar">
        <Bar step={step} scale={scale} />
      </td>
      <td class="num measure-gained" data-label="Gained">
        <Points value={measure.contribution} digits={digits} />
      </td>
      <td
        class="num measure-possible"
        data-label="of"
        title={`At its best it would give ${measure.possible} points; its share of the whole is ${percentText(measure.effectiveWeight, 1)}`}
      >
        {pointsText(measure.possible, digits)}
      </td>
      <td class="num measure-age" data-label="Last event">
        <Age at={measure.asOf} />
      </td>
      <td class="measure-status" data-label="Source">
        <Status measure={measure} />
      </td>
    </tr>
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

function DimensionRows({
  dimension,
  steps,
  scale,
}: {
  dimension: Dimension;
  steps: ReadonlyMap<string, Step>;
  scale: { low: number; high: number };
}) {
  return (
    <tbody>
      <tr class="dimension">
        <th scope="rowgroup" colSpan={2}>
          {dimension.title}{" "}
          <span class="quiet">
            weight {percentText(dimension.weight)}, could have gained {pointsText(dimension.couldHaveGained, digits)} more
          </span>
        </th>
        <td class="num measure-score" data-label="Score">
          {scoreText(dimension.score)}
        </td>
        <Blank class="measure-bar" />
        <td class="num" data-label="Gained">
          <Points value={dimension.gained} digits={digits} />
        </td>
        <td class="num" data-label="of">
          {pointsText(sum(dimension.measures.map((measure) => measure.possible)), digits)}
        </td>
        <Blank colSpan={2} class="dimension-rest" />
      </tr>
      {dimension.measures.map((measure) => (
        <MeasureRow
          key={measure.key}
          measure={measure}
          scale={scale}
          step={steps.get(`${dimension.key}/${measure.key}`) ?? { from: neutral, to: neutral }}
        />
      ))}
    </tbody>
  );
}

/** The editor of the scorecard, with this account in its preview. */
const trialPath = (id: string, scorecard: string): string =>
  `/settings/scorecards/${encodeURIComponent(scorecardKeyOf(scorecard))}?account=${encodeURIComponent(id)}`;

/** One table from 50 to the score: bars for the eye, exact numbers for the rest. The gained points and 50 are the score before caps. */
export function Contributions({ id, health }: { id: string; health: Health }) {
  if (health.computedScore === null) {
    return (
      <p class="quiet">Nothing is measured yet, so there is no score to explain. It appears with the first product event or ticket.</p>
    );
  }
  const steps = stepsOf(health);
  const scale = scaleOf(steps);
  return (
    <>
      <table class="table measures cards">
        <caption class="unseen">From 50 to the score: what each measure gained and could have gained, in points</caption>
        <thead>
          <tr>
            <th scope="col" class="measure-title">
              Measure
            </th>
            <th scope="col" class="num measure-value-head">
              Value
            </th>
            <th scope="col" class="num measure-score">
              Score
            </th>
            <th scope="col" class="measure-bar" aria-label="On the way from 50 to the score, in points of 100">
              <span class="scale">
                <span>{scale.low}</span>
                <span>points of 100</span>
                <span>{scale.high}</span>
              </span>
            </th>
            <th scope="col" class="num">
              Gained
            </th>
            <th scope="col" class="num" title="Points it would give at its best">
              At best
            </th>
            <th scope="col" class="num measure-age-head" title="The newest of the account's events that it is made of">
              Last event
            </th>
            <th
              scope="col"
              class="measure-status-head"
              title="Whether all is there up to now: where nothing happened, the last event is old and the source is fresh"
            >
              Source
            </th>
          </tr>
        </thead>
        <tbody>
          <tr class="total">
            <th scope="row" colSpan={2}>
              Start: neither good nor bad
            </th>
            <Blank class="measure-score" />
            <td class="measure-bar">
              <Bar kind="end" step={{ from: neutral, to: neutral }} scale={scale} />
            </td>
            <td class="num">50.00</td>
            <Blank colSpan={3} class="dimension-rest" />
          </tr>
        </tbody>
        {health.dimensions.map((dimension) => (
          <DimensionRows key={dimension.key} dimension={dimension} steps={steps} scale={scale} />
        ))}
        <tbody>
          {health.caps.map((cap) => (
            <tr key={cap.key} class="total">
              <th scope="row" colSpan={2}>
                Capped: {cap.title}
              </th>
              <Blank class="measure-score" />
              <Blank class="measure-bar" />
              <td class="num" title={`At most ${cap.max}`}>
                ≤ {cap.max}
              </td>
              <Blank colSpan={3} class="dimension-rest" />
            </tr>
          ))}
          {health.override === null ? null : (
            <tr class="total">
              <th scope="row" colSpan={2}>
                Overridden by a person
              </th>
              <Blank class="measure-score" />
              <Blank class="measure-bar" />
              <td class="num">
                <Points value={health.override.value - (health.computedScore ?? 0)} digits={digits} />
              </td>
              <Blank colSpan={3} class="dimension-rest" />
            </tr>
          )}
          <tr class="total">
            <th scope="row" colSpan={2}>
              Score
            </th>
            <Blank class="measure-score" />
            <td class="measure-bar">
              <Bar kind="end" step={{ from: neutral, to: health.score ?? neutral }} scale={scale} />
            </td>
            <td class="num" title={String(health.score ?? "")}>
              {exactScoreText(health.score)}
            </td>
            <Blank colSpan={3} class="dimension-rest" />
          </tr>
        </tbody>
      </table>
      <p class="quiet small-print">
        Scorecard <a href={trialPath(id, health.scorecard)}>{health.scorecard}</a>, configuration {health.configVersion}. As of{" "}
        <Age at={health.asOf} />. What is not measured has its weight shared among the others; old data count less. Days, of values and ages
        too, are those of UTC. <a href={trialPath(id, health.scorecard)}>Try other weights on this account</a>
      </p>
    </>
  );
}
