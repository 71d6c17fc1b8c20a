import { useState } from "preact/hooks";
import { api } from "../../api.ts";
import type { BookTask, TasksPage as Answer } from "../../api-types.ts";
import { serverNow } from "../../clock.ts";
import { plural, unknownText } from "../../format.ts";
import { useRowWalk } from "../../keys.tsx";
import { accountPath, setQuery, usePlace } from "../../router.ts";
import { usePages, useResource } from "../../resource.ts";
import { may, useSession } from "../../session.ts";
import { localDate } from "../../zone.ts";
import { ActionError, useAction } from "../../ui/controls.tsx";
import { type Column, DataTable } from "../../ui/data-table.tsx";
import { Empty, Faces, Skeleton } from "../../ui/faces.tsx";
import { Age, BandBadge } from "../../ui/figures.tsx";
import { Segments } from "../../ui/segments.tsx";
import { More } from "../../ui/more.tsx";
import { Due } from "./due.tsx";
import { EditTask } from "./edit-task.tsx";

const taskRows = 100;
const dayMs = 86_400_000;
const dueChoices = [
  { key: "all", word: "All" },
  { key: "overdue", word: "Overdue", days: -1 },
  { key: "week", word: "Next 7 days", days: 7 },
] as const;
/** In the address: nobody's. An empty value would take the filter away. */
const nobody = "-";

/** The last date that a choice looks at, by the server's clock and in the zone of whoever looks; null: any, or none. */
function dueByOf(due: string): string | null {
  const choice = dueChoices.find(({ key }) => key === due);
  return choice === undefined || !("days" in choice) ? null : localDate(serverNow() + choice.days * dayMs);
}

/** What is to be done for all customers: whose, and by when. The filters stand in the address. */
export function TasksPage() {
  const { query } = usePlace();
  useRowWalk();
  const assignee = query.get("assignee");
  const due = dueChoices.find(({ key }) => key === query.get("due"))?.key ?? "all";
  const filter = {
    ...(assignee === null ? {} : { assignee: [assignee === nobody ? "" : assignee] }),
    dueBy: dueByOf(due),
  };
  const key = `tasks of all ${JSON.stringify(filter)}`;
  const [about, setAbout] = useState<Answer | null>(null);
  const tasks = usePages<BookTask>(
    key,
    async (cursor, signal) => {
      const page = await api.allTasks({ ...filter, limit: taskRows, cursor }, signal);
      setAbout(page);
      return page;
    },
    true,
  );
  return (
    <>
      <header class="page-head">
        <h1>Tasks</h1>
        <p class="quiet">
          {about === null ? "" : plural(about.total, "open task")}
          {about?.asOf == null ? null : (
            <>
              {" · as of "}
              <Age at={about.asOf} />
            </>
          )}
        </p>
      </header>
      <div class="toolbar">
        <Segments label="Due" options={dueChoices} chosen={due} onChoose={(one) => setQuery({ due: one === "all" ? null : one })} />
        <AssigneeField assignee={assignee} />
      </div>
      <Faces of={tasks} what="The tasks" works="The tasks of one account can still be read on its page." skeleton={<Skeleton rows={8} />}>
        {(items) =>
          items.length === 0 ? (
            <Nothing isFiltered={assignee !== null || due !== "all"} />
          ) : (
            <>
              <List items={items} change={tasks.change} />
              {about !== null && about.leftOut > 0 ? (
                <p class="quiet">{plural(about.leftOut, "more open task")} of accounts with very many: their pages have all of them.</p>
              ) : null}
              <More of={tasks} word="Show more tasks" />
            </>
          )
        }
      </Faces>
    </>
  );
}

const Nothing = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <Empty title="No open task fits these filters">
      <button type="button" class="button" onClick={() => setQuery({ assignee: null, due: null })}>
        Clear filters
      </button>
    </Empty>
  ) : (
    <Empty title="Nothing to do">
      <p>Tasks are written on an account's page, under “Notes & tasks”. Open ones of all accounts are listed here.</p>
    </Empty>
  );

