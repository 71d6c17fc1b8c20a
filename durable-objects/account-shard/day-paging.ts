import { dayKept } from "../../src/domain/account/buckets.ts";
import { groupOf, toGroupPage } from "../../src/domain/account/day-group.ts";
import type { DayRecord } from "../../src/domain/account/day-record.ts";
import type { FoldedAccount } from "../../src/domain/account/folded.ts";
import { dayGroupBytesMax } from "../../src/domain/limits.ts";
import { groupPart, PageKind, type PageStore } from "./page-store.ts";

/**
 * Writes the days that have changed, inside a transaction: a small group of neighbouring days as one page, each day of a larger one as its own.
 * Of pages with days that are kept no more a bounded number is deleted each time.
 *
 * @returns bytes written
 */
export function writeDays(pages: PageStore, account: number, { days, today }: FoldedAccount): number {
  pages.removeDaysBefore(account, dayKept(today));
  const groups = new Map<number, DayRecord[]>();
  for (const [day, record] of days) if (record.changed) groups.set(groupOf(day), []);
  if (groups.size === 0) return 0;
  for (const [day, record] of days) groups.get(groupOf(day))?.push(record);
  let bytes = 0;
  for (const [group, records] of groups) {
    const packed = records.map((record) => ({ record, day: record.day, page: record.toPage() }));
    bytes += isSmall(packed)
      ? writeTogether(pages, { account, group, today }, packed)
      : writeApart(pages, { account, group, today }, packed);
  }
  return bytes;
}

type Packed = { readonly record: DayRecord; readonly day: number; readonly page: Uint8Array };
type Where = { readonly account: number; readonly group: number; readonly today: number };

/** Days that lie apart come together again when they have shrunk to half the bound, so that they do not go to and fro. */
function isSmall(packed: readonly Packed[]): boolean {
  const bytesMax = packed.some(({ record }) => record.place === "own") ? dayGroupBytesMax / 2 : dayGroupBytesMax;
  return packed.reduce((sum, { page }) => sum + page.length, 0) <= bytesMax;
}

function writeTogether(pages: PageStore, { account, group, today }: Where, packed: readonly Packed[]): number {
  const body = toGroupPage(group, packed);
  pages.write(account, PageKind.day, groupPart(group), body);
  let at = body.length - packed.reduce((sum, { page }) => sum + page.length, 0);
  for (const { record, day, page } of packed) {
    if (record.place === "own") pages.writeDay(account, day, null);
    // All in the one new buffer, so that those of earlier writes can go.
    record.written(body.subarray(at, (at += page.length)), { place: "group", keepOpen: day >= today - 1 });
  }
  return body.length;
}

function writeApart(pages: PageStore, { account, group, today }: Where, packed: readonly Packed[]): number {
  const wasTogether = packed.some(({ record }) => record.place === "group");
  if (wasTogether) pages.write(account, PageKind.day, groupPart(group), null);
  let bytes = 0;
  for (const { record, day, page } of packed) {
    if (!record.changed && !wasTogether) continue;
    pages.writeDay(account, day, page);
    record.written(page, { place: "own", keepOpen: day >= today - 1 });
    bytes += page.length;
  }
  return bytes;
}
