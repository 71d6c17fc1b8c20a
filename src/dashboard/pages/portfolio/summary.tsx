import type { Portfolio } from "../../api-types.ts";
import { countText, moneyText, percentText, plural, scoreText } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { bandOrder, bandWords } from "../../words.ts";
import { Age } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Moved } from "../../ui/moved.tsx";

const unconvertedText = ({ amounts }: Portfolio["bands"][number]["unconverted"]): string =>
  `Not in the sum, as a rate of exchange is missing: ${amounts.map((money) => moneyText(money)).join(" + ")}`;

const shareOf = (count: number, of: number): number => (of === 0 ? 0 : count / of);

/** One bar, split by bands; the buttons below carry the same figures and filter. */
function BandBar({ portfolio }: { portfolio: Portfolio }) {
  let left = 0;
  return (
    <svg class="band-bar" width="100%" height="6" aria-hidden="true" focusable="false">
      {bandOrder.map((band) => {
        const share = shareOf(portfolio.bands.find((entry) => entry.band === band)?.accounts ?? 0, portfolio.accounts);
        const x = left;
        left += share;
        return share === 0 ? null : <rect key={band} class={`fill-${band}`} x={`${x * 100}%`} width={`${share * 100}%`} height="6" />;
      })}
    </svg>
  );
}

export function Summary({ portfolio, bands }: { portfolio: Portfolio; bands: readonly string[] }) {
  const change =
    portfolio.averageScore === null || portfolio.averageScoreDayAgo === null ? null : portfolio.averageScore - portfolio.averageScoreDayAgo;
  const toggle = (band: string): void => setQuery({ band: bands.includes(band) ? bands.filter((one) => one !== band) : [...bands, band] });
  return (
    <section class="summary" aria-label="Summary">
      <dl class="facts">
        <div>
          <dt>Average score</dt>
          <dd
            title={portfolio.scored === 0 ? "No account has enough data yet" : `Of the ${portfolio.scored} accounts that have enough data`}
          >
            {scoreText(portfolio.averageScore)}{" "}
            {change === null ? null : <Moved of={{ change, changeByConfiguration: portfolio.averageChangeByConfiguration }} />}
          </dd>
        </div>
        <div>
          <dt>Moved in 24 h</dt>
          <dd>
            <span title="Accounts whose score rose">{countText(portfolio.risen)} up</span>,{" "}
            <span title="Accounts whose score fell">{countText(portfolio.fallen)} down</span>
          </dd>
        </div>
        <div>
          <dt>Scored</dt>
          <dd title={`${portfolio.scored} of ${portfolio.accounts} accounts have a score`}>
            {countText(portfolio.scored)} of {countText(portfolio.accounts)}
          </dd>
        </div>
        <div>
          <dt>Counted</dt>
          <dd>
            <Age at={portfolio.asOf} />
          </dd>
        </div>
        {portfolio.setAside > 0 ? (
          <div>
            <dt>Waiting</dt>
            <dd title="Their events are kept and counted as soon as the account works again">{plural(portfolio.setAside, "account")}</dd>
          </div>
        ) : null}
      </dl>
      <div class="bands">
        <BandBar portfolio={portfolio} />
        <div class="band-buttons" role="group" aria-label="Filter by band">
          {bandOrder.map((band) => {
            const entry = portfolio.bands.find((one) => one.band === band);
            const accounts = entry?.accounts ?? 0;
            return (
              <button
                key={band}
                type="button"
                class="band-button"
                aria-pressed={bands.includes(band)}
                onClick={() => toggle(band)}
                title={`${accounts} of ${portfolio.accounts} accounts (${percentText(shareOf(accounts, portfolio.accounts), 1)})`}
              >
                <span class={`band-word ink-${band}`}>
                  <Icon name={band} />
                  {bandWords[band]}
                </span>
                <span class="band-count">{countText(accounts)}</span>
                <span class="band-arr">
                  {entry === undefined || entry.arr.length === 0
                    ? "no ARR known"
                    : entry.arr.map((money) => moneyText(money, "short")).join(" + ")}
                </span>
                {entry === undefined || entry.unconverted.accounts === 0 ? null : (
                  <span class="band-arr" title={unconvertedText(entry.unconverted)}>
                    and {plural(entry.unconverted.accounts, "account")} without a rate
                  </span>
                )}
              </button>
            );
          })}
        </div>
      </div>
    </section>
  );
}
