import type { RiskReport } from "../../api-types.ts";
import { percentText, plural } from "../../format.ts";
import { navigate } from "../../router.ts";
import { may, useSession } from "../../session.ts";
import { ActionError, useAction } from "../../ui/controls.tsx";
import { StateBadge } from "../../ui/figures.tsx";
import { keepUnsaved } from "../../unsaved.ts";
import { editOf, readVersions, unsavedName } from "../scoring/use-document.ts";
import { isWritable, proposedDocument } from "./proposed-document.ts";
import { Trials } from "./trials.tsx";
import { draftText, intervalText, keptText, measureText } from "./risk-words.ts";

type Of = RiskReport["weights"][number];

type Dimension = NonNullable<Of["weights"]>[number];
type Measure = Dimension["measures"][number];

function Figures({ of }: { of: Pick<Measure, "own" | "proposed" | "low" | "high" | "tried"> }) {
  return (
    <>
      <td class="num" data-label="Weight now">
        {percentText(of.own, 1)}
      </td>
      <td class="num" data-label="Proposed">
        {percentText(of.proposed, 1)}
      </td>
      <td class="num" data-label="95 % sure">
        {of.low === null || of.high === null ? "–" : intervalText({ low: of.low, high: of.high }, 1)}
      </td>
      <td class="num" data-label="In trials">
        {of.tried === null || of.low === null ? "–" : intervalText({ low: of.tried.least, high: of.tried.most }, 1)}
      </td>
    </>
  );
}

/** A dimension and below it its measures; their parts sum to its own. */
function DimensionRows({ of }: { of: Dimension }) {
  return (
    <>
      <tr>
        <th scope="row" class="wrap">
          {of.title}
        </th>
        <Figures of={of} />
        <td class="wrap card-wide quiet">{of.low === null ? "Keeps its part of the whole." : "All its measures together"}</td>
      </tr>
      {of.measures.map((measure) => (
        <tr key={measure.key}>
          <th scope="row" class="wrap weight-measure">
            {measure.title}
          </th>
          <Figures of={measure} />
          <td class="wrap card-wide quiet">{measureText(measure)}</td>
        </tr>
      ))}
    </>
  );
}

const scorecardPath = (key: string): string => `/settings/scorecards/${encodeURIComponent(key)}`;

/**
 * Opens the scorecard with the proposed weights in it, as something that nobody has saved yet: there it is tried, saved, run in shadow or published.
 * A draft that somebody else has saved stays until it is saved over.
 */
function MakeDraft({ of }: { of: Of }) {
  const mayWrite = may(useSession(), "write");
  const isSaved = of.draft === "saved";
  const make = useAction(async () => {
    const { published, draft } = await readVersions("scorecards", of.scorecard, new AbortController().signal);
    if (published === null) throw new Error("No such scorecard is published any more.");
    keepUnsaved(unsavedName("scorecards", of.scorecard), editOf(proposedDocument(published.document, of.weights ?? []), draft));
    navigate(scorecardPath(of.scorecard));
  });
  return (
    <>
      <div class="actions">
        {isSaved ? (
          <a class="button button-main" href={scorecardPath(of.scorecard)}>
            Open its draft
          </a>
        ) : null}
        {isWritable(of.weights ?? []) ? (
          <button
            type="button"
            class={isSaved ? "button" : "button button-main"}
            disabled={!mayWrite || make.busy}
            onClick={() => void make.start()}
          >
            {isSaved ? "Make the draft again" : "Make a draft"}
          </button>
        ) : null}
        {isSaved ? null : <a href={scorecardPath(of.scorecard)}>Open the scorecard as it is</a>}
      </div>
      <ActionError error={make.error} />
      {mayWrite ? null : <p class="hint">Your token may look, not write: a draft needs the scope write.</p>}
    </>
  );
}

function Proposal({ of }: { of: Of }) {
  return (
    <>
      <p>
        Learned from {plural(of.losses, "loss", "losses")} among {plural(of.rows, "account-month")}. {draftText(of)}
      </p>
      <Trials of={of} />
      <MakeDraft of={of} />
      <table class="table cards weight-table">
        <caption class="changes-sum">Parts of the whole score, now and proposed</caption>
        <thead>
          <tr>
            <th scope="col">Measure</th>
            <th scope="col" class="num">
              Weight now
            </th>
            <th scope="col" class="num">
              Proposed
            </th>
            <th scope="col" class="num">
              95 % sure
            </th>
            <th scope="col" class="num" title="The least and the greatest that the trials have learned">
              In trials
            </th>
            <th scope="col" class="weight-why">
              Learned from
            </th>
          </tr>
        </thead>
        <tbody>
          {(of.weights ?? []).map((dimension) => (
            <DimensionRows key={dimension.key} of={dimension} />
          ))}
        </tbody>
      </table>
    </>
  );
}

/** Whether other weights would have told losses better. What is proposed is a draft and nothing more. */
export function Weights({ weights }: { weights: readonly Of[] }) {
  return (
    <section class="section risk-part" aria-labelledby="weights">
      <div class="section-head">
        <h2 id="weights">Would other weights tell it better?</h2>
        <p class="quiet">Nothing is changed by itself: a person publishes.</p>
      </div>
      {weights.length === 0 ? <p class="quiet">No scorecard has account-months to learn from.</p> : null}
      {weights.map((one) => (
        <div key={one.scorecard} class="proposal">
          <h3>
            <span class="mono">{one.scorecard}</span>{" "}
            {one.kept === null ? <StateBadge tone="warn">Proposal</StateBadge> : <StateBadge tone="none">Keeps its own</StateBadge>}
          </h3>
          {one.kept === null ? (
            <Proposal of={one} />
          ) : (
            <>
              <p>{keptText(one)}</p>
              <Trials of={one} />
            </>
          )}
        </div>
      ))}
    </section>
  );
}
