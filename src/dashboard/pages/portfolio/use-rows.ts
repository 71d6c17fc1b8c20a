import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { AccountRow } from "../../api-types.ts";
import { useNews } from "../../live.ts";
import { type PagedResource, usePages } from "../../resource.ts";
import { announce } from "../../ui/announcer.tsx";
import { changedColumns, movesInOrder } from "./columns.tsx";
import { type PortfolioQuery, isNewer, mayBelong, toAccountsQuery } from "./portfolio-query.ts";

const pageRows = 100;
/** Changes are shown in gusts of this length: 20 a second would be one rendering each. */
const gustMs = 250;
const markedMs = 2000;

/** The columns in which rows, by account, changed just now. */
export type Marks = ReadonlyMap<string, ReadonlySet<string>>;
export type Rows = PagedResource<AccountRow> & {
  readonly total: number | null;
  readonly asOf: string | null;
  readonly marks: Marks;
  /** Accounts that changed so that the order is no longer what it says. */
  readonly unsorted: number;
  readonly resort: () => void;
};

/**
 * The list, kept live: figures change in place, rows never move by themselves (the person's pointer is on one);
 * what would move is counted and waits for the re-sort button.
 */
export function useRows(query: PortfolioQuery): Rows {
  const [head, setHead] = useState<{ total: number; asOf: string } | null>(null);
  const [marks, setMarks] = useState<Marks>(new Map());
  const [unsorted, setUnsorted] = useState<ReadonlySet<string>>(new Set());
  const key = `accounts ${JSON.stringify(query)}`;
  const pages = usePages<AccountRow>(
    key,
    async (cursor, signal) => {
      const page = await api.accounts({ ...toAccountsQuery(query), limit: pageRows, cursor }, signal);
      setHead({ total: page.total, asOf: page.asOf });
      return page;
    },
    true,
  );
  useEffect(() => setUnsorted(new Set()), [key, pages.loadedAt]);

  const rowsRef = useRef<readonly AccountRow[]>([]);
  rowsRef.current = pages.data ?? [];
  const queryRef = useRef(query);
  queryRef.current = query;
  const gust = useRef(new Map<string, AccountRow>());
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);

  const show = (): void => {
    timer.current = null;
    const news = new Map(gust.current);
    gust.current.clear();
    const marked = new Map<string, ReadonlySet<string>>();
    const moved = new Set<string>();
    const seen = new Set<string>();
    for (const row of rowsRef.current) {
      const after = news.get(row.id);
      if (after === undefined) continue;
      seen.add(row.id);
      if (!isNewer(after, row)) continue;
      marked.set(row.id, changedColumns(row, after));
      if (movesInOrder(queryRef.current.sort, row, after)) moved.add(row.id);
    }
    for (const row of news.values()) if (!seen.has(row.id) && mayBelong(queryRef.current, row)) moved.add(row.id);
    if (marked.size > 0) {
      pages.change((rows) => rows.map((row) => (marked.has(row.id) ? (news.get(row.id) ?? row) : row)));
      setMarks((before) => new Map([...before, ...marked]));
      setTimeout(() => setMarks((before) => new Map([...before].filter(([id, keys]) => marked.get(id) !== keys))), markedMs);
      announce(marked.size === 1 ? "One account changed" : `${marked.size} accounts changed`);
    }
    if (moved.size > 0) setUnsorted((before) => new Set([...before, ...moved]));
  };

  useNews((news) => {
    if (news.type === "reset") pages.reload();
    if (news.type !== "account.changed") return;
    const waiting = gust.current.get(news.accountId);
    if (waiting === undefined || isNewer(news.data, waiting)) gust.current.set(news.accountId, news.data);
    timer.current ??= setTimeout(show, gustMs);
  }, []);
  useEffect(() => () => clearTimeout(timer.current ?? undefined), []);

  return { ...pages, total: head?.total ?? null, asOf: head?.asOf ?? null, marks, unsorted: unsorted.size, resort: pages.reload };
}
