import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { FxRates, RatesStored } from "../../api-types.ts";
import { faultText } from "../../faults.ts";
import { countText, dateOnlyText, plural, rateTexts } from "../../format.ts";
import { useResource } from "../../resource.ts";
import { ActionError, Dialog, useAction } from "../../ui/controls.tsx";
import { CsvFields } from "../../ui/csv-fields.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { StateBadge } from "../../ui/figures.tsx";

/** Days that the table shows: whoever wants all of them has the file. */
const daysShown = 14;
/** How long a rate stands for the days after it. */
const standsDays = 35;
/** Banks tell none on holidays; beyond that somebody has forgotten. */
const oldFromDays = 8;
const example = "date,currency,rate\n2026-11-27,USD,1.0842\n2026-11-27,GBP,0.8331";

/** `/line/7/USD` → `Line 7, USD`. */
const placeText = (pointer: string): string => pointer.replace(/^\/line\/(\d+)\//, "Line $1, ");

function UploadDialog({ onClose, onStored }: { onClose: () => void; onStored: () => void }) {
  const [text, setText] = useState("");
  const [stored, setStored] = useState<RatesStored | null>(null);
  const action = useAction(async () => {
    setStored(null);
    setStored(await api.putRates(text));
    onStored();
  });
  return (
    <Dialog title="Upload rates" onClose={onClose} wide>
      <form
        class="form form-wide"
        onSubmit={(event) => {
          event.preventDefault();
          void action.start();
        }}
      >
        <CsvFields
          text={text}
          onText={setText}
          hint="Units of a currency for one euro. A column for each currency, as the European Central Bank’s eurofxref-hist.csv has them, or the columns date, currency, rate."
          example={example}
        />
        {action.error === null || action.error.faults.length === 0 ? (
          <ActionError error={action.error} />
        ) : (
          <div role="alert" class="form">
            <p class="hint hint-error">Nothing was stored. Mend these places and upload it again:</p>
            <ul>
              {action.error.faults.map(({ pointer, detail }) => (
                <li key={`${pointer} ${detail}`}>
                  {placeText(pointer)}: {faultText(detail, null)}
                </li>
              ))}
            </ul>
          </div>
        )}
        <button type="submit" class="button button-main" disabled={action.busy || text.trim() === ""}>
          {action.busy ? "Uploading…" : "Upload"}
        </button>
      </form>
      {stored === null ? null : (
        <p role="status">
          <StateBadge tone="good">{plural(stored.stored, "rate")} stored</StateBadge>{" "}
          {stored.tooOld === 0 ? "" : `${countText(stored.tooOld)} older than any figure were left out. `}
          Figures are told anew within minutes.
        </p>
      )}
    </Dialog>
  );
}

function Table({ rates }: { rates: FxRates }) {
  if (rates.items.length === 0)
    return (
      <Empty title="No rates yet">
        <p>Amounts in {rates.reportingCurrency} need none. Others are shown as they came and are in no sum until their rates are here.</p>
      </Empty>
    );
  const columns = rates.currencies.map((currency) => ({
    currency,
    texts: rateTexts(rates.items.map((day) => day.rates[currency] ?? null)),
  }));
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Rates by day">
      <table class="table rates">
        <caption class="unseen">Units of each currency for one {rates.base}, the newest day first</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            {rates.currencies.map((currency) => (
              <th key={currency} scope="col" class="num">
                {currency}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rates.items.map((day, row) => (
            <tr key={day.date}>
              <th scope="row">{dateOnlyText(day.date)}</th>
              {columns.map(({ currency, texts }) => (
                <td key={currency} class="num">
                  {texts[row]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Nothing while they are as new as can be expected. */
function RatesAge({ days }: { days: number | null }) {
  if (days === null || days < oldFromDays) return null;
  return (
    <p>
      {days <= standsDays ? (
        <StateBadge tone="warn">The rates are {plural(days, "day")} old</StateBadge>
      ) : (
        <>
          <StateBadge tone="bad">The rates are {plural(days, "day")} old</StateBadge> Amounts of today in other currencies are in no sum
          until newer ones are here; segments take the last there are.
        </>
      )}
    </p>
  );
}

/** @param currency in which figures are told, as the settings say; what changes with it is read again */
export function Rates({ mayChange, currency }: { mayChange: boolean; currency: string | null }) {
  const rates = useResource(`fx-rates ${currency ?? ""}`, (signal) => api.rates({ limit: daysShown }, signal));
  const [uploading, setUploading] = useState(false);
  const { data } = rates;
  return (
    <section class="section" aria-labelledby="rates">
      <div class="section-head">
        <h2 id="rates">Rates of exchange</h2>
        <p class="quiet">
          {data === null || data.to === null
            ? "By them money of other currencies is converted."
            : `${plural(data.days, "day")}, the last ${dateOnlyText(data.to)}. Units for one ${data.base}; a rate stands for at most ${standsDays} days.`}
        </p>
        <div class="actions">
          <button type="button" class="button" disabled={!mayChange} onClick={() => setUploading(true)}>
            Upload rates
          </button>
        </div>
      </div>
      <RatesAge days={data?.ageDays ?? null} />
      <Faces of={rates} what="The rates" skeleton={<Skeleton rows={3} />}>
        {(found) => <Table rates={found} />}
      </Faces>
      {uploading ? <UploadDialog onClose={() => setUploading(false)} onStored={rates.reload} /> : null}
    </section>
  );
}
