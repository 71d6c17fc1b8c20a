import { useId, useRef } from "preact/hooks";
import type { ConfigContent, Fault } from "../../api-types.ts";
import { faultText } from "../../faults.ts";
import { Field } from "../../ui/controls.tsx";
import { placeOf } from "./document-value.ts";
import type { Edit } from "./use-document.ts";

/** The whole document as JSON text, with what is wrong named by its line. */
export function TextEditor({
  document,
  edit,
  faults,
  readOnly,
  onText,
}: {
  document: ConfigContent;
  edit: Edit | null;
  faults: readonly Fault[];
  readOnly: boolean;
  onText: (text: string) => void;
}) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const text = edit?.text ?? JSON.stringify(document, null, 2);
  const show = (offset: number, line: number): void => {
    const element = area.current;
    if (element === null) return;
    element.focus();
    element.setSelectionRange(offset, offset);
    element.scrollTop = (line / Math.max(1, text.split("\n").length)) * element.scrollHeight - element.clientHeight / 2;
  };
  const unreadable = edit?.unreadable ?? null;
  const wrong = unreadable !== null || faults.length > 0;
  return (
    <div class="text-editor">
      <Field label="Document as JSON">
        {(ids) => (
          <textarea
            {...ids}
            ref={area}
            class="mono"
            rows={28}
            spellcheck={false}
            readOnly={readOnly}
            aria-invalid={wrong ? true : undefined}
            aria-describedby={`${id}-faults`}
            value={text}
            onInput={(event) => onText(event.currentTarget.value)}
          />
        )}
      </Field>
      <div id={`${id}-faults`}>
        {unreadable === null ? null : <p class="hint hint-error">This is not JSON yet: {unreadable}</p>}
        {unreadable !== null || faults.length === 0 ? null : (
          <ul class="fault-list">
            {faults.map((fault) => {
              const { offset, line } = placeOf(text, fault.pointer);
              return (
                <li key={`${fault.pointer} ${fault.detail}`}>
                  <button type="button" class="button button-small" onClick={() => show(offset, line)}>
                    Line {line}
                  </button>
                  <span class="hint hint-error">
                    {faultText(fault.detail, fault.pointer)} <span class="mono">{fault.pointer}</span>
                  </span>
                </li>
              );
            })}
          </ul>
        )}
      </div>
    </div>
  );
}
