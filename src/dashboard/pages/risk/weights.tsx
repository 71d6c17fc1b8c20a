import type { RiskReport } from "../../api-types.ts";
import { percentText, plural } from "../../format.ts";
import { StateBadge } from "../../ui/figures.tsx";
import { draftText, intervalText, keptText, measureText } from "./risk-words.ts";

type Of = RiskReport["weights"][number];

type Dimension = NonNullable<Of["weights"]>[number];
type Measure = Dimension["measures"][number];

function Figures({ of }: { of: Pick<Measure, "own" | "proposed" | "low" | "high"> }) {
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
    </>
  );
}

/** A dimension and below it its measures; their parts sum to its own. */
function DimensionRows({ of }: { of: Dimension }) {
  return (
    <>
      <tr class="weight-dimension">
        <th scope="row">{of.title}</th>
        <Figures of={of} />
        <td class="card-wide quiet">{of.low === null ? "Keeps its part of the whole." : "All its measures together"}</td>
      </tr>
      {of.measures.map((measure) => (
        <tr key={measure.key}>
          <th scope="row" class="weight-measure">
            {measure.title}
          </th>
          <Figures of={measure} />
          <td class="card-wide quiet">{measureText(measure)}</td>
        </tr>
      ))}
    </>
  );
}

function Proposal({ of }: { of: Of }) {
  return (
    <>
      <p>
        Learned from {plural(of.losses, "loss", "losses")} among {plural(of.rows, "account-month")}. {draftText(of)}{" "}
        <a href={`/settings/scorecards/${encodeURIComponent(of.scorecard)}`}>Open the scorecard</a>
      </p>
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
            <th scope="col">Learned from</th>
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
          {one.kept === null ? <Proposal of={one} /> : <p>{keptText(one)}</p>}
        </div>
      ))}
    </section>
  );
}
