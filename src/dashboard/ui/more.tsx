import { countText, plural } from "../format.ts";
import type { PagedResource } from "../resource.ts";
import { ActionError } from "./controls.tsx";
import { Icon } from "./icons.tsx";

type Of = { readonly of: Pick<PagedResource<unknown>, "more" | "loadMore" | "loadingMore" | "moreError"> };

/** Below a list: reads its next page. Nothing where there is none. */
export function More({ of, word = "Show more" }: Of & { word?: string }) {
  if (!of.more) return null;
  return (
    <>
      <ActionError error={of.moreError} />
      <button type="button" class="button more-button" onClick={of.loadMore} disabled={of.loadingMore}>
        {of.loadingMore ? "Reading…" : word}
      </button>
    </>
  );
}

/** Above a list of which older pages are read: what has come or changed meanwhile, which waits so that nobody's place is lost. */
export function Waiting({ of }: { of: Pick<PagedResource<unknown>, "waiting" | "reload"> }) {
  const { items, isWholePage } = of.waiting;
  if (items === 0) return null;
  return (
    <button
      type="button"
      class="button button-news"
      onClick={of.reload}
      title="The list stays as it is while older pages are read. This begins it anew."
    >
      <Icon name="refresh" /> {isWholePage ? `${countText(items)} changes or more` : plural(items, "change")}
    </button>
  );
}
