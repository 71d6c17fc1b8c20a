import { takeChangedRecordPages, toHeadPage } from "../../src/domain/account/account-pages.ts";
import type { IdPageKind } from "../../src/domain/account/id-set.ts";
import { fromIndexPage, toIndexPage, type JournalRef } from "../../src/domain/account/journal-index.ts";
import { journalIndexEntriesMax } from "../../src/domain/limits.ts";
import { invariant } from "../../src/domain/result.ts";
import { writeDays } from "./day-paging.ts";
import type { Entry, Loaded } from "./entry.ts";
import { PageKind, type PageStore } from "./page-store.ts";

const idKinds: Readonly<Record<IdPageKind, PageKind>> = { open: PageKind.openIds, sealed: PageKind.sealedIds, filter: PageKind.idFilter };

/** Every row with events of the account, oldest first; unless `all`, not those it gave away when it was merged. */
export function refsOf(pages: PageStore, entry: Entry, all: boolean): JournalRef[] {
  const indexed = pages.readIndex(entry.number, false).flatMap(({ body }) => readIndexPage(body));
  const last = indexed.at(-1)?.seq ?? 0;
  const leftSeq = all ? 0 : (entry.merged?.leftSeq ?? 0);
  return [...indexed, ...entry.tail.filter(({ seq }) => seq > last)].filter(({ seq }) => seq > leftSeq);
}

function readIndexPage(body: Uint8Array): readonly JournalRef[] {
  const refs = fromIndexPage(body);
  invariant(refs !== null, "an index page has an unknown layout");
  return refs;
}

/**
 * Writes what has changed of an account since its pages were written, inside a transaction.
 *
 * @param lastSeq of the newest journal row: everything up to it is in the pages then
 * @returns bytes of the days and ids that were written: what paging this account costs
 */
export function writePages(pages: PageStore, entry: Entry, { state, ids, scoreLine }: Loaded, lastSeq: number): number {
  const { number } = entry;
  if (entry.pagesAreOld) pages.removeDerived(number);
  const bytes = writeFacts(pages, number, { state, ids });
  writeIndex(pages, entry);
  // Last, because packing days may have named metrics that the head keeps the names of.
  pages.write(number, PageKind.head, 0, toHeadPage(state, { pagedSeq: lastSeq, scoreLine }));
  return bytes;
}

/** What has changed beside the head, which must be made after it; gives the bytes of days and ids. */
export function writeFacts(pages: PageStore, number: number, { state, ids }: Pick<Loaded, "state" | "ids">): number {
  let bytes = writeDays(pages, number, state);
  for (const { part, body } of takeChangedRecordPages(state)) pages.write(number, PageKind.records, part, body);
  for (const { kind, part, body } of ids.takeChangedPages(state.today)) {
    bytes += body?.byteLength ?? 0;
    pages.write(number, idKinds[kind], part, body);
  }
  return bytes;
}

function writeIndex(pages: PageStore, entry: Entry): void {
  if (entry.tail.length === 0) return;
  const last = pages.readIndex(entry.number, true)[0];
  const known = last === undefined ? [] : readIndexPage(last.body);
  const indexedSeq = known.at(-1)?.seq ?? 0;
  const refs = [...known, ...entry.tail.filter(({ seq }) => seq > indexedSeq)];
  for (let from = 0, part = last?.part ?? 0; from < refs.length; from += journalIndexEntriesMax, part++) {
    pages.write(entry.number, PageKind.index, part, toIndexPage(refs.slice(from, from + journalIndexEntriesMax)));
  }
}
