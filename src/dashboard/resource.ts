import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api.ts";

/** What a page reads: its four faces are loading (no data), failed (no data, an error), stale (data and an error), and shown. */
export type Resource<Data> = {
  readonly data: Data | null;
  /** When `data` was read, epoch ms by this machine's clock. */
  readonly loadedAt: number | null;
  readonly error: ApiError | null;
  /** Since when it fails. */
  readonly failedAt: number | null;
  readonly loading: boolean;
  readonly reload: () => void;
  readonly change: (update: (data: Data) => Data) => void;
};

type Entry = { data: unknown; loadedAt: number };
/** What was read last per key, so that going back shows the page at once and refreshes it behind. */
const cache = new Map<string, Entry>();
const cacheEntriesMax = 60;

function remember(key: string, data: unknown): Entry {
  const entry = { data, loadedAt: Date.now() };
  cache.delete(key);
  cache.set(key, entry);
  for (const oldest of cache.keys()) {
    if (cache.size <= cacheEntriesMax) break;
    cache.delete(oldest);
  }
  return entry;
}

/** Signing out must leave nothing to look at. */
export const forgetEverything = (): void => cache.clear();

const retryMs = 10_000;

const asApiError = (cause: unknown): ApiError =>
  cause instanceof ApiError ? cause : new ApiError({ status: 0, title: "This page could not read the answer", detail: String(cause) });

type State<Data> = {
  key: string | null;
  data: Data | null;
  loadedAt: number | null;
  error: ApiError | null;
  failedAt: number | null;
  loading: boolean;
};

/**
 * Reads `load` whenever `key` changes, and again by `reload`. Failures that pass by themselves are tried again each 10 s.
 *
 * @param key names what is read; null reads nothing
 * @param keep shows the former key's data until the new arrive (filters of one list), instead of a skeleton
 */
export function useResource<Data>(key: string | null, load: (signal: AbortSignal) => Promise<Data>, keep = false): Resource<Data> {
  const start = (from: Data | null): State<Data> => {
    const known = key === null ? undefined : cache.get(key);
    return {
      key,
      data: known === undefined ? from : (known.data as Data),
      loadedAt: known?.loadedAt ?? null,
      error: null,
      failedAt: null,
      loading: key !== null,
    };
  };
  const [state, setState] = useState<State<Data>>(() => start(null));
  const loadRef = useRef(load);
  loadRef.current = load;
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    if (key === null) {
      setState(start(null));
      return;
    }
    const controller = new AbortController();
    let retry: ReturnType<typeof setTimeout> | undefined;
    setState((before) => (before.key === key ? { ...before, loading: true } : start(keep ? before.data : null)));
    loadRef.current(controller.signal).then(
      (data) => {
        if (controller.signal.aborted) return;
        setState({ key, data, loadedAt: remember(key, data).loadedAt, error: null, failedAt: null, loading: false });
      },
      (cause: unknown) => {
        if (controller.signal.aborted) return;
        const error = asApiError(cause);
        setState((before) => ({ ...before, error, failedAt: before.failedAt ?? Date.now(), loading: false }));
        if (error.passes) retry = setTimeout(() => setTurn((count) => count + 1), error.retryAfterMs ?? retryMs);
      },
    );
    return () => {
      controller.abort();
      clearTimeout(retry);
    };
  }, [key, turn]);

  const reload = useCallback(() => setTurn((count) => count + 1), []);
  const change = useCallback((update: (data: Data) => Data) => {
    setState((before) => {
      if (before.data === null || before.key === null) return before;
      const data = update(before.data);
      const entry = cache.get(before.key);
      if (entry !== undefined) entry.data = data;
      return { ...before, data };
    });
  }, []);
  // Between the change of the key and the effect that reads it, the former key's figures must not stand under the new name.
  const shown = state.key === key || keep ? state : start(null);
  return {
    data: shown.data,
    loadedAt: shown.loadedAt,
    error: shown.error,
    failedAt: shown.failedAt,
    loading: shown.loading,
    reload,
    change,
  };
}

/** A list read page by page: the first again when `key` changes, further ones on demand. */
export type PagedResource<Item> = Resource<readonly Item[]> & {
  readonly more: boolean;
  readonly loadingMore: boolean;
  /** Why the next page could not be read, until it is asked for again. */
  readonly moreError: ApiError | null;
  readonly loadMore: () => void;
  /** What is new or another in the first page while older pages stand below it; `reload` shows it. Where that is the whole page there may be more. */
  readonly waiting: { readonly items: number; readonly isWholePage: boolean };
  /** For news: reads the list again where only its first page is shown, else only counts what waits. What a person reads further down stays. */
  readonly refresh: () => void;
};

type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null };
/** `pages`: how many of them `items` are. */
type Pages<Item> = Page<Item> & { readonly pages: number };

const nothingWaits: PagedResource<unknown>["waiting"] = { items: 0, isWholePage: false };

/** What of a page does not stand in the list as it is. */
function newIn<Item>(page: readonly Item[], list: readonly Item[]): PagedResource<unknown>["waiting"] {
  const known = new Set(list.map((item) => JSON.stringify(item)));
  const items = page.filter((item) => !known.has(JSON.stringify(item))).length;
  return { items, isWholePage: items > 0 && items === page.length };
}

export function usePages<Item>(
  key: string | null,
  load: (cursor: string | null, signal?: AbortSignal) => Promise<Page<Item>>,
  keep = false,
): PagedResource<Item> {
  const first = useResource<Pages<Item>>(key, async (signal) => ({ ...(await load(null, signal)), pages: 1 }), keep);
  const [further, setFurther] = useState<{ loading: boolean; error: ApiError | null }>({ loading: false, error: null });
  const [waiting, setWaiting] = useState(nothingWaits);
  useEffect(() => setWaiting(nothingWaits), [key, first.loadedAt]);
  const nextCursor = first.data?.nextCursor ?? null;
  const loadRef = useRef(load);
  loadRef.current = load;
  const shown = useRef({ key, first, further });
  shown.current = { key, first, further };
  const loadMore = useCallback(() => {
    if (nextCursor === null || further.loading) return;
    setFurther({ loading: true, error: null });
    loadRef.current(nextCursor).then(
      (page) => {
        // A reload meanwhile began the list anew: this page would not fit behind it.
        first.change((data) =>
          data.nextCursor === nextCursor ? { ...page, items: [...data.items, ...page.items], pages: data.pages + 1 } : data,
        );
        setFurther({ loading: false, error: null });
      },
      (cause: unknown) => setFurther({ loading: false, error: asApiError(cause) }),
    );
  }, [nextCursor, further.loading]);
  const refresh = useCallback(() => {
    const { key: asked, first: before, further: under } = shown.current;
    // A page under way would have to be asked for again, and with news each second for ever.
    if (before.data === null || (before.data.pages === 1 && !under.loading)) return before.reload();
    loadRef.current(null).then(
      ({ items }) => {
        const { key: now, first: after } = shown.current;
        // Another list, or the same begun anew, has nothing waiting.
        if (now === asked && after.data !== null && after.data.pages > 1) setWaiting(newIn(items, after.data.items));
      },
      // The next news ask again.
      () => {},
    );
  }, []);
  const change = useCallback(
    (update: (items: readonly Item[]) => readonly Item[]) => first.change((data) => ({ ...data, items: update(data.items) })),
    [],
  );
  return {
    ...first,
    data: first.data?.items ?? null,
    change,
    more: nextCursor !== null,
    loadingMore: further.loading,
    moreError: further.error,
    loadMore,
    waiting,
    refresh,
  };
}
