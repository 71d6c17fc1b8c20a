import { countText, durationText, shareText, plural, unknownText } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { segmentText } from "../../words.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { Icon } from "../../ui/icons.tsx";
import { GroupField, groupWord } from "./group-field.tsx";
import { AboutRanges, LikelyRange } from "./likely-range.tsx";
import { ShareBar } from "./share-bar.tsx";
import { StepField, stepWords } from "./step-field.tsx";
import { AboutAnswer, useAnswer, type Scope } from "./usage-scope.tsx";
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
  // One account is in one group.
  const by = scope.accountId === null ? query.get("by") : null;
  const answer = useAnswer<Answer>("funnel", scope, { steps, windowDays, by });
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
          {scope.accountId === null ? <GroupField label="Told apart by" none="Nothing" by={by} /> : null}
        </div>
      </form>
      <Faces of={answer} what="The funnel" skeleton={<Skeleton rows={4} />}>
        {(data) => (
          <>
            <AboutAnswer of={data} asked={answer} />
            <DataTable
              class="usage-funnel"
              caption="People who came to each step"
              columns={columns}
              rows={data.steps}
              keyOf={(_, place) => place}
            />
            {scope.accountId === null ? <AboutRanges /> : null}
            {data.groups.length === 0 ? null : <Groups data={data} by={by ?? ""} />}
          </>
        )}
      </Faces>
    </>
  );
}

type Group = Answer["groups"][number];

/** How far the people of each segment, or of each value of an attribute, came. */
function Groups({ data, by }: { data: Answer; by: string }) {
  const others: readonly Group[] = data.otherGroups === null ? [] : [{ value: "All others", steps: data.otherGroups }];
  return (
    <section class="section" aria-labelledby="groups">
      <h2 id="groups">By {groupWord(by).toLowerCase()}</h2>
      <DataTable
        class="usage-groups"
        caption={`People who came to each step, by ${groupWord(by).toLowerCase()}`}
        columns={groupColumns(data, by)}
        rows={[...data.groups, ...others]}
        keyOf={({ value }) => value ?? ""}
      />
    </section>
  );
}

/** "All others" is written so already, and stays. */
const valueWord = (by: string, value: string | null): string =>
  value === null ? `No ${groupWord(by).toLowerCase()}` : by === "segment" ? segmentText(value) : value;

const groupColumns = ({ steps }: Answer, by: string): readonly Column<Group>[] => [
  { title: groupWord(by), cell: ({ value }) => valueWord(by, value) },
  ...steps.map(({ step }, k): Column<Group> => ({
    title: `${k + 1}. ${stepWords(step)}`,
    num: true,
    cell: (group) => countText(group.steps[k]?.count ?? 0),
    hint: (group) => `of ${plural(group.steps[k]?.accounts ?? 0, "account")}`,
  })),
  { title: "Of the first step", num: true, cell: (group) => <LastShare of={group.steps.at(-1)} /> },
];

const LastShare = ({ of }: { of: Group["steps"][number] | undefined }) => (
  <ShareBar share={of?.conversion ?? null} interval={of?.interval ?? null} />
);

/** The same step can stand in a funnel several times, so each is told apart by its place. */
const columns: readonly Column<Answer["steps"][number]>[] = [
  { title: "Step", cell: ({ step }) => stepWords(step) },
  { title: "People", num: true, cell: ({ count }) => countText(count) },
  { title: "Of the first step", num: true, cell: ({ conversion, interval }) => <ShareBar share={conversion} interval={interval} /> },
  {
    title: "Of the step before",
    num: true,
    cell: ({ fromPrevious, fromPreviousInterval }) => (
      <>
        {shareText(fromPrevious)}
        <LikelyRange of={fromPreviousInterval} />
      </>
    ),
  },
  { title: "Accounts", num: true, cell: ({ accounts }) => countText(accounts) },
  {
    title: "Median time since",
    num: true,
    cell: ({ secondsFromPrevious }) => (secondsFromPrevious?.p50 == null ? unknownText : durationText(secondsFromPrevious.p50 * secondMs)),
  },
];
