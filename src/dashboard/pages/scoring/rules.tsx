import { useContext } from "preact/hooks";
import type { ScorecardDocument } from "../../api-types.ts";
import { Field } from "../../ui/controls.tsx";
import { withValue } from "./document-value.ts";
import { FormContext, usePlaceOf } from "./editor-context.ts";
import { FaultNote, NumberField, NumberInput, TextField } from "./fields.tsx";

const hourMs = 3_600_000;
const exponentAssumed = 0.5;

function Caps({ document }: { document: ScorecardDocument }) {
  const form = useContext(FormContext);
  const set = (caps: ScorecardDocument["caps"]): void => form.change(withValue(form.document, "/caps", caps));
  const free = document.flags.find((flag) => !document.caps.some((cap) => cap.flag === flag.key));
  return (
    <section class="dimension-card" aria-labelledby="caps">
      <h3 id="caps">Caps</h3>
      <p class="quiet">While its flag stands, an account scores at most so much, whatever its measures say.</p>
      <FaultNote pointer="/caps" />
      <ul class="weight-list">
        {document.caps.map((cap, c) => (
          <li key={cap.key} class="cap">
            <span>
              {cap.title}
              <FaultNote pointer={`/caps/${c}/flag`} />
            </span>
            <span class="quiet">at most</span>
            <span class="weight-number">
              <NumberInput pointer={`/caps/${c}/max`} label={`Most points: ${cap.title}`} min={0} max={100} />
            </span>
            {form.readOnly ? null : (
              <button
                type="button"
                class="button button-small"
                aria-label={`Remove the cap: ${cap.title}`}
                onClick={() => set(document.caps.filter((_, index) => index !== c))}
              >
                Remove
              </button>
            )}
            <FaultNote pointer={`/caps/${c}/max`} />
          </li>
        ))}
      </ul>
      {form.readOnly || free === undefined ? null : (
        <button
          type="button"
          class="button button-small"
          onClick={() => set([...document.caps, { key: free.key, title: free.title, flag: free.key, max: 59 }])}
        >
          Add a cap: {free.title}
        </button>
      )}
    </section>
  );
}

function Compensation() {
  const place = usePlaceOf<number>("/powerMeanExponent");
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          disabled={place.readOnly}
          checked={place.value !== undefined}
          onChange={(event) => place.set(event.currentTarget.checked ? exponentAssumed : undefined)}
        />
        A good dimension does not make up for a bad one in full
      </label>
      {place.value === undefined ? null : (
        <NumberField
          pointer="/powerMeanExponent"
          label="Exponent, 0.25 to 1"
          hint="The lower, the less it does; 1 is the plain mean."
          min={0.25}
          max={1}
        />
      )}
    </>
  );
}

function Calendar() {
  const place = usePlaceOf<string>("/calendar");
  return (
    <Field
      label="Calendar of support times (key)"
      hint="Empty: the clock on the wall. An account's own calendar goes before."
      error={place.fault}
    >
      {(ids) => (
        <input
          {...ids}
          readOnly={place.readOnly}
          value={place.value ?? ""}
          onInput={(event) => place.set(event.currentTarget.value === "" ? undefined : event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** What is not a weight: name, bands, caps, and how the dimensions are joined. */
export function Rules({ document }: { document: ScorecardDocument }) {
  return (
    <div class="dimension-cards">
      <h2 class="unseen">Bands and caps</h2>
      <section class="dimension-card" aria-labelledby="scorecard">
        <h3 id="scorecard">Scorecard</h3>
        <TextField pointer="/title" label="Title" maxLength={120} />
        <Calendar />
        <Compensation />
      </section>
      <section class="dimension-card" aria-labelledby="bands">
        <h3 id="bands">Bands</h3>
        <FaultNote pointer="/bands" />
        <div class="field-row">
          <NumberField pointer="/bands/healthyFrom" label="Healthy from" min={0} max={100} />
          <NumberField pointer="/bands/watchFrom" label="Watch from" min={0} max={100} />
          <NumberField pointer="/bands/atRiskFrom" label="At risk from" min={0} max={100} hint="Below it is critical." />
          <NumberField
            pointer="/bands/confidenceMin"
            label="Confidence at least, 0 to 1"
            min={0}
            max={1}
            hint="Below it: not enough data."
          />
          <NumberField pointer="/bands/steadiness/points" label="A band changes when crossed by, points" min={0} max={100} />
          <NumberField pointer="/bands/steadiness/holdMs" label="or after, hours" min={0} scale={hourMs} />
        </div>
      </section>
      <Caps document={document} />
      <section class="dimension-card" aria-labelledby="ageing">
        <h3 id="ageing">Ageing</h3>
        <div class="field-row">
          <NumberField pointer="/dropBelowFreshness" label="Old data count as nothing below, 0 to 1" min={0} max={1} />
          <NumberField pointer="/recomputeAfterPoints" label="Score again when time alone moved it by, points" min={0.1} max={100} />
        </div>
      </section>
    </div>
  );
}
