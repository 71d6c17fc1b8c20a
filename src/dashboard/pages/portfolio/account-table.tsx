import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AccountRow } from "../../api-types.ts";
import { useRowKeys } from "../../keys.tsx";
import { setQuery } from "../../router.ts";
import { Icon } from "../../ui/icons.tsx";
import { type Column, columns } from "./columns.tsx";
import { defaultSort } from "./portfolio-query.ts";
import type { Marks, Rows } from "./use-rows.ts";

/** As in the style sheet: rows are of one height, so that only those in sight need to exist. */
const rowHeightPx = 36;
const cardHeightPx = 96;
const aheadRows = 12;
const narrow = matchMedia("(max-width: 699px)");

type Span = { readonly first: number; readonly last: number };

/** The rows that are in sight, and some ahead; the page itself scrolls, so that back returns to the same place. */
function useSpan(count: number, heightPx: number) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [span, setSpan] = useState<Span>({ first: 0, last: Math.min(count, 40) });
  useLayoutEffect(() => {
    const measure = (): void => {
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / heightPx) - aheadRows);
      const last = Math.min(count, Math.ceil((innerHeight - top) / heightPx) + aheadRows);
      setSpan((before) => (before.first === first && before.last === last ? before : { first, last: Math.max(first, last) }));
    };
    measure();
    addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    return () => {
      removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  }, [count, heightPx]);
  return { body, first: Math.min(span.first, count), last: Math.min(span.last, count) };
}

function useNarrow(): boolean {
  const [is, setIs] = useState(narrow.matches);
  useEffect(() => {
    const update = (): void => setIs(narrow.matches);
    narrow.addEventListener("change", update);
    return () => narrow.removeEventListener("change", update);
  }, []);
  return is;
}

function HeadCell({ column, sort }: { column: Column; sort: string }) {
  const active = column.sort !== undefined && sort.replace(/^-/, "") === column.sort;
  const descends = sort.startsWith("-");
  const next = active ? (descends ? column.sort : `-${column.sort}`) : column.descendsFirst === true ? `-${column.sort}` : column.sort;
  return (
    <th
      scope="col"
      role="columnheader"
      class={`col-${column.key}${column.numeric === true ? " num" : ""}`}
      aria-sort={active ? (descends ? "descending" : "ascending") : undefined}
    >
      {column.sort === undefined ? (
        column.title
      ) : (
        <button type="button" class="sort" onClick={() => setQuery({ sort: next === defaultSort ? null : (next ?? null) })}>
          {column.title}
          {active ? <Icon name={descends ? "sort" : "sortUp"} /> : null}
        </button>
      )}
    </th>
  );
}

function Row({ row, index, shown, marks }: { row: AccountRow; index: number; shown: readonly Column[]; marks: Marks }) {
  const changed = marks.get(row.id);
  return (
    <tr role="row" aria-rowindex={index + 2}>
      {shown.map((column) => {
        const mark = changed?.has(column.key) === true ? " changed" : "";
        const kind = `col-${column.key}${column.numeric === true ? " num" : ""}${mark}`;
        return column.key === "account" ? (
          <th key={column.key} scope="row" role="rowheader" class={kind}>
            {column.cell(row)}
          </th>
        ) : (
          <td key={column.key} role="cell" class={kind}>
            {column.cell(row)}
          </td>
        );
      })}
    </tr>
  );
}

const Gap = ({ heightPx }: { heightPx: number }) =>
  heightPx <= 0 ? null : (
    <tr
      class="gap"
      aria-hidden="true"
      ref={(element) => {
        element?.style.setProperty("height", `${heightPx}px`);
      }}
    />
  );

export function AccountTable({
  rows,
  items,
  keys,
  sort,
}: {
  rows: Rows;
  items: readonly AccountRow[];
  keys: readonly string[];
  sort: string;
}) {
  const isNarrow = useNarrow();
  const heightPx = isNarrow ? cardHeightPx : rowHeightPx;
  const { body, first, last } = useSpan(items.length, heightPx);
  const shown = columns.filter((column) => keys.includes(column.key));

  useEffect(() => {
    if (rows.more && last > items.length - 2 * aheadRows) rows.loadMore();
  }, [rows.more, last, items.length]);

  const active = useRef(-1);
  const focusRow = useCallback(
    (step: 1 | -1) => {
      const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["row"] : undefined;
      const from = focused === undefined ? active.current : items.findIndex((row) => row.id === focused);
      const to = Math.max(0, Math.min(items.length - 1, from + step));
      active.current = to;
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const y = top + to * heightPx;
      if (y < 80 || y > innerHeight - 2 * heightPx) scrollBy(0, y - innerHeight / 2);
      const goal = (): HTMLElement | null => document.querySelector(`[data-row="${CSS.escape(items[to]?.id ?? "")}"]`);
      // A row far away exists only after the scroll has been measured.
      if (goal() === null) requestAnimationFrame(() => goal()?.focus({ preventScroll: true }));
      else goal()?.focus({ preventScroll: true });
    },
    [items, heightPx],
  );
  useRowKeys(focusRow);

  return (
    <div class={keys.length > 9 ? "table-wrap table-scrolls" : "table-wrap"} aria-busy={rows.loading}>
      <table
        class={`table accounts${rows.loading && rows.error === null ? " table-loading" : ""}`}
        role="table"
        aria-label="Accounts"
        aria-rowcount={(rows.total ?? items.length) + 1}
      >
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            {shown.map((column) => (
              <HeadCell key={column.key} column={column} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody ref={body} role="rowgroup">
          <Gap key="before" heightPx={first * heightPx} />
          {items.slice(first, last).map((row, offset) => (
            <Row key={row.id} row={row} index={first + offset} shown={shown} marks={rows.marks} />
          ))}
          <Gap key="after" heightPx={(items.length - last) * heightPx} />
        </tbody>
      </table>
      {rows.loadingMore ? <p class="table-foot quiet">Reading more…</p> : null}
    </div>
  );
}
