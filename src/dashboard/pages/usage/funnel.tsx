import { countText, durationText, percentText, plural } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { Icon } from "../../ui/icons.tsx";
import { StepField, stepWords } from "./step-field.tsx";
import { Confession, useAnswer, type Scope } from "./usage-scope.tsx";
import type { Funnel as Answer } from "./usage-types.ts";

const usual = ["session.started", "feature.used"];
const stepsMax = 10;
const windows = [1, 7, 14, 30, 90] as const;
const secondMs = 1000;

/** Who takes steps one after the other: the steps and the window stand in the address. */
export function Funnel({ scope, query }: { scope: Scope; query: URLSearchParams }) {
  const asked = query.getAll("step");
  const steps = asked.length < 2 ? usual : asked.slice(0, stepsMax);
  const windowDays = query.get("window") ?? "14";
  const answer = useAnswer<Answer>("funnel", scope, { steps, windowDays });
  const change = (changed: readonly string[]): void => setQuery({ step: changed });
  return (
    <>
      <form class="usage-form" aria-label="Steps of the funnel" onSubmit={(event) => event.preventDefault()}>
        {steps.map((step, i) => (
          <StepField
            key={i}
            label={`Step ${i + 1}`}
            step={step}
            onChange={(changed) => change(steps.with(i, changed))}
            onRemove={steps.length > 2 ? () => change(steps.toSpliced(i, 1)) : undefined}
          />
        ))}
        <div class="toolbar">
          <button type="button" class="button" disabled={steps.length >= stepsMax} onClick={() => change([...steps, "feature.used"])}>
            <Icon name="start" /> Add a step
          </button>
          <label class="inline">
            Within
            <select value={windowDays} onChange={(event) => setQuery({ window: event.currentTarget.value })}>
              {windows.map((days) => (
                <option key={days} value={String(days)}>
                  {plural(days, "day")}
                </option>
              ))}
            </select>
          </label>
        </div>
      </form>
      <Faces of={answer} what="The funnel" skeleton={<Skeleton rows={4} />}>
        {(data) => (
          <>
            <Confession of={data} />
            <Steps data={data} />
          </>
        )}
      </Faces>
    </>
  );
}

function Steps({ data }: { data: Answer }) {
  return (
    <table class="table cards usage-funnel">
      <caption class="unseen">People who came to each step</caption>
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col" class="num">
            People
          </th>
          <th scope="col" class="num">
            Of the first step
          </th>
          <th scope="col" class="num">
            Of the step before
          </th>
          <th scope="col" class="num">
            Accounts
          </th>
          <th scope="col" class="num">
            Median time since
          </th>
        </tr>
      </thead>
      <tbody>
        {data.steps.map((row, i) => (
          <tr key={i}>
            <th scope="row">{stepWords(row.step)}</th>
            <td class="num" data-label="People">
              {countText(row.count)}
            </td>
            <td class="num" data-label="Of the first step">
              <svg class="usage-bar" width="96" height="10" aria-hidden="true" focusable="false">
                <rect width={`${(row.conversion ?? 0) * 100}%`} height="10" />
              </svg>
              {percentText(row.conversion)}
            </td>
            <td class="num" data-label="Of the step before">
              {percentText(row.fromPrevious)}
            </td>
            <td class="num" data-label="Accounts">
              {countText(row.accounts)}
            </td>
            <td class="num" data-label="Median time since">
              {row.secondsFromPrevious?.p50 == null ? "–" : durationText(row.secondsFromPrevious.p50 * secondMs)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
