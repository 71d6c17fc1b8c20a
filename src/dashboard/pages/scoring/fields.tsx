import { useState } from "preact/hooks";
import { percentText } from "../../format.ts";
import { Field } from "../../ui/controls.tsx";
import { usePlaceOf } from "./editor-context.ts";

type NumberProps = {
  readonly pointer: string;
  readonly label: string;
  readonly min?: number;
  readonly max?: number;
  readonly hint?: string;
  /** How much of the document's unit is one of the field's: hours of a time that is kept in ms. */
  readonly scale?: number;
};

/** While somebody types, the field shows what was typed: `0.` is on the way to a number. An empty field is null, which the server refuses in words. */
export function NumberInput({ pointer, label, min, max, scale = 1, ids }: NumberProps & { ids?: object }) {
  const place = usePlaceOf<number>(pointer);
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      aria-label={ids === undefined ? label : undefined}
      aria-invalid={place.fault === undefined ? undefined : true}
      title={place.fault}
      {...ids}
      type="number"
      inputMode="decimal"
      min={min}
      max={max}
      step="any"
      readOnly={place.readOnly}
      value={typed ?? (typeof place.value === "number" ? place.value / scale : "")}
      onInput={(event) => {
        const { value, valueAsNumber } = event.currentTarget;
        setTyped(value);
        place.set(Number.isNaN(valueAsNumber) ? null : valueAsNumber * scale);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

export function NumberField(props: NumberProps) {
  const { fault } = usePlaceOf<number>(props.pointer);
  return (
    <Field label={props.label} hint={props.hint} error={fault}>
      {(ids) => <NumberInput {...props} ids={ids} />}
    </Field>
  );
}

export function TextField({ pointer, label, maxLength }: { pointer: string; label: string; maxLength: number }) {
  const place = usePlaceOf<string>(pointer);
  return (
    <Field label={label} error={place.fault}>
      {(ids) => (
        <input
          {...ids}
          maxLength={maxLength}
          readOnly={place.readOnly}
          value={place.value ?? ""}
          onInput={(event) => place.set(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** What is wrong with a whole: a list whose weights sum to zero, anchors that do not rise. */
export function FaultNote({ pointer }: { pointer: string }) {
  const { fault } = usePlaceOf(pointer);
  return fault === undefined ? null : <p class="hint hint-error">{fault}</p>;
}

/**
 * A weight as a slider and a number, and what share of its list it is. Weights are relative: moving one changes the share of all.
 *
 * @param share 0..1; null where the weights sum to nothing
 * @param max the slider's end; the number beside it may go beyond
 */
export function WeightInput({ pointer, title, share, max }: { pointer: string; title: string; share: number | null; max: number }) {
  const place = usePlaceOf<number>(pointer);
  const value = typeof place.value === "number" ? place.value : 0;
  const shareText = share === null ? "no share" : percentText(share, share < 0.1 ? 1 : 0);
  return (
    <>
      <input
        type="range"
        class="weight-slider"
        aria-label={`Weight of ${title}`}
        aria-valuetext={`${value}, ${shareText}`}
        min={0}
        max={max}
        step={max / 100}
        disabled={place.readOnly}
        value={value}
        onInput={(event) => place.set(event.currentTarget.valueAsNumber)}
      />
      <span class="weight-number">
        <NumberInput pointer={pointer} label={`Weight of ${title} as a number`} min={0} />
      </span>
      <span class="weight-share num">{shareText}</span>
      <span class="weight-fault">
        <FaultNote pointer={pointer} />
      </span>
    </>
  );
}
