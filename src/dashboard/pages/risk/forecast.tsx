import type { ComponentChildren } from "preact";
import type { RiskReport, Share } from "../../api-types.ts";
import { countText, percentText, plural } from "../../format.ts";
import { vendorText } from "../../words.ts";
import { BandBadge, StateBadge } from "../../ui/figures.tsx";
import { ShareBar } from "./share-bar.tsx";
import { aucText, calibrationText, declinedText, groupText, sampleOf, sampleText, sharedText, shareText, triedText } from "./risk-words.ts";

type Of = RiskReport["forecasts"][number];
type Tried = NonNullable<Of["validation"]>;

type Odds = {
  readonly name: string;
  readonly odds: number;
  readonly low: number;
  readonly high: number;
  /** What they were counted from, where that is not what stands above the table. */
  readonly of?: string;
};

/** Odds of a loss, by what they belong to, with bounds. */
function OddsTable({ caption, heading, rows }: { caption: string; heading: string; rows: readonly Odds[] }) {
  const hasSamples = rows.some(({ of }) => of !== undefined);
  return (
    <table class={hasSamples ? "table cards" : "table cards table-few"}>
      <caption class="changes-sum">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{heading}</th>
          <th scope="col" class="num">
            Odds
          </th>
          <th scope="col" class="num">
            95 % sure
          </th>
          {hasSamples ? (
            <th scope="col" class="num">
              Of
            </th>
          ) : null}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, odds, low, high, of }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="num" data-label="Odds">
              × {odds.toFixed(2)}
            </td>
            <td class="num" data-label="95 % sure">
              {low.toFixed(2)} to {high.toFixed(2)}
            </td>
            {hasSamples ? (
              <td class="num" data-label="Of">
                {of ?? "–"}
              </td>
            ) : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Effects({ forecast }: { forecast: Of }) {
  const rows = forecast.effects.map(({ dimension, oddsPer10Points, low, high }) => ({
    name: vendorText(dimension),
    odds: oddsPer10Points,
    low,
    high,
  }));
  return <OddsTable caption="What it goes by: the odds of a loss with ten points more" heading="Dimension" rows={rows} />;
}

/** Segments that lie above or below what else was learned. */
function Levels({ forecast }: { forecast: Of }) {
  const rows = forecast.levels.map(({ segment, odds, low, high, learnedFrom }) => ({
    name: groupText(segment),
    odds,
    low,
    high,
    ...(learnedFrom === null ? {} : { of: sampleOf(learnedFrom) }),
  }));
  return <OddsTable caption="Segments: the odds of a loss beside the others, with the same scores" heading="Segment" rows={rows} />;
}

type Foretold = { readonly name: ComponentChildren; readonly foretold: number; readonly observed: Share };

/** What was foretold, and what came. */
function ForetoldTable({ caption, by, lines }: { caption: string; by: string; lines: readonly Foretold[] }) {
  const most = Math.max(...lines.flatMap(({ foretold, observed }) => [foretold, observed.high]));
  return (
    <table class="table cards">
      <caption class="changes-sum">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{by}</th>
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
        {lines.map(({ name, foretold, observed }, i) => (
          <tr key={String(i)}>
            <th scope="row">
              {name} {percentText(foretold, 1)} foretold
            </th>
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
        <li>{triedText(tried)}</li>
        {tried.auc === null ? null : (
          <li>
            It told {aucText(tried.auc)}
            {tried.ranked === null
              ? ""
              : `, in ${plural(tried.ranked.rows, "account-period")} of 30 days, ${countText(tried.ranked.lost)} with a loss`}
            .
            {tried.aucOfScore === null
              ? ""
              : ` The score alone tells ${Math.round(tried.aucOfScore.value * 100)} (${Math.round(tried.aucOfScore.low * 100)} to ${Math.round(tried.aucOfScore.high * 100)}).`}
          </li>
        )}
        <li>
          {calibrationText(tried)} ({tried.calibration.low.toFixed(2)} to {tried.calibration.high.toFixed(2)} times as many; 1 is right).
        </li>
        {tried.lift === null ? null : (
          <li>
            Of the tenth at most risk {shareText(tried.lift.top)} were lost, of all {shareText(tried.lift.all)}
            {tried.lift.low === null || tried.lift.high === null
              ? ""
              : `: ${tried.lift.lift.toFixed(1)} times as many (${tried.lift.low.toFixed(1)} to ${tried.lift.high.toFixed(1)})`}
            .
          </li>
        )}
      </ul>
      {tried.deciles.length === 0 ? null : (
        <ForetoldTable
          caption="Foretold and come, by tenths of the accounts, the safest first"
          by="Foretold"
          lines={tried.deciles.map((one) => ({ name: "", ...one }))}
        />
      )}
      {tried.bands.length === 0 ? null : (
        <ForetoldTable
          caption="The same by the band at the month's end"
          by="Band, foretold"
          lines={tried.bands.map(({ band, ...one }) => ({ name: <BandBadge band={band} />, ...one }))}
        />
      )}
    </>
  );
}

function State({ forecast, isInForce }: { forecast: Of; isInForce: boolean }) {
  if (forecast.status === "learned") return <StateBadge tone="good">{isInForce ? "Forecast in force" : "Learned"}</StateBadge>;
  if (forecast.takes === "pool") return <StateBadge tone="good">Told by the small segments together</StateBadge>;
  if (forecast.takes === "all") return <StateBadge tone="good">Told by the whole book</StateBadge>;
  return <StateBadge tone="none">No forecast</StateBadge>;
}

/**
 * Whether a forecast is made for these accounts, and how it did on months that it was not learned from.
 *
 * @param id of its heading, on a page with two of them
 */
export function Forecast({
  forecast,
  isInForce,
  id = "forecast",
  title = "Can it be foretold?",
}: {
  forecast: Of;
  isInForce: boolean;
  id?: string;
  title?: string;
}) {
  const { learnedFrom, validation } = forecast;
  const shared = sharedText(forecast);
  return (
    <section class="section risk-part" aria-labelledby={id}>
      <div class="section-head">
        <h2 id={id}>{title}</h2>
        <State forecast={forecast} isInForce={isInForce} />
      </div>
      {forecast.pooled.length === 0 ? null : (
        <p>{forecast.pooled.map(groupText).join(", ")}: each has too few losses for a test of its own.</p>
      )}
      {forecast.status === "declined" ? <p>{declinedText(forecast)}</p> : null}
      {shared === null ? null : <p>{shared}</p>}
      {learnedFrom === null ? null : (
        <p>
          Accounts show how likely they are to leave or to pay less within 90 days, learned from{" "}
          {plural(learnedFrom.losses, "loss", "losses")} among {plural(learnedFrom.rows, "account-month")} of{" "}
          {plural(learnedFrom.accounts, "account")}.
        </p>
      )}
      {validation === null ? null : <Tried tried={validation} />}
      {forecast.effects.length === 0 ? null : <Effects forecast={forecast} />}
      {forecast.levels.length === 0 ? null : <Levels forecast={forecast} />}
    </section>
  );
}
