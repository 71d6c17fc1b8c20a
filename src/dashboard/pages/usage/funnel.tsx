import { countText, durationText, percentText, plural, unknownText } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { Icon } from "../../ui/icons.tsx";
import { ShareBar } from "./share-bar.tsx";
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
            <DataTable
              class="usage-funnel"
              caption="People who came to each step"
              columns={columns}
              rows={data.steps}
              keyOf={(_, place) => place}
            />
          </>
        )}
      </Faces>
    </>
  );
}

/** The same step can stand in a funnel several times, so each is told apart by its place. */
const columns: readonly Column<Answer["steps"][number]>[] = [
  { title: "Step", cell: ({ step }) => stepWords(step) },
  { title: "People", num: true, cell: ({ count }) => countText(count) },
  { title: "Of the first step", num: true, cell: ({ conversion }) => <ShareBar share={conversion} /> },
  { title: "Of the step before", num: true, cell: ({ fromPrevious }) => percentText(fromPrevious) },
  { title: "Accounts", num: true, cell: ({ accounts }) => countText(accounts) },
  {
    title: "Median time since",
    num: true,
    cell: ({ secondsFromPrevious }) => (secondsFromPrevious?.p50 == null ? unknownText : durationText(secondsFromPrevious.p50 * secondMs)),
  },
];
