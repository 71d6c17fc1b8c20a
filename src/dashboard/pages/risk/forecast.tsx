import type { RiskReport } from "../../api-types.ts";
import { countText, dateOnlyText, percentText, plural } from "../../format.ts";
import { vendorText } from "../../words.ts";
import { StateBadge } from "../../ui/figures.tsx";
import { ShareBar } from "./share-bar.tsx";
import { aucText, calibrationText, declinedText, sampleText, shareText } from "./risk-words.ts";

type Of = RiskReport["forecasts"][number];
type Tried = NonNullable<Of["validation"]>;

function Effects({ forecast }: { forecast: Of }) {
  return (
    <table class="table cards table-few">
      <caption class="changes-sum">What it goes by: the odds of a loss with ten points more</caption>
      <thead>
        <tr>
          <th scope="col">Dimension</th>
          <th scope="col" class="num">
            Odds
          </th>
          <th scope="col" class="num">
            95 % sure
          </th>
        </tr>
      </thead>
      <tbody>
        {forecast.effects.map((effect) => (
          <tr key={effect.dimension}>
            <th scope="row">{vendorText(effect.dimension)}</th>
            <td class="num" data-label="Odds">
              × {effect.oddsPer10Points.toFixed(2)}
            </td>
            <td class="num" data-label="95 % sure">
              {effect.low.toFixed(2)} to {effect.high.toFixed(2)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** By tenths of the foretold risk: what was foretold, and what came. */
function Deciles({ tried }: { tried: Tried }) {
  const most = Math.max(...tried.deciles.flatMap(({ foretold, observed }) => [foretold, observed.high]));
  return (
    <table class="table cards">
      <caption class="changes-sum">Foretold and come, by tenths of the accounts, the safest first</caption>
      <thead>
        <tr>
          <th scope="col">Foretold</th>
          <th scope="col">Came (95 % sure)</th>
          <th scope="col" class="risk-bar">
            Beside foretold
          </th>
          <th scope="col" class="num">
            Of
          </th>
        </tr>
      </thead>
      <tbody>
        {tried.deciles.map(({ foretold, observed }, i) => (
          <tr key={String(i)}>
            <th scope="row">{percentText(foretold, 1)} foretold</th>
            <td data-label="Came">{shareText(observed)}</td>
            <td>
              <ShareBar share={observed} mark={foretold} most={most} />
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

function Tried({ tried }: { tried: Tried }) {
  return (
    <>
      <ul class="findings">
        <li>
          Learned from {plural(tried.learnedFrom.losses, "loss", "losses")} among {countText(tried.learnedFrom.rows)} account-months before{" "}
          {dateOnlyText(tried.from)}, tried on {plural(tried.triedOn.losses, "loss", "losses")} among {countText(tried.triedOn.rows)} from
          then on.
        </li>
        {tried.auc === null ? null : (
          <li>
            It told {aucText(tried.auc)}.
            {tried.aucOfScore === null ? "" : ` The score alone tells ${Math.round(tried.aucOfScore.value * 100)}.`}
          </li>
        )}
        <li>
          {calibrationText(tried)} ({tried.calibration.low.toFixed(2)} to {tried.calibration.high.toFixed(2)} times as many; 1 is right).
        </li>
        {tried.lift === null ? null : (
          <li>
            Of the tenth at most risk {shareText(tried.lift.top)} were lost, of all {shareText(tried.lift.all)}.
          </li>
        )}
      </ul>
      {tried.deciles.length === 0 ? null : <Deciles tried={tried} />}
    </>
  );
}

/** Whether a forecast is made for these accounts, and how it did on months that it was not learned from. */
export function Forecast({ forecast, isInForce }: { forecast: Of; isInForce: boolean }) {
  const { learnedFrom, validation } = forecast;
  return (
    <section class="section risk-part" aria-labelledby="forecast">
      <div class="section-head">
        <h2 id="forecast">Can it be foretold?</h2>
        {forecast.status === "declined" ? (
          <StateBadge tone="none">No forecast</StateBadge>
        ) : (
          <StateBadge tone="good">{isInForce ? "Forecast in force" : "Learned"}</StateBadge>
        )}
      </div>
      {forecast.status === "declined" ? <p>{declinedText(forecast)}</p> : null}
      {learnedFrom === null ? null : (
        <p>
          Accounts show how likely they are to leave or to pay less within 90 days, learned from{" "}
          {plural(learnedFrom.losses, "loss", "losses")} among {plural(learnedFrom.rows, "account-month")} of{" "}
          {plural(learnedFrom.accounts, "account")}.
        </p>
      )}
      {validation === null ? null : <Tried tried={validation} />}
      {forecast.effects.length === 0 ? null : <Effects forecast={forecast} />}
    </section>
  );
}
