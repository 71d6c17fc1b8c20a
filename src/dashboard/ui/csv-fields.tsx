import { Field } from "./controls.tsx";

/** Rows of CSV, from a file or pasted: a file's text replaces what stands in the field, and can be mended there. */
export function CsvFields({
  text,
  onText,
  hint,
  example,
}: {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly hint: string;
  readonly example: string;
}) {
  return (
    <>
      <Field label="File" hint={hint}>
        {(ids) => (
          <input
            {...ids}
            type="file"
            accept=".csv,text/csv"
            onChange={(event) => void event.currentTarget.files?.[0]?.text().then(onText)}
          />
        )}
      </Field>
      <Field label="Or paste the rows">
        {(ids) => (
          <textarea
            {...ids}
            class="mono"
            rows={8}
            spellcheck={false}
            placeholder={example}
            value={text}
            onInput={(event) => onText(event.currentTarget.value)}
          />
        )}
      </Field>
    </>
  );
}
