import { Icon } from "../../ui/icons.tsx";

/** Steps that a person can choose; others can stand in the address. The detail is what the step is about. */
const kinds = [
  { type: "session.started", word: "Opened the product", detail: null },
  { type: "user.signed_in", word: "Signed in", detail: null },
  { type: "feature.used", word: "Used a feature", detail: "feature" },
  { type: "page.viewed", word: "Viewed a page", detail: "page" },
] as const;

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
const encode = (text: string): string => text.replaceAll("%", "%25").replaceAll(";", "%3B").replaceAll("=", "%3D");
/** The step of using one feature. */
export const featureStep = (feature: string): string => `feature.used;feature=${encode(feature)}`;
/** `feature.used;feature=Export Run` → its type and `Export Run`. */
function partsOf(step: string): { readonly type: string; readonly detail: string } {
  const [type = "", ...conditions] = step.split(";");
  return { type, detail: conditions.map((condition) => decode(condition.split("=")[1] ?? "")).join(", ") };
}

/** A step in words. */
export function stepWords(step: string): string {
  const { type, detail } = partsOf(step);
  if (detail !== "" && type === "feature.used") return `Used ${detail}`;
  if (detail !== "" && type === "page.viewed") return `Viewed ${detail}`;
  const word = kinds.find((kind) => kind.type === type)?.word ?? type;
  return detail === "" ? word : `${word}: ${detail}`;
}

/** Chooses a step and what it is about. */
export function StepField({
  label,
  step,
  onChange,
  onRemove,
}: {
  label: string;
  step: string;
  onChange: (step: string) => void;
  onRemove?: (() => void) | undefined;
}) {
  const { type, detail } = partsOf(step);
  const kind = kinds.find((one) => one.type === type);
  return (
    <div class="step-field">
      <label class="inline">
        {label}
        <select value={type} onChange={(event) => onChange(event.currentTarget.value)}>
          {kinds.map((one) => (
            <option key={one.type} value={one.type}>
              {one.word}
            </option>
          ))}
          {kind === undefined ? <option value={type}>{type}</option> : null}
        </select>
      </label>
      {kind?.detail == null ? null : (
        <label class="inline">
          {kind.detail === "feature" ? "Feature" : "Page"}
          <input
            value={detail}
            placeholder="any"
            onChange={(event) => {
              const text = event.currentTarget.value.trim();
              onChange(text === "" ? type : `${type};${kind.detail}=${encode(text)}`);
            }}
          />
        </label>
      )}
      {onRemove === undefined ? null : (
        <button type="button" class="button button-small" aria-label={`Remove ${label.toLowerCase()}`} onClick={onRemove}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
