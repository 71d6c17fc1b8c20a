import { useContext } from "preact/hooks";
import type { ScorecardDocument } from "../../api-types.ts";
import { plural, valueText } from "../../format.ts";
import { vendorText } from "../../words.ts";
import { Field } from "../../ui/controls.tsx";
import { withValue } from "./document-value.ts";
import { FormContext, usePlaceOf } from "./editor-context.ts";
import { FaultNote, NumberField, NumberInput, TextField } from "./fields.tsx";

type MeasureSpec = ScorecardDocument["dimensions"][number]["measures"][number];
type Anchors = MeasureSpec["anchors"];

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const anchorsMax = 16;

const missingWords: Readonly<Record<MeasureSpec["missing"], string>> = {
  skip: "share its weight among the others",
  neutral: "count it as 50",
  worst: "count it as 0",
  required: "give no score at all",
};

function Anchors({ pointer, anchors, unit, title }: { pointer: string; anchors: Anchors; unit: string; title: string }) {
  const form = useContext(FormContext);
  const set = (next: readonly Anchors[number][]): void => form.change(withValue(form.document, pointer, next));
  const last = anchors.at(-1) ?? { value: 0, score: 50 };
  return (
    <div class="anchors">
      <p class="hint">
        From value to points: a straight line between two of these, flat outside.{unit === "" ? "" : ` The value is in ${unit}.`}
      </p>
      <ul>
        {anchors.map((anchor, i) => (
          <li key={i} class="anchor">
            <span class="quiet">At</span>
            <NumberInput pointer={`${pointer}/${i}/value`} label={`Value ${i + 1} of ${title}`} />
            <span class="quiet anchor-unit">{typeof anchor.value === "number" && unit !== "" ? valueText(anchor.value, unit) : ""}</span>
            <NumberInput pointer={`${pointer}/${i}/score`} label={`Points at value ${i + 1} of ${title}`} min={0} max={100} />
            <span class="quiet">points</span>
            {form.readOnly || anchors.length <= 2 ? null : (
              <button
                type="button"
                class="button button-small"
                aria-label={`Remove value ${i + 1} of ${title}`}
                onClick={() => set(anchors.filter((_, index) => index !== i))}
              >
                Remove
              </button>
            )}
            <FaultNote pointer={`${pointer}/${i}/value`} />
            <FaultNote pointer={`${pointer}/${i}/score`} />
          </li>
        ))}
      </ul>
      <FaultNote pointer={pointer} />
      {form.readOnly || anchors.length >= anchorsMax ? null : (
        <button type="button" class="button button-small" onClick={() => set([...anchors, { value: last.value + 1, score: last.score }])}>
          Add a value
        </button>
      )}
    </div>
  );
}

function Missing({ pointer }: { pointer: string }) {
  const place = usePlaceOf<MeasureSpec["missing"]>(pointer);
  return (
    <Field label="Where it has no data" error={place.fault}>
      {(ids) => (
        <select
          {...ids}
          disabled={place.readOnly}
          value={place.value}
          onChange={(event) => place.set(event.currentTarget.value as MeasureSpec["missing"])}
        >
          {Object.entries(missingWords).map(([policy, word]) => (
            <option key={policy} value={policy}>
              {word}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** What a measure's own numbers are called: `windowDays` → `Window days`. */
const settingText = (key: string): string => vendorText(key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));

/** How one measure's value becomes points, and what counts where it is old or not there. Lists and tables among its settings are edited as text. */
export function MeasureDetails({ pointer, measure, unit }: { pointer: string; measure: MeasureSpec; unit: string }) {
  const numbers = Object.keys(measure.settings).filter(
    (key) => typeof measure.settings[key] === "number" || measure.settings[key] === null,
  );
  const others = Object.keys(measure.settings).length - numbers.length;
  return (
    <div class="measure-details">
      <TextField pointer={`${pointer}/title`} label="Title" maxLength={120} />
      <Anchors pointer={`${pointer}/anchors`} anchors={measure.anchors} unit={unit} title={measure.title} />
      <FaultNote pointer={`${pointer}/key`} />
      <div class="field-row">
        <Missing pointer={`${pointer}/missing`} />
        <NumberField pointer={`${pointer}/freshForMs`} label="Counts in full for, hours" min={0} scale={hourMs} />
        <NumberField pointer={`${pointer}/halfLifeMs`} label="Then halves each, days" min={1} scale={dayMs} />
        {numbers.map((key) => (
          <NumberField key={key} pointer={`${pointer}/settings/${key}`} label={settingText(key)} />
        ))}
      </div>
      <FaultNote pointer={`${pointer}/groups`} />
      {others === 0 && (measure.groups ?? []).length === 0 ? null : (
        <p class="hint">
          {(measure.groups ?? []).length === 0
            ? ""
            : `It has other anchors for ${plural(measure.groups?.length ?? 0, "group")} of accounts. `}
          {others === 0 ? "" : `${plural(others, "setting")} of it ${others === 1 ? "is" : "are"} a list or a table. `}
          These are edited as text.
        </p>
      )}
    </div>
  );
}
