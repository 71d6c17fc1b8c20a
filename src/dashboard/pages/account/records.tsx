import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Page } from "../../api-types.ts";
import { usePages } from "../../resource.ts";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";

const pageRows = 50;

export type RecordColumn<Item> = {
  readonly title: string;
  readonly numeric?: boolean;
  readonly cell: (item: Item) => ComponentChildren;
};

type RecordsProps<Item> = {
  /** Names the list in sentences and in the cache: "The invoices". */
  what: string;
  id: string;
  turn: number;
  load: (query: { limit: number; cursor: string | null }, signal?: AbortSignal) => Promise<Page<Item>>;
  keyOf: (item: Item) => string;
  columns: readonly RecordColumn<Item>[];
  /** What a reader learns where there is nothing. */
  empty: { readonly title: string; readonly text: string };
};

/** One list of what the account keeps, page by page: the first column names the row, the others are its figures. */
export function Records<Item>({ what, id, turn, load, keyOf, columns, empty }: RecordsProps<Item>) {
  const records = usePages<Item>(`${what} ${id}`, (cursor, signal) => load({ limit: pageRows, cursor }, signal));
  useEffect(() => {
    if (turn > 0) records.reload();
  }, [turn]);
  const [name, ...others] = columns;
  return (
    <Faces of={records} what={what} works="The score above is still current." skeleton={<Skeleton rows={4} />}>
      {(items) =>
        items.length === 0 || name === undefined ? (
          <Empty title={empty.title}>
            <p>{empty.text}</p>
          </Empty>
        ) : (
          <>
            <table class="table records cards">
              <caption class="unseen">{what} of this account</caption>
              <thead>
                <tr>
                  {columns.map((column) => (
                    <th key={column.title} scope="col" class={column.numeric === true ? "num" : undefined}>
                      {column.title}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {items.map((item) => (
                  <tr key={keyOf(item)}>
                    <th scope="row">{name.cell(item)}</th>
                    {others.map((column) => (
                      <td key={column.title} class={column.numeric === true ? "num" : undefined} data-label={column.title}>
                        {column.cell(item)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
            {records.more ? (
              <button type="button" class="button more-button" onClick={records.loadMore} disabled={records.loadingMore}>
                {records.loadingMore ? "Reading…" : "Show more"}
              </button>
            ) : null}
          </>
        )
      }
    </Faces>
  );
}
