import { useRef } from "preact/hooks";
import type { ConfigContent } from "../../api-types.ts";
import { Field } from "../../ui/controls.tsx";
import { FormContext, usePlaceOf } from "./editor-context.ts";
import { FaultNote, TextField } from "./fields.tsx";
import { MeasureTry } from "./measure-try.tsx";
import { TextEditor } from "./text-editor.tsx";
import type { Check } from "./use-check.ts";
import type { Editing } from "./use-document.ts";

const titleCharsMax = 128;
const unitCharsMax = 32;
const expressionCharsMax = 2_000;

/** Which events a measure speaks of; the words are those of the tiles on an account's page. */
const sources: readonly (readonly [key: string, word: string])[] = [
  ["usage", "Usage"],
  ["support", "Support"],
  ["engagement", "Messages and meetings"],
  ["success", "Surveys and goals"],
  ["revenue", "Money"],
  ["market", "Market"],
  ["lifecycle", "Anything else"],
];

/** Something to begin with for each kind of question. */
const examples: readonly (readonly [question: string, expression: string])[] = [
  ["How much in four weeks", 'account.sum("export.finished", "rows", "28d")'],
  ["How slow, for one in twenty", 'account.quantile("api.called", "ms", 0.95, "1d")'],
  ["How many different ones in a week", 'account.distinct("feature.used", "feature", "7d")'],
  ["The last one that was told", 'account.last("backup.finished", "sizeGb", "28d")'],
  ["A share of failures in 36 hours", 'account.ratio("events.job.failed", "events.job.finished", "36h")'],
  ["How much of a property of a tracked event", 'account.sum("feature.used", "properties.amount", "28d")'],
  ["A share of what was true", 'account.share_true("invite.sent", "accepted", "28d")'],
  ["Per seat", 'account.sum("export.finished", "rows", "28d") / account.number("seats")'],
];

function SourceField() {
  const place = usePlaceOf<string>("/source");
  return (
    <Field label="Speaks of" hint="It is missing before the first such event, and ages when they are behind." error={place.fault}>
      {(ids) => (
        <select {...ids} disabled={place.readOnly} value={place.value} onChange={(event) => place.set(event.currentTarget.value)}>
          {sources.map(([key, word]) => (
            <option key={key} value={key}>
              {word}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** Where in the formula a fault lies, as the server says it: counted from 1. */
const placeIn = (detail: string): number | null => {
  const found = /character (\d+)/.exec(detail)?.[1];
  return found === undefined ? null : Number(found) - 1;
};

function FormulaField() {
  const place = usePlaceOf<string>("/expression");
  const area = useRef<HTMLTextAreaElement>(null);
  const at = place.fault === undefined ? null : placeIn(place.fault);
  const show = (): void => {
    area.current?.focus();
    area.current?.setSelectionRange(at ?? 0, (at ?? 0) + 1);
  };
  return (
    <>
      <Field
        label="Formula"
        hint="A number that follows from an account. Windows are days, such as “28d”, or hours, such as “36h”."
        error={place.fault}
      >
        {(ids) => (
          <textarea
            {...ids}
            ref={area}
            class="mono"
            rows={5}
            spellcheck={false}
            maxLength={expressionCharsMax}
            readOnly={place.readOnly}
            value={place.value ?? ""}
            onInput={(event) => place.set(event.currentTarget.value)}
          />
        )}
      </Field>
      {at === null ? null : (
        <button type="button" class="button button-small" onClick={show}>
          Go to character {at + 1}
        </button>
      )}
      {place.readOnly ? null : (
        <details class="formula-examples">
          <summary>Begin with an example</summary>
          <ul>
            {examples.map(([question, expression]) => (
              <li key={expression}>
                <button type="button" class="button button-small" onClick={() => place.set(expression)}>
                  {question}
                </button>
                <code>{expression}</code>
              </li>
            ))}
          </ul>
          <p class="hint">Fields are those that your events bear; they are counted from the first event on, also for the past.</p>
        </details>
      )}
    </>
  );
}

/** A measure of one's own: its formula as a form or as text, and beside it what it is for an account. */
export function MeasureEditor({
  editing,
  next,
  check,
  readOnly,
  tab,
}: {
  editing: Editing;
  next: ConfigContent;
  check: Check;
  readOnly: boolean;
  tab: string;
}) {
  return (
    <FormContext.Provider value={{ document: next, readOnly, faults: check.faults, change: editing.change }}>
      <div class="scoring">
        {tab === "text" ? (
          <TextEditor document={next} edit={editing.edit} faults={check.faults} readOnly={readOnly} onText={editing.changeText} />
        ) : (
          <div class="form measure-form">
            <FaultNote pointer="" />
            <TextField pointer="/title" label="Title" maxLength={titleCharsMax} />
            <FormulaField />
            <TextField pointer="/unit" label="Unit" maxLength={unitCharsMax} />
            <SourceField />
          </div>
        )}
        <MeasureTry measureKey={editing.key} document={next} stuck={check.state === "faulty" || editing.edit?.unreadable != null} />
      </div>
    </FormContext.Provider>
  );
}
