import { api } from "../../api.ts";
import type { Task } from "../../api-types.ts";
import { ActionError, Dialog, Field, faultOf, formText, useAction } from "../../ui/controls.tsx";
import { Age } from "../../ui/figures.tsx";

/** Pointers of what the form's fields say for themselves. */
export const fields = ["/title", "/due", "/assignee"];

/** What a form says of a task; an empty field takes away what was there. */
export const saidIn = (form: FormData) => ({
  title: formText(form, "title"),
  due: formText(form, "due") || null,
  assignee: formText(form, "assignee") || null,
});

export function TaskFields({ task, error }: { task: Task | null; error: ReturnType<typeof useAction>["error"] }) {
  return (
    <>
      <Field label="What is to be done" error={faultOf(error, "/title")}>
        {(ids) => <input {...ids} name="title" required maxLength={200} defaultValue={task?.title ?? ""} />}
      </Field>
      <Field label="Due" error={faultOf(error, "/due")}>
        {(ids) => <input {...ids} name="due" type="date" defaultValue={task?.due ?? ""} />}
      </Field>
      <Field label="Who does it" error={faultOf(error, "/assignee")}>
        {(ids) => <input {...ids} name="assignee" maxLength={256} defaultValue={task?.assignee ?? ""} />}
      </Field>
    </>
  );
}

/** Changes or deletes a task; `onSaved` gets it as it is then, null where it is gone. */
export function EditTask({
  accountId,
  task,
  onClose,
  onSaved,
}: {
  accountId: string;
  task: Task;
  onClose: () => void;
  onSaved: (task: Task | null) => void;
}) {
  const save = useAction(async (form: FormData) => {
    onSaved(await api.changeTask(accountId, task.taskId, { ...saidIn(form), revision: task.revision }));
  });
  const remove = useAction(async () => {
    await api.deleteTask(accountId, task.taskId);
    onSaved(null);
  });
  return (
    <Dialog title="Change this task" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.start(new FormData(event.currentTarget));
        }}
      >
        <TaskFields task={task} error={save.error} />
        <p class="quiet">
          Added by {task.createdBy.name} <Age at={task.createdAt} />.
        </p>
        <div class="form-ends">
          <button type="submit" class="button button-main" disabled={save.busy}>
            Save
          </button>
          <button type="button" class="button" disabled={remove.busy} onClick={() => void remove.start()}>
            Delete this task
          </button>
        </div>
        <ActionError error={save.error ?? remove.error} shown={fields} />
      </form>
    </Dialog>
  );
}
