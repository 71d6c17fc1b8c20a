import type { Band } from "../../domain/health/document.ts";
import type { Page } from "./common.ts";

export type Writer = { readonly id: string; readonly name: string };

type Written = {
  /** Rises with each change. */
  readonly revision: number;
  readonly createdAt: string;
  readonly createdBy: Writer;
  readonly updatedAt: string;
  readonly updatedBy: Writer;
};

export type Note = Written & { readonly noteId: string; readonly text: string };

export type Task = Written & {
  readonly taskId: string;
  readonly title: string;
  readonly due: string | null;
  readonly assignee: string | null;
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