/** Whoever has an open task, whatever else is asked for. */
function AssigneeField({ assignee }: { assignee: string | null }) {
  const all = useResource("tasks assignees", (signal) => api.allTasks({ limit: 1, cursor: null }, signal));
  const known = (all.data?.assignees ?? []).map((one) => ({ ...one, key: one.assignee ?? nobody }));
  const isKnown = assignee === null || known.some(({ key }) => key === assignee);
  return (
    <label class="inline task-who">
      Who does it
      <select value={assignee ?? ""} onChange={(event) => setQuery({ assignee: event.currentTarget.value })}>
        <option value="">Anybody</option>
        {known.map(({ key, assignee: name, tasks }) => (
          <option key={key} value={key}>
            {name ?? "Nobody yet"} ({tasks})
          </option>
        ))}
        {isKnown ? null : <option value={assignee}>{assignee === nobody ? "Nobody yet" : assignee}</option>}
      </select>
    </label>
  );
}

type Items = readonly BookTask[];

/** A task that is ticked stays where it is, struck out, until the list is read again: it can be opened again there. */
function List({ items, change }: { items: Items; change: (update: (items: Items) => Items) => void }) {
  const mayWrite = may(useSession(), "write");
  const [edited, setEdited] = useState<BookTask | null>(null);
  const put = (task: BookTask, now: Omit<BookTask, "account"> | null): void =>
    change((all) => all.flatMap((one) => (one.taskId !== task.taskId ? [one] : now === null ? [] : [{ ...now, account: task.account }])));
  const turnOver = useAction(async (task: BookTask) => {
    put(task, await api.changeTask(task.account.id, task.taskId, { status: task.status === "done" ? "open" : "done" }));
  });
  return (
    <>
      <DataTable
        class="all-tasks"
        caption="Open tasks, what is due first"
        columns={columnsOf({ mayWrite, onDone: (task) => void turnOver.start(task), onEdit: setEdited })}
        rows={items}
        keyOf={({ taskId }) => taskId}
        rowClass={({ status }) => (status === "done" ? "task-done" : undefined)}
      />
      <ActionError error={turnOver.error} />
      {edited === null ? null : (
        <EditTask
          accountId={edited.account.id}
          task={edited}
          onClose={() => setEdited(null)}
          onSaved={(task) => {
            put(edited, task);
            setEdited(null);
          }}
        />
      )}
    </>
  );
}

type Acts = { readonly mayWrite: boolean; readonly onDone: (task: BookTask) => void; readonly onEdit: (task: BookTask) => void };

const columnsOf = ({ mayWrite, onDone, onEdit }: Acts): readonly Column<BookTask>[] => [
  {
    title: "Task",
    class: "wrap",
    cell: (task) => (
      <label class="check">
        <input type="checkbox" checked={task.status === "done"} disabled={!mayWrite} data-row={task.taskId} onChange={() => onDone(task)} />
        <span class="task-title">{task.title}</span>
      </label>
    ),
  },
  {
    title: "Account",
    label: null,
    class: "wrap",
    cell: ({ account }) => <a href={`${accountPath(account.id)}?tab=notes`}>{account.name ?? account.id}</a>,
  },
  { title: "Health", label: null, class: "task-health", cell: ({ account }) => <BandBadge band={account.band} /> },
  { title: "Due", label: null, class: "task-due", cell: (task) => <Due task={task} /> },
  { title: "Who does it", cell: ({ assignee }) => assignee ?? unknownText },
  ...(mayWrite
    ? [
        {
          title: "Change",
          label: null,
          class: "task-change",
          cell: (task: BookTask) => (
            <button type="button" class="button button-small button-quiet" onClick={() => onEdit(task)}>
              Change<span class="unseen"> the task “{task.title}”</span>
            </button>
          ),
        },
      ]
    : []),
];
