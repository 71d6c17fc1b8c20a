/** A choice of a few, all of them in sight. `chosen` may be none of them. */
export function Segments<Key extends string>({
  label,
  options,
  chosen,
  onChoose,
}: {
  label: string;
  options: readonly { readonly key: Key; readonly word: string }[];
  chosen: string | null;
  onChoose: (key: Key) => void;
}) {
  return (
    <div class="segments" role="group" aria-label={label}>
      {options.map(({ key, word }) => (
        <button key={key} type="button" aria-pressed={key === chosen} onClick={() => onChoose(key)}>
          {word}
        </button>
      ))}
    </div>
  );
}

const views = [
  { key: "chart", word: "Chart" },
  { key: "table", word: "Table" },
] as const;

/** The same figures as a chart or as a table. */
export const ChartOrTable = ({ asTable, onChoose }: { asTable: boolean; onChoose: (asTable: boolean) => void }) => (
  <Segments label="Show as" options={views} chosen={asTable ? "table" : "chart"} onChoose={(key) => onChoose(key === "table")} />
);
