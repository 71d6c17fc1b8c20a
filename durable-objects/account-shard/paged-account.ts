import { fromPages } from "../../src/domain/account/account-pages.ts";
import { IdSet } from "../../src/domain/account/id-set.ts";
import type { SourceReach } from "../../src/domain/source-reach.ts";
import { reportLine } from "../../src/platform/report.ts";
import type { Entry, Loaded } from "./entry.ts";
import type { PageStore } from "./page-store.ts";

type Paged = { readonly loaded: Loaded; readonly pagedSeq: number };

/**
 * What an account's pages say of it. `useless`: other code wrote one of them, or it cannot be read, which is told. Pages are derived, so the account
 * is then folded from its journal: with a damaged page its events would wait for ever, and what goes through all accounts of a shard would fail at it.
 *
 * @param place the number under which the pages lie, and those of sealed ids, which are read later, by then
 */
export function readPaged(
  { id }: Entry,
  place: { readonly number: number },
  { pages, sources }: { readonly pages: PageStore; readonly sources: SourceReach },
): Paged | "none" | "useless" {
  try {
    const read = pages.readAccount(place.number);
    if (read.pages === null) return "none";
    const paged = fromPages(id, read.pages, sources);
    const ids = IdSet.fromPages(read.openIds, read.idFilters, (part) => pages.readSealedIds(place.number, part));
    if (paged === null || ids === null) return "useless";
    const { state, head } = paged;
    return { loaded: { state, ids, scoreLine: head.scoreLine }, pagedSeq: head.pagedSeq };
  } catch (error) {
    reportLine("account_pages_unreadable", { account: id, error: String(error) });
    return "useless";
  }
}
