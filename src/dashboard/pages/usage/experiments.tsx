import { countText, percentText, plural, pointsText } from "../../format.ts";
import { hrefWith, setQuery } from "../../router.ts";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age, StateBadge, type Tone } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { StepField, stepWords } from "./step-field.tsx";
import { Confession, useAnswer, type Scope } from "./usage-scope.tsx";
import type { Experiments as Answer, Interval, Verdict } from "./usage-types.ts";

const verdictWords: Readonly<Record<Verdict, { readonly words: string; readonly tone: Tone }>> = {
  higher: { words: "Higher", tone: "good" },
  lower: { words: "Lower", tone: "bad" },
  no_difference_seen: { words: "No difference seen", tone: "none" },
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
      {(data) =>
        data.experiments.length === 0 ? (
          <Empty title="No experiment in this time">
            <p>Experiments appear when a product tells who was shown which variant: events of the type experiment.exposed.</p>
          </Empty>
        ) : (
          <>
            <Confession of={data} />
            <table class="table cards usage-experiments">
              <caption class="unseen">Experiments that people were shown</caption>
              <thead>
                <tr>
                  <th scope="col">Experiment</th>
                  <th scope="col">Variants</th>
                  <th scope="col" class="num">
                    People
                  </th>
                  <th scope="col" class="num">
                    Accounts
                  </th>
                  <th scope="col" class="num">
                    Last shown
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.experiments.map((row) => (
                  <tr key={row.experiment}>
                    <th scope="row">
                      <a href={hrefWith({ experiment: row.experiment })} data-row>
                        {row.experiment}
                      </a>
                    </th>
                    <td data-label="Variants">{row.variants.join(", ")}</td>
                    <td class="num" data-label="People">
                      {countText(row.people)}
                    </td>
                    <td class="num" data-label="Accounts">
                      {countText(row.accounts)}
                    </td>
                    <td class="num" data-label="Last shown">
                      <Age at={row.lastAt} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {data.experimentsLeftOut === 0 ? null : (
              <p class="quiet">
                There are more experiments than are listed. Each of the others was shown to{" "}
                {plural(data.experimentsLeftOut, "person", "people")} at most.
              </p>
            )}
          </>
        )
      }
    </Faces>
  );
}

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
            <Confession of={data} />
            {data.result === null || data.result.variants.length === 0 ? (
              <Empty title="Nobody was shown this experiment in this time">
                <p>Choose a longer time, or another segment.</p>
              </Empty>
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
  interval === null ? "–" : `${percentText(interval.low, 1)} to ${percentText(interval.high, 1)}`;
const pointsBetween = (interval: Interval | null): string =>
  interval === null ? "" : ` (${pointsText(interval.low * 100)} to ${pointsText(interval.high * 100)})`;

function Result({ result, goal }: { result: NonNullable<Answer["result"]>; goal: string }) {
  return (
    <>
      <h2>{result.experiment}</h2>
      <p class="quiet">
        Share of people with “{stepWords(goal)}” within {plural(result.windowDays, "day")} of being shown their variant, of those for whom
        that time is over. People of one account are alike; the ranges allow for it.
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
      <table class="table cards usage-result">
        <caption class="unseen">Variants of {result.experiment}</caption>
        <thead>
          <tr>
            <th scope="col">Variant</th>
            <th scope="col" class="num">
              People
            </th>
            <th scope="col" class="num">
              Reached the goal
            </th>
            <th scope="col" class="num">
              Likely range
            </th>
            <th scope="col" class="num">
              Against control, points
            </th>
            <th scope="col">Says</th>
          </tr>
        </thead>
        <tbody>
          {result.variants.map((row) => (
            <tr key={row.variant}>
              <th scope="row">
                {row.variant}
                {row.isControl ? <span class="quiet"> control</span> : null}
              </th>
              <td
                class="num"
                data-label="People"
                title={`of ${plural(row.observedAccounts, "account")}; ${countText(row.people)} were shown it`}
              >
                {countText(row.observedPeople)}
              </td>
              <td class="num" data-label="Reached the goal" title={`${countText(row.convertedPeople)} of ${countText(row.observedPeople)}`}>
                {percentText(row.value, 1)}
              </td>
              <td class="num" data-label="Likely range">
                {betweenText(row.interval)}
              </td>
              <td class="num" data-label="Against control, points">
                {row.againstControl === null
                  ? "–"
                  : `${pointsText(row.againstControl.difference * 100)}${pointsBetween(row.againstControl.interval)}`}
              </td>
              <td data-label="Says">
                {row.againstControl === null ? (
                  "–"
                ) : (
                  <StateBadge tone={verdictWords[row.againstControl.verdict].tone}>
                    {verdictWords[row.againstControl.verdict].words}
                  </StateBadge>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
