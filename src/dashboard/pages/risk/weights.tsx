import type { RiskReport } from "../../api-types.ts";
import { percentText, plural } from "../../format.ts";
import { StateBadge } from "../../ui/figures.tsx";
import { draftText, keptText } from "./risk-words.ts";

type Of = RiskReport["weights"][number];

function Proposal({ of }: { of: Of }) {
  return (
    <>
      <p>
        Learned from {plural(of.losses, "loss", "losses")} among {plural(of.rows, "account-month")}. {draftText(of)}{" "}
        <a href={`/settings/scorecards/${encodeURIComponent(of.scorecard)}`}>Open the scorecard</a>
      </p>
      <table class="table cards table-few">
        <caption class="unseen">Weights proposed for {of.scorecard}</caption>
        <thead>
          <tr>
            <th scope="col">Dimension</th>
            <th scope="col" class="num">
              Weight now
            </th>
            <th scope="col" class="num">
              Proposed
            </th>
          </tr>
        </thead>
        <tbody>
          {(of.weights ?? []).map((weight) => (
            <tr key={weight.key}>
              <th scope="row">{weight.title}</th>
              <td class="num" data-label="Weight now">
                {percentText(weight.own)}
              </td>
              <td class="num" data-label="Proposed">
                {percentText(weight.proposed)}
              </td>
            </tr>
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
