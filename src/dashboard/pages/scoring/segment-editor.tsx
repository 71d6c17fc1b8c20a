import { api } from "../../api.ts";
import type { ConfigContent, ConfigSummary, SegmentsDocument } from "../../api-types.ts";
import { useResource } from "../../resource.ts";
import { Field } from "../../ui/controls.tsx";
import { Empty } from "../../ui/faces.tsx";
import { conditionText } from "./assignment.ts";
import { FormContext, usePlaceOf } from "./editor-context.ts";
import { FaultNote } from "./fields.tsx";
import { readable } from "./segment-list.tsx";
import type { Check } from "./use-check.ts";
import type { Editing } from "./use-document.ts";

/** As many as an account may have beside its own (`sideScorecardsMax`). */
const besideMax = 3;

type Choices = readonly Pick<ConfigSummary, "key" | "title">[];

/** Scorecards that are published, by title; the one that is named is among them also where it is not. */
const withNamed = (choices: Choices, key: string | undefined): Choices =>
  key === undefined || choices.some((one) => one.key === key) ? choices : [...choices, { key, title: `${key} (not published)` }];
const titleIn = (choices: Choices, key: string): string => withNamed(choices, key).find((one) => one.key === key)?.title ?? key;

/** @param fallback title of the scorecard of everybody else; null: this is that one, and cannot be left open */
function OwnField({ pointer, choices, fallback }: { pointer: string; choices: Choices; fallback: string | null }) {
  const place = usePlaceOf<string>(pointer);
  return (
    <Field label="Scorecard" error={place.fault}>
      {(ids) => (
        <select
          {...ids}
          disabled={place.readOnly}
          value={place.value ?? ""}
          onChange={(event) => place.set(event.currentTarget.value === "" ? undefined : event.currentTarget.value)}
        >
          {fallback === null ? null : <option value="">As everybody else ({fallback})</option>}
          {withNamed(choices, place.value).map((one) => (
            <option key={one.key} value={one.key}>
              {one.title}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** One scorecard of the list, and what is wrong with it. */
function Chosen({ pointer, title, onRemove }: { pointer: string; title: string; onRemove: () => void }) {
  const { readOnly } = usePlaceOf(pointer);
  return (
    <li class="beside">
      <span>{title}</span>
      {readOnly ? null : (
        <button type="button" class="button button-small" aria-label={`Remove from beside it: ${title}`} onClick={onRemove}>
          Remove
        </button>
      )}
      <FaultNote pointer={pointer} />
    </li>
  );
}

/**
 * Scorecards that stand beside: at most three, and not the account's own.
 *
 * @param own key of the scorecard that gives the score
 */
function BesideList({ pointer, choices, own }: { pointer: string; choices: Choices; own: string }) {
  const place = usePlaceOf<readonly string[]>(pointer);
  const chosen = place.value ?? [];
  const free = choices.filter(({ key }) => key !== own && !chosen.includes(key));
  return (
    <>
      {chosen.length === 0 ? <p class="quiet">None.</p> : null}
      <ul class="weight-list">
        {chosen.map((key, i) => (
          <Chosen
            key={key}
            pointer={`${pointer}/${i}`}
            title={titleIn(choices, key)}
            onRemove={() => place.set(chosen.filter((_, index) => index !== i))}
          />
        ))}
      </ul>
      {place.readOnly || chosen.length >= besideMax || free.length === 0 ? null : (
        <Field label="Add one beside it" hint={`${besideMax - chosen.length} more.`} error={place.fault}>
          {(ids) => (
            <select {...ids} value="" onChange={(event) => place.set([...chosen, event.currentTarget.value])}>
              <option value="">Choose a scorecard</option>
              {free.map((one) => (
                <option key={one.key} value={one.key}>
                  {one.title}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
    </>
  );
}

function Segment({ segment, index, document, choices }: PartProps & { segment: SegmentsDocument["segments"][number]; index: number }) {
  const pointer = `/segments/${index}`;
  const beside = usePlaceOf<readonly string[]>(`${pointer}/sideScorecards`);
  const shared = document.sideScorecards ?? [];
  const own = beside.value !== undefined;
  return (
    <section class="dimension-card" aria-labelledby={`segment-${segment.key}`}>
      <h3 id={`segment-${segment.key}`}>{segment.title}</h3>
      <p class="quiet">{segment.when.map(conditionText).join(" and ")}</p>
      <OwnField pointer={`${pointer}/scorecard`} choices={choices} fallback={titleIn(choices, document.scorecard)} />
      <h4>Beside it</h4>
      <label class="check">
        <input
          type="checkbox"
          disabled={beside.readOnly}
          checked={own}
          onChange={(event) => beside.set(event.currentTarget.checked ? shared : undefined)}
        />
        Others than everybody else
      </label>
      {own ? (
        <BesideList pointer={`${pointer}/sideScorecards`} choices={choices} own={segment.scorecard ?? document.scorecard} />
      ) : (
        <p class="quiet">{shared.length === 0 ? "None." : shared.map((key) => titleIn(choices, key)).join(", ")}</p>
      )}
    </section>
  );
}

type PartProps = { readonly document: SegmentsDocument; readonly choices: Choices };

/** Which scorecard each segment has, and which stand beside it. Who belongs to a segment is written in the text. */
export function SegmentEditor({
  editing,
  next,
  check,
  readOnly,
}: {
  editing: Editing;
  next: ConfigContent;
  check: Check;
  readOnly: boolean;
}) {
  const scorecards = useResource("configs scorecards", (signal) => api.configs("scorecards", signal));
  const document = readable(next);
  if (document === null)
    return (
      <Empty title="This cannot be shown as a form yet">
        <p>See “As text” for what is wrong.</p>
      </Empty>
    );
  // Until they can be had the keys that are named stand for themselves.
  const choices = (scorecards.data?.items ?? []).filter(({ published }) => published !== null);
  return (
    <FormContext.Provider value={{ document: next, readOnly, faults: check.faults, change: editing.change }}>
      <div class="dimension-cards">
        <h2 class="unseen">Who has which scorecard</h2>
        {scorecards.data === null && scorecards.error !== null ? (
          <p class="hint hint-error" role="status">
            The list of scorecards could not be read: {scorecards.error.detail}
          </p>
        ) : null}
        <FaultNote pointer="" />
        {document.segments.map((segment, index) => (
          <Segment key={segment.key} segment={segment} index={index} document={document} choices={choices} />
        ))}
        <section class="dimension-card" aria-labelledby="everybody-else">
          <h3 id="everybody-else">{document.segments.length === 0 ? "Every account" : "Every other account"}</h3>
          <OwnField pointer="/scorecard" choices={choices} fallback={null} />
          <h4>Beside it</h4>
          <BesideList pointer="/sideScorecards" choices={choices} own={document.scorecard} />
        </section>
        <p class="quiet">
          The score of the first stands for the account; those beside it are told with it and change nothing. Who belongs to a segment is
          written under “As text”.
        </p>
      </div>
    </FormContext.Provider>
  );
}
