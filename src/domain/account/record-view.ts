import type { NoteKind } from "./notes.ts";
import { fieldsAt } from "./records.ts";
import type { AccountRecord, RecordFields, RecordKind } from "./state.ts";

/** A record as it is known now, for lists. */
export type RecordView = {
  readonly key: string;
  readonly recordId: string;
  /** Connection that told it, or `native`. */
  readonly scope: string;
  readonly fields: RecordFields;
  /** Each status (of deals: stage) and since when, oldest first. Epoch ms. */
  readonly history: readonly { readonly value: string; readonly at: number }[];
  /** Told beginning, else the first that was heard. */
  readonly createdAt: number | null;
  readonly updatedAt: number;
};
export type RecordPage = { readonly limit: number; readonly after?: string };
export type ListedKind = Exclude<RecordKind, "contact" | "payment" | "survey" | "goal" | NoteKind>;

/** A page of records, the latest change first; null when `after` is none of them. */
export function recordPage(
  records: Iterable<AccountRecord>,
  { limit, after }: RecordPage,
  historyField: "status" | "stage",
): readonly RecordView[] | null {
  const all = [...records].sort((a, b) => b.updatedAt - a.updatedAt || (a.key < b.key ? -1 : 1));
  const start = after === undefined ? 0 : all.findIndex(({ key }) => key === after) + 1;
  if (after !== undefined && start === 0) return null;
  return all.slice(start, start + limit).map((record) => toView(record, historyField));
}

function toView(record: AccountRecord, historyField: string): RecordView {
  const { key, recordId, observations, beganAt, updatedAt } = record;
  const history: { value: string; at: number }[] = [];
  for (const { at, fields } of observations) {
    const value = fields[historyField];
    if (typeof value === "string" && value !== history.at(-1)?.value) history.push({ value, at });
  }
  return {
    key,
    recordId,
    scope: key.slice(0, key.length - recordId.length - 1),
    fields: fieldsAt(record, Infinity) ?? {},
    history,
    createdAt: beganAt ?? observations[0]?.at ?? null,
    updatedAt,
  };
}
