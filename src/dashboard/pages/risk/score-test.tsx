import type { RiskReport } from "../../api-types.ts";
import { countText, plural } from "../../format.ts";
import { BandBadge } from "../../ui/figures.tsx";
import { ShareBar } from "./share-bar.tsx";
import { aucText, sampleText, shareText } from "./risk-words.ts";

type Of = RiskReport["score"][number];

function Bands({ score }: { score: Of }) {
  const most = Math.max(...score.bands.map(({ observed }) => observed.high));
  return (
    <table class="table cards">
      <caption class="changes-sum">Lost within 90 days, by the band at the month's end</caption>
      <thead>
        <tr>
          <th scope="col">Band</th>
          <th scope="col">Lost (95 % sure)</th>
          <th scope="col" class="risk-bar">
            As a bar
          </th>
          <th scope="col" class="num">
            Of
          </th>
        </tr>
      </thead>
      <tbody>
        {score.bands.map(({ band, observed }) => (
          <tr key={band}>
            <th scope="row">
              <BandBadge band={band} />
            </th>
            <td data-label="Lost">{shareText(observed)}</td>
            <td>
              <ShareBar share={observed} most={most} />
            </td>
            <td class="num" data-label="Of">
              {sampleText(observed)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How well the score itself told losses. */
export function ScoreTest({ score }: { score: Of }) {
  const { auc, ranked, lift, warning } = score;
  return (
    <section class="section risk-part" aria-labelledby="score-test">
      <div class="section-head">
        <h2 id="score-test">Does the score tell who is lost?</h2>
      </div>
      {score.completeRows === 0 ? (
        <p class="quiet">No month has all of its 90 days behind it yet: what became of the accounts is not known.</p>
      ) : (
        <>
          <ul class="findings">
            <li>
              {plural(score.losses, "loss", "losses")}: {countText(score.churns)} left, {countText(score.losses - score.churns)} pay less.
            </li>
            {auc === null ? null : (
              <li>
                By the score alone one would name {aucText(auc)}
                {ranked === null
                  ? ""
                  : `, by ${countText(ranked.lost)} lost and ${countText(ranked.rows - ranked.lost)} kept account-months`}
                .
              </li>
            )}
            {lift === null ? null : (
              <li>
                Of the tenth with the lowest scores {shareText(lift.top)} were lost, {lift.lift.toFixed(1)} times as many
                {lift.low === null || lift.high === null ? "" : ` (${lift.low.toFixed(1)} to ${lift.high.toFixed(1)})`} as of all.
              </li>
            )}
            {warning === null ? null : (
              <li>
                Half of {plural(warning.losses, "loss", "losses")} had been “at risk” or “critical” for {countText(warning.medianDays)} days
                or more
                {warning.medianLow === null || warning.medianHigh === null
                  ? ""
                  : ` (${countText(warning.medianLow)} to ${countText(warning.medianHigh)})`}
                ; {countText(warning.unwarned)} came without a warning
                {warning.unwarnedShare === null ? "" : `: ${shareText(warning.unwarnedShare)}`}.
              </li>
            )}
          </ul>
          <Bands score={score} />
        </>
      )}
    </section>
  );
}
