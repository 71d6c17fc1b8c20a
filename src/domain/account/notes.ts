import type { Event } from "../event.ts";
import { listedTasksCharsMax } from "../limits.ts";
import { type FoldedAccount, type FoldedRecord, shelfOf } from "./folded.ts";
import { recordFor } from "./records.ts";
import type { AccountRecord, RecordFields, RecordObservation } from "./state.ts";

/**
 * Notes and tasks: what the people who look after an account keep about it. They move no score and count in no figure.
 *
 * Each write tells the whole note or task as it is from then on, under a revision that rises with each change; the greatest revision counts,
 * whatever the order of arrival. A deleted one stays as an empty mark until its place is needed, so that nothing late brings it back.
 * What is written about an account that was merged into another is kept with the other, like its people and its contracts.
 */
export type NoteKind = "note" | "task";

/** Who wrote: a token, and the name it had then. */
export type Writer = { readonly id: string; readonly name: string };
type Written = {
  readonly revision: number;
  /** Epoch ms, our clock. */
  readonly createdAt: number;
  readonly createdBy: Writer;
  readonly updatedAt: number;
  readonly updatedBy: Writer;
};
export type Note = Written & { readonly id: string; readonly text: string };
export type Task = Written & {
  readonly id: string;
  readonly title: string;
  /** A date, `2026-12-01`. */
  readonly due: string | null;
  readonly assignee: string | null;
  readonly done: { readonly at: number; readonly by: Writer } | null;
};
/** What a write says of one: all of it, or that it is gone. */
export type NoteWrite = Note | Task | (Pick<Note, "id" | "revision" | "updatedBy"> & { readonly deleted: true });

/** Takes in the parts `note` and `task` of a write of a person. Anything else than what the API writes is left out. */
export function foldNotes(state: FoldedAccount, event: Event): void {
  for (const kind of ["note", "task"] as const) {
    const said = event.data[kind];
    if (typeof said !== "object" || said === null) continue;
    const write = said as Partial<NoteWrite>;
    if (typeof write.id !== "string" || typeof write.revision !== "number") continue;
    const record = recordFor(state, kind, write.id, write.id, event.occurredAt);
    if (record === null) continue;
    put(record, { at: event.occurredAt, tie: event.id, fields: fieldsOf(write as NoteWrite) });
    shelfOf(state, kind).changedSlots.add(record.slot);
  }
}

/** As text: fields of a record are plain values. What room is made by stands beside it. */
function fieldsOf(write: NoteWrite): RecordFields {
  const { revision } = write;
  if ("deleted" in write) return { revision, deleted: true };
  return { revision, json: JSON.stringify(write), ...("title" in write && { status: write.done === null ? "open" : "done" }) };
}

/** A record of these kinds holds its last write alone. */
function put(record: FoldedRecord, next: RecordObservation): void {
  const [known] = record.observations;
  if (known !== undefined && compare(next, known) <= 0) return;
  record.observations = [next];
  record.updatedAt = next.at;
}

const revisionOf = ({ fields }: RecordObservation): number => fields["revision"] as number;
const compare = (a: RecordObservation, b: RecordObservation): number =>
  revisionOf(a) - revisionOf(b) || a.at - b.at || (a.tie > b.tie ? 1 : -1);

/** About what the texts of an account's notes occupy beside their records. */
export function noteBytes(records: ReadonlyMap<string, AccountRecord>): number {
  let bytes = 0;
  for (const { observations } of records.values()) bytes += 2 * String(observations[0]?.fields["json"] ?? "").length;
  return bytes;
}

/** Open tasks as lists over accounts know them: what is due first, as far as there is room. */
export type OpenTasks = {
  readonly listed: readonly Task[];
  /** Of the account, beside those that are listed. */
  readonly leftOut: number;
};

/** Null where nothing is to be done. A change bears them, so they must fit into a message of its queue. */
export function openTasksOf(state: Pick<FoldedAccount, "records">): OpenTasks | null {
  const open = sorted(written(state, "task").filter((one) => statusOf(one) === "open")) as Task[];
  if (open.length === 0) return null;
  let chars = 0;
  const full = open.findIndex((task) => (chars += JSON.stringify(task).length) > listedTasksCharsMax);
  const listed = full < 0 ? open : open.slice(0, full);
  return { listed, leftOut: open.length - listed.length };
}

export type NoteQuery = {
  readonly kind: NoteKind;
  readonly limit: number;
  /** Id of the last one of the page before. */
  readonly after?: string;
  /** Tasks only. */
  readonly status?: "open" | "done";
};
export type NoteList = {
  readonly items: readonly (Note | Task)[];
  /** Of all pages. */
  readonly total: number;
};

/** Notes, newest first; tasks, open ones by when they are due (without a date last), then done ones, done last first. Null: `after` is none. */
export function noteList(state: Pick<FoldedAccount, "records">, { kind, limit, after, status }: NoteQuery): NoteList | null {
  const all = sorted(written(state, kind).filter((one) => status === undefined || statusOf(one) === status));
  const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
  return after !== undefined && start === 0 ? null : { items: all.slice(start, start + limit), total: all.length };
}

/** One of them as it is now; null where there is none, or none any more. */
export function noteOf({ records }: Pick<FoldedAccount, "records">, kind: NoteKind, id: string): Note | Task | null {
  const json = records.get(kind)?.get(id)?.observations[0]?.fields["json"];
  return typeof json === "string" ? (JSON.parse(json) as Note | Task) : null;
}

const written = (state: Pick<FoldedAccount, "records">, kind: NoteKind): (Note | Task)[] =>
  [...(state.records.get(kind)?.keys() ?? [])].flatMap((id) => noteOf(state, kind, id) ?? []);

const sorted = (all: readonly (Note | Task)[]): readonly (Note | Task)[] =>
  all.toSorted((a, b) => (isTask(a) && isTask(b) ? compareTasks(a, b) : 0) || b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));

const isTask = (one: Note | Task): one is Task => "title" in one;
const statusOf = (one: Note | Task): "open" | "done" => (isTask(one) && one.done !== null ? "done" : "open");
/** After every date. */
const NO_DATE = "9999";
const compareTasks = (a: Task, b: Task): number => {
  if (a.done !== null || b.done !== null) return (b.done?.at ?? Infinity) - (a.done?.at ?? Infinity) || 0;
  return a.due === b.due ? 0 : (a.due ?? NO_DATE) < (b.due ?? NO_DATE) ? -1 : 1;
};
