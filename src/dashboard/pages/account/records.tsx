import { useEffect } from "preact/hooks";
import type { Page } from "../../api-types.ts";
import { usePages } from "../../resource.ts";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { More, Waiting } from "../../ui/more.tsx";

const pageRows = 50;

type RecordsProps<Item> = {
  /** Names the list in sentences and in the cache: "The invoices". */
  what: string;
  id: string;
  turn: number;
  load: (query: { limit: number; cursor: string | null }, signal?: AbortSignal) => Promise<Page<Item>>;
  keyOf: (item: Item) => string;
  columns: readonly Column<Item>[];
  /** What a reader learns where there is nothing. */
  empty: { readonly title: string; readonly text: string };
};

/** One list of what the account keeps, page by page: the first column names the row, the others are its figures. */
export function Records<Item>({ what, id, turn, load, keyOf, columns, empty }: RecordsProps<Item>) {
  const records = usePages<Item>(`${what} ${id}`, (cursor, signal) => load({ limit: pageRows, cursor }, signal));
  useEffect(() => {
    if (turn > 0) records.refresh();
  }, [turn]);
  return (
    <Faces of={records} what={what} works="The score above is still current." skeleton={<Skeleton rows={4} />}>
      {(items) =>
        items.length === 0 ? (
          <Empty title={empty.title}>
            <p>{empty.text}</p>
          </Empty>
        ) : (
          <>
            <Waiting of={records} />
            <DataTable class="records" caption={`${what} of this account`} columns={columns} rows={items} keyOf={keyOf} />
            <More of={records} />
          </>
        )
      }
    </Faces>
  );
}
