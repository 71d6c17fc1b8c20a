import { useEffect, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { PortfolioDay } from "../../api-types.ts";
import { countText, dateOnlyText, moneyText, scoreText, unknownText } from "../../format.ts";
import { useResource } from "../../resource.ts";
import { setQuery } from "../../router.ts";
import { bandOrder, bandWords } from "../../words.ts";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { BandBadge } from "../../ui/figures.tsx";
import { useLazy } from "../../ui/lazy.ts";
import { Segments } from "../../ui/segments.tsx";
import { type Stacked, currenciesOf, dayBefore, valueOf } from "./book-days.ts";

const comparedDays = 30;
/** While the panel is open. */
const readAgainMs = 300_000;

/** The chart library comes only with whoever opens the panel. */
const loadChart = () => import("./book-chart.tsx");

/** Currencies of which the band has nothing are left out, unless it has nothing at all. */
function moneyOf(day: PortfolioDay | null, band: (typeof bandOrder)[number], currencies: readonly string[]): string {
  if (day === null) return unknownText;
  const amounts = currencies.map((currency) => ({ amount: valueOf(day, band, { currency }), currency }));
  const shown = amounts.some(({ amount }) => amount !== 0) ? amounts.filter(({ amount }) => amount !== 0) : amounts.slice(0, 1);
  return shown.map((money) => moneyText(money, "short")).join(" + ") || unknownText;
}

/** Where money is at risk, now and a month ago. */
function BandTable({ days, currencies }: { days: readonly PortfolioDay[]; currencies: readonly string[] }) {
  const now = days.at(-1) ?? null;
  const then = dayBefore(days, comparedDays);
  const thenText = then === null ? "Before" : dateOnlyText(then.day);
  return (
    <table class="table records cards book-bands">
      <caption class="unseen">Accounts and ARR by band, now and on {thenText}</caption>
      <thead>
        <tr>
          <th scope="col">Band</th>
          <th scope="col" class="num">
            Accounts now
          </th>
          <th scope="col" class="num">
            {thenText}
          </th>
          <th scope="col" class="num">
            ARR now
          </th>
          <th scope="col" class="num">
            {thenText}
          </th>
        </tr>
      </thead>
      <tbody>
        {bandOrder.map((band) => (
          <tr key={band}>
            <th scope="row">
              <BandBadge band={band} />
            </th>
            <td class="num" data-label="Accounts">
              {now === null ? unknownText : countText(valueOf(now, band, "accounts"))}
            </td>
            <td class="num" data-label={thenText}>
              {then === null ? unknownText : countText(valueOf(then, band, "accounts"))}
            </td>
            <td class="num" data-label="ARR">
              {moneyOf(now, band, currencies)}
            </td>
            <td class="num" data-label={thenText}>
              {moneyOf(then, band, currencies)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function DayTable({ days, currencies }: { days: readonly PortfolioDay[]; currencies: readonly string[] }) {
  return (
    <div class="history-table" tabIndex={0} role="region" aria-label="The book by day as a table">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col" class="num">
              Average score
            </th>
            <th scope="col" class="num">
              Scored
            </th>
            {bandOrder.map((band) => (
              <th key={band} scope="col" class="num">
                {bandWords[band]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...days].reverse().map((day) => (
            <tr key={day.day}>
              <th scope="row" title={day.reckoned ? "Reckoned afterwards from daily scores" : undefined}>
                {dateOnlyText(day.day)}
                {day.reckoned ? " *" : ""}
              </th>
              <td class="num">{scoreText(day.averageScore)}</td>
              <td class="num">
                {countText(day.scored)} of {countText(day.accounts)}
              </td>
              {bandOrder.map((band) => (
                <td key={band} class="num">
                  {countText(valueOf(day, band, "accounts"))} <span class="quiet">{moneyOf(day, band, currencies)}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const views = [
  { key: "accounts", word: "Accounts" },
  { key: "arr", word: "ARR" },
  { key: "table", word: "Table" },
] as const;

function Book({ days, view }: { days: readonly PortfolioDay[]; view: string }) {
  const Chart = useLazy("book chart", loadChart)?.BookChart ?? null;
  const currencies = currenciesOf(days);
  const [currency, setCurrency] = useState<string | null>(null);
  const shown = currency ?? currencies[0] ?? null;
  const what: Stacked = view === "arr" && shown !== null ? { currency: shown } : "accounts";
  return (
    <>
      {view === "table" ? (
        <DayTable days={days} currencies={currencies} />
      ) : view === "arr" && shown === null ? (
        <Empty title="No ARR is known">
          <p>Give the accounts the attributes “arr” and “currency”, or connect a billing system.</p>
        </Empty>
      ) : (
        <>
          {view === "arr" && currencies.length > 1 ? (
            <label class="inline book-currency">
              Currency
              <select value={shown ?? ""} onChange={(event) => setCurrency(event.currentTarget.value)}>
                {currencies.map((one) => (
                  <option key={one} value={one}>
                    {one}
                  </option>
                ))}
              </select>
            </label>
          ) : null}
          <div class="book-space">{Chart === null ? <Skeleton rows={1} kind="block" /> : <Chart key={view} days={days} what={what} />}</div>
        </>
      )}
      <BandTable days={days} currencies={currencies} />
      <p class="quiet small-print">
        Axis from 0; the worst band lies at the bottom. Each day is as it was recorded at its end in UTC
        {days.some((day) => day.reckoned)
          ? "; days before the first record (*) are reckoned from daily scores, with the accounts and the ARR of today."
          : "."}
      </p>
    </>
  );
}

/** Is the book getting better, and where is money at risk: bands over 90 days, and ARR by band. `view` is in the address. */
export function BookHistory({ view }: { view: string }) {
  const history = useResource("portfolio history", (signal) => api.portfolioHistory({}, signal));
  useEffect(() => {
    const timer = setInterval(history.reload, readAgainMs);
    return () => clearInterval(timer);
  }, []);
  return (
    <section class="section" aria-labelledby="book-head">
      <div class="section-head">
        <h2 id="book-head">Bands over time</h2>
        <div class="actions">
          <Segments label="Show as" options={views} chosen={view} onChoose={(key) => setQuery({ book: key })} />
          <button type="button" class="button button-quiet" onClick={() => setQuery({ book: null })}>
            Close
          </button>
        </div>
      </div>
      <Faces of={history} what="The book's history" works="The list below is still current." skeleton={<Skeleton rows={1} kind="block" />}>
        {({ days }) =>
          days.length === 0 ? (
            <Empty title="Nothing to compare yet">
              <p>The line begins with the first day on which an account had a score.</p>
            </Empty>
          ) : (
            <Book days={days} view={view} />
          )
        }
      </Faces>
    </section>
  );
}
