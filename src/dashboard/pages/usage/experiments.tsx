import { countText, percentText, plural, pointsText, unknownText } from "../../format.ts";
import { hrefWith, setQuery } from "../../router.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { Age, StateBadge, type Tone } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { StepField, stepWords } from "./step-field.tsx";
import { AboutAnswer, NothingFound, useAnswer, type Scope } from "./usage-scope.tsx";
import type { Experiments as Answer, Interval, Verdict } from "./usage-types.ts";

const verdictWords: Readonly<Record<Verdict, { readonly words: string; readonly tone: Tone }>> = {
  higher: { words: "Higher", tone: "good" },
  lower: { words: "Lower", tone: "bad" },
  no_relevant_difference: { words: "No difference that matters", tone: "none" },
  cannot_tell: { words: "Cannot tell yet", tone: "none" },
  too_small: { words: "Too few to tell", tone: "none" },
  sample_ratio_mismatch: { words: "Not to be trusted", tone: "warn" },
};

/** All experiments, or what one of them says. */
export function Experiments({ scope, query }: { scope: Scope; query: URLSearchParams }) {
  const experiment = query.get("experiment");
  return experiment === null ? (
    <List scope={scope} />
  ) : (
    <One scope={scope} experiment={experiment} goal={query.get("goal") ?? "feature.used"} />
  );
}

function List({ scope }: { scope: Scope }) {
  const answer = useAnswer<Answer>("experiments", scope, {});
  return (
    <Faces of={answer} what="The experiments" skeleton={<Skeleton rows={4} />}>
      {(data) => (
        <>
          <AboutAnswer of={data} asked={answer} />
          {data.experiments.length === 0 ? (
            <NothingFound of={data} title="No experiment in this time">
              <p>Experiments appear when a product tells who was shown which variant: events of the type experiment.exposed.</p>
            </NothingFound>
          ) : (
            <DataTable
              class="usage-experiments"
              caption="Experiments that people were shown"
              columns={experimentColumns}
              rows={data.experiments}
              keyOf={({ experiment }) => experiment}
            />
          )}
          {data.experimentsLeftOut === 0 ? null : (
            <p class="quiet">
              There are more experiments than are listed. Each of the others was shown to{" "}
              {plural(data.experimentsLeftOut, "person", "people")} at most.
            </p>
          )}
        </>
      )}
    </Faces>
  );
}

const experimentColumns: readonly Column<Answer["experiments"][number]>[] = [
  {
    title: "Experiment",
    cell: ({ experiment }) => (
      <a href={hrefWith({ experiment })} data-row>
        {experiment}
      </a>
    ),
  },
  { title: "Variants", cell: ({ variants }) => variants.join(", ") },
  { title: "People", num: true, cell: ({ people }) => countText(people) },
  { title: "Accounts", num: true, cell: ({ accounts }) => countText(accounts) },
  { title: "Last shown", num: true, cell: ({ lastAt }) => <Age at={lastAt} /> },
];

function One({ scope, experiment, goal }: { scope: Scope; experiment: string; goal: string }) {
  const answer = useAnswer<Answer>("experiments", scope, { experiment, goal });
  return (
    <>
      <p class="crumb">
        <a href={hrefWith({ experiment: null, goal: null })}>
          <Icon name="back" /> All experiments
        </a>
      </p>
      <form class="usage-form" aria-label="Goal of the experiment" onSubmit={(event) => event.preventDefault()}>
        <StepField label="Goal" step={goal} onChange={(changed) => setQuery({ goal: changed })} />
      </form>
      <Faces of={answer} what="The experiment" skeleton={<Skeleton rows={4} />}>
        {(data) => (
          <>
            <AboutAnswer of={data} asked={answer} />
            {data.result === null || data.result.variants.length === 0 ? (
              <NothingFound of={data} title="Nobody was shown this experiment in this time">
                <p>Choose a longer time, or another segment.</p>
              </NothingFound>
            ) : (
              <Result result={data.result} goal={goal} />
            )}
          </>
        )}
      </Faces>
    </>
  );
}

const betweenText = (interval: Interval | null): string =>
  interval === null ? unknownText : `${percentText(interval.low, 1)} to ${percentText(interval.high, 1)}`;
const pointsBetween = (interval: Interval | null): string =>
  interval === null ? "" : ` (${pointsText(interval.low * 100)} to ${pointsText(interval.high * 100)})`;

type Tested = NonNullable<Answer["result"]>;
type Variant = Tested["variants"][number];

function Result({ result, goal }: { result: Tested; goal: string }) {
  return (
    <>
      <h2>{result.experiment}</h2>
      <p class="quiet">
        Share of people with “{stepWords(goal)}” within {plural(result.windowDays, "day")} of being shown their variant, of those for whom
        that time is over. People of one account are alike; the ranges allow for it.
        {result.smallestDifference === null
          ? ""
          : ` A difference below ${plural(Number((result.smallestDifference * 100).toFixed(1)), "point")} is taken not to matter.`}
        {result.peopleInSeveralVariants > 0
          ? ` ${plural(result.peopleInSeveralVariants, "person", "people")} saw several variants and count in none.`
          : ""}
      </p>
      {result.ratioMismatch.isMismatch ? (
        <div class="notice notice-warn" role="status">
          <Icon name="alert" />
          <span>The variants were not shown to as many people as they should be. Look into that first: the figures cannot be trusted.</span>
        </div>
      ) : null}
      <DataTable
        class="usage-result"
        caption={`Variants of ${result.experiment}`}
        columns={variantColumns}
        rows={result.variants}
        keyOf={({ variant }) => variant}
      />
      {result.variants.some(({ interval }) => interval === null) ? (
        <p class="quiet usage-note">Without a range there are fewer than five accounts, or a few of them have most of the people.</p>
      ) : null}
    </>
  );
}

const variantColumns: readonly Column<Variant>[] = [
  {
    title: "Variant",
    cell: ({ variant, isControl }) => (
      <>
        {variant}
        {isControl && variant.toLowerCase() !== "control" ? <span class="quiet"> control</span> : null}
      </>
    ),
  },
  {
    title: "People",
    num: true,
    cell: ({ observedPeople, observedAccounts }) => (
      <>
        {countText(observedPeople)}
        <span class="quiet usage-needed">of {plural(observedAccounts, "account")}</span>
      </>
    ),
    hint: ({ people }) => `${countText(people)} were shown it`,
  },
  {
    title: "Reached the goal",
    num: true,
    cell: ({ value, convertedPeople, observedPeople }) => (
      <>
        {percentText(value, 1)}
        <span class="quiet usage-needed">
          {countText(convertedPeople)} of {countText(observedPeople)}
        </span>
      </>
    ),
  },
  { title: "Likely range", num: true, cell: ({ interval }) => betweenText(interval) },
  {
    title: "Against control, points",
    num: true,
    cell: ({ againstControl }) =>
      againstControl === null ? unknownText : `${pointsText(againstControl.difference * 100)}${pointsBetween(againstControl.interval)}`,
  },
  { title: "Says", class: "wrap", cell: ({ againstControl }) => (againstControl === null ? unknownText : <Says {...againstControl} />) },
];

const Says = ({ verdict, timesNeeded }: { verdict: Verdict; timesNeeded: number | null }) => (
  <>
    <StateBadge tone={verdictWords[verdict].tone}>{verdictWords[verdict].words}</StateBadge>
    {timesNeeded === null ? null : <span class="quiet usage-needed">about {countText(timesNeeded)} times as many accounts would tell</span>}
  </>
);
