import { useContext, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { ScorecardDocument } from "../../api-types.ts";
import { useResource } from "../../resource.ts";
import { Dialog, Field } from "../../ui/controls.tsx";
import { Faces, Skeleton } from "../../ui/faces.tsx";
import { valueAt, withValue } from "./document-value.ts";
import { FormContext } from "./editor-context.ts";

type MeasureSpec = ScorecardDocument["dimensions"][number]["measures"][number];

const dayMs = 86_400_000;

/** A measure of one's own begins with a line from 0 to 1 and a month of half-life; whoever adds it sets them. */
const ownMeasure = (key: string, title: string): MeasureSpec => ({
  key,
  title,
  weight: 0,
  anchors: [
    { value: 0, score: 0 },
    { value: 1, score: 100 },
  ],
  freshForMs: dayMs,
  halfLifeMs: 30 * dayMs,
  missing: "skip",
  settings: {},
});

/** What the other published scorecards measure, as they do, whatever else ships, and the measures of one's own. */
async function readCandidates(signal: AbortSignal): Promise<readonly MeasureSpec[]> {
  const [scorecards, own, shipped] = await Promise.all([
    api.configs("scorecards", signal),
    api.configs("measures", signal),
    api.shippedMeasures(signal),
  ]);
  const published = await Promise.all(
    scorecards.items.filter((item) => item.published !== null).map(({ key }) => api.config("scorecards", key, "published", signal)),
  );
  const known = published.flatMap(({ document }) =>
    (document as unknown as ScorecardDocument).dimensions.flatMap(({ measures }) => measures),
  );
  const added = own.items.filter((item) => item.published !== null).map(({ key, title }) => ownMeasure(key, title));
  return [...new Map([...shipped.items.map(({ spec }) => spec), ...added, ...known].map((spec) => [spec.key, spec])).values()].sort(
    (a, b) => a.title.localeCompare(b.title),
  );
}

/** Adds a measure with the weight 0: shown at once, moving nothing until somebody gives it a weight. */
export function AddMeasure({ document, d, onClose }: { document: ScorecardDocument; d: number; onClose: () => void }) {
  const form = useContext(FormContext);
  const candidates = useResource("measure candidates", readCandidates);
  const [chosen, setChosen] = useState<string | null>(null);
  const present = new Set(document.dimensions.flatMap(({ measures }) => measures.map(({ key }) => key)));
  const add = (spec: MeasureSpec): void => {
    const pointer = `/dimensions/${d}/measures`;
    form.change(withValue(form.document, pointer, [...(valueAt(form.document, pointer) as MeasureSpec[]), { ...spec, weight: 0 }]));
    onClose();
  };
  return (
    <Dialog title={`Add a measure to ${document.dimensions[d]?.title ?? ""}`} onClose={onClose}>
      <Faces of={candidates} what="The measures" skeleton={<Skeleton rows={2} kind="line" />}>
        {(all) => {
          const free = all.filter(({ key }) => !present.has(key));
          const spec = free.find(({ key }) => key === chosen) ?? free[0];
          if (spec === undefined) return <p>Every measure that there is, or that you have defined, is in this one already.</p>;
          return (
            <form
              class="form"
              onSubmit={(event) => {
                event.preventDefault();
                add(spec);
              }}
            >
              <Field label="Measure" hint="It begins with the weight 0, so nothing moves until you raise it.">
                {(ids) => (
                  <select {...ids} value={spec.key} onChange={(event) => setChosen(event.currentTarget.value)}>
                    {free.map(({ key, title }) => (
                      <option key={key} value={key}>
                        {title}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
              <button type="submit" class="button button-main">
                Add
              </button>
            </form>
          );
        }}
      </Faces>
    </Dialog>
  );
}
