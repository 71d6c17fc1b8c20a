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
