import type { ComponentChildren } from "preact";

/** One column; the first names its row. */
export type Column<Row> = {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Figures stand at the right, in tabular digits. */
  readonly num?: boolean;
  readonly class?: string;
  /** What stands before the value where a row is a card; the title unless told, nothing where null. */
  readonly label?: string | null;
  /** Exact value or denominator, on hover. */
  readonly hint?: (row: Row) => string | undefined;
};

const labelOf = <Row,>({ label, title }: Column<Row>): string | undefined => (label === undefined ? title : (label ?? undefined));
const classOf = <Row,>({ num, class: name }: Column<Row>): string | undefined =>
  [num === true ? "num" : null, name].filter((one) => one != null).join(" ") || undefined;

/** A table of rows that are all alike, on a phone a list of cards. `caption` names it for whoever hears it, unless `captionClass` shows it. */
export function DataTable<Row>({
  caption,
  captionClass = "unseen",
  class: name,
  columns,
  rows,
  keyOf,
  rowClass,
  noteOf,
  busy,
}: {
  caption: string;
  captionClass?: string;
  class: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row, index: number) => string | number;
  rowClass?: (row: Row) => string | undefined;
  /** What stands in the place of a row's cells while it has none; null: it has them. */
  noteOf?: (row: Row) => ComponentChildren | null;
  /** Some of the cells are still being read. */
  busy?: boolean;
}) {
  return (
    <table class={`table cards ${name}`} aria-busy={busy}>
      <caption class={captionClass}>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.title} scope="col" class={classOf(column)}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={keyOf(row, index)} class={rowClass?.(row)}>
            <Cells columns={columns} row={row} note={noteOf?.(row) ?? null} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cells<Row>({ columns, row, note }: { columns: readonly Column<Row>[]; row: Row; note: ComponentChildren | null }) {
  const [name, ...figures] = columns;
  if (name === undefined) return null;
  return (
    <>
      <th scope="row" class={classOf(name)} title={name.hint?.(row)}>
        {name.cell(row)}
      </th>
      {note !== null ? (
        <td colSpan={figures.length} class="quiet wrap">
          {note}
        </td>
      ) : (
        figures.map((column) => (
          <td key={column.title} class={classOf(column)} data-label={labelOf(column)} title={column.hint?.(row)}>
            {column.cell(row)}
          </td>
        ))
      )}
    </>
  );
}
