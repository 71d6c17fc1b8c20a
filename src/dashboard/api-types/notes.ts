import type { Note as KnownNote, Task as KnownTask, Writer } from "../../domain/account/notes.ts";
import type { Band } from "../../domain/health/document.ts";
import type { Page, Told } from "./common.ts";

export type { Writer };

export type Note = Told<Omit<KnownNote, "id">, "createdAt" | "updatedAt"> & { readonly noteId: string };

export type Task = Told<Omit<KnownTask, "id" | "done">, "createdAt" | "updatedAt"> & {
  readonly taskId: string;
  readonly status: "open" | "done";
  readonly doneAt: string | null;
  readonly doneBy: Writer | null;
};

/** An open task beside its account, in the list over all of them. */
export type BookTask = Task & {
  readonly account: { readonly id: string; readonly name: string | null; readonly owner: string | null; readonly band: Band };
};

export type TasksPage = Page<BookTask> & {
  readonly total: number;
  /** Of accounts that have more than the list knows. */
  readonly leftOut: number;
  readonly assignees: readonly { readonly assignee: string | null; readonly tasks: number }[];
  readonly asOf: string | null;
};
