import { fromPages, toPages } from "../account/account-pages.ts";
import { foldVersion } from "../account/fold.ts";
import type { FoldedAccount } from "../account/folded.ts";
import { fromBase64, toBase64 } from "../base64.ts";
import type { SourceReach } from "../source-reach.ts";
import type { AccountMarks } from "./messages.ts";

/**
 * What an account's archived lines amount to up to a journal row: recomputed, never copied from the account itself, so that each night's check
 * stands on the archive alone. JSON: the pages of the state, those of days in base64.
 */
const LAYOUT = 1;

type Stored = {
  readonly layout: number;
  readonly foldVersion: number;
  readonly seq: number;
  readonly marks: AccountMarks;
  readonly head: string;
  readonly days: readonly (readonly [day: number, body: string])[];
  readonly records: readonly string[];
};

export function toCheckpoint(state: FoldedAccount, seq: number, marks: AccountMarks): string {
  const { head, days, records } = toPages(state, seq);
  const stored: Stored = {
    layout: LAYOUT,
    foldVersion,
    seq,
    marks,
    head,
    days: days.map(({ day, body }) => [day, toBase64(body)]),
    records,
  };
  return JSON.stringify(stored);
}

/**
 * Null where the state cannot go on from there: another fold or layout wrote it, or events have left the account since, so that it must be
 * recomputed from its first line.
 */
export function fromCheckpoint(
  id: string,
  text: string,
  marks: AccountMarks,
  sources: SourceReach,
): { readonly state: FoldedAccount; readonly seq: number } | null {
  const stored = JSON.parse(text) as Stored;
  if (stored.layout !== LAYOUT || stored.foldVersion !== foldVersion) return null;
  if (JSON.stringify(stored.marks) !== JSON.stringify(marks)) return null;
  const days = stored.days.map(([day, body]) => ({ day, body: fromBase64(body) }));
  const paged = fromPages(id, { head: stored.head, days, records: stored.records }, sources);
  return paged === null ? null : { state: paged.state, seq: stored.seq };
}
