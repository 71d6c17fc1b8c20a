import { useContext, useState } from "preact/hooks";
import type { ScorecardDocument } from "../../api-types.ts";
import { plural } from "../../format.ts";
import { setQuery } from "../../router.ts";
import { Icon } from "../../ui/icons.tsx";
import { AddMeasure } from "./add-measure.tsx";
import { FormContext } from "./editor-context.ts";
import { FaultNote, WeightInput } from "./fields.tsx";
import { MeasureDetails } from "./measure-details.tsx";
import { withValue } from "./document-value.ts";

type Dimension = ScorecardDocument["dimensions"][number];

const sumOf = (items: readonly { readonly weight: number }[]): number => items.reduce((sum, { weight }) => sum + weight, 0);
const shareOf = (weight: number, sum: number): number | null => (sum > 0 ? weight / sum : null);

/** Where the sliders of a list end: at 1 for weights that are ratios, else at 100 or what is greater. It is taken from what stands, so that no slider's end moves under the hand. */
const sliderEnd = (items: readonly { readonly weight: number }[] | undefined): number => {
  const greatest = Math.max(0, ...(items ?? []).map(({ weight }) => weight));
  return greatest > 0 && greatest <= 1 ? 1 : Math.max(100, Math.ceil(greatest));
};

function MeasureRow({ dimension, d, m, end, unit }: { dimension: Dimension; d: number; m: number; end: number; unit: string }) {
  const form = useContext(FormContext);
  const measure = dimension.measures[m];
  if (measure === undefined) return null;
  const pointer = `/dimensions/${d}/measures`;
  const remove = (): void =>
    form.change(
      withValue(
        form.document,
        pointer,
        dimension.measures.filter((_, index) => index !== m),
      ),
    );
  return (
    <li class="weight-item">
      <div class="weight-row">
        <span class="weight-title">{measure.title}</span>
        <WeightInput
          pointer={`${pointer}/${m}/weight`}
          title={measure.title}
          share={shareOf(measure.weight, sumOf(dimension.measures))}
          max={end}
        />
      </div>
      <details class="more">
        <summary>
          How {measure.title} is scored
          <FaultsWithin pointer={`${pointer}/${m}`} except="/weight" />
        </summary>
        <MeasureDetails pointer={`${pointer}/${m}`} measure={measure} unit={unit} />
        {form.readOnly || dimension.measures.length === 1 ? null : (
          <button type="button" class="button button-small" onClick={remove}>
            Take {measure.title} out
          </button>
        )}
      </details>
    </li>
  );
}

/** Tells at a closed part that something inside it is wrong. */
function FaultsWithin({ pointer, except }: { pointer: string; except?: string }) {
  const { faults } = useContext(FormContext);
  const within = faults.filter((fault) => fault.pointer.startsWith(`${pointer}/`) && fault.pointer !== `${pointer}${except}`);
  return within.length === 0 ? null : <span class="hint-error"> – {plural(within.length, "thing")} to mend</span>;
}

function DimensionCard({
  d,
  document,
  base,
  units,
  open,
}: {
  d: number;
  document: ScorecardDocument;
  base: ScorecardDocument;
  units: ReadonlyMap<string, string>;
  open: readonly string[];
}) {
  const { readOnly } = useContext(FormContext);
  const [adding, setAdding] = useState(false);
  const dimension = document.dimensions[d];
  if (dimension === undefined) return null;
  const isOpen = open.includes(dimension.key);
  const end = sliderEnd(base.dimensions.find(({ key }) => key === dimension.key)?.measures);
  const toggle = (): void => setQuery({ open: isOpen ? open.filter((key) => key !== dimension.key) : [...open, dimension.key] });
  return (
    <section class="dimension-card" aria-labelledby={`dimension-${dimension.key}`}>
      <div class="weight-row">
        <h3 id={`dimension-${dimension.key}`} class="weight-title">
          {dimension.title}
        </h3>
        <WeightInput
          pointer={`/dimensions/${d}/weight`}
          title={dimension.title}
          share={shareOf(dimension.weight, sumOf(document.dimensions))}
          max={sliderEnd(base.dimensions)}
        />
      </div>
      <FaultNote pointer={`/dimensions/${d}/measures`} />
      <button type="button" class="text-button expand" aria-expanded={isOpen} onClick={toggle}>
        <Icon name="chevron" /> {plural(dimension.measures.length, "measure")}
        <span class="unseen"> of {dimension.title}</span>
        {isOpen ? null : <FaultsWithin pointer={`/dimensions/${d}/measures`} />}
      </button>
      {isOpen ? (
        <ul class="weight-list">
          {dimension.measures.map((measure, m) => (
            <MeasureRow key={measure.key} dimension={dimension} d={d} m={m} end={end} unit={units.get(measure.key) ?? ""} />
          ))}
        </ul>
      ) : null}
      {isOpen && !readOnly ? (
        <button type="button" class="button button-small" onClick={() => setAdding(true)}>
          <Icon name="start" /> Add a measure to {dimension.title}
        </button>
      ) : null}
      {adding ? <AddMeasure document={document} d={d} onClose={() => setAdding(false)} /> : null}
    </section>
  );
}

/**
 * The weights of a scorecard: dimensions, and under each its measures.
 *
 * @param base what stood when editing began; it says where the sliders end
 * @param units by measure, as readings tell them
 */
export function Weights({
  document,
  base,
  units,
  open,
}: {
  document: ScorecardDocument;
  base: ScorecardDocument;
  units: ReadonlyMap<string, string>;
  open: readonly string[];
}) {
  return (
    <div class="dimension-cards">
      <h2 class="unseen">Weights</h2>
      <p class="quiet">
        Weights are relative: what counts is the share of each. A weight of 0 is shown and moves nothing. Sum of the dimensions:{" "}
        {Number(sumOf(document.dimensions).toFixed(4))}.
      </p>
      <FaultNote pointer="/dimensions" />
      {document.dimensions.map((dimension, d) => (
        <DimensionCard key={dimension.key} d={d} document={document} base={base} units={units} open={open} />
      ))}
    </div>
  );
}
