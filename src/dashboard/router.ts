import { useEffect, useState } from "preact/hooks";

/** The address bar is the page's state: path, filters, ranges and tabs all live in it, so that back works and links can be shared. */
export type Place = { readonly path: string; readonly query: URLSearchParams };

const listeners = new Set<() => void>();
const currentPlace = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });

const announce = (): void => {
  for (const listener of listeners) listener();
};

export function navigate(url: string, how: "push" | "replace" = "push"): void {
  if (url === location.pathname + location.search) return;
  const pathBefore = location.pathname;
  history[how === "push" ? "pushState" : "replaceState"](null, "", url);
  if (location.pathname !== pathBefore) scrollTo(0, 0);
  announce();
  // A section of the page that has just been asked for exists only after it is drawn.
  if (location.hash !== "") setTimeout(() => document.getElementById(location.hash.slice(1))?.scrollIntoView(), 50);
}

export function usePlace(): Place {
  const [place, setPlace] = useState(currentPlace);
  useEffect(() => {
    const update = (): void => setPlace(currentPlace());
    listeners.add(update);
    update();
    return () => void listeners.delete(update);
  }, []);
  return place;
}

type QueryChanges = Readonly<Record<string, string | readonly string[] | null>>;

/** Changes some query parameters and keeps the others; an empty text removes one (in a list it stands: "without a segment"). Filters replace (they are one visit), tabs push. */
export function setQuery(changes: QueryChanges, how: "push" | "replace" = "replace"): void {
  navigate(hrefWith(changes), how);
}

/** The address of this page with some query parameters changed: for links, which can be opened in a new tab. */
export function hrefWith(changes: QueryChanges): string {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name);
    for (const one of value === null || value === "" ? [] : typeof value === "string" ? [value] : value) query.append(name, one);
  }
  const text = query.toString();
  return text === "" ? location.pathname : `${location.pathname}?${text}`;
}

const isPlainClick = (event: MouseEvent): boolean =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey && !event.defaultPrevented;

/** Links between pages are plain `<a href>`: this takes the plain clicks and leaves new tabs, downloads and other hosts to the browser. */
export function startRouter(): void {
  addEventListener("popstate", announce);
  document.addEventListener("click", (event) => {
    const anchor = event.target instanceof Element ? event.target.closest("a") : null;
    if (anchor === null || !isPlainClick(event) || anchor.target !== "" || anchor.hasAttribute("download")) return;
    const url = new URL(anchor.href, location.href);
    if (url.origin !== location.origin || url.pathname.startsWith("/api/") || (url.hash !== "" && url.pathname === location.pathname))
      return;
    event.preventDefault();
    navigate(url.pathname + url.search + url.hash);
  });
}

export const accountPath = (id: string): string => `/accounts/${encodeURIComponent(id)}`;
export const deliveryPath = (id: string): string => `/deliveries/${encodeURIComponent(id)}`;
/** An event where it counts: in the timeline of its account. */
export const eventPath = (accountId: string, eventId: string): string =>
  `${accountPath(accountId)}?tab=timeline&event=${encodeURIComponent(eventId)}`;
