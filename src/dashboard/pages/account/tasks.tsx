import { useEffect, useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { Task } from "../../api-types.ts";
import { plural } from "../../format.ts";
import { usePages } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { ActionError, useAction } from "../../ui/controls.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { More, Waiting } from "../../ui/more.tsx";
import { Due } from "../tasks/due.tsx";
import { EditTask, fields, saidIn, TaskFields } from "../tasks/edit-task.tsx";

const taskRows = 50;

function AddTask({ id, onSaved }: { id: string; onSaved: () => void }) {
  const save = useAction(async (form: HTMLFormElement) => {
    await api.addTask(id, saidIn(new FormData(form)));
    form.reset();
    onSaved();
  });
  return (
    <form
      class="task-form"
      aria-label="New task"
      onSubmit={(event) => {
        event.preventDefault();
        void save.start(event.currentTarget);
      }}
    >
      <TaskFields task={null} error={save.error} />
      <button type="submit" class="button button-main" disabled={save.busy}>
        Add task
      </button>
      <ActionError error={save.error} shown={fields} />
    </form>
  );
}

function TaskEntry({ task, mayWrite, onDone, onEdit }: { task: Task; mayWrite: boolean; onDone: () => void; onEdit: () => void }) {
  return (
    <li class={task.status === "done" ? "task task-done" : "task"}>
      <label class="check">
        <input type="checkbox" checked={task.status === "done"} disabled={!mayWrite} data-row={task.taskId} onChange={onDone} />
        <span class="task-title">{task.title}</span>
      </label>
      <span class="task-facts">
        <Due task={task} />
        {task.assignee === null ? null : <span>{task.assignee}</span>}
        {mayWrite ? (
          <button type="button" class="button button-small button-quiet" onClick={onEdit}>
            Change<span class="unseen"> the task “{task.title}”</span>
          </button>
        ) : null}
      </span>
    </li>
  );
}

/** What is to be done for the account: what is due first, then what was done last. */
export function Tasks({ id, turn }: { id: string; turn: number }) {
  const tasks = usePages<Task>(`tasks ${id}`, (cursor, signal) => api.tasks(id, { limit: taskRows, cursor }, signal));
  const [edited, setEdited] = useState<Task | null>(null);
  const mayWrite = may(useSession(), "write");
  useEffect(() => {
    if (turn > 0) tasks.refresh();
  }, [turn]);
  const saved = (): void => {
    setEdited(null);
    tasks.reload();
  };
  const turnOver = useAction(async (task: Task) => {
    await api.changeTask(id, task.taskId, { status: task.status === "done" ? "open" : "done" });
    tasks.reload();
  });
  return (
    <section aria-labelledby="tasks-head">
      <h3 id="tasks-head">Tasks</h3>
      {mayWrite ? <AddTask id={id} onSaved={saved} /> : null}
      <Faces of={tasks} what="The tasks" works="The score above is still current." skeleton={<Skeleton rows={3} />}>
        {(items) =>
          items.length === 0 ? (
            <Empty title="Nothing to do">
              <p>What somebody has promised this customer belongs here. Tasks move no score.</p>
            </Empty>
          ) : (
            <>
              <p class="quiet">{plural(items.filter((task) => task.status === "open").length, "open task")}</p>
              <Waiting of={tasks} />
              <ul class="tasks">
                {items.map((task) => (
                  <TaskEntry
                    key={task.taskId}
                    task={task}
                    mayWrite={mayWrite}
                    onDone={() => void turnOver.start(task)}
                    onEdit={() => setEdited(task)}
                  />
                ))}
              </ul>
              <ActionError error={turnOver.error} />
              <More of={tasks} word="Show more tasks" />
            </>
          )
        }
      </Faces>
      {edited === null ? null : <EditTask accountId={id} task={edited} onClose={() => setEdited(null)} onSaved={saved} />}
    </section>
  );
}
